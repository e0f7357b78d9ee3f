"""Feeds: publishing records under one counter, and cutting them into batches that are made once.

    publish   stage the records ─ lock the counter ─ number and merge them ─ move the heads ─ notify
    serve     a reader at `after` gets the cut with cut.after ≤ after < cut.through; a new cut is read,
              encoded, compressed and signed once, in the oldest wire version that a reader of the
              feed needs, and then handed to every reader
              a feed that readers are told to follow is there from then on, if only empty
    restart   a reader in another epoch, or below the floor, is told to load a new generation (see
              `replication.feed_floor` for how a floor rises)
    renew     a new epoch of every feed that is produced here, after this database was put back: a
              reader that is ahead of the head gives it away, or the mark outside the database

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
    case,
    delete,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from replication.audience import Audience
from replication.identity import Identity, new_epoch
from replication.journal import Head
from schemas.tables.bulk import replace_rows
from schemas.tables.feed import feed_publication, feed_record
from schemas.tables.journal import stream as stream_table
from schemas.tables.link import position
from schemas.wire.batch import pack_feed
from schemas.wire.entry import GENESIS
from schemas.wire.record import Record
from schemas.wire.records import Subscription
from schemas.wire.versions import SPOKEN, WIRE_VERSION, Versions

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


def publish(connection: Connection, drafts: Mapping[str, Sequence[Draft]]) -> int:
    """Publish drafts, feed by feed, and answer the last number drawn.

    The records of each feed keep their order. PostgreSQL only: lanes produce no feeds.
    """
    total = sum(len(of_feed) for of_feed in drafts.values())
    if total == 0:
        return 0
    _stage(connection, drafts)
    followed = {
        one.key for of_feed in drafts.values() for one in of_feed
        if one.kind == Subscription.kind and not one.deleted
    }  # fmt: skip
    for name in sorted({*drafts, *followed}):
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


def begin_followed(connection: Connection) -> None:
    """Begin the feeds that readers were told to follow by a release that did not begin them then."""
    named = select(feed_record.c.key).where(
        feed_record.c.kind == Subscription.kind, ~feed_record.c.deleted
    )
    for name in sorted(set(connection.execute(named).scalars())):
        _ensure_stream(connection, name)


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
    # In another epoch all readers load anew, and its numbers may be smaller than the floor was.
    floor = case((stream_table.c.epoch == epoch, stream_table.c.floor), else_=0)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"epoch": epoch, "head": head, "floor": floor}
        )
    )
    noted = insert(feed_publication).values(stream=name, number=head)
    connection.execute(
        noted.on_conflict_do_update(
            index_elements=["stream", "number"], set_={"published": func.now()}
        )
    )
    notify(connection)


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
    at: Standing


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
        self._lock = threading.Lock()
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
        if at is None or at.loading:
            return None
        if want.epoch != at.epoch or want.misses(at.floor):
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
            answer = self._find(cuts, want) or self._cut(cuts, want, at)
        # Tombstones may have been dropped since the feed was looked at.
        return answer or self.serve(want)

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

    @staticmethod
    def _find(cuts: list[_Cut], want: Want) -> bytes | None:
        fits = (
            cut.data
            for cut in cuts
            if cut.after <= want.after < cut.through and cut.wire <= want.wire
        )
        return next(fits, None)

    def _cut(self, cuts: list[_Cut], want: Want, at: Standing) -> bytes | None:
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
        if self._size + len(data) > _CACHE_BYTES:
            self._cuts.clear()
            self._size = 0
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
