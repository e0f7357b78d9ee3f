"""A suspended basket that is resumed at the prices of now (rule 11): which lines follow, which stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schemas.domain.basket import (
    Basket,
    EnteredLine,
    ItemUnit,
    add_line,
    add_unknown,
    override_amount,
    sale_lines,
    set_member,
    void_line,
)
from schemas.domain.label import Printed
from schemas.domain.pricing import PriceRow
from schemas.domain.suspension import follows_prices, repriced
from schemas.domain.ticket import SaleLine

MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)
NOON = MORNING + timedelta(hours=3)
MILK = ItemUnit("1001", "Milk", "piece", barcode="401234500001")


def row(
    document: str, cents: int, starts: datetime, tier: str = "", unit: str = "piece"
) -> PriceRow:
    published = 2 if starts == NOON else 1
    return PriceRow(document, 0, "1001", unit, tier, cents, starts, None, published)


ROWS = (row("old", 350, MORNING), row("old", 320, MORNING, "gold"))
NOW = (*ROWS, row("new", 400, NOON), row("new", 360, NOON, "gold"))


def entered(printed: Printed | None = None) -> Basket:
    return add_line(Basket(), MILK, ROWS, 2000, MORNING, printed)


def test_a_line_costs_what_it_costs_now_and_keeps_its_code_and_quantity() -> None:
    line = repriced(entered().lines[0], replace(MILK, name="Whole milk", barcode=None), NOW, NOON)
    assert (line.list_price, line.entered, line.quantity) == (400, NOON, 2000)
    assert (line.what.name, line.what.barcode) == ("Whole milk", "401234500001")
    (sold,) = sale_lines(set_member(Basket((line,)), "9001", "gold"), "line")
    assert (sold.amount, sold.price_document) == (2 * 360, "new")


def test_an_overridden_amount_stands() -> None:
    basket = override_amount(entered(), 1, 500, "damaged", "M1")
    line = repriced(basket.lines[0], MILK, NOW, NOON)
    (sold,) = sale_lines(Basket((line,)), "line")
    assert (sold.list_price, sold.amount) == (400, 500)


@pytest.mark.parametrize(
    ("what", "rows"),
    [
        (MILK, ()),  # no price any more
        (MILK, (row("gift", 0, NOON),)),  # a mistake in the price book
        (replace(MILK, unit="box"), (row("new", 4000, NOON, unit="box"),)),  # another unit
    ],
)
def test_without_a_price_now_a_line_costs_what_it_did(
    what: ItemUnit, rows: tuple[PriceRow, ...]
) -> None:
    line = entered().lines[0]
    assert repriced(line, what, rows, NOON) == line


def given_back() -> EnteredLine:
    back = SaleLine(1, "1001", "Milk", "piece", -1000, 350, -350)
    return EnteredLine(1, MILK, 1000, MORNING, 350, given_back=back)


@pytest.mark.parametrize(
    ("line", "follows"),
    [
        (entered().lines[0], True),
        (void_line(entered(), 1).lines[0], False),
        (add_unknown(Basket(), MILK, 350, 1000, MORNING).lines[0], False),
        (entered(Printed(800, "ew")).lines[0], False),
        (entered(Printed(800, "ew", stale=True, repriced=True)).lines[0], True),
        (given_back(), False),
    ],
)
def test_what_was_settled_otherwise_than_by_a_price_stands(
    line: EnteredLine, follows: bool
) -> None:
    assert follows_prices(line) is follows
