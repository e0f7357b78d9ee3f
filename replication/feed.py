"""Feeds: publishing records under one counter, and keeping those of a parent for the sites below.

    publish   stage the records ─ lock the counter ─ number and merge them ─ move the heads ─ notify;
              a feed that readers are told to follow is there from then on, if only empty
    renew     a new epoch of every feed that is produced here, after this database was put back: a
              reader that is ahead of the head gives it away, or the mark outside the database; where
              the old epoch ended is remembered, and told to whoever must load anew
    relay     a parent's records under the parent's numbers, swept by generation, and its head

How they are served: see `replication.feed_office`.

A feed's numbers are sparse: they come from one counter for all feeds of a producer. Everything that
is published in one transaction appears at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import (
    Connection,
    case,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from replication import feed_history
from replication.feed_history import History
from replication.identity import new_epoch
from replication.journal import Head
from schemas.tables.bulk import replace_rows
from schemas.tables.feed import feed_publication, feed_record
from schemas.tables.journal import stream as stream_table
from schemas.tables.link import position
from schemas.wire.entry import GENESIS
from schemas.wire.record import Record
from schemas.wire.records import Subscription

_log = structlog.get_logger(__name__)

#: The counter's own row among the streams, and the channel on which new heads are announced.
COUNTER = "feed:*counter*"
CHANNEL = "chainwright_feed"

_RELAYED = ("stream", "kind", "key", "number", "version", "body", "deleted", "generation")


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it is numbered; a tombstone has `deleted` and no body."""

    kind: str
    key: str
    version: int
    body: bytes
    deleted: bool = False


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
        select(stream_table.c.name, stream_table.c.epoch, stream_table.c.head)
        .where(produced)
        .with_for_update()
    ).all()
    if epoch is not None and epoch not in {row.epoch for row in rows}:
        return False
    before = history(connection)
    for row in rows:
        fresh = new_epoch()
        connection.execute(
            update(stream_table).where(stream_table.c.name == row.name).values(epoch=fresh, floor=0)
        )
        if row.name == COUNTER:
            feed_history.keep(connection, COUNTER, before.closed(row.head, fresh))
    notify(connection)
    return True


def history(connection: Connection) -> History:
    """The epochs of the counter of the feeds that are produced here."""
    if (known := feed_history.find(connection, COUNTER)) is not None:
        return known
    query = select(stream_table.c.epoch).where(stream_table.c.name == COUNTER)
    # Begun only where nothing was ever published: whoever merely looks may not write.
    present = connection.execute(query).scalar() or counter_of(connection).epoch
    return History((), present)


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
