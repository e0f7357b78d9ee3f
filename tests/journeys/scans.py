"""The scans of a vegetable counter as its file has them, and the baskets that they may have been.

The file has scans and no baskets: scans less than half a minute apart are one, which is a composition.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pyarrow import array, compute, parquet

ZONE = ZoneInfo("Asia/Shanghai")
_APART = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Scan:
    """A line of the file: grams (or thousandths of a piece), and hundredths for a kilogram."""

    at: datetime
    item: str
    grams: int
    price: int
    discounted: bool


def read(file: Path, days: Collection[date]) -> list[Scan]:
    """The scans of these days, in the order of the file."""
    table = parquet.read_table(file)
    wanted = compute.is_in(table["销售日期"], value_set=array([day.isoformat() for day in days]))
    rows = table.filter(wanted).to_pydict()
    names = (
        "销售日期",
        "扫码销售时间",
        "单品编码",
        "销量(千克)",
        "销售单价(元/千克)",
        "是否打折销售",
    )
    return [
        Scan(
            datetime.fromisoformat(f"{on}T{at}").replace(tzinfo=ZONE), item[-5:], int(weight * 1000),
            int(price * 100), discounted == "是",
        )
        for on, at, item, weight, price, discounted in zip(*(rows[one] for one in names), strict=True)
    ]  # fmt: skip


def baskets(scans: list[Scan]) -> Iterator[list[Scan]]:
    """Scans that follow each other closely."""
    basket: list[Scan] = []
    for one in scans:
        if basket and one.at - basket[-1].at > _APART:
            yield basket
            basket = []
        basket.append(one)
    if basket:
        yield basket


def by_the_piece(scans: list[Scan]) -> set[str]:
    """Items whose every quantity is a whole number: packs, not weights."""
    return {one.item for one in scans} - {one.item for one in scans if one.grams % 1000}
