"""Serving feeds: each batch is cut once, in memory, for all who want it.

a reader                                      is answered
at `after` below the head                     the cut with cut.after ≤ after < cut.through; a new cut
is read, encoded, compressed and signed once, in the
oldest wire version that a reader of the feed needs
in another epoch, or below the floor          an order to load a new generation (see
`replication.feed_floor` for how a floor rises)
ahead of the head of a feed that is           the same, after all feeds began a new epoch: this
produced here                               database was put back
of a feed that would be produced here and     the same, of an empty feed: it began after the backup
is not known
at the head, or of a feed that loads here     nothing
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import ARRAY, Connection, Engine, Text, any_, literal, select

from replication.audience import Audience
from replication.feed import history, renew
from replication.feed_history import History
from replication.identity import Identity
from replication.streams import local_feed
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream as stream_table
from schemas.tables.link import position
from schemas.wire.batch import pack_feed
from schemas.wire.record import Record
from schemas.wire.versions import SPOKEN, WIRE_VERSION, Versions

_log = structlog.get_logger(__name__)
_CUT_RECORDS = 20_000
_CUT_BYTES = 8 * 1024 * 1024
_CACHE_BYTES = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Restart:
    """The answer to a reader that must load the feed anew, up to `head` at least. `history` is that
    of the counter, of a feed that is produced here.
    """

    stream: str
    epoch: str
    head: int
    history: History | None = None


@dataclass(frozen=True, slots=True)
class Want:
    """Where a reader stands in a feed; `epoch` is empty when it has never read it.

    `target` is the end of a generation that it loads, 0 when it loads none, None when it does not say;
    `wire` is the newest version that it reads.
    """

    stream: str
    epoch: str
    after: int
    target: int | None = None
    wire: int = WIRE_VERSION

    def misses(self, floor: int) -> bool:
        """Whether something below the floor may have been deleted that the reader holds.

        One that loads a generation which began when the floor was no higher does not hold it; one of
        an older release does not say whether it loads, and must not be sent back for ever.
        """
        return self.target is not None and 0 < self.after < floor and self.target < floor


@dataclass(frozen=True, slots=True)
class _Cut:
    after: int
    through: int
    wire: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a feed stands here; while it loads it is not served."""

    epoch: str
    head: int
    floor: int
    loading: bool
    produced: bool


@dataclass(frozen=True, slots=True)
class Unprepared:
    """A want that the database must be asked for, by where its feed stands."""

    want: Want
    at: Standing | None


#: The next batch, the order to load anew, or None for a reader that has everything.
Answer = bytes | Restart | None


class FeedOffice:
    """Serves the feeds of one site from memory, cutting each batch once. Safe among threads."""

    def __init__(self, engine: Engine, identity: Identity, spoken: Versions = SPOKEN) -> None:
        self._engine = engine
        self._identity = identity
        self._audience = Audience(spoken.newest)
        # Kept per floor: a cut from before tombstones were dropped may hold what they deleted.
        self._cuts: dict[tuple[str, str, int], list[_Cut]] = {}
        self._size = 0
        # Held for a moment only: whoever looks for a cut may be the event loop.
        self._lock = threading.Lock()
        self._cutting = threading.Lock()
        self.encoded = 0

    def serve(self, want: Want) -> Answer:
        """The next batch for a reader, the order to load anew, or None when it has everything."""
        answer = self.at_hand(want, self.look({want.stream}).get(want.stream))
        return self.prepare(answer) if isinstance(answer, Unprepared) else answer

    def heard(self, reader: str, want: Want) -> None:
        """A reader asked: what is cut of this feed is written so that it can read it."""
        self._audience.note(want.stream, reader, want.wire)

    def at_hand(self, want: Want, at: Standing | None) -> Answer | Unprepared:
        """The answer as far as it takes no database; `at` is what a `look` found."""
        if at is None:
            return Unprepared(want, at) if want.epoch and self._produces(want.stream) else None
        if at.loading:
            return None
        if want.epoch != at.epoch or want.misses(at.floor):
            return Unprepared(want, at) if at.produced else Restart(want.stream, at.epoch, at.head)
        if want.after > at.head and at.produced:
            return Unprepared(want, at)
        if want.after >= at.head:
            return None
        return self._find(want, at) or Unprepared(want, at)

    def prepare(self, unprepared: Unprepared) -> Answer:
        """What `at_hand` did not have: the batch is cut, for this reader and those after it."""
        want, at = unprepared.want, unprepared.at
        if at is None:
            return self._unknown(want)
        if want.epoch != at.epoch or want.misses(at.floor):
            return self._restart(want.stream, at)
        if want.after > at.head:
            return self._restored(want)
        with self._cutting:
            answer = self._find(want, at) or self._cut(want, at)
        # Tombstones may have been dropped since the feed was looked at.
        return answer or self.serve(want)

    def _unknown(self, want: Want) -> Restart | None:
        """A reader of a feed that would be produced here and is not known: this database was put back to
        before its first record, so it is empty again, in the counter's epoch until something comes.
        """
        with self._engine.begin() as connection:
            now = history(connection)
        return None if want.epoch == now.present else Restart(want.stream, now.present, 0, now)

    def _produces(self, name: str) -> bool:
        """Whether a feed of this name would be produced here."""
        who = self._identity
        return who.parent is None or name == local_feed(who.site)

    def _restart(self, name: str, at: Standing) -> Restart:
        with self._engine.connect() as connection:
            return Restart(name, at.epoch, at.head, history(connection))

    def _restored(self, want: Want) -> Restart | None:
        """A reader that is ahead was served by a later state of this database: it was put back."""
        with self._engine.begin() as connection:
            row = connection.execute(
                select(stream_table).where(stream_table.c.name == want.stream)
            ).one()
            if row.epoch == want.epoch and want.after <= row.head:
                return None  # the head moved on since it was looked at
            renew(connection, want.epoch)
            row = connection.execute(
                select(stream_table).where(stream_table.c.name == want.stream)
            ).one()
            now = history(connection)
        _log.error("this database was put back: its feeds begin a new epoch", stream=want.stream,
                   reader_at=want.after, head=row.head)  # fmt: skip
        return Restart(want.stream, row.epoch, row.head, now)

    def look(self, names: set[str]) -> Mapping[str, Standing]:
        """Where these feeds stand here; those that are not served are missing."""
        followed = position.c.stream == stream_table.c.name
        loading = select(position.c.stream).where(followed, position.c.target.is_not(None)).exists()
        produced = ~select(position.c.stream).where(followed).exists()
        query = select(stream_table, loading.label("loading"), produced.label("produced")).where(
            stream_table.c.name == any_(literal(sorted(names), ARRAY(Text)))
        )
        with self._engine.connect() as connection:
            return {
                row.name: Standing(row.epoch, row.head, row.floor, row.loading, row.produced)
                for row in connection.execute(query)
            }

    def _find(self, want: Want, at: Standing) -> bytes | None:
        with self._lock:
            fits = (
                cut.data
                for cut in self._cuts.get((want.stream, at.epoch, at.floor), ())
                if cut.after <= want.after < cut.through and cut.wire <= want.wire
            )
            return next(fits, None)

    def _cut(self, want: Want, at: Standing) -> bytes | None:
        with self._engine.connect() as connection:
            records, through = read_range(connection, want.stream, want.after, at.head)
            floor = connection.execute(
                select(stream_table.c.floor).where(stream_table.c.name == want.stream)
            ).scalar()
        if floor != at.floor:
            return None
        wire = self._audience.oldest(want.stream)
        data = pack_feed(
            want.stream, want.epoch, want.after, through, records,
            self._identity.site, self._identity.sign, wire,
        )  # fmt: skip
        self.encoded += 1
        with self._lock:
            if self._size + len(data) > _CACHE_BYTES:
                self._cuts.clear()
                self._size = 0
            cuts = self._cuts.setdefault((want.stream, at.epoch, at.floor), [])
            cuts.append(_Cut(want.after, through, wire, data))
            self._size += len(data)
        return data


def read_range(
    connection: Connection, name: str, after: int, head: int
) -> tuple[list[Record], int]:
    """The records in (after, …] up to the head or to a batch's limit, and where that ends."""
    query = (
        select(feed_record)
        .where(
            feed_record.c.stream == name,
            feed_record.c.number > after,
            feed_record.c.number <= head,
        )
        .order_by(feed_record.c.number)
        .limit(_CUT_RECORDS)
    )
    records: list[Record] = []
    size = 0
    for row in connection.execute(query):
        if records and size + len(row.body) > _CUT_BYTES:
            return records, records[-1].number
        size += len(row.body)
        records.append(
            Record(row.number, row.kind, row.key, row.version, bytes(row.body), row.deleted)
        )
    return records, (records[-1].number if len(records) == _CUT_RECORDS else head)
