"""How stock turned over and how old it is, by branch, category or item.

    value now, then    what the branches' stock is worth, and was worth before the first and after the last date:
                       worked back from now through the values of the moves
    cost of sales      the value of the moves of sales in the range (rule 25)
    turnover           cost of sales ÷ the mean of the values before and after, so often sold in the range
    cover              the days for which the last value lasts at that rate

    age                what lies there now is taken to be what came last: each arrival, the youngest first, until
                       the quantity on hand is found; what no arrival explains is `oldest`
    arrivals           receipts, transfers in, and what stocktakes found

Values are minor units without tax, shared out so that the parts of an item sum to its value. What is below
nought has no age. A move of unknown value is in no value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Numeric,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    text,
)

from hq.consolidation.aggregates import settle
from replication.streams import CHAIN_FEED
from schemas.domain.money import divide
from schemas.tables.catalogue import item as item_table
from schemas.tables.stock import stock_move, stock_on_hand

By = Literal["branch", "category", "item"]
BY: tuple[By, ...] = get_args(By)
#: Days: up to 30, 60, 90, 180, and above.
LIMITS = (30, 60, 90, 180)
# The words of the index `ix_stock_move_arrived`, so that the planner takes it.
_ARRIVED = text(
    "stock_move.quantity > 0 AND stock_move.reason IN ('receipt', 'transfer_in', 'stocktake')"
)
_SOLD = ("sale", "post_void")


@dataclass(frozen=True, slots=True)
class Turnover:
    """Of one member of the dimension; `days` is the length of the range."""

    key: str
    before: int
    after: int
    cost: int
    days: int

    @property
    def mean(self) -> int:
        """The mean of the values before and after."""
        return divide(self.before + self.after, 2)

    @property
    def tenths(self) -> int | None:
        """Tenths of a turnover; None where nothing lay there."""
        return divide(self.cost * 10, self.mean) if self.mean > 0 else None

    @property
    def cover(self) -> int | None:
        """Days; None where nothing was sold."""
        return divide(self.after * self.days, self.cost) if self.cost > 0 else None


@dataclass(frozen=True, slots=True)
class Age:
    """The value of one member of the dimension by age: one more than there are LIMITS, the youngest first."""

    key: str
    quantity: int
    values: tuple[int, ...]

    @property
    def value(self) -> int:
        """All of it."""
        return sum(self.values)


def turnover(
    connection: Connection, branches: Sequence[str], first: date, last: date, by: By
) -> list[Turnover]:
    """Every member of the dimension that has stock or sales; call it in one snapshot."""
    days = (last - first).days + 1
    held = _grouped(connection, stock_on_hand, by, branches, [func.sum(stock_on_hand.c.value)])
    move = stock_move.c
    within = move.business_date <= last
    moved = _grouped(
        connection, stock_move, by, branches,
        [
            func.sum(move.value).filter(~within),
            func.sum(move.value).filter(within),
            -func.sum(move.value).filter(within, move.reason.in_(_SOLD)),
        ],
        move.business_date >= first,
    )  # fmt: skip
    found = []
    for key in sorted(held.keys() | moved.keys()):
        (now,) = held.get(key, (0,))
        later, during, cost = moved.get(key, (0, 0, 0))
        after = now - later
        found.append(Turnover(key, after - during, after, cost, days))
    return found


def ages(connection: Connection, branches: Sequence[str], today: date, by: By) -> list[Age]:
    """The value of what lies there now by how long it has."""
    settle(connection)
    layers = _layers(branches, today - timedelta(days=LIMITS[-1]))
    layer = layers.c
    key = _key(layers, by)
    age = literal(today) - layer.business_date
    bucket = case(
        *((age <= limit, number) for number, limit in enumerate(LIMITS)), else_=len(LIMITS)
    )
    query = (
        select(key, bucket, func.sum(layer.quantity), func.sum(layer.value))
        .select_from(layers)
        .outerjoin(item_table, _is_known(layers))
        .group_by(key, bucket)
    )
    quantities: dict[str, int] = {}
    values: dict[str, list[int]] = {}
    for code, number, quantity, value in connection.execute(query):
        quantities[code] = quantities.get(code, 0) + int(quantity)
        values.setdefault(code, [0] * (len(LIMITS) + 1))[number] += int(value)
    return [Age(code, quantities[code], tuple(of)) for code, of in sorted(values.items())]


def _grouped(
    connection: Connection, table: Any, by: By, branches: Sequence[str],  # noqa: ANN401 - a table of branches and items
    sums: Sequence[ColumnElement[Any]], *conditions: ColumnElement[bool],
) -> dict[str, tuple[int, ...]]:  # fmt: skip
    key = _key(table, by)
    query = (
        select(key, *(cast(func.coalesce(one, 0), BigInteger) for one in sums))
        .select_from(table)
        .outerjoin(item_table, _is_known(table))
        .where(table.c.branch.in_(branches), *conditions)
        .group_by(key)
    )
    return {row[0]: tuple(row[1:]) for row in connection.execute(query)}


def _key(table: Any, by: By) -> ColumnElement[str]:  # noqa: ANN401 - the same
    if by == "category":
        return func.coalesce(item_table.c.category, "")
    return table.c.branch if by == "branch" else table.c.item  # type: ignore[no-any-return]


def _is_known(table: Any) -> ColumnElement[bool]:  # noqa: ANN401 - the same
    return and_(item_table.c.stream == CHAIN_FEED, item_table.c.key == table.c.item)


def _layers(branches: Sequence[str], since: date) -> Subquery:
    """What lies there by when it came: per branch, item and date of arrival, quantity and value. What came before
    `since` is as old as what no arrival explains, and so is not looked for.
    """
    move, held = stock_move.c, stock_on_hand.c
    came = (
        select(
            move.branch,
            move.item,
            move.business_date,
            func.added(move.quantity, type_=BigInteger).label("quantity"),
        )
        .where(_ARRIVED, move.branch.in_(branches), move.business_date >= since)
        .group_by(move.branch, move.item, move.business_date)
        .subquery("came")
    )
    # What no arrival explains lies there since ever: as if it had come before all.
    ever = select(held.branch, held.item, literal(date(1900, 1, 1)), held.quantity).where(
        held.branch.in_(branches), held.quantity > 0
    )
    every = select(came).union_all(ever).subquery("every")
    newest_first = func.added(every.c.quantity, type_=BigInteger).over(
        partition_by=(every.c.branch, every.c.item), order_by=every.c.business_date.desc()
    )
    summed = select(every, newest_first.label("through")).subquery("summed")
    upper = func.least(summed.c.through, held.quantity)
    lower = func.least(summed.c.through - summed.c.quantity, held.quantity)

    def worth(quantity: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.round(cast(held.value, Numeric) * quantity / held.quantity)

    return (
        select(
            summed.c.branch, summed.c.item, summed.c.business_date,
            (upper - lower).label("quantity"), (worth(upper) - worth(lower)).label("value"),
        )
        .join(
            stock_on_hand, and_(held.branch == summed.c.branch, held.item == summed.c.item)
        )
        .where(held.quantity > 0, upper > lower)
        .subquery("layers")
    )  # fmt: skip
