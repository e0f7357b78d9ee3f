"""Days of real sales, as the back-test of replenishment sells them again.

    case                  from              items                              supply
    stores × items        completejourney   sold on 15 of the first 91 days    two days, Monday and Thursday
    distribution centre   completejourney   sold on 60 of them, all stores     three days, every Monday
    vegetables            cumcm2023c        sold on four days of five, both    overnight, every day; sellable
                                            years                              for three days
    promotions            completejourney   as the distribution centre, with the weeks in which the chain took a
                                            tenth off an item or more known a fortnight ahead
    held out              onlineretail2     sold on 60 of the first 150 days   three days, every Monday

What is sold again is what was sold, net of returns and not below nought: what the shops of the files lacked,
nobody knows. Items are chosen, and packs set, by the first days alone where these suffice; vegetables come and go with the
season, and the choice by both years leaves out those that were not there to be ordered. Complete Journey holds
the purchases of 2,430 households, so that its stores sell less here than they did; fuel and coupons are left out.

The constants of the forecast were chosen on the first two cases and the vegetables, on the items and days that they
measure, which flatters ours there; the promotions sell the goods of the second, and those of the uplift were not
chosen on them. None was chosen on the last: it says what a chain may expect that is not like those. Of it,
lines of 200 pieces or more are left out, which are orders of wholesalers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

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
_RETAIL_FROM = date(2009, 12, 1)
_RETAIL_CHOSEN_BY, _RETAIL_OFTEN = 150, 60
_WHOLESALE = 200
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Series:
    """An item in a branch: what was wanted, the pack in which it is ordered, and the days on which it is promoted."""

    days: Days
    pack: int
    promoted: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Items that are ordered alike. The first `start` days are known, the rest is sold again; `unknown` are days
    on which the shop was closed, `step` the least quantity that is sold; `chose` says whether constants of ours were
    chosen on it.
    """

    name: str
    first: date
    start: int
    series: Sequence[Series]
    supply: SupplyTerms
    step: int = 1000
    shelf_life_days: int | None = None
    unknown: frozenset[int] = frozenset()
    chose: bool = True


def groceries(most: int | None) -> list[Case]:
    """The three cases of completejourney, with so many items at most."""
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
        promotions(most),
    ]  # fmt: skip


def promotions(most: int | None) -> Case:
    """The distribution centre once more, with its promotions: weeks in which an item is sold a tenth cheaper."""
    cheaper = _promoted()
    by_item: dict[int, Days] = {}
    for (_, item), days in _sold_by_store().items():
        sold = by_item.setdefault(item, [0] * _YEAR)
        by_item[item] = [one + other for one, other in zip(sold, days, strict=True)]
    chosen = [(item, days) for item, days in sorted(by_item.items()) if _often(days, 60)]
    some = chosen if most is None else chosen[:: max(len(chosen) // most, 1)][:most]
    packed = _packed(days for _, days in some)
    return Case(
        "promotions", _NEW_YEAR, _KNOWN,
        [Series(one.days, one.pack, _sometimes(one.days, cheaper.get(item, 0)))
         for one, (item, _) in zip(packed, some, strict=True)],
        SupplyTerms(3, order_weekdays=frozenset({0})),
    )  # fmt: skip


def _promoted() -> dict[int, int]:
    """By item, as a set, the days of the recorded weeks in which the chain took a tenth off it or more."""
    lines = source.read_transactions()
    taken: dict[tuple[int, int], list[int]] = {}
    days_of: dict[int, int] = {}
    columns = (lines.product, lines.week, lines.retail_disc, lines.sales_value, lines.at // _HOUR)
    for item, week, off, paid, hour in zip(*(one.tolist() for one in columns), strict=True):
        day = _day_of(hour)
        if 0 <= day < _YEAR:
            sums = taken.setdefault((item, week), [0, 0])
            sums[0] += off
            sums[1] += off + paid
            days_of[week] = days_of.get(week, 0) | 1 << day
    found: dict[int, int] = {}
    for (item, week), (off, listed) in taken.items():
        if listed and 10 * off >= listed:
            found[item] = found.get(item, 0) | days_of[week]
    return found


def _sometimes(days: Days, promoted: int) -> int:
    """Its promoted days, none where it is promoted on most days that are known to sell: it is cheap, then."""
    sold = sum(1 << day for day, quantity in enumerate(days[:_KNOWN]) if quantity)
    return promoted if 2 * (promoted & sold).bit_count() <= sold.bit_count() else 0


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


def held_out(file: Path, most: int | None) -> Case:
    """The case of onlineretail2."""
    names = ["StockCode", "InvoiceDate", "Quantity"]
    columns = parquet.read_table(file, columns=names).to_pydict()
    sold: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    open_on: set[int] = set()
    for item, at, quantity in zip(*(columns[name] for name in names), strict=True):
        day = (at.date() - _RETAIL_FROM).days
        open_on.add(day)
        if item[:1].isdigit() and 0 < quantity < _WHOLESALE:
            sold[item][day] += quantity * 1000
    count = max(open_on) + 1
    dense = [
        [days.get(day, 0) for day in range(count)]
        for _, days in sorted(sold.items())
        if sum(1 for day in days if day < _RETAIL_CHOSEN_BY) >= _RETAIL_OFTEN
    ]
    return Case(
        "held out", _RETAIL_FROM, _KNOWN, _packed(_some(dense, most)),
        SupplyTerms(3, order_weekdays=frozenset({0})), unknown=frozenset(range(count)) - open_on, chose=False,
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
