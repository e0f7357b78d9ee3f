"""The way of a ticket through the chain, read from headquarters' journal.

A lane writes a ticket as an entry of its own journal; its branch relays the same bytes in its own,
with where they came from; headquarters holds the latter. Both hashes are recomputed when the
journey is read, so `holds` proves that the entry is what the lane wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal, select

from replication import position
from replication.journal import entry_of
from replication.streams import journal_of
from schemas.domain.ticket import Ticket
from schemas.tables.journal import journal_entry
from schemas.wire.canonical import instant
from schemas.wire.entries import UnreadableEntryError, decode
from schemas.wire.entry import Entry, Origin, entry_hash, origin_holds


@dataclass(frozen=True, slots=True)
class Journey:
    """Where a ticket's entry stands. `held_through` and `reached` are headquarters' position in the
    branch's journal: how far it has applied it, and when it last moved.

    `written` is the ticket as its lane wrote it, None when the entry does not read as a ticket.
    """

    lane: Origin
    branch: Entry
    held_through: int
    reached: datetime | None
    holds: bool
    written: Ticket | None


def journey_of(connection: Connection, uuid: str, lane: str, committed: datetime) -> Journey | None:
    """The journey, or None when headquarters' journal has no such entry.

    The entry is found by its lane and instant; the uuid in its body tells two of one instant.
    """
    names_it = func.position(literal(uuid.encode()).op("IN")(journal_entry.c.body)) > 0
    row = connection.execute(
        select(journal_entry)
        .where(
            journal_entry.c.origin_stream == journal_of(lane),
            journal_entry.c.origin_committed == instant(committed),
            journal_entry.c.standing == "first",
            journal_entry.c.kind == "ticket",
            names_it,
        )
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    entry = entry_of(row)
    if entry.origin is None:
        return None
    here = position.find(connection, entry.stream, entry.epoch)
    return Journey(
        entry.origin, entry, here.through, here.applied_at, hashes_hold(entry),
        _written(entry),
    )  # fmt: skip


def hashes_hold(entry: Entry) -> bool:
    """Whether the entry's own hash, and that of its origin if it was relayed, are those of its body."""
    origin = entry.origin
    own = entry_hash(
        entry.stream, entry.epoch, entry.sequence, entry.kind, entry.version, entry.committed,
        entry.previous, entry.body, None if origin is None else origin.hash,
    )  # fmt: skip
    if own != entry.hash:
        return False
    return origin is None or origin_holds(entry.kind, entry.version, entry.body, origin)


def _written(entry: Entry) -> Ticket | None:
    try:
        fact = decode(entry.kind, entry.version, entry.body)
    except UnreadableEntryError:
        return None
    return fact if isinstance(fact, Ticket) else None
