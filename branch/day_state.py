"""The state of business days as the branch holds it, and the lock under which it changes.

Whoever changes a day, or what a closed day may not take, locks its row first and the journal last;
arrivals from lanes take the same row shared. So a close sees either all of an arrival or none of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from branch.wording import RefusalError
from replication.console.languages import msgid
from schemas.domain.day import DayState
from schemas.tables.days import business_day, day_revision
from schemas.tables.tickets import ticket


class DayError(RefusalError):
    """A day that cannot be opened, closed or changed as asked; the message says the way out."""


@dataclass(frozen=True, slots=True)
class Day:
    """One business day: its state, how often it was closed, and how much arrived after its close.

    `absent` are the lanes that its last close went without.
    """

    business_date: date
    state: DayState
    revision: int
    opened: datetime
    changed: datetime
    late: int = 0
    absent: tuple[str, ...] = ()


def lock_day(connection: Connection, branch: str, business_date: date) -> Day:
    """The day, held for this transaction alone. Raises DayError when there is none."""
    query = _of(branch).where(business_day.c.business_date == business_date).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise DayError(
            msgid("%(branch)s has no business day %(date)s: open it first"),
            branch=branch,
            date=business_date,
        )
    return _day(row, 0)


def find_day(connection: Connection, branch: str, business_date: date) -> Day | None:
    """The day with its late entries, None when it was never opened."""
    return next(
        iter(_days(connection, branch, business_day.c.business_date == business_date)), None
    )


def unfinished(connection: Connection, branch: str) -> list[Day]:
    """Days that are not closed, oldest first. More than one is open only after an adoption."""
    return list(reversed(_days(connection, branch, business_day.c.state != "closed")))


def days(
    connection: Connection, branch: str, *, before: date | None = None, limit: int = 40
) -> list[Day]:
    """Days from the newest on, or those before a date."""
    condition = True if before is None else business_day.c.business_date < before
    return _days(connection, branch, condition, limit)


def _days(
    connection: Connection,
    branch: str,
    condition: Any,  # noqa: ANN401 - SQL
    limit: int = 400,
) -> list[Day]:
    rows = connection.execute(
        _of(branch).where(condition).order_by(business_day.c.business_date.desc()).limit(limit)
    ).all()
    dates = [row.business_date for row in rows]
    late, absent = _late(connection, branch, dates), _absent(connection, branch, dates)
    return [
        _day(row, late.get(row.business_date, 0), absent.get((row.business_date, row.revision), ()))
        for row in rows
    ]


def _of(branch: str) -> Any:  # noqa: ANN401 - a SELECT
    return select(business_day).where(business_day.c.branch == branch)


def _late(connection: Connection, branch: str, dates: list[date]) -> dict[date, int]:
    query = (
        select(ticket.c.business_date, func.count())
        .where(ticket.c.branch == branch, ticket.c.late, ticket.c.business_date.in_(dates))
        .group_by(ticket.c.business_date)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _absent(
    connection: Connection, branch: str, dates: list[date]
) -> dict[tuple[date, int], tuple[str, ...]]:
    """Per revision that went without lanes, which."""
    query = select(
        day_revision.c.business_date, day_revision.c.revision, day_revision.c.absent
    ).where(
        day_revision.c.branch == branch,
        day_revision.c.business_date.in_(dates),
        func.jsonb_array_length(day_revision.c.absent) > 0,
    )
    return {
        (row[0], row[1]): tuple(one["lane"] for one in row[2]) for row in connection.execute(query)
    }


def _day(row: Row[Any], late: int, absent: tuple[str, ...] = ()) -> Day:
    return Day(row.business_date, row.state, row.revision, row.opened, row.changed, late, absent)
