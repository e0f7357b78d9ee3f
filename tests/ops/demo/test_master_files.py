"""The files that headquarters imports: whole, consistent with one another, readable back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ops.demo.hierarchy import categories, path
from ops.demo.master_files import gtin, item_name, unit_of, write_master_files
from ops.demo.price_book import PriceBook
from ops.demo.source import Catalogue, Product, Transactions
from schemas.domain.barcode import is_valid
from schemas.domain.money import parse_amount

Tables = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def tables(
    tmp_path_factory: pytest.TempPathFactory,
    transactions: Transactions,
    catalogue: Catalogue,
    book: PriceBook,
) -> Tables:
    directory = tmp_path_factory.mktemp("master") / "files"
    written = write_master_files(directory, transactions, catalogue, book)
    assert {file.path for file in written.values()} == set(directory.iterdir())
    read = {name: read_back(file.path) for name, file in written.items()}
    assert {name: len(rows) for name, rows in read.items()} == {
        name: file.rows for name, file in written.items()
    }
    return read


def read_back(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def test_every_item_is_there_once_in_a_category_that_exists(tables: Tables) -> None:
    known = {row["category"] for row in tables["categories"]}
    assert len(known) == len(tables["categories"])
    assert len({row["item"] for row in tables["items"]}) == len(tables["items"]) == 92_331
    assert {row["category"] for row in tables["items"]} <= known
    assert all(row["name"] for row in tables["items"])


def test_a_parent_stands_before_its_children(tables: Tables) -> None:
    seen = {""}
    for row in tables["categories"]:
        assert row["parent"] in seen
        seen.add(row["category"])


def test_barcodes_are_valid_unique_and_never_a_scales_label(tables: Tables) -> None:
    codes = [row["barcode"] for row in tables["barcodes"]]
    assert len(set(codes)) == len(codes) == len(tables["items"])
    assert all(len(code) == 13 and code.startswith("04") for code in codes)
    assert all(is_valid(code) for code in codes)


def test_prices_read_back_to_the_cent_in_the_items_unit(
    tables: Tables, book: PriceBook, catalogue: Catalogue
) -> None:
    members = sum(price.member is not None for price in book.prices.values())
    assert len(tables["prices"]) == len(book.prices) + members
    for row in tables["prices"]:
        price = book.prices[int(row["item"])]
        expected = price.member if row["tier"] == "member" else price.list
        assert parse_amount(row["price"]) == expected
        assert row["unit"] == unit_of(int(row["item"]), catalogue)


def test_members_are_households_with_made_up_contacts(tables: Tables) -> None:
    assert len({row["member"] for row in tables["members"]}) == 2_469
    assert all(row["email"].endswith("@example.org") for row in tables["members"])
    assert len({row["phone"] for row in tables["members"]}) == 2_469


def test_every_branch_has_a_manager_and_a_cashier_for_each_lane(tables: Tables) -> None:
    people = tables["operators"]
    roles = [(row["branch"], row["role"]) for row in people]
    for branch in ("N001", "N002", "N003"):
        assert roles.count((branch, "branch_manager")) == 1
        assert roles.count((branch, "cashier")) == 5
    at_headquarters = {role for branch, role in roles if not branch}
    assert at_headquarters == {"buyer", "approver", "regional_ops", "administrator"}
    assert len({row["pin"] for row in people}) == len({row["operator"] for row in people}) == 22


def test_a_barcode_is_the_product_number_with_its_check_digit() -> None:
    assert gtin(25671) == "0400000256719"


@pytest.mark.parametrize(
    ("product", "name"),
    [
        (Product(1, "GROCERY", "FRZN ICE", "ICE - CRUSHED/CUBED", "22 LB"),
         "Ice - Crushed/Cubed 22 LB"),
        (Product(1, "FLORAL", "ROSES", None, None), "Roses"),
        (Product(1, "FLORAL", None, None, None), "Floral"),
    ],
)  # fmt: skip
def test_the_name_on_the_receipt(product: Product, name: str) -> None:
    assert item_name(product) == name


def test_categories_cover_every_product(catalogue: Catalogue) -> None:
    made = categories(catalogue.products.values())
    assert len({category.code for category in made.values()}) == len(made)
    assert all(path(product) in made for product in catalogue.products.values())
