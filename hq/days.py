"""One business day of one branch as headquarters holds it: its revisions, and a check on demand.

Every revision that the branch closed is kept as it came, with what headquarters recomputed from
its own tickets at that moment. `verify_day` recomputes now: whatever has been dropped, doubled,
moved or changed in these tables since is named by its receipt number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from hq import day_evidence
from hq.parked import ParkedEntry, parked_entries
from schemas.domain.day import (
    DayTotals,
    LaneAbsent,
    LaneTotals,
    lane_differences,
    totals_differences,
)
from schemas.tables.day_figures import day_totals
from schemas.tables.days import business_day, day_reopening, day_revision
from schemas.tables.lane_audit import audit
from schemas.tables.tickets import ticket


@dataclass(frozen=True, slots=True)
class Reopening:
    """Under whose authority a closed revision was opened again, when and why."""

    revision: int
    operator: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """A close as the branch sent it. `computed` is what headquarters had at that moment."""

    revision: int
    operator: str
    at: datetime
    totals: DayTotals
    lanes: tuple[LaneTotals, ...]
    computed: DayTotals
    differences: tuple[str, ...]
    absent: tuple[LaneAbsent, ...] = ()


@dataclass(frozen=True, slots=True)
class DayHistory:
    """Everything that headquarters holds about a day. `totals` and `lanes` are of now."""

    branch: str
    business_date: date
    state: str
    revision: int
    opened: datetime
    changed: datetime
    revisions: tuple[Revision, ...]
    reopenings: tuple[Reopening, ...]
    totals: DayTotals
    lanes: tuple[LaneTotals, ...]
    late: tuple[str, ...]
    parked: tuple[ParkedEntry, ...]


def day_history(connection: Connection, branch: str, business_date: date) -> DayHistory | None:
    """The day, or None when no opening of it arrived."""
    row = connection.execute(
        select(business_day).where(
            business_day.c.branch == branch, business_day.c.business_date == business_date
        )
    ).one_or_none()
    if row is None:
        return None
    parked = parked_entries(connection, [branch])
    return DayHistory(
        branch=branch,
        business_date=business_date,
        state=row.state,
        revision=row.revision,
        opened=row.opened,
        changed=row.changed,
        revisions=_revisions(connection, branch, business_date),
        reopenings=_reopenings(connection, branch, business_date),
        totals=day_totals(connection, branch, business_date),
        lanes=audit(connection, branch, business_date).totals,
        late=tuple(_late(connection, branch, business_date)),
        parked=tuple(one for one in parked if one.business_date in (None, business_date)),
    )


def verify_day(connection: Connection, branch: str, business_date: date) -> tuple[str, ...]:
    """Recompute a day now and compare it with its last revision; nothing when all agrees.

    Each finding begins with the receipt number or the figure that it is about. A day that was never
    closed is held against its lanes' own counts alone.
    """
    audited = audit(connection, branch, business_date, as_closed=True)
    revisions = _revisions(connection, branch, business_date)
    last = revisions[-1] if revisions else None
    closed = {one.lane: one for one in last.lanes} if last else {}
    disagreements = list(audited.problems)
    if last is not None:
        now = day_totals(connection, branch, business_date)
        disagreements += _lane_differences(closed, {one.lane: one for one in audited.totals})
        disagreements += totals_differences(last.totals, now)
    found: list[str] = []
    if disagreements:
        # Only then is a ticket of another shift a stray: a shift may see its date change.
        found += day_evidence.strayed(connection, branch, business_date)
        found += day_evidence.misnumbered(connection, branch, business_date, closed)
    found += day_evidence.underpaid(connection, branch, business_date)
    found += [
        f"{receipt}: came after the last close"
        for receipt in _late(connection, branch, business_date)
    ]
    return tuple(dict.fromkeys([*found, *disagreements]))


def _lane_differences(
    closed: Mapping[str, LaneTotals], held: Mapping[str, LaneTotals]
) -> list[str]:
    found: list[str] = []
    for lane in sorted({*closed, *held}):
        nothing = LaneTotals(lane, 0, 0, 0, 0)
        found += lane_differences(closed.get(lane, nothing), held.get(lane, nothing))
    return found


def _revisions(connection: Connection, branch: str, business_date: date) -> tuple[Revision, ...]:
    query = (
        select(day_revision)
        .where(day_revision.c.branch == branch, day_revision.c.business_date == business_date)
        .order_by(day_revision.c.revision)
    )
    return tuple(_revision(row) for row in connection.execute(query))


def _revision(row: Row[Any]) -> Revision:
    return Revision(
        revision=row.revision,
        operator=row.operator,
        at=row.at,
        totals=_totals(row.totals),
        lanes=tuple(LaneTotals(**lane) for lane in row.lanes),
        computed=_totals(row.computed),
        differences=tuple(row.differences),
        absent=tuple(LaneAbsent(**{**one, "missing": tuple(one["missing"])}) for one in row.absent),
    )


def _totals(stored: Mapping[str, Any]) -> DayTotals:
    return DayTotals(**stored)


def _reopenings(connection: Connection, branch: str, business_date: date) -> tuple[Reopening, ...]:
    query = (
        select(day_reopening)
        .where(day_reopening.c.branch == branch, day_reopening.c.business_date == business_date)
        .order_by(day_reopening.c.revision)
    )
    return tuple(
        Reopening(row.revision, row.operator, row.reason, row.at)
        for row in connection.execute(query)
    )


def _late(connection: Connection, branch: str, business_date: date) -> list[str]:
    query = (
        select(ticket.c.lane, ticket.c.counter)
        .where(ticket.c.branch == branch, ticket.c.business_date == business_date, ticket.c.late)
        .order_by(ticket.c.lane, ticket.c.counter)
    )
    return [day_evidence.receipt(row.lane, row.counter) for row in connection.execute(query)]
