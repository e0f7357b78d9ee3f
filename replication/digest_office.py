"""The side that is asked: digests of a feed as it is kept for the sites below, and its true records.

    asked at        what is answered
    our epoch and   the ranges of every kind, or the keys of the ranges asked for; without the keys
    a position ≤    that changed after that position: the asker does not have them yet, and
    our head        what it has of them is gone here
    anything else   why it cannot be compared (`Obstacle`), and nothing else

So a comparison holds while prices keep arriving: both sides are compared as at the asker's position.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from replication import position
from replication.digest import Held, cut, record_hash, snapshot
from replication.digest_messages import (
    FeedAnswer,
    FeedAsk,
    KeyHash,
    KeyRange,
    Obstacle,
    RangeDigest,
    RecordsAsk,
)
from replication.errors import RefusedError
from replication.identity import Identity
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream as stream_table
from schemas.tables.key_range import between
from schemas.wire import comparable
from schemas.wire.batch import pack_repair
from schemas.wire.record import Record
from schemas.wire.versions import SPOKEN, Versions

_MOST_MOVED = 20_000
_MOST_RECORDS = 5_000


class DigestOffice:
    """Answers for the feeds that one site serves. Safe among threads: it keeps nothing."""

    def __init__(self, engine: Engine, identity: Identity, spoken: Versions = SPOKEN) -> None:
        self._engine = engine
        self._identity = identity
        self._spoken = spoken

    def compare(self, ask: FeedAsk) -> FeedAnswer:
        """What is held of a feed, as at the asker's position. Raises RefusedError gap."""
        with snapshot(self._engine) as connection:
            head = _head(connection, ask.stream)
            obstacle = _obstacle(connection, head, ask)
            moved = _moved(connection, ask) if obstacle is None else {}
            if sum(map(len, moved.values())) > _MOST_MOVED:
                obstacle, moved = "moved", {}
            answer = FeedAnswer(epoch=head.epoch, head=head.head, obstacle=obstacle, moved=moved)
            if obstacle is not None:
                return answer
            return answer.model_copy(update=_answer(connection, ask))

    def records(self, ask: RecordsAsk) -> bytes:
        """A signed batch of the newest records of these keys; those that are none are tombstones
        with the number 0. Raises RefusedError gap, oversized.
        """
        if sum(map(len, ask.keys.values())) > _MOST_RECORDS:
            raise RefusedError("oversized", f"ask for {_MOST_RECORDS} records at most")
        with snapshot(self._engine) as connection:
            head = _head(connection, ask.stream)
            if head.epoch != ask.epoch or _is_loading(connection, ask.stream):
                raise RefusedError("gap", f"{ask.stream} is another one by now: compare again")
            records = [
                one for kind, keys in ask.keys.items()
                for one in _records(connection, ask.stream, kind, keys)
            ]  # fmt: skip
        return pack_repair(
            ask.stream, head.epoch, head.head, records, self._identity.site, self._identity.sign,
            min(ask.wire, self._spoken.newest),
        )  # fmt: skip


def relayed_content(row: Any) -> bytes:  # noqa: ANN401 - a row of feed_record
    """What is compared of a record that is kept for the sites below: all of it."""
    return b"%d %d %s" % (row.number, row.version, bytes(row.body))


def held_records(
    connection: Connection, stream: str, kind: str, names: Sequence[str] | None,
    through: int, where: KeyRange | None = None,
) -> list[Held]:  # fmt: skip
    """The records of a kind, tombstones aside, in order of key: the fields `names`, or all of it."""
    query = select(
        feed_record.c.key, feed_record.c.number, feed_record.c.version, feed_record.c.body
    ).where(
        feed_record.c.stream == stream, feed_record.c.kind == kind, ~feed_record.c.deleted,
        feed_record.c.number <= through,
    )  # fmt: skip
    if where is not None:
        query = query.where(between(connection, feed_record.c.key, where.low, where.high))
    held = [
        Held(
            row.key,
            relayed_content(row) if names is None else comparable.of_body(kind, row.body, names),
            row.number,
        )
        for row in connection.execute(query)
    ]
    return sorted(held, key=lambda one: one.key)


def kinds_held(connection: Connection, stream: str) -> list[str]:
    """The kinds of record that a feed has here."""
    query = select(feed_record.c.kind).where(feed_record.c.stream == stream).distinct()
    return sorted(connection.execute(query).scalars())


def _head(connection: Connection, stream: str) -> Row[Any]:
    row = connection.execute(
        select(stream_table).where(stream_table.c.name == stream)
    ).one_or_none()
    if row is None:
        raise RefusedError("gap", f"{stream} is not served here")
    return row


def _obstacle(connection: Connection, head: Row[Any], ask: FeedAsk) -> Obstacle | None:
    if head.epoch != ask.epoch:
        return "epoch"
    if _is_loading(connection, ask.stream):
        return "loading"
    if ask.through > head.head:
        return "ahead"
    return "restart" if 0 < ask.through < head.floor else None


def _is_loading(connection: Connection, stream: str) -> bool:
    return any(one.loading for one in position.all_feeds(connection) if one.stream == stream)


def _moved(connection: Connection, ask: FeedAsk) -> dict[str, list[str]]:
    query = (
        select(feed_record.c.kind, feed_record.c.key)
        .where(feed_record.c.stream == ask.stream, feed_record.c.number > ask.through)
        .limit(_MOST_MOVED + 1)
    )
    moved: dict[str, list[str]] = {}
    for kind, key in connection.execute(query):
        moved.setdefault(kind, []).append(key)
    return moved


def _answer(connection: Connection, ask: FeedAsk) -> dict[str, object]:
    """The compared fields, and the ranges or the keys.

    Records that changed since have numbers above the position, so they are not read at all.
    """
    if ask.view == "applied":
        fields = comparable.common(ask.fields)
    else:
        fields = {kind: [] for kind in sorted({*ask.fields, *kinds_held(connection, ask.stream)})}
    whole = ask.view == "relayed"
    if ask.ranges:
        keys = tuple(
            KeyHash(kind=one.kind, key=held.key, number=held.number, hash=record_hash(one.kind, held))
            for one in ask.ranges
            if one.kind in fields
            for held in held_records(connection, ask.stream, one.kind,
                                     None if whole else fields[one.kind], ask.through, one)
        )  # fmt: skip
        return {"fields": fields, "keys": keys}
    ranges = tuple(
        RangeDigest(kind=kind, low=one.low, high=one.high, count=one.count, digest=one.digest)
        for kind, names in fields.items()
        for one in cut(kind, held_records(connection, ask.stream, kind, None if whole else names,
                                          ask.through))
    )  # fmt: skip
    return {"fields": fields, "ranges": ranges}


def _records(connection: Connection, stream: str, kind: str, keys: Iterable[str]) -> list[Record]:
    wanted = list(dict.fromkeys(keys))
    query = select(feed_record).where(
        feed_record.c.stream == stream, feed_record.c.kind == kind, feed_record.c.key.in_(wanted)
    )
    found = {
        row.key: Record(row.number, kind, row.key, row.version, bytes(row.body), row.deleted)
        for row in connection.execute(query)
    }
    return [found.get(key) or Record(0, kind, key, 1, b"", deleted=True) for key in wanted]
