"""The tickets of a day against the journal that they were written from.

    the journal says   the tables hold    what it is       the way out
    a ticket           the same           well             –
    a ticket           nothing            missing          written anew from the entry
    a ticket           another content    changed          written anew from the entry
    set aside          nothing            well             retry or release it, where it is shown
    nothing            a ticket           surplus          a person: a sale is never deleted

A correction (`ticket.corrected`) is held against its own entry in the same way.

A journal is immutable and is the truth, the tables are made from it: so only they are ever repaired,
and only from an entry that is held. Stock is not booked again: its ledger has a key of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, or_, select, text, update

from schemas.domain.correction import TicketCorrected
from schemas.domain.day import DayClosed
from schemas.domain.ticket import Ticket
from schemas.tables import sales_store
from schemas.tables.journal import journal_entry, quarantine
from schemas.tables.ticket_digest import Content, differing_fields, held, receipt_of, stated
from schemas.tables.tickets import (
    tender_detail,
    ticket,
    ticket_correction,
    ticket_line,
    ticket_return,
    ticket_tender,
)
from schemas.wire.entries import Fact, UnreadableEntryError, decode

Problem = Literal["missing", "changed", "surplus"]


@dataclass(frozen=True, slots=True)
class Stated:
    """A ticket or correction out of the journal; `aside` is why it was not projected, None when it was to be."""

    ticket: Ticket | TicketCorrected
    epoch: str
    sequence: int
    aside: str | None


@dataclass(frozen=True, slots=True)
class Untrue:
    """A ticket whose rows are not what the journal says; `source` is None for a surplus one."""

    uuid: str
    receipt: str
    problem: Problem
    fields: tuple[str, ...]
    source: Stated | None


def journal_tickets(connection: Connection, journal: str, business_date: date) -> dict[str, Stated]:
    """The tickets of a day and their corrections that a branch's journal holds, by UUID."""
    aside = set_aside(connection)
    found: dict[str, Stated] = {}
    for row, fact in _facts(connection, journal, ("ticket", "ticket.corrected"), business_date):
        if isinstance(fact, (Ticket, TicketCorrected)):
            why = aside.get((row.stream, row.epoch, row.sequence)) or aside.get(
                (row.origin_stream, row.origin_epoch, row.origin_sequence)
            )
            found[fact.uuid] = Stated(fact, row.epoch, row.sequence, why)
    return found


def untrue(connection: Connection, branch: str, journal: str, business_date: date) -> list[Untrue]:
    """The tickets of a day that are not as the journal says, by receipt."""
    rows = held(connection, branch, business_date)
    said = journal_tickets(connection, journal, business_date)
    found = [
        Untrue(uuid, receipt_of(rows[uuid]), "surplus", (), None)
        for uuid in rows.keys() - said.keys()
    ]
    for uuid, one in said.items():
        wrong = _compared(one, rows.get(uuid))
        if wrong is not None:
            found.append(wrong)
    return sorted(found, key=lambda one: one.receipt)


def reproject(connection: Connection, journal: str, wrong: Untrue) -> bool:
    """Write a ticket anew from its entry; False when it has none, and a person must look."""
    if wrong.source is None:
        return False
    fact = wrong.source.ticket
    was_late = connection.execute(select(ticket.c.late).where(ticket.c.uuid == fact.uuid)).scalar()
    for table in (ticket_line, ticket_tender, tender_detail, ticket_return):
        connection.execute(delete(table).where(table.c.ticket == fact.uuid))
    connection.execute(delete(ticket_correction).where(ticket_correction.c.uuid == fact.uuid))
    connection.execute(delete(ticket).where(ticket.c.uuid == fact.uuid))
    sales_store.write(connection, [fact])
    if was_late is None and _closed_after(connection, journal, wrong.source):
        was_late = False  # It was in that close; that its rows were lost made it no latecomer.
    if was_late is not None:
        connection.execute(update(ticket).where(ticket.c.uuid == fact.uuid).values(late=was_late))
    return True


def _compared(one: Stated, row: Content | None) -> Untrue | None:
    said = stated(one.ticket)
    if row is None:
        if one.aside is not None:
            return None
        return Untrue(one.ticket.uuid, one.ticket.receipt, "missing", (), one)
    fields = differing_fields(said, row)
    if not fields:
        return None
    return Untrue(one.ticket.uuid, one.ticket.receipt, "changed", tuple(fields), one)


def _closed_after(connection: Connection, journal: str, one: Stated) -> bool:
    closes = _facts(connection, journal, ("day.closed",), one.ticket.business_date)
    return any(
        isinstance(fact, DayClosed) and row.epoch == one.epoch and row.sequence > one.sequence
        for row, fact in closes
    )


def _facts(
    connection: Connection, journal: str, kinds: Sequence[str], business_date: date
) -> Iterator[tuple[Row[Any], Fact]]:
    """The readable entries of these kinds that are of a date; one that does not read was set aside."""
    query = select(journal_entry).where(
        journal_entry.c.stream == journal,
        journal_entry.c.kind.in_(kinds),
        journal_entry.c.standing == "first",
    )
    # A body is canonical and says its date in one way only: the database sorts out the other days'.
    dated = b'"business_date":"%s"' % business_date.isoformat().encode()
    query = query.where(text("position(:dated IN journal_entry.body) > 0").bindparams(dated=dated))
    with connection.execute(query, execution_options={"yield_per": 1_000}) as rows:
        for row in rows:
            try:
                yield row, decode(row.kind, row.version, bytes(row.body))
            except UnreadableEntryError:
                continue


def set_aside(connection: Connection) -> dict[tuple[str, str, int], str]:
    """The entries that are not projected, by stream, epoch and sequence, and why each is not."""
    query = select(quarantine).where(
        or_(quarantine.c.resolved.is_(None), quarantine.c.resolution.startswith("released"))
    )
    return {
        (row.stream, row.epoch, row.sequence): row.resolution or row.reason
        for row in connection.execute(query)
    }
