"""What a site still owes its parent: read from its journal and from the parent's last answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from replication import epochs, journal
from replication.errors import RefusedError
from replication.journal import Head
from replication.messages import Mark
from schemas.tables.base import reading, upsert
from schemas.tables.journal import journal_entry
from schemas.tables.link import older_mark, parent_mark
from schemas.wire.batch import Sign, pack_journal
from schemas.wire.canonical import parse_instant
from schemas.wire.entry import Entry
from schemas.wire.versions import WIRE_VERSION

#: The most entries of one batch.
BATCH_ENTRIES = 1000
_BATCH_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outbox:
    """How many entries the parent has not applied, since when, and the parent's marks."""

    pending: int
    oldest: datetime | None
    applied: int
    secured: int
    stream: str
    epoch: str


def next_batch(
    connection: Connection, name: str, applied: Mapping[str, int], producer: str, sign: Sign,
    most: int = BATCH_ENTRIES, wire: int = WIRE_VERSION,
) -> bytes | None:  # fmt: skip
    """The batch that follows the parent's marks, epoch by epoch, bounded in entries and bytes.

    None when the parent has all. `applied` is where it stands in each epoch, `wire` what it reads.
    Raises RefusedError gap when all that it lacks was purged here: headquarters has it, and the
    parent fetches it back there.
    """
    purged = ""
    for head in epochs.heads(connection, name):
        after = applied.get(head.epoch, 0)
        if after >= head.sequence:
            continue
        floor = epochs.floor_of(connection, name, head.epoch)
        if after < floor:
            purged = f"{name} was purged through {floor} of epoch {head.epoch}, it is asked after {after}"
            continue
        entries = journal.read(connection, name, head.epoch, after, most)
        return pack_journal(_bounded(entries), producer, sign, wire)
    if purged:
        raise RefusedError("gap", f"{purged}: what is missing must come back from headquarters")
    return None


def heard(marks: Connection, name: str) -> dict[str, int]:
    """How far the parent said it has applied each epoch of an own journal, known here or not."""
    return {epoch: applied for epoch, (applied, _) in _marks(marks, name).items()}


def has_more(connection: Connection, name: str, applied: Mapping[str, int]) -> bool:
    """Whether the parent lacks anything, given where it stands in each epoch."""
    heads = epochs.heads(connection, name)
    return any(applied.get(head.epoch, 0) < head.sequence for head in heads)


def _bounded(entries: list[Entry]) -> list[Entry]:
    size = 0
    for index, entry in enumerate(entries):
        size += len(entry.body)
        if index and size > _BATCH_BYTES:
            return entries[:index]
    return entries


def remember(connection: Connection, mark: Mark, seen: datetime, *, over: bool) -> None:
    """Keep the parent's last answer for the present epoch, or for one that is over.

    It is advice for people and for the purge, never the truth.
    """
    row = {
        "stream": mark.stream, "epoch": mark.epoch, "applied": mark.applied,
        "secured": mark.secured, "seen": seen,
    }  # fmt: skip
    upsert(connection, older_mark if over else parent_mark, [row])


def look(journals: Connection, marks: Connection, stream: str) -> Outbox:
    """The state of the outbox of an own journal; the two connections may be to two files."""
    known = _marks(marks, stream)
    pending, oldest = 0, None
    for head in epochs.heads(journals, stream):
        applied, secured = known.get(head.epoch, (0, 0))
        if applied >= head.sequence:
            continue
        pending += head.sequence - applied
        oldest = oldest or _committed(journals, head, applied + 1)
    return Outbox(pending, oldest, applied, secured, stream, head.epoch)


def applied(marks: Connection, journals: Engine, name: str) -> dict[str, int]:
    """Where the parent stood in each epoch of an own journal when it was last heard."""
    known = _marks(marks, name)
    with reading(journals) as connection:
        heads = epochs.heads(connection, name)
    return {head.epoch: known.get(head.epoch, (0, 0))[0] for head in heads}


def secured(connection: Connection, name: str) -> dict[str, int]:
    """How far headquarters holds each epoch of an own journal, as far as the parent said."""
    known = _marks(connection, name)
    return {head.epoch: known.get(head.epoch, (0, 0))[1] for head in epochs.heads(connection, name)}


def secured_marks(marks: Connection, name: str) -> dict[str, int]:
    """The same by what the parent said alone, where the marks and the journal are in two files."""
    return {epoch: secured for epoch, (_, secured) in _marks(marks, name).items()}


def _marks(connection: Connection, stream: str) -> dict[str, tuple[int, int]]:
    """What the parent last said of each epoch: applied and secured.

    What was said of an epoch after it was over is younger than what was said while it was written.
    In the order in which the parent said it: of epochs that it took one after the other.
    """
    return {
        row.epoch: (row.applied, row.secured)
        for table in (parent_mark, older_mark)
        for row in connection.execute(
            select(table).where(table.c.stream == stream).order_by(table.c.seen, table.c.epoch)
        )
    }


def _committed(journals: Connection, head: Head, sequence: int) -> datetime | None:
    committed = journals.execute(
        select(journal_entry.c.committed).where(
            journal_entry.c.stream == head.stream,
            journal_entry.c.epoch == head.epoch,
            journal_entry.c.sequence == sequence,
        )
    ).scalar()
    return None if committed is None else parse_instant(committed)
