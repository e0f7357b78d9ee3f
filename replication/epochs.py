"""The epochs of a site's own journal: one for each incarnation of its database.

    begin   the present epoch is closed where it stands ─ a new one starts at nought
    part    entries that the parent holds others for move to the new epoch, under new numbers:
            a history that was written twice is kept twice

    epoch     its head stands in    more is appended
    present   stream                by the site
    over      journal_epoch         only by what is fetched back from the parent

Numbers are dense within an epoch and say nothing across epochs; a parent knows each by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, select, update

from replication import journal
from replication.identity import new_epoch
from replication.journal import Draft, Head
from schemas.tables.base import upsert
from schemas.tables.journal import journal_anchor, journal_entry, journal_epoch, stream
from schemas.wire.entry import GENESIS, Entry


def begin(connection: Connection, name: str, reason: str, at: datetime) -> Head:
    """Close the present epoch and begin a new one, in the caller's transaction; answer its head."""
    head = journal.head_of(connection, name, lock=True)
    if head.sequence:
        connection.execute(
            insert(journal_epoch).values(
                stream=name, epoch=head.epoch, head=head.sequence, hash=head.hash, ended=at,
                reason=reason,
            )
        )  # fmt: skip
    epoch = new_epoch()
    connection.execute(
        update(stream).where(stream.c.name == name).values(epoch=epoch, head=0, hash=GENESIS)
    )
    return Head(name, epoch, 0, GENESIS)


def heads(connection: Connection, name: str) -> list[Head]:
    """Where every epoch of an own journal ends, the oldest first, the present one last."""
    over = connection.execute(
        select(journal_epoch).where(journal_epoch.c.stream == name).order_by(journal_epoch.c.ended)
    )
    ended = [Head(row.stream, row.epoch, row.head, bytes(row.hash)) for row in over]
    return [*ended, journal.head_of(connection, name)]


def hash_at(connection: Connection, head: Head, sequence: int) -> bytes:
    """The chain's hash after an entry of an own epoch; `sequence` is at most its head."""
    if sequence == 0:
        return GENESIS
    if sequence == head.sequence:
        return head.hash
    query = select(journal_entry.c.hash).where(
        journal_entry.c.stream == head.stream,
        journal_entry.c.epoch == head.epoch,
        journal_entry.c.sequence == sequence,
    )
    held = connection.execute(query).scalar()
    if held is None and sequence == floor_of(connection, head.stream, head.epoch):
        anchor = journal_anchor.c
        held = connection.execute(
            select(anchor.hash).where(anchor.stream == head.stream, anchor.epoch == head.epoch)
        ).scalar()
    if held is None:
        message = f"{head.stream} entry {sequence} of epoch {head.epoch} is not held here"
        raise LookupError(message)
    return bytes(held)


def floor_of(connection: Connection, name: str, epoch: str) -> int:
    """The last entry that was purged of an own epoch, 0 while all are there (`replication.purge`)."""
    anchor = journal_anchor.c
    query = select(anchor.sequence).where(anchor.stream == name, anchor.epoch == epoch)
    return connection.execute(query).scalar() or 0


def part(
    connection: Connection, name: str, epoch: str, common: int, reason: str, at: datetime
) -> None:
    """Move what this site wrote after entry `common` of an epoch into a new one.

    The parent holds other entries under those numbers. The entries keep kind, instant, body and
    origin; the numbers, and with them the hashes, are new.
    """
    known = {head.epoch: head for head in heads(connection, name)}
    kept = Head(name, epoch, common, hash_at(connection, known[epoch], common))
    ours = journal.read(connection, name, epoch, common, known[epoch].sequence - common)
    standings = _standings(connection, name, epoch, common)
    connection.execute(
        delete(journal_entry).where(
            journal_entry.c.stream == name,
            journal_entry.c.epoch == epoch,
            journal_entry.c.sequence > common,
        )
    )
    present = journal.head_of(connection, name, lock=True)
    if present.epoch == epoch:
        connection.execute(
            update(stream).where(stream.c.name == name).values(head=common, hash=kept.hash)
        )
        begin(connection, name, reason, at)
    else:
        keep_head(connection, kept, reason, at)
    drafts = [
        Draft(one.kind, one.version, one.committed, one.body, one.origin, standings[one.sequence])
        for one in ours
    ]
    journal.append(connection, name, drafts)


def keep_head(connection: Connection, head: Head, reason: str, at: datetime) -> None:
    """Note where an epoch that is over ends now."""
    known = connection.execute(
        select(journal_epoch.c.ended, journal_epoch.c.reason).where(
            journal_epoch.c.stream == head.stream, journal_epoch.c.epoch == head.epoch
        )
    ).one_or_none()
    row = {
        "stream": head.stream, "epoch": head.epoch, "head": head.sequence, "hash": head.hash,
        "ended": known.ended if known else at, "reason": known.reason if known else reason,
    }  # fmt: skip
    upsert(connection, journal_epoch, [row])


def append_regained(
    connection: Connection, entries: Sequence[Entry], standings: Sequence[str], at: datetime
) -> None:
    """Store entries fetched back, which follow the head of their epoch."""
    last = entries[-1]
    journal.store(connection, entries, standings)
    head = Head(last.stream, last.epoch, last.sequence, last.hash)
    keep_head(connection, head, "fetched back", at)


def _standings(connection: Connection, name: str, epoch: str, after: int) -> dict[int, str]:
    query = select(journal_entry.c.sequence, journal_entry.c.standing).where(
        and_(
            journal_entry.c.stream == name,
            journal_entry.c.epoch == epoch,
            journal_entry.c.sequence > after,
        )
    )
    return {row.sequence: row.standing for row in connection.execute(query)}
