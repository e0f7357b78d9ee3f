"""The journals held here, recomputed entry by entry: each (stream, epoch) up to its first break.

    every stream   numbers without a gap · each entry follows the hash before it · its hash is that of
                   what it says · a relayed one's origin is that of what it says
    every origin   a child's own numbers and chain, out of the entries that relay them
    its end        an own journal ends where its stream's row says, a child's where the position says

A journal may begin beyond 1 only if that much of it was purged, and then it follows its anchor. What an
entry means is nothing to this module: a `Watcher` hears each one that holds, in order, repeats and
forks aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from sqlalchemy import Connection, select

from replication import journal
from schemas.tables.journal import journal_anchor, journal_entry
from schemas.tables.journal import stream as stream_table
from schemas.tables.link import position
from schemas.wire.entry import Entry, entry_hash, origin_holds

_AT_ONCE = 1_000


class Watcher(Protocol):
    """Hears every entry that holds and counts, in the order of its journal."""

    def hear(self, kind: str, body: bytes) -> None:
        """Note what an entry says."""

    def problems(self) -> list[str]:
        """What does not fit among all that was heard."""


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which a journal does not hold together."""

    stream: str
    epoch: str
    sequence: int
    reason: str

    def __str__(self) -> str:
        return f"{self.stream} entry {self.sequence} (epoch {self.epoch[:8]}): {self.reason}"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """How many entries hold, and the first break of each journal that does not."""

    entries: int
    breaks: tuple[Break, ...]


def check(journals: Connection, feeds: Connection, watcher: Watcher) -> ChainReport:
    """Recompute every journal of a site. A lane's positions are in its other file (`feeds`)."""
    expected = {**_positions(feeds), **_own_heads(journals)}
    anchors = _anchors(journals)
    entries = 0
    breaks: list[Break] = []
    for stream, epoch in _incarnations(journals, expected):
        walk = _Walk(stream, epoch, *anchors.get((stream, epoch), (0, None)))
        for entry, standing in _entries(journals, stream, epoch):
            if not walk.takes(entry):
                break
            entries += 1
            if standing == "first":
                watcher.hear(entry.kind, entry.body)
        breaks += walk.result(expected.get((stream, epoch)))
    breaks += _origin_breaks(journals, expected)
    return ChainReport(entries, tuple(breaks))


class _Walk:
    """Walks one journal; remembers where it ends or breaks."""

    def __init__(self, stream: str, epoch: str, sequence: int, digest: bytes | None) -> None:
        self._stream, self._epoch = stream, epoch
        self._sequence, self._hash = sequence, digest
        self._break: Break | None = None

    def takes(self, entry: Entry) -> bool:
        """Whether the entry follows and holds."""
        reason = self._reason(entry)
        if reason is not None:
            self._break = Break(self._stream, self._epoch, self._sequence + 1, reason)
            return False
        self._sequence, self._hash = entry.sequence, entry.hash
        return True

    def result(self, end: tuple[int, bytes] | None) -> list[Break]:
        """The break, if there is one; `end` is where the journal must end, when that is known."""
        if self._break is None and end is not None and end != (self._sequence, self._hash):
            reason = (
                f"the journal must go on to {end[0]}, held are entries through {self._sequence}"
            )
            if end[0] <= self._sequence:
                reason = f"the end is said to be entry {end[0]} with another hash"
            self._break = Break(self._stream, self._epoch, self._sequence + 1, reason)
        return [] if self._break is None else [self._break]

    def _reason(self, entry: Entry) -> str | None:
        if entry.sequence != self._sequence + 1:
            return f"missing, the next that is held is {entry.sequence}"
        if self._hash is not None and entry.previous != self._hash:
            return "it does not follow the entry before it"
        digest = entry_hash(
            entry.stream, entry.epoch, entry.sequence, entry.kind, entry.version,
            entry.committed, entry.previous, entry.body,
            None if entry.origin is None else entry.origin.hash,
        )  # fmt: skip
        if digest != entry.hash:
            return "what it says was changed: its hash is another"
        if entry.origin is not None and not origin_holds(
            entry.kind, entry.version, entry.body, entry.origin
        ):
            return f"it is not what {entry.origin.stream} entry {entry.origin.sequence} said"
        return None


def _incarnations(
    connection: Connection, expected: Mapping[tuple[str, str], tuple[int, bytes]]
) -> list[tuple[str, str]]:
    """The journals to walk: those held as themselves, and those of which nothing at all is held."""
    pairs: list[tuple[Any, Any]] = [
        (journal_entry.c.stream, journal_entry.c.epoch),
        (journal_entry.c.origin_stream, journal_entry.c.origin_epoch),
    ]
    held, relayed = (
        {(row[0], row[1]) for row in connection.execute(select(*pair).distinct())} for pair in pairs
    )
    return sorted(held | (expected.keys() - relayed))


def _entries(connection: Connection, stream: str, epoch: str) -> Iterator[tuple[Entry, str]]:
    """The entries of a journal in order, each with its standing."""
    after = -1
    while True:
        query = (
            select(journal_entry)
            .where(
                journal_entry.c.stream == stream,
                journal_entry.c.epoch == epoch,
                journal_entry.c.sequence > after,
            )
            .order_by(journal_entry.c.sequence)
            .limit(_AT_ONCE)
        )
        rows = connection.execute(query).all()
        if not rows:
            return
        yield from ((journal.entry_of(row), row.standing) for row in rows)
        after = rows[-1].sequence


def _own_heads(connection: Connection) -> dict[tuple[str, str], tuple[int, bytes]]:
    query = select(stream_table).where(stream_table.c.name.like("journal:%"))
    return {
        (row.name, row.epoch): (row.head, bytes(row.hash))
        for row in connection.execute(query)
        if row.head
    }


def _anchors(connection: Connection) -> dict[tuple[str, str], tuple[int, bytes]]:
    return {
        (row.stream, row.epoch): (row.sequence, bytes(row.hash))
        for row in connection.execute(select(journal_anchor))
    }


def _positions(connection: Connection) -> dict[tuple[str, str], tuple[int, bytes]]:
    query = select(position).where(position.c.stream.like("journal:%"), position.c.through > 0)
    return {
        (row.stream, row.epoch): (row.through, bytes(row.hash)) for row in connection.execute(query)
    }


def _origin_breaks(
    connection: Connection, expected: Mapping[tuple[str, str], tuple[int, bytes]]
) -> Iterator[Break]:
    """A child's chain out of what relays it: the links alone, each hash was recomputed already."""
    origin: tuple[Any, ...] = (
        journal_entry.c.origin_stream, journal_entry.c.origin_epoch,
        journal_entry.c.origin_sequence, journal_entry.c.origin_previous,
        journal_entry.c.origin_hash,
    )  # fmt: skip
    query = (
        select(*origin)
        .where(journal_entry.c.origin_stream.is_not(None), journal_entry.c.standing == "first")
        .order_by(*origin[:3])
    )
    rows = connection.execute(query)
    for (stream, epoch), of_one in groupby(rows, key=lambda row: (row[0], row[1])):
        sequence, last = 0, b""
        for row in of_one:
            if row[2] != sequence + 1:
                reason = f"no entry that relays it is held, the next is {row[2]}"
                yield Break(stream, epoch, sequence + 1, reason)
                break
            if sequence and bytes(row[3]) != last:
                yield Break(stream, epoch, row[2], "it does not follow the entry before it")
                break
            sequence, last = row[2], bytes(row[4])
        else:
            end = expected.get((stream, epoch), (sequence, last))
            if end != (sequence, last):
                reason = f"this site took its entries through {end[0]}, held are {sequence}"
                yield Break(stream, epoch, sequence + 1, reason)
