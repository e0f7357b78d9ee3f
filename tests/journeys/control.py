"""What the days must come to, summed straight from the files: whole numbers, and nothing of the product.

A day's figures are those of the till's own books: lines that count, what they come to, and how much of it
coupons paid, or was taken back.

What stock comes to is worked out beside them, by the bookkeeper's model of the scenarios: goods come before
they are sold as `wholesale` says it, a basket takes them out at the average, and what was lost is missing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from pyarrow import Table, array, compute, parquet

from tests.journeys.found import VegetableFiles
from tests.scenarios.model import Model
from tests.scenarios.model import cents as rounded


@dataclass
class DaySum:
    """One day. Amounts in hundredths; `returned` counts lines, `given_back` is what was paid for them."""

    lines: int = 0
    total: int = 0
    coupons: int = 0
    returned: int = 0
    given_back: int = 0


@dataclass(frozen=True)
class ItemDay:
    """An item on a day: thousandths that left, what was taken for them, and what they had cost."""

    quantity: int
    net: int
    cost: int


@dataclass(frozen=True)
class StockSum:
    """Sales with their cost by day and item; by item what is there, and what a count finds too much."""

    margins: dict[tuple[date, str], ItemDay]
    on_hand: dict[str, tuple[int, int]]
    shrinkage: dict[str, tuple[int, int]]


def groceries(file: Path, days: Collection[date]) -> dict[date, DaySum]:
    """What customers owed and how much of it coupons paid: no basket's coupons pay more than it."""
    names = ["basket_id", "sales_value", "coupon_disc", "transaction_timestamp"]
    table = parquet.read_table(file, columns=names)
    # Days of UTC that hold the local ones: most of the year need not be looked at.
    first, last = min(days), max(days) + timedelta(days=2)
    column = table["transaction_timestamp"]
    near = compute.and_(
        compute.greater_equal(column, datetime.combine(first, time())),
        compute.less(column, datetime.combine(last, time())),
    )
    rows = table.filter(near).to_pydict()
    sums: dict[date, DaySum] = defaultdict(DaySum)
    baskets: dict[tuple[date, int], list[int]] = defaultdict(lambda: [0, 0])
    clock = ZoneInfo("America/New_York")
    for basket, value, coupon, at in zip(*(rows[name] for name in names), strict=True):
        on = at.to_pydatetime().replace(tzinfo=UTC).astimezone(clock).date()
        if on not in days:
            continue
        owed = round(Decimal(repr(value)) * 100)
        sums[on].lines += 1
        sums[on].total += owed
        baskets[on, basket][0] += owed
        baskets[on, basket][1] += round(Decimal(repr(coupon)) * 100)
    for (on, _), (owed, coupons) in baskets.items():
        sums[on].coupons += min(owed, coupons)
    return dict(sums)


def vegetables(file: Path, days: Collection[date]) -> dict[date, DaySum]:
    """Weight × price of each line, rounded half away from nought to a hundredth."""
    sums: dict[date, DaySum] = defaultdict(DaySum)
    for sold in _sold(file, days):
        day = sums[sold.at.date()]
        day.lines += 1
        day.total += sold.amount
        if sold.grams < 0:
            day.returned += 1
            day.given_back -= sold.amount
    return dict(sums)


def stock(files: VegetableFiles, days: Collection[date]) -> StockSum:
    """Goods come, baskets take them out at the average, and in the end what was lost is found missing."""
    lines = _sold(files.sales, days)
    weighed = {one.item for one in lines if one.grams % 1000}
    prices, rates = _wholesale(files.wholesale, days), _losses(files.losses)
    model, gone = Model(), Counter[str]()
    margins: dict[tuple[date, str], ItemDay] = {}
    for on in sorted(days):
        of_day = [one for one in lines if one.at.date() == on]
        for item in {one.item for one in of_day}:
            sold = sum(one.grams for one in of_day if one.item == item and one.grams > 0)
            step = 1 if item in weighed else 1000
            lost = rounded(sold * rates[item] / 100 / step) * step
            came = (sold + lost) // 1000 + 1
            model.comes(item, came * 1000, rounded(prices[on, item] * came * 100))
            gone[item] += lost
        for item, basket in _baskets(of_day):
            cost = -model.leaves(item, sum(one.grams for one in basket), "sale")
            before = margins.get((on, item), ItemDay(0, 0, 0))
            margins[on, item] = ItemDay(
                before.quantity + sum(one.grams for one in basket),
                before.net + sum(one.amount for one in basket),
                before.cost + cost,
            )
    found = {
        item: (-lost, model.leaves(item, lost, "stocktake")) for item, lost in gone.items() if lost
    }
    return StockSum(margins, {k: (v.quantity, v.value) for k, v in model.goods.items()}, found)


@dataclass(frozen=True)
class _Line:
    """A line of the file: grams (or thousandths of a piece), and hundredths for them."""

    at: datetime
    item: str
    grams: int
    amount: int


def _sold(file: Path, days: Collection[date]) -> list[_Line]:
    names = ["销售日期", "扫码销售时间", "单品编码", "销量(千克)", "销售单价(元/千克)"]
    table = _of_days(parquet.read_table(file, columns=names), "销售日期", days)
    columns = (table[name].to_pylist() for name in names)
    return [
        _Line(
            datetime.fromisoformat(f"{on}T{at}"), item[-5:], int(weight * 1000),
            rounded(Fraction(weight) * Fraction(price) * 100),
        )
        for on, at, item, weight, price in zip(*columns, strict=True)
    ]  # fmt: skip


def _baskets(of_day: list[_Line]) -> Iterator[tuple[str, list[_Line]]]:
    """By basket, one after the other, what it had of each item: half a minute apart begins another."""
    number, last = 0, of_day[0].at
    held: dict[tuple[int, str], list[_Line]] = defaultdict(list)
    for one in of_day:
        number += one.at - last > timedelta(seconds=30)
        last = one.at
        held[number, one.item].append(one)
    return ((item, lines) for (_, item), lines in held.items())


def _wholesale(file: Path, days: Collection[date]) -> dict[tuple[date, str], Fraction]:
    rows = _of_days(parquet.read_table(file), "日期", days).to_pylist()
    return {
        (date.fromisoformat(row["日期"]), row["单品编码"][-5:]): Fraction(row["批发价格(元/千克)"])
        for row in rows
    }


def _of_days(table: Table, column: str, days: Collection[date]) -> Table:
    wanted = array([day.isoformat() for day in days])
    return table.filter(compute.is_in(table[column], value_set=wanted))


def _losses(file: Path) -> dict[str, Fraction]:
    rows = parquet.read_table(file).to_pylist()
    return {row["单品编码"][-5:]: Fraction(row["损耗率(%)"]) for row in rows}
