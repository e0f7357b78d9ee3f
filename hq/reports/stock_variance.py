"""What no sale and no delivery explains: gains and losses of stock by branch, reason and item.

    reason               what it is
    write_off            goods that were given up, for a reason
    stocktake            gain or loss that was counted
    transit_difference   what was lost, broken or too many on the way between branches
    variance             value alone: cost that was learnt too late for the goods it belongs to

Quantities are thousandths of the base unit, values minor units without tax; below nought is a loss. Moves of
unknown cost are in no value, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, func, select, text, tuple_

from hq.reports.branches import KnownBranch
from schemas.tables.stock import stock_move

Reason = Literal["write_off", "stocktake", "transit_difference", "variance"]
REASONS: tuple[Reason, ...] = get_args(Reason)

# The words of the index `ix_stock_move_differing`, so that the planner takes it.
_DIFFERING = text(
    "stock_move.reason IN ('variance', 'transit_difference', 'stocktake', 'write_off')"
)


@dataclass(frozen=True, slots=True)
class VarianceQuery:
    """Which moves, by business date; `after` is the branch, reason and item last seen."""

    branches: tuple[KnownBranch, ...]
    first: date
    last: date
    reason: Reason | None = None
    item: str = ""
    after: tuple[str, str, str] | None = None
    limit: int | None = 100


@dataclass(frozen=True, slots=True)
class VarianceRow:
    """The moves of one branch, reason and item; `unvalued` of them have no known cost."""

    branch: str
    reason: Reason
    item: str
    moves: int
    quantity: int
    gain: int
    loss: int
    unvalued: int

    @property
    def value(self) -> int:
        """Gain and loss together."""
        return self.gain + self.loss


@dataclass(frozen=True, slots=True)
class ReasonTotal:
    """All that fits of one reason."""

    reason: Reason
    moves: int
    gain: int
    loss: int
    unvalued: int


@dataclass(frozen=True, slots=True)
class VariancePage:
    """A page, and the totals of every row by reason."""

    rows: tuple[VarianceRow, ...]
    totals: tuple[ReasonTotal, ...]
    following: tuple[str, str, str] | None


def variance(connection: Connection, query: VarianceQuery) -> VariancePage:
    """One page of what fits; call it in one snapshot."""
    move = stock_move.c
    where = _conditions(query)
    place = tuple_(move.branch, move.reason, move.item)
    sums = _sums()
    wanted = (
        select(move.branch, move.reason, move.item, sums[0],
               cast(func.sum(move.quantity), BigInteger), *sums[1:])
        .where(*where)
        .group_by(move.branch, move.reason, move.item)
        .order_by(move.branch, move.reason, move.item)
    )  # fmt: skip
    if query.after is not None:
        wanted = wanted.where(place > query.after)
    if query.limit is not None:
        wanted = wanted.limit(query.limit + 1)
    found = [VarianceRow(*row) for row in connection.execute(wanted)]
    rows = found if query.limit is None else found[: query.limit]
    last = rows[-1] if len(found) > len(rows) else None
    by_reason = select(move.reason, *sums).where(*where).group_by(move.reason)
    totals = {row.reason: ReasonTotal(*row) for row in connection.execute(by_reason)}
    return VariancePage(
        tuple(rows),
        tuple(totals[one] for one in REASONS if one in totals),
        (last.branch, last.reason, last.item) if last else None,
    )


def _sums() -> list[ColumnElement[Any]]:
    """Moves, gain, loss, unvalued."""
    value = stock_move.c.value
    return [
        func.count(),
        cast(func.coalesce(func.sum(value).filter(value > 0), 0), BigInteger),
        cast(func.coalesce(func.sum(value).filter(value < 0), 0), BigInteger),
        func.count().filter(value.is_(None)),
    ]


def _conditions(query: VarianceQuery) -> list[Any]:
    move = stock_move.c
    where: list[Any] = [
        _DIFFERING, move.branch.in_([one.branch for one in query.branches]),
        move.business_date.between(query.first, query.last),
    ]  # fmt: skip
    if query.reason is not None:
        where.append(move.reason == query.reason)
    if query.item:
        where.append(move.item == query.item)
    return where
