"""The other side of the comparison: agrees with the baskets, and would show if they were wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ops.demo import expected as module
from ops.demo.dataset import DAY, Basket, Day, choose_day
from ops.demo.expected import UNKNOWN_ITEM, Expected, Totals, expected
from ops.demo.hierarchy import path
from ops.demo.source import Catalogue, Transactions


@pytest.fixture(scope="module")
def truth(day: Day) -> Expected:
    return expected(DAY, day.branch_of_store)


def as_sold(baskets: tuple[Basket, ...]) -> dict[int, tuple[str, Totals]]:
    return {b.basket_id: (b.branch, Totals(1, len(b.lines), b.total, b.coupons)) for b in baskets}


def test_it_knows_nothing_of_the_side_that_sells() -> None:
    assert "from ops" not in Path(module.__file__).read_text("utf-8")


def test_the_day_comes_to_the_cent(truth: Expected) -> None:
    assert truth.total() == Totals(406, 4093, 1_227_298, 6_149)
    assert truth.by_branch() == {
        "N001": Totals(136, 1479, 453_253, 2_070),
        "N002": Totals(135, 1343, 409_416, 1_974),
        "N003": Totals(135, 1271, 364_629, 2_105),
    }


def test_every_ticket_agrees_with_its_basket(truth: Expected, day: Day) -> None:
    assert truth.tickets() == as_sold(day.baskets)


def test_a_dropped_moved_or_changed_ticket_is_named(truth: Expected, day: Day) -> None:
    first, second, third, *rest = day.baskets
    moved = replace(second, branch="N003" if second.branch != "N003" else "N001")
    line = third.lines[0]
    cent = replace(third, lines=(replace(line, sales_value=line.sales_value + 1), *third.lines[1:]))
    sold = as_sold((moved, cent, *rest))
    differing = {b for b, ticket in truth.tickets().items() if sold.get(b) != ticket}
    assert differing == {first.basket_id, second.basket_id, third.basket_id}


@pytest.mark.parametrize("baskets", [1, 7, 40, 405, 406, 500])
def test_both_sides_reduce_the_day_alike(
    transactions: Transactions, catalogue: Catalogue, day: Day, baskets: int
) -> None:
    reduced = choose_day(transactions, catalogue, baskets=baskets)
    assert expected(DAY, day.branch_of_store, baskets).tickets() == as_sold(reduced.baskets)


def test_hours_are_those_of_the_branch(truth: Expected, day: Day) -> None:
    hours = {(b.branch, b.started_at.hour) for b in day.baskets}
    assert truth.by_hour().keys() == hours
    assert sum(totals.sales_value for totals in truth.by_hour().values()) == 1_227_298


def test_categories_are_those_the_items_are_filed_under(
    truth: Expected, day: Day, catalogue: Catalogue
) -> None:
    sums: dict[tuple[str, ...], int] = {}
    for line in day.lines():
        product = catalogue.products.get(line.product_id)
        category = path(product) if product else UNKNOWN_ITEM
        sums[category] = sums.get(category, 0) + line.sales_value
    found = {category: totals.sales_value for category, totals in truth.by_category().items()}
    assert found == sums


def test_a_store_without_a_branch_is_not_passed_over(day: Day) -> None:
    short = {store: code for store, code in day.branch_of_store.items() if store != 367}
    with pytest.raises(KeyError, match="367"):
        expected(DAY, short)
