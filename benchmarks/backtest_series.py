"""Days of real sales, as the back-test of replenishment sells them again.

    case                  from              items                              supply
    stores × items        completejourney   sold on 15 of the first 91 days    two days, Monday and Thursday
    distribution centre   completejourney   sold on 60 of them, all stores     three days, every Monday
    vegetables            cumcm2023c        sold on four days of five, both    overnight, every day; sellable
                                            years                              for three days

What is sold again is what was sold, net of returns and not below nought: what the shops of the files lacked,
nobody knows. Items are chosen, and packs set, by the first days alone where these suffice; vegetables come and go with the
season, and the choice by both years leaves out those that were not there to be ordered. Complete Journey holds
the purchases of 2,430 households, so that its stores sell less here than they did; fuel and coupons are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from pyarrow import parquet

from ops.demo import source
from ops.demo.dataset import ZONE
from schemas.domain.quantity import parse_quantity
from schemas.domain.replenishment.demand import WEEK
from schemas.domain.replenishment.supply import SupplyTerms
from tests.journeys.found import VegetableFiles

#: What was wanted day by day, in thousandths.
Days = list[int]
_YEAR = 364
_CHOSEN_BY = 91
#: Days that are known before the first morning.
_KNOWN = 175
_VEGETABLE_YEAR = 365
_NEW_YEAR = date(2017, 1, 1)
_VEGETABLES_FROM = date(2020, 7, 1)
_OFTEN = 0.8
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Series:
    """An item in a branch: what was wanted, and the pack in which it is ordered."""

    days: Days
    pack: int


@dataclass(frozen=True, slots=True)
class Case:
    """Items that are ordered alike. The first `start` days are known, the rest is sold again; `unknown` are days
    on which the shop was closed, `step` the least quantity that is sold.
    """

    name: str
    first: date
    start: int
    series: Sequence[Series]
    supply: SupplyTerms
    step: int = 1000
    shelf_life_days: int | None = None
    unknown: frozenset[int] = frozenset()


def groceries(most: int | None) -> list[Case]:
    """The two cases of completejourney, with so many items at most."""
    by_store = _sold_by_store()
    by_item: dict[int, Days] = {}
    for (_, item), days in by_store.items():
        sold = by_item.setdefault(item, [0] * _YEAR)
        by_item[item] = [one + other for one, other in zip(sold, days, strict=True)]
    stores = [days for _, days in sorted(by_store.items()) if _often(days, 15)]
    centre = [days for _, days in sorted(by_item.items()) if _often(days, 60)]
    return [
        Case(
            "stores × items", _NEW_YEAR, _KNOWN, _packed(_some(stores, most)),
            SupplyTerms(2, order_weekdays=frozenset({0, 3})),
        ),
        Case(
            "distribution centre", _NEW_YEAR, _KNOWN, _packed(_some(centre, most)),
            SupplyTerms(3, order_weekdays=frozenset({0})),
        ),
    ]  # fmt: skip


def vegetables(files: VegetableFiles, most: int | None) -> Case:
    """The case of cumcm2023c."""
    columns = parquet.read_table(
        files.sales, columns=["销售日期", "单品编码", "销量(千克)"]
    ).to_pydict()
    sold: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    open_on: set[int] = set()
    for on, item, weight in zip(*columns.values(), strict=True):
        day = (date.fromisoformat(on) - _VEGETABLES_FROM).days
        sold[item][day] += parse_quantity(str(weight))
        open_on.add(day)
    count = max(open_on) + 1
    dense = [
        [max(days.get(day, 0), 0) for day in range(count)]
        for _, days in sorted(sold.items())
        if _both_years(days, count)
    ]
    return Case(
        "vegetables", _VEGETABLES_FROM, _VEGETABLE_YEAR - 1, [Series(days, 1000) for days in _some(dense, most)],
        SupplyTerms(1), step=100, shelf_life_days=3, unknown=frozenset(range(count)) - open_on,
    )  # fmt: skip


def _sold_by_store() -> dict[tuple[int, int], Days]:
    """By store and item, what completejourney's 364 whole days sold."""
    lines = source.read_transactions()
    catalogue = source.read_catalogue(lines)
    no_goods = {
        number
        for number, product in catalogue.products.items()
        if product.kind == source.FUEL or "COUPON" in (product.category or "")
    }
    found: dict[tuple[int, int], Days] = {}
    columns = (lines.store, lines.product, lines.quantity, lines.at // _HOUR)
    for store, item, quantity, hour in zip(*(one.tolist() for one in columns), strict=True):
        day = _day_of(hour)
        if 0 <= day < _YEAR and 0 < quantity < source.FUEL_QUANTITY and item not in no_goods:
            found.setdefault((store, item), [0] * _YEAR)[day] += quantity * 1000
    return found


@cache
def _day_of(hour: int) -> int:
    """Days from New Year on the stores' clock; no offset of theirs splits an hour."""
    return (datetime.fromtimestamp(hour * _HOUR, UTC).astimezone(ZONE).date() - _NEW_YEAR).days


def _often(days: Days, least: int) -> bool:
    return sum(1 for one in days[:_CHOSEN_BY] if one) >= least


def _both_years(days: dict[int, int], count: int) -> bool:
    before = sum(1 for day in days if day < _VEGETABLE_YEAR)
    return (
        before >= _OFTEN * _VEGETABLE_YEAR
        and len(days) - before >= _OFTEN * (count - _VEGETABLE_YEAR)
    )  # fmt: skip


def _packed(found: Iterable[Days]) -> list[Series]:
    """In packs of 12, 6, 3 or 1: at most what a week sold of the days that are known."""
    packed: list[Series] = []
    for days in found:
        week = sum(days[:_KNOWN]) * WEEK // _KNOWN
        packed.append(Series(days, next((n for n in (12_000, 6000, 3000) if n <= week), 1000)))
    return packed


def _some(found: list[Days], most: int | None) -> list[Days]:
    """So many at most, spread over all."""
    return found if most is None else found[:: max(len(found) // most, 1)][:most]
