from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pos_frontend import databases
from pos_frontend.catalogue import Catalogue, audience_level
from pos_frontend.day import terms
from pos_frontend.errors import TillError
from schemas.domain.pricing import price_in_force
from schemas.wire.records import BranchPolicy, Item, PriceChange, RecordBody
from tests.pos_frontend import shop
from tests.pos_frontend.shop import BREAD, CHAIN, DAY, LOCAL, MILK, NOON, OWN, Scene


@pytest.mark.parametrize(
    ("code", "item", "unit", "barcode"),
    [
        (MILK, "1001", "piece", MILK),
        (f"0{MILK}", "1001", "piece", f"0{MILK}"),
        (f"00{MILK}", "1001", "piece", f"00{MILK}"),
        ("1001", "1001", "piece", None),
        ("2010", "2010", "kg", None),
        ("4711", None, None, None),
        ("", None, None, None),
    ],
)
def test_a_code_is_a_barcode_and_else_an_item_code(
    scene: Scene, code: str, item: str | None, unit: str | None, barcode: str | None
) -> None:
    found = scene.catalogue.find(code)
    what = found and found.what
    assert (what and what.item, what and what.unit) == (item, unit)
    assert (what and what.barcode) == barcode


def test_an_item_brings_its_tax_category_and_prices(scene: Scene) -> None:
    found = scene.catalogue.find(MILK)
    assert found is not None
    assert (found.what.tax_rate, found.what.category, found.what.factor) == (1300, "dairy", 1000)
    assert sorted(row.price for row in found.prices) == [320, 350]


@pytest.mark.parametrize(
    ("header", "row_in", "expected"),
    [
        (shop.header("cut", 2), OWN, 299),
        (shop.header("cut", 0), OWN, 299),  # a branch's price goes before a later one of the chain
        (shop.header("cut", 2, withdrawn=True), OWN, 350),
        (shop.header("cut", 2, starts=NOON + timedelta(seconds=1)), OWN, 350),
        (shop.header("cut", 2, ends=NOON), OWN, 350),
        (shop.header("cut", 2), CHAIN, 299),
        (None, OWN, 350),  # rows without their header are inert
    ],
)
def test_the_price_in_force(
    scene: Scene, header: PriceChange | None, row_in: str, expected: int
) -> None:
    bodies: list[RecordBody] = [shop.price("cut", "1001", 299)]
    shop.load(scene.data, {row_in: [*bodies, header] if header else bodies})
    found = scene.catalogue.find(MILK)
    assert found is not None
    priced = price_in_force(found.prices, "", NOON)
    assert priced is not None
    assert priced.list.price == expected


def test_a_branch_speaks_before_the_chain(scene: Scene) -> None:
    own = Item(item="1002", name="本店面包", category="bakery", unit="piece")
    shop.load(scene.data, {OWN: [own]})
    found = scene.catalogue.find(BREAD)
    assert found is not None
    assert found.what.name == "本店面包"


@pytest.mark.parametrize(
    ("stream", "level"),
    [("feed:chain", 0), ("feed:group:north", 1), ("feed:branch:N001", 2)],
)
def test_audiences_are_told_by_the_feed(stream: str, level: int) -> None:
    assert audience_level(stream) == level


def test_the_newest_open_day_is_the_day(scene: Scene) -> None:
    older, newer = DAY - timedelta(days=1), DAY + timedelta(days=1)
    shop.load(scene.data, {LOCAL: [shop.a_day(older, "closed"), shop.a_day(newer)]})
    assert scene.catalogue.open_day() == newer


def test_without_an_open_day_the_local_date_is_provisional(scene: Scene) -> None:
    shop.load(scene.data, {LOCAL: [shop.a_day(state="closed")]})
    late = NOON.replace(hour=17)  # past midnight in Shanghai
    at = terms(scene.catalogue, shop.BRANCH, late)
    assert (at.business_date, at.provisional) == (DAY + timedelta(days=1), True)


def test_a_day_that_ends_at_three_goes_on_past_midnight_at_a_lane_alone(scene: Scene) -> None:
    def ends(at: str) -> BranchPolicy:
        return BranchPolicy(
            checks="", day_ends=at, till_by="operator", tolerance=0, count_safe=False,
            absent_lane_authority=True, published=NOON,
        )  # fmt: skip

    late = NOON.replace(hour=17)  # past midnight in Shanghai
    shop.load(scene.data, {LOCAL: [shop.a_day(state="closed")], CHAIN: [ends("03:00")]})
    assert terms(scene.catalogue, shop.BRANCH, late).business_date == DAY
    # The branch's own policy holds whole before the chain's.
    shop.load(scene.data, {OWN: [ends("00:00")]})
    at = terms(scene.catalogue, shop.BRANCH, late)
    assert (at.business_date, at.provisional) == (DAY + timedelta(days=1), True)


def test_before_the_branch_is_known_nothing_is_sold(scene: Scene) -> None:
    with pytest.raises(TillError, match="not_loaded"):
        terms(scene.catalogue, "N999", NOON)


def test_the_till_cannot_write_the_catalogue(scene: Scene) -> None:
    with (
        pytest.raises(Exception, match="readonly"),
        scene.both.catalogue.begin() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM item")


def test_a_fresh_file_is_loading(tmp_path: Path) -> None:
    databases.create(tmp_path)
    with databases.for_till(tmp_path) as both:
        assert Catalogue(both.catalogue).is_loading()
