"""The day's baskets, as the lanes are to sell them."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from ops.demo.dataset import ZONE, Day, choose_day, thousandths
from ops.demo.source import Catalogue, DataError, Transactions
from tests.ops.demo.conftest import shelf, written

JANUARY_5_AT_5_UTC = 1_483_592_400


def test_the_demo_has_some_four_hundred_baskets_and_four_thousand_lines(day: Day) -> None:
    assert (len(day.baskets), len(day.lines())) == (406, 4093)
    assert sum(not line.known for line in day.lines()) == 9
    assert sum(line.quantity == 0 for line in day.lines()) == 16


def test_branches_and_lanes_have_about_as_much_to_do(day: Day) -> None:
    assert Counter(b.branch for b in day.baskets) == {"N001": 136, "N002": 135, "N003": 135}
    lanes = Counter((b.branch, b.lane) for b in day.baskets)
    assert len(lanes) == 15
    assert max(lanes.values()) - min(lanes.values()) <= 1


def test_no_basket_is_paid_with_coupons_beyond_its_total(day: Day) -> None:
    assert all(basket.coupons <= basket.total for basket in day.baskets)


def test_the_day_is_one_of_the_branches_clock() -> None:
    """Midnight in New York is 5 o'clock UTC in winter: a second before is the day before."""
    sold = written(
        {"basket": 1, "at": JANUARY_5_AT_5_UTC - 1},
        {"basket": 2, "at": JANUARY_5_AT_5_UTC},
        {"basket": 3, "at": JANUARY_5_AT_5_UTC + 86_399},
        {"basket": 4, "at": JANUARY_5_AT_5_UTC + 86_400},
    )
    day = choose_day(sold, shelf(1), date(2017, 1, 5))
    assert [b.basket_id for b in day.baskets] == [2, 3]
    assert [b.started_at.isoformat() for b in day.baskets] == [
        "2017-01-05T00:00:00-05:00",
        "2017-01-05T23:59:59-05:00",
    ]
    assert day.baskets[0].started_at.tzinfo is ZONE


def test_a_line_keeps_its_amounts_and_says_when_its_product_is_unknown() -> None:
    sold = written(
        {"basket": 5, "at": JANUARY_5_AT_5_UTC, "sales_value": 199, "coupon_disc": 50},
        {"basket": 5, "at": JANUARY_5_AT_5_UTC, "product": 2, "quantity": 0, "sales_value": 1},
    )
    (basket,) = choose_day(sold, shelf(1), date(2017, 1, 5)).baskets
    assert (basket.total, basket.coupons) == (200, 50)
    assert [(line.item, line.known, line.thousandths) for line in basket.lines] == [
        ("1", True, 1000),
        ("2", False, 1000),
    ]


@pytest.mark.parametrize(
    ("product", "quantity", "sold"),
    [(1, 1, 1000), (1, 3, 3000), (1, 0, 1000), (2, 8725, 8725), (2, 0, 1000)],
)
def test_quantities_are_pieces_but_for_measured_fuel(
    product: int, quantity: int, sold: int
) -> None:
    assert thousandths(product, quantity, shelf(1, 2, metered=(2,))) == sold


@pytest.mark.parametrize(("wanted", "got"), [(1, 1), (40, 40), (406, 406), (9999, 406)])
def test_a_reduced_day_is_spread_over_the_day_and_keeps_its_branches(
    transactions: Transactions, catalogue: Catalogue, day: Day, wanted: int, got: int
) -> None:
    reduced = choose_day(transactions, catalogue, baskets=wanted)
    assert len(reduced.baskets) == got
    branch_of = {basket.basket_id: basket.branch for basket in day.baskets}
    assert all(branch_of[b.basket_id] == b.branch for b in reduced.baskets)
    starts = [basket.started_at for basket in reduced.baskets]
    assert starts == sorted(starts)


def test_a_day_without_sales_is_refused() -> None:
    with pytest.raises(DataError, match="2016-01-05"):
        choose_day(written({"at": JANUARY_5_AT_5_UTC}), shelf(1), date(2016, 1, 5))
