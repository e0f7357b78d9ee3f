"""The change of 500 items: some of them are still bought, most are not."""

from __future__ import annotations

from ops.demo.dataset import Day, choose_day
from ops.demo.midday_change import BRANCHES, change_instant, midday_change
from ops.demo.price_book import PriceBook
from ops.demo.source import Catalogue, Transactions


def bought_later(day: Day, item: str) -> list[str]:
    after = change_instant(day)
    return [
        basket.branch
        for basket in day.baskets
        if basket.started_at >= after and any(line.item == item for line in basket.lines)
    ]


def test_five_hundred_items_go_up_and_thirty_of_them_are_sold_afterwards(
    day: Day, book: PriceBook, catalogue: Catalogue
) -> None:
    change = midday_change(day, book, catalogue)
    assert len({item for item, _ in change}) == 500
    assert all(price > book.prices[int(item)].list for item, price in change)
    assert all(book.prices[int(item)].member is None for item, _ in change)
    later = [item for item, _ in change if set(bought_later(day, item)) & set(BRANCHES)]
    assert len(later) == 30


def test_the_same_day_always_has_the_same_change(
    day: Day, book: PriceBook, catalogue: Catalogue
) -> None:
    assert midday_change(day, book, catalogue) == midday_change(day, book, catalogue)


def test_a_reduced_day_has_as_many_items_and_fewer_sold_afterwards(
    transactions: Transactions, book: PriceBook, catalogue: Catalogue
) -> None:
    small = choose_day(transactions, catalogue, baskets=20)
    change = midday_change(small, book, catalogue, sold_later=6)
    assert len(change) == 500
    assert 0 < sum(bool(bought_later(small, item)) for item, _ in change) <= 6
