"""Locked periods, what was posted to a later date for them, and orders that branches answered, at rest.

table             written by                          read for
period_lock       headquarters' record, every site    whether a day may be reopened
day_order         headquarters' record, every site    what a branch has to carry out
ticket_posting    the branch's entry, both sites      where a ticket counts, if it came too late
day_order_answer  the branch's entry, both sites      which orders are done
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import date

from sqlalchemy import Column, Connection, Date, Index, Table, Text, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from schemas.domain.period import DayOrderAnswered, PeriodLock, TicketsPosted
from schemas.tables.base import Instant, metadata
from schemas.tables.catalogue import period_lock
from schemas.tables.stock_store import among
from schemas.tables.tickets import ticket

ticket_posting = Table(
    "ticket_posting",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posted", Date, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "branch", "posted"),
)

day_order_answer = Table(
    "day_order_answer",
    metadata,
    Column("number", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("at", Instant, nullable=False),
)


def write_posted(connection: Connection, fact: TicketsPosted) -> None:
    """Let tickets count elsewhere; those that are not held yet will when they come."""
    connection.execute(
        insert_or_leave(ticket_posting).on_conflict_do_nothing(),
        [
            {
                "ticket": uuid, "branch": fact.branch, "business_date": fact.business_date,
                "posted": fact.posted, "at": fact.at,
            }
            for uuid in fact.tickets
        ],
    )  # fmt: skip
    for uuid, posted in posted_to(connection, fact.tickets).items():
        connection.execute(
            update(ticket)
            .where(ticket.c.uuid == uuid, ticket.c.branch == fact.branch)
            .values(posted=posted, late=False)
        )


def posted_to(connection: Connection, tickets: Collection[str]) -> dict[str, date]:
    """Which of these tickets count in the figures of another date, and of which."""
    rows = connection.execute(
        select(ticket_posting.c.ticket, ticket_posting.c.posted)
        .where(among(ticket_posting.c.ticket, tickets))
        .order_by(ticket_posting.c.ticket)
    )
    return {row.ticket: row.posted for row in rows}


def write_answer(connection: Connection, fact: DayOrderAnswered) -> None:
    """Keep what became of an order."""
    connection.execute(insert(day_order_answer).values(asdict(fact)))


def locked(connection: Connection, feeds: Collection[str] | None = None) -> PeriodLock | None:
    """The lock that reaches furthest, of these feeds or of all that this site follows."""
    query = select(period_lock)
    if feeds is not None:
        query = query.where(period_lock.c.stream.in_(sorted(feeds)))
    row = connection.execute(
        query.order_by(period_lock.c.through.desc(), period_lock.c.stream).limit(1)
    ).first()
    return None if row is None else PeriodLock(row.through, row.operator, row.reason, row.published)
