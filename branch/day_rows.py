"""The day close row by row: each shift of each lane, what came of it, and what is next for it.

A lane that opened no shift on the date has a row too: whether it may still hold something is part of the
close. What has not arrived is told beside the shift that the lane opened last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from branch import lanes
from branch.checks import Check
from branch.tills import Till, tills
from schemas.tables.tickets import ticket
from schemas.tables.till_figures import TillFigures


@dataclass(frozen=True, slots=True)
class Row:
    """A lane with one of its shifts, None for a lane that opened none; `sales` in minor units.

    `unsent` entries and `missing` receipts are the lane's, told in its last row alone.
    """

    lane: str
    till: Till | None
    sales: int = 0
    unsent: int = 0
    missing: tuple[str, ...] = ()


def rows(
    connection: Connection,
    branch: str,
    business_date: date,
    checks: Sequence[Check],
    figures: Sequence[TillFigures],
) -> list[Row]:
    """The rows by lane and opening."""
    sold = _sales(connection, branch, business_date)
    by_lane: dict[str, list[Till]] = {}
    for till in tills(connection, branch, business_date, figures):
        by_lane.setdefault(till.lane, []).append(till)
    unsent = {
        one.lane: one.unsent for one in lanes.lanes(connection, branch) if one.revoked is None
    }
    return [
        row
        for lane in sorted({*by_lane, *unsent})
        for row in _of_lane(lane, by_lane.get(lane, []), sold, unsent.get(lane, 0), checks)
    ]


def _of_lane(
    lane: str, held: Sequence[Till], sold: dict[str, int], unsent: int, checks: Iterable[Check]
) -> Iterator[Row]:
    for till in held[:-1]:
        yield Row(lane, till, sold.get(till.shift, 0))
    last = held[-1] if held else None
    lacking = tuple(
        one.subject.removeprefix(f"{lane}-")
        for one in checks
        if one.code == "receipts_missing" and one.lane == lane
    )
    yield Row(lane, last, sold.get(last.shift, 0) if last else 0, unsent, lacking)


def _sales(connection: Connection, branch: str, business_date: date) -> dict[str, int]:
    query = (
        select(ticket.c.shift, func.sum(ticket.c.total))
        .where(ticket.c.branch == branch, ticket.c.posted == business_date)
        .group_by(ticket.c.shift)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}
