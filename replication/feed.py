"""Feeds: publishing records under one counter, and cutting them into batches that are made once.

    publish   stage the records ─ lock the counter ─ number and merge them ─ move the heads ─ notify
    serve     a reader at `after` gets the cut with cut.after ≤ after < cut.through; a new cut is read,
              encoded, compressed and signed once, and then handed to every reader
    restart   a reader in another epoch, or below the floor, is told to load a new generation
    renew     a new epoch of every feed that is produced here, after this database was put back: a
              reader that is ahead of the head gives it away, or the mark outside the database
    forget    a reader of a feed that was begun after the backup is told to load it anew: as empty

A feed's numbers are sparse: they come from one counter for all feeds of a producer. Everything that
is published in one transaction appears at once.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import (
    ARRAY,
    Connection,
    Engine,
    Text,
    any_,
    delete,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from replication.identity import Identity, new_epoch
from replication.journal import Head
from schemas.tables.bulk import replace_rows
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream as stream_table
from schemas.tables.link import position
from schemas.wire.batch import pack_feed
from schemas.wire.entry import GENESIS
from schemas.wire.record import Record

_log = structlog.get_logger(__name__)

#: The counter's own row among the streams, and the channel on which new heads are announced.
COUNTER = "feed:*counter*"
CHANNEL = "chainwright_feed"

_RELAYED = ("stream", "kind", "key", "number", "version", "body", "deleted", "generation")
_CUT_RECORDS = 20_000
_CUT_BYTES = 8 * 1024 * 1024
_CACHE_BYTES = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it is numbered; a tombstone has `deleted` and no body."""

    kind: str
    key: str
    version: int
    body: bytes
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Restart:
    """The answer to a reader that must load the feed anew, up to `head` at least."""

    stream: str
    epoch: str
    head: int


@dataclass(frozen=True, slots=True)
class Want:
    """Where a reader stands in a feed; `epoch` is empty when it has never read it."""

    stream: str
    epoch: str
    after: int


def publish(connection: Connection, drafts: Mapping[str, Sequence[Draft]]) -> int:
    """Publish drafts, feed by feed, and answer the last number drawn.

    The records of each feed keep their order. PostgreSQL only: lanes produce no feeds.
    """
    total = sum(len(of_feed) for of_feed in drafts.values())
    if total == 0:
        return 0
    _stage(connection, drafts)
    for name in sorted(drafts):
        _ensure_stream(connection, name)
    _ensure_stream(connection, COUNTER)
    head = connection.execute(
        select(stream_table.c.head).where(stream_table.c.name == COUNTER).with_for_update()
    ).scalar_one()
    connection.execute(
        text(
            "INSERT INTO feed_record (stream, kind, key, number, version, body, deleted)"
            " SELECT stream, kind, key, :head + place, version, body, deleted FROM feed_stage"
            " ON CONFLICT (stream, kind, key) DO UPDATE SET number = excluded.number,"
            " version = excluded.version, body = excluded.body, deleted = excluded.deleted"
        ),
        {"head": head},
    )
    connection.execute(
        text(
            "UPDATE stream SET head = :head + newest.place FROM"
            " (SELECT stream, max(place) AS place FROM feed_stage GROUP BY stream) AS newest"
            " WHERE stream.name = newest.stream"
        ),
        {"head": head},
    )
    connection.execute(
        update(stream_table).where(stream_table.c.name == COUNTER).values(head=head + total)
    )
    connection.execute(
        text(
            "INSERT INTO feed_publication (stream, number)"
            " SELECT stream, :head + max(place) FROM feed_stage GROUP BY stream"
            " ON CONFLICT (stream, number) DO UPDATE SET published = excluded.published"
        ),
        {"head": head},
    )
    connection.execute(text("DROP TABLE feed_stage"))
    notify(connection)
    return int(head + total)


def notify(connection: Connection) -> None:
    """Wake the long polls when this transaction commits."""
    connection.execute(text(f"NOTIFY {CHANNEL}"))


def _stage(connection: Connection, drafts: Mapping[str, Sequence[Draft]]) -> None:
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE feed_stage (place bigint, stream text, kind text, key text,"
            " version integer, body bytea, deleted boolean) ON COMMIT DROP"
        )
    )
    place = 0
    raw: Any = connection.connection.driver_connection
    with (
        raw.cursor() as cursor,
        cursor.copy("COPY feed_stage FROM STDIN WITH (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["int8", "text", "text", "text", "int4", "bytea", "bool"])
        for name in sorted(drafts):
            for draft in drafts[name]:
                place += 1
                copy.write_row(
                    (place, name, draft.kind, draft.key, draft.version, draft.body, draft.deleted)
                )


def _ensure_stream(connection: Connection, name: str) -> None:
    connection.execute(
        insert(stream_table)
        .values(name=name, epoch=new_epoch(), head=0, hash=GENESIS, floor=0)
        .on_conflict_do_nothing()
    )


def renew(connection: Connection, epoch: str | None = None) -> bool:
    """Begin a new epoch of every feed that is produced here: all readers load them anew.

    `epoch` is the one that must still be present, for two that notice the same at once. Answers
    whether it was begun. PostgreSQL only.
    """
    _ensure_stream(connection, COUNTER)
    produced = stream_table.c.name.like("feed:%") & stream_table.c.name.not_in(
        select(position.c.stream)
    )
    rows = connection.execute(
        select(stream_table.c.name, stream_table.c.epoch).where(produced).with_for_update()
    ).all()
    if epoch is not None and epoch not in {row.epoch for row in rows}:
        return False
    for row in rows:
        connection.execute(
            update(stream_table)
            .where(stream_table.c.name == row.name)
            .values(epoch=new_epoch(), floor=0)
        )
    notify(connection)
    return True


def counter_of(connection: Connection) -> Head:
    """The counter of the feeds that are produced here: its epoch, and the last number drawn."""
    _ensure_stream(connection, COUNTER)
    row = connection.execute(select(stream_table).where(stream_table.c.name == COUNTER)).one()
    return Head(COUNTER, row.epoch, row.head, bytes(row.hash))


def keep_relayed(
    connection: Connection, name: str, generation: int, records: Sequence[Record]
) -> None:
    """Store a parent's records under the parent's own numbers, to be served to the sites below."""
    rows = [
        (name, one.kind, one.key, one.number, one.version, one.body, one.deleted, generation)
        for one in records
    ]
    replace_rows(connection, feed_record, _RELAYED, rows)


def sweep_relayed(connection: Connection, name: str, generation: int, head: int) -> None:
    """Drop the records of older generations; readers below `head` must then load anew too."""
    gone = connection.execute(
        delete(feed_record).where(
            feed_record.c.stream == name, feed_record.c.generation < generation
        )
    ).rowcount
    if gone:
        connection.execute(
            update(stream_table).where(stream_table.c.name == name).values(floor=head)
        )


def follow_head(connection: Connection, name: str, epoch: str, head: int) -> None:
    """Move the served head of a relayed feed, under the parent's epoch, and wake the readers."""
    statement = insert(stream_table).values(
        name=name, epoch=epoch, head=head, hash=GENESIS, floor=0
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"epoch": epoch, "head": head}
        )
    )
    notify(connection)


@dataclass(frozen=True, slots=True)
class _Cut:
    after: int
    through: int
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
    at: Standing


#: The next batch, the order to load anew, or None for a reader that has everything.
Answer = bytes | Restart | None


class FeedOffice:
    """Serves the feeds of one site from memory, cutting each batch once. Safe among threads."""

    def __init__(self, engine: Engine, identity: Identity) -> None:
        self._engine = engine
        self._identity = identity
        # Kept per floor: a cut from before tombstones were dropped may hold what they deleted.
        self._cuts: dict[tuple[str, str, int], list[_Cut]] = {}
        self._size = 0
        self._lock = threading.Lock()
        self.encoded = 0

    def serve(self, want: Want) -> Answer:
        """The next batch for a reader, the order to load anew, or None when it has everything."""
        answer = self.at_hand(want, self.look({want.stream}).get(want.stream))
        return self.prepare(answer) if isinstance(answer, Unprepared) else answer

    def at_hand(self, want: Want, at: Standing | None) -> Answer | Unprepared:
        """The answer as far as it takes no database; `at` is what a `look` found."""
        if at is None or at.loading:
            return None
        if at.produced and at.head == 0 and not want.epoch:
            return None  # nothing was ever published in it, and this reader holds nothing of it
        if want.epoch != at.epoch or (0 < want.after < at.floor):
            return Restart(want.stream, at.epoch, at.head)
        if want.after > at.head and at.produced:
            return Unprepared(want, at)
        if want.after >= at.head:
            return None
        with self._lock:
            return self._find(self._of_feed(want, at), want) or Unprepared(want, at)

    def prepare(self, unprepared: Unprepared) -> Answer:
        """What `at_hand` did not have: the batch is cut, for this reader and those after it."""
        want, at = unprepared.want, unprepared.at
        if want.after > at.head:
            return self._restored(want)
        with self._lock:
            cuts = self._of_feed(want, at)
            return self._find(cuts, want) or self._cut(cuts, want, at.head)

    def _of_feed(self, want: Want, at: Standing) -> list[_Cut]:
        return self._cuts.setdefault((want.stream, at.epoch, at.floor), [])

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
        _log.error("this database was put back: its feeds begin a new epoch", stream=want.stream,
                   reader_at=want.after, head=row.head)  # fmt: skip
        return Restart(want.stream, row.epoch, row.head)

    def look(self, names: set[str]) -> Mapping[str, Standing]:
        """Where these feeds stand here; those that are not served are missing.

        Where all feeds are produced, one that is not known stands at nought, in the epoch of the
        counter: a reader that holds anything of it read it before this database was put back to a
        backup from before its beginning, and must not keep what is gone.
        """
        followed = position.c.stream == stream_table.c.name
        loading = select(position.c.stream).where(followed, position.c.target.is_not(None)).exists()
        produced = ~select(position.c.stream).where(followed).exists()
        query = select(stream_table, loading.label("loading"), produced.label("produced")).where(
            stream_table.c.name == any_(literal(sorted({*names, COUNTER}), ARRAY(Text)))
        )
        with self._engine.connect() as connection:
            found = {
                row.name: Standing(row.epoch, row.head, row.floor, row.loading, row.produced)
                for row in connection.execute(query)
            }
        counter = found.get(COUNTER)
        if counter is None or self._identity.parent is not None:
            return found
        forgotten = Standing(counter.epoch, 0, 0, loading=False, produced=True)
        return dict.fromkeys(names, forgotten) | found

    @staticmethod
    def _find(cuts: list[_Cut], want: Want) -> bytes | None:
        return next((cut.data for cut in cuts if cut.after <= want.after < cut.through), None)

    def _cut(self, cuts: list[_Cut], want: Want, head: int) -> bytes:
        with self._engine.connect() as connection:
            records, through = read_range(connection, want.stream, want.after, head)
        data = pack_feed(
            want.stream, want.epoch, want.after, through, records,
            self._identity.site, self._identity.sign,
        )  # fmt: skip
        self.encoded += 1
        if self._size + len(data) > _CACHE_BYTES:
            self._cuts.clear()
            self._size = 0
        cuts.append(_Cut(want.after, through, data))
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
