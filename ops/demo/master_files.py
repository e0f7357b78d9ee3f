"""The CSV files that headquarters imports before the day: UTF-8, comma, one header row.

    categories.csv  category,name,parent        a parent stands before its children
    items.csv       item,name,category,unit,tax_code
    barcodes.csv    barcode,item,unit
    prices.csv      item,unit,tier,price        major units, two decimals; no tier is everyone
    members.csv     member,name,tier,phone,email
    operators.csv   operator,name,role,branch,pin

Every product of the catalogue is an item, priced or not. The data has no taxes, so the tax code is
`none`. It has no barcodes either, so each item gets one of the chain's own (`gtin`). Households are
members under made-up names and contacts: example.org receives no mail, and 555 is no area code.
Nothing is written outside the directory given; files that are there already are replaced.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.demo.hierarchy import categories, path
from ops.demo.price_book import PriceBook
from ops.demo.source import Catalogue, Product, Transactions
from ops.demo.staff import staff
from schemas.domain.barcode import check_digit
from schemas.domain.money import format_amount

TAX_CODE = "none"
TIER = "member"
PIECE = "piece"
GALLON = "gallon"

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MasterFile:
    """One file that was written, and how many rows it has below its header."""

    path: Path
    rows: int


def write_master_files(
    directory: Path, transactions: Transactions, catalogue: Catalogue, book: PriceBook
) -> dict[str, MasterFile]:
    """Write all six into `directory`, creating it; returns them by name, such as `items`."""
    directory.mkdir(parents=True, exist_ok=True)
    tables: dict[str, tuple[str, Iterable[Row]]] = {
        "categories": ("category,name,parent", _category_rows(catalogue)),
        "items": ("item,name,category,unit,tax_code", _item_rows(catalogue)),
        "barcodes": ("barcode,item,unit", _barcode_rows(catalogue)),
        "prices": ("item,unit,tier,price", _price_rows(catalogue, book)),
        "members": ("member,name,tier,phone,email", _member_rows(transactions)),
        "operators": ("operator,name,role,branch,pin", (o.row() for o in staff())),
    }
    return {
        name: _write(directory / f"{name}.csv", tuple(header.split(",")), rows)
        for name, (header, rows) in tables.items()
    }


def gtin(product_id: int) -> str:
    """Make the item's barcode: 04, the product number in ten digits, the check digit.

    04 is GS1's prefix for numbers that mean something within one company only. It is none of the
    prefixes under which scales print labels (02, 20 to 29), so a lane looks it up as it is
    (rule 7).
    """
    body = f"04{product_id:010}"
    return f"{body}{check_digit(body)}"


def unit_of(product_id: int, catalogue: Catalogue) -> str:
    """Return the unit an item is sold in: fuel by the gallon, everything else by the piece."""
    return GALLON if product_id in catalogue.metered else PIECE


def member_of(household: int) -> str:
    """Return a household's number as a member."""
    return f"{household:04}"


def item_name(product: Product) -> str:
    """Name an item by its kind and size, as on the receipt; the data has no better name."""
    words = product.kind or product.category or product.department
    name = re.sub(r"[A-Za-z']+", lambda word: word[0].capitalize(), words)
    return f"{name} {product.size}" if product.size else name


def _category_rows(catalogue: Catalogue) -> Iterator[Row]:
    for category in categories(catalogue.products.values()).values():
        yield category.code, category.name, category.parent


def _item_rows(catalogue: Catalogue) -> Iterator[Row]:
    filed = categories(catalogue.products.values())
    for number, product in catalogue.products.items():
        code = filed[path(product)].code
        yield str(number), item_name(product), code, unit_of(number, catalogue), TAX_CODE


def _barcode_rows(catalogue: Catalogue) -> Iterator[Row]:
    for number in catalogue.products:
        yield gtin(number), str(number), unit_of(number, catalogue)


def _price_rows(catalogue: Catalogue, book: PriceBook) -> Iterator[Row]:
    for number, price in book.prices.items():
        unit = unit_of(number, catalogue)
        yield str(number), unit, "", format_amount(price.list)
        if price.member is not None:
            yield str(number), unit, TIER, format_amount(price.member)


def _member_rows(transactions: Transactions) -> Iterator[Row]:
    for household in sorted(set(transactions.household.tolist())):
        member = member_of(household)
        contact = f"+1555{household:07}", f"household{household}@example.org"
        yield member, f"Household {household}", TIER, *contact


def _write(target: Path, header: Row, rows: Iterable[Row]) -> MasterFile:
    count = 0

    def counted() -> Iterator[Row]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(counted())
    return MasterFile(target, count)
