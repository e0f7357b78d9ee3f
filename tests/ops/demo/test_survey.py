"""How many lines the book cannot explain: few enough, with the midday change too."""

from __future__ import annotations

from datetime import date

from ops.demo.dataset import Day, choose_day
from ops.demo.midday_change import midday_change
from ops.demo.price_book import Price, PriceBook
from ops.demo.source import Catalogue
from ops.demo.survey import MOST_OVERRIDES, survey
from tests.ops.demo.conftest import shelf, written

AT_NOON = 1_483_635_600
AT_FOUR = AT_NOON + 4 * 3600


def test_the_demos_day_stays_below_the_limit(
    day: Day, book: PriceBook, catalogue: Catalogue
) -> None:
    before = survey(day, book)
    changed = survey(day, book, dict(midday_change(day, book, catalogue)))
    assert (before.lines, before.overrides, before.unpriced, before.unknown) == (4093, 513, 0, 9)
    assert before.override_share == 1253
    assert before.overrides < changed.overrides
    assert changed.override_share <= MOST_OVERRIDES
    # A till takes no tender that exceeds what is due.
    assert all(basket.coupons <= basket.total for basket in day.baskets)


def test_each_line_is_counted_for_what_it_is() -> None:
    sold = written(
        {"sales_value": 150, "at": AT_NOON},
        {"sales_value": 299, "at": AT_NOON, "quantity": 2},
        {"sales_value": 10, "at": AT_NOON, "product": 2, "quantity": 0},
        {"sales_value": 10, "at": AT_NOON, "product": 9},
    )
    day = choose_day(sold, shelf(1, 2), date(2017, 1, 5))
    found = survey(day, PriceBook(1, {1: Price(200, 150)}, frozenset()))
    assert (found.lines, found.overrides, found.unpriced, found.unknown) == (4, 2, 1, 1)
    assert (found.member_prices, found.zero_quantity) == (2, 1)
    assert "2 sold as recorded (50.00 %)" in str(found)


def test_a_change_counts_from_its_instant_and_at_its_branches_only() -> None:
    sold = written(
        *(
            {"sales_value": 100, "at": at, "store": store, "basket": store * 2 + (at == AT_FOUR)}
            for store in (1, 2, 3)
            for at in (AT_NOON, AT_FOUR)
        )
    )
    day = choose_day(sold, shelf(1), date(2017, 1, 5))
    book = PriceBook(1, {1: Price(100)}, frozenset())
    assert survey(day, book).overrides == 0
    assert survey(day, book, {"1": 105}).overrides == 2
