"""Days whose sales are no longer what they were as first closed, in a range of dates (rule 23).

What they are now is read from the consolidated figures, so that a year of a chain takes no longer than its days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Text, and_, cast, func, select

from hq.consolidation.figures import grouped
from hq.consolidation.question import Question
from hq.reports.branches import KnownBranch
from schemas.tables.days import business_day, day_revision


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
    question = Question(tuple(branches), first, last, by=("branch", "day"))
    now = grouped(connection, question).subquery("now")
    closed = day_revision.c.totals["gross"].as_integer()
    gross = func.coalesce(now.c.total, 0)
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
        .outerjoin(now, and_(now.c.k0 == day.branch, now.c.k1 == cast(day.business_date, Text)))
        .where(day.branch.in_(codes), day.business_date.between(first, last), closed != gross)
        .order_by(day.business_date, day.branch)
    )
    return [ChangedDay(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in rows]
