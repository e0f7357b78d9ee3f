"""Days whose sales are no longer what they were as first closed, in a range of dates (rule 23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, and_, func, select

from hq.reports.branches import KnownBranch
from schemas.tables.days import business_day, day_revision
from schemas.tables.tickets import ticket


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """Its sales as first closed, and now; `revision` is the last that was closed."""

    branch: str
    business_date: date
    revision: int
    first: int
    now: int

    @property
    def change(self) -> int:
        """By how much they differ."""
        return self.now - self.first


def changed_days(
    connection: Connection, branches: Sequence[KnownBranch], first: date, last: date
) -> list[ChangedDay]:
    """The days that differ, by date and branch."""
    codes = [one.branch for one in branches]
    day = business_day.c
    now = (
        select(ticket.c.branch, ticket.c.posted, func.sum(ticket.c.total).label("gross"))
        .where(ticket.c.branch.in_(codes), ticket.c.posted.between(first, last))
        .group_by(ticket.c.branch, ticket.c.posted)
        .subquery()
    )
    closed = day_revision.c.totals["gross"].as_integer()
    gross = func.coalesce(now.c.gross, 0)
    rows = connection.execute(
        select(day.branch, day.business_date, day.revision, closed, gross)
        .join_from(
            business_day,
            day_revision,
            and_(
                day_revision.c.branch == day.branch,
                day_revision.c.business_date == day.business_date,
                day_revision.c.revision == 1,
            ),
        )
        .outerjoin(now, and_(now.c.branch == day.branch, now.c.posted == day.business_date))
        .where(day.branch.in_(codes), day.business_date.between(first, last), closed != gross)
        .order_by(day.business_date, day.branch)
    )
    return [ChangedDay(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in rows]
