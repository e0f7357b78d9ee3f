"""Tickets that come for a locked date (rule 23): they keep it, and count in the first open day.

    the ticket's date    a day is open         what happens, in the transaction of its arrival
    not locked           –                     nothing: it counts on its date, which shows it as late
    locked               yes                   tickets.posted: it counts on the first open day
    locked               no                    it waits as late; the next day that is opened takes it

The figures of a locked date stay as they were closed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import Connection, func, or_, select

from branch import own_journal
from schemas.domain.period import TicketsPosted
from schemas.tables.days import business_day
from schemas.tables.periods import locked
from schemas.tables.tickets import ticket


def concerned(connection: Connection, branch: str, dates: Iterable[date]) -> set[date]:
    """Of which dates the rows are held for arrivals of these: theirs, and that which takes late ones."""
    own = set(dates)
    lock = locked(connection)
    if lock is None or not any(one <= lock.through for one in own):
        return own
    taking = _first_open(connection, branch)
    return own if taking is None else own | {taking}


def post(connection: Connection, branch: str, now: datetime) -> None:
    """Post what waits for locked dates to the first open day. The days' rows are held."""
    lock = locked(connection)
    if lock is None:
        return
    waiting = connection.execute(
        select(ticket.c.business_date, ticket.c.uuid)
        .where(ticket.c.branch == branch, ticket.c.late, ticket.c.business_date <= lock.through)
        .order_by(ticket.c.business_date, ticket.c.uuid)
    ).all()
    taking = _first_open(connection, branch) if waiting else None
    if taking is None:
        return
    for on, rows in groupby(waiting, key=lambda row: row.business_date):
        uuids = tuple(row.uuid for row in rows)
        own_journal.state(connection, branch, TicketsPosted(branch, on, taking, uuids, now), now)


@dataclass(frozen=True, slots=True)
class Taken:
    """A receipt of a locked date that counts on another day, or one of another day that counts here."""

    uuid: str
    receipt: str
    business_date: date
    posted: date
    total: int


def moved(connection: Connection, branch: str, on: date) -> list[Taken]:
    """The receipts of this date that count elsewhere, and those of other dates that count on it."""
    row = ticket.c
    here = or_(row.business_date == on, row.posted == on)
    rows = connection.execute(
        select(row.uuid, row.lane, row.counter, row.business_date, row.posted, row.total)
        .where(row.branch == branch, here, row.business_date != row.posted)
        .order_by(row.business_date, row.lane, row.counter)
    )
    return [
        Taken(one.uuid, f"{one.lane}-{one.counter:06d}", one.business_date, one.posted, one.total)
        for one in rows
    ]


def _first_open(connection: Connection, branch: str) -> date | None:
    return connection.execute(
        select(func.min(business_day.c.business_date)).where(
            business_day.c.branch == branch, business_day.c.state == "open"
        )
    ).scalar()
