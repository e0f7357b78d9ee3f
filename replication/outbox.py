"""What a site still owes its parent: read from its journal and from the parent's last answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from replication import journal
from replication.messages import Mark
from schemas.tables.base import upsert
from schemas.tables.journal import journal_entry
from schemas.tables.link import parent_mark
from schemas.wire.batch import Sign, pack_journal
from schemas.wire.canonical import parse_instant
from schemas.wire.entry import Entry

#: The most entries of one batch.
BATCH_ENTRIES = 500
_BATCH_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outbox:
    """How many entries the parent has not applied, since when, and the parent's marks."""

    pending: int
    oldest: datetime | None
    applied: int
    secured: int


def next_batch(
    connection: Connection, after: Mark, producer: str, sign: Sign, most: int = BATCH_ENTRIES
) -> bytes | None:
    """The batch that follows the parent's mark, bounded in entries and bytes; None when it has all."""
    entries = journal.read(connection, after.stream, after.epoch, after.applied, most)
    if not entries:
        return None
    return pack_journal(_bounded(entries), producer, sign)


def _bounded(entries: list[Entry]) -> list[Entry]:
    size = 0
    for index, entry in enumerate(entries):
        size += len(entry.body)
        if index and size > _BATCH_BYTES:
            return entries[:index]
    return entries


def remember(connection: Connection, mark: Mark, seen: datetime) -> None:
    """Keep the parent's last answer: advice for people and for the purge, never the truth."""
    row = {
        "stream": mark.stream, "epoch": mark.epoch, "applied": mark.applied,
        "secured": mark.secured, "seen": seen,
    }  # fmt: skip
    upsert(connection, parent_mark, [row])


def look(journals: Connection, marks: Connection, stream: str) -> Outbox:
    """The state of the outbox of an own journal; the two connections may be to two files."""
    head = journal.head_of(journals, stream)
    row = marks.execute(
        select(parent_mark).where(parent_mark.c.stream == stream, parent_mark.c.epoch == head.epoch)
    ).one_or_none()
    applied, secured = (row.applied, row.secured) if row is not None else (0, 0)
    oldest = None
    if applied < head.sequence:
        committed = journals.execute(
            select(journal_entry.c.committed).where(
                journal_entry.c.stream == stream,
                journal_entry.c.epoch == head.epoch,
                journal_entry.c.sequence == applied + 1,
            )
        ).scalar()
        oldest = None if committed is None else parse_instant(committed)
    return Outbox(head.sequence - applied, oldest, applied, secured)
