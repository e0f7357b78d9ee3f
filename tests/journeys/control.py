"""What the days must come to, summed straight from the files: whole numbers, and nothing of the product.

A day's figures are those of the till's own books: lines that count, what they come to, and how much of it
coupons paid, or was taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from pyarrow import compute, parquet


@dataclass
class DaySum:
    """One day. Amounts in hundredths; `returned` counts lines, `given_back` is what was paid for them."""

    lines: int = 0
    total: int = 0
    coupons: int = 0
    returned: int = 0
    given_back: int = 0


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
    names = ["销售日期", "销量(千克)", "销售单价(元/千克)"]
    columns = (parquet.read_table(file, columns=names)[name].to_pylist() for name in names)
    wanted = {day.isoformat(): day for day in days}
    sums: dict[date, DaySum] = defaultdict(DaySum)
    for text, weight, price in zip(*columns, strict=True):
        if text not in wanted:
            continue
        grams, hundredths = int(weight * 1000), int(price * 100)
        amount = (2 * abs(grams) * hundredths + 1000) // 2000
        day = sums[wanted[text]]
        day.lines += 1
        day.total += amount if grams > 0 else -amount
        if grams < 0:
            day.returned += 1
            day.given_back += amount
    return dict(sums)
