"""A site's own journal: dense numbers, drawn under the stream's lock in the transaction that makes
the business change.

    append(…) ── locks the stream's row ── numbers and chains the entries ── moves the head
       └─ the caller's commit makes all of it true at once, or none

Commit order is therefore sequence order, and nothing is ever skipped. Take the lock last: whatever
follows `append` in the same transaction makes other writers of this journal wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from schemas.tables import driver
from schemas.tables.bulk import insert_rows
from schemas.tables.journal import journal_entry, stream
from schemas.wire.canonical import instant
from schemas.wire.entry import Entry, Origin, entry_hash

# Built once: what is executed for every sale must not be put together for every sale.
_HEAD = select(stream).where(stream.c.name == bindparam("of"))
_HEAD_LOCKED = _HEAD.with_for_update()
_MOVE_HEAD = (
    update(stream)
    .where(stream.c.name == bindparam("of"))
    .values(head=bindparam("to"), hash=bindparam("digest"))
)
#: Told in the statement that moves the head, which saves a round trip: see `journal_growth`.
CHANNEL = "chainwright_journal"
_MOVE_HEAD_AND_TELL = _MOVE_HEAD.returning(func.pg_notify(CHANNEL, ""))
_COLUMNS = [column.name for column in journal_entry.columns]
#: A sale in real time is an entry or two: stored, the head moved and told of in one statement.
_FEW = 4
_STORE_AND_MOVE = {
    count: (
        "WITH moved AS (UPDATE stream SET head = %(to)s, hash = %(digest)s WHERE name = %(of)s)"  # noqa: S608 - names of our own table
        f" INSERT INTO journal_entry ({', '.join(_COLUMNS)}) VALUES "
        + ", ".join(
            f"({', '.join(f'%({name}{place})s' for name in _COLUMNS)})" for place in range(count)
        )
        + f" RETURNING pg_notify('{CHANNEL}', '')"
    )
    for count in range(1, _FEW + 1)
}
#: The same on a lane, whose till waits for it.
_LANE_HEAD = "SELECT name, epoch, head, hash FROM stream WHERE name = :of"
_LANE_STORE = (
    f"INSERT INTO journal_entry ({', '.join(_COLUMNS)})"  # noqa: S608 - names of our own table
    f" VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"
)
_LANE_MOVE = "UPDATE stream SET head = :to, hash = :digest WHERE name = :of"


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it is numbered; `body` is canonical JSON."""

    kind: str
    version: int
    committed: datetime | str
    body: bytes
    origin: Origin | None = None
    standing: str = "first"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a journal ends: `sequence` is 0 and `hash` 32 noughts while it is empty."""

    stream: str
    epoch: str
    sequence: int
    hash: bytes


def head_of(connection: Connection, name: str, *, lock: bool = False) -> Head:
    """The head of an own journal; with `lock`, held until the transaction ends."""
    if connection.dialect.name == "sqlite":
        held = driver.run(connection, _LANE_HEAD, {"of": name}).fetchone()
        if held is None:
            message = f"{name} is no journal of this database: enrol the lane first"
            raise LookupError(message)
        return Head(*held)
    row = connection.execute(_HEAD_LOCKED if lock else _HEAD, {"of": name}).one()
    return Head(row.name, row.epoch, row.head, bytes(row.hash))


def append(connection: Connection, name: str, drafts: Sequence[Draft]) -> list[Entry]:
    """Append drafts to an own journal, in order, and answer the entries they became."""
    if not drafts:
        return []
    head = head_of(connection, name, lock=True)
    sequence, previous = head.sequence, head.hash
    entries: list[Entry] = []
    for draft in drafts:
        sequence += 1
        committed = (
            draft.committed if isinstance(draft.committed, str) else instant(draft.committed)
        )
        digest = entry_hash(
            name, head.epoch, sequence, draft.kind, draft.version, committed, previous, draft.body,
            None if draft.origin is None else draft.origin.hash,
        )  # fmt: skip
        entries.append(
            Entry(
                name,
                head.epoch,
                sequence,
                draft.kind,
                draft.version,
                committed,
                previous,
                draft.body,
                digest,
                draft.origin,
            )
        )
        previous = digest
    standings = [draft.standing for draft in drafts]
    moved: dict[str, Any] = {"of": name, "to": sequence, "digest": previous}
    if connection.dialect.name != "postgresql":
        rows = [_row(entry, standing) for entry, standing in zip(entries, standings, strict=True)]
        driver.run_each(connection, _LANE_STORE, rows)
        driver.run(connection, _LANE_MOVE, moved)
    elif len(entries) <= _FEW:
        for place, (entry, standing) in enumerate(zip(entries, standings, strict=True)):
            moved |= {f"{name}{place}": value for name, value in _row(entry, standing).items()}
        connection.exec_driver_sql(_STORE_AND_MOVE[len(entries)], moved)
    else:
        store(connection, entries, standings)
        connection.execute(_MOVE_HEAD_AND_TELL, moved)
    return entries


def store(connection: Connection, entries: Sequence[Entry], standings: Iterable[str]) -> None:
    """Write numbered entries as they are: an own journal's, or a child's as it was received."""
    rows = (_row(entry, standing) for entry, standing in zip(entries, standings, strict=True))
    insert_rows(connection, journal_entry, rows)


def read(connection: Connection, name: str, epoch: str, after: int, limit: int) -> list[Entry]:
    """Up to `limit` entries of a stream that follow sequence `after`."""
    query = (
        select(journal_entry)
        .where(
            journal_entry.c.stream == name,
            journal_entry.c.epoch == epoch,
            journal_entry.c.sequence > after,
        )
        .order_by(journal_entry.c.sequence)
        .limit(limit)
    )
    return [entry_of(row) for row in connection.execute(query)]


def given_back(
    connection: Connection, name: str, epoch: str, after: int, limit: int
) -> list[Entry]:
    """What this site holds of a child's journal after a sequence, as the child wrote it.

    Headquarters keeps a branch's entries as they came; a branch keeps a lane's as the origins of the
    entries that relay them.
    """
    if kept := read(connection, name, epoch, after, limit):
        return kept
    query = (
        select(journal_entry)
        .where(
            journal_entry.c.origin_stream == name,
            journal_entry.c.origin_epoch == epoch,
            journal_entry.c.origin_sequence > after,
            journal_entry.c.standing == "first",
        )
        .order_by(journal_entry.c.origin_sequence)
        .limit(limit)
    )
    return [entry_of(row).original() for row in connection.execute(query)]


def entry_of(row: Row[Any]) -> Entry:
    """A row of `journal_entry` as the entry it is."""
    origin = None
    if row.origin_stream is not None:
        origin = Origin(
            row.origin_stream, row.origin_epoch, row.origin_sequence, row.origin_committed,
            bytes(row.origin_previous), bytes(row.origin_hash),
        )  # fmt: skip
    return Entry(
        row.stream, row.epoch, row.sequence, row.kind, row.version, row.committed,
        bytes(row.previous), bytes(row.body), bytes(row.hash), origin,
    )  # fmt: skip


def _row(entry: Entry, standing: str) -> dict[str, Any]:
    origin = entry.origin
    return {
        "stream": entry.stream,
        "epoch": entry.epoch,
        "sequence": entry.sequence,
        "kind": entry.kind,
        "version": entry.version,
        "committed": entry.committed,
        "previous": entry.previous,
        "hash": entry.hash,
        "body": entry.body,
        "origin_stream": origin and origin.stream,
        "origin_epoch": origin and origin.epoch,
        "origin_sequence": origin and origin.sequence,
        "origin_committed": origin and origin.committed,
        "origin_previous": origin and origin.previous,
        "origin_hash": origin and origin.hash,
        "standing": standing,
    }
