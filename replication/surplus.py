"""What this site holds of its parent's feeds and the parent lost with its database, told to it.

    the parent orders to load a feed anew, and says which epochs its counter went through
      ─ the histories part after a number ─ what is held beyond it goes into the own journal,
        in the transaction that begins the new generation: once, whatever crashes
    a feed is left because the parent lost the order to follow it
      ─ the same, before its rows are swept

As entries of the journal they travel over every transport. Only a site that relays holds records as
they came, so lanes tell nothing: whatever a lane holds, its branch held before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Row, select

from replication import feed_history, journal, position
from replication.feed_history import History
from replication.messages import RestartOrder
from replication.streams import journal_of
from schemas.tables.feed import feed_record
from schemas.wire.entries import encode, kind_of
from schemas.wire.record import Record
from schemas.wire.surplus import FeedSurplus, SurplusRecord, surplus_of

_log = structlog.get_logger(__name__)

#: One entry holds so many records and octets of them at most, but one record whatever its size.
_MOST_RECORDS = 200
_MOST_OCTETS = 64 * 1024
_READ_AT_ONCE = 2_000


def history_in(order: RestartOrder) -> History | None:
    """The history that an order tells; None from a parent that does not know of any."""
    if not order.present:
        return None
    return History(tuple((one.epoch, one.through) for one in order.past), order.present)


def tell(
    connection: Connection, site: str, stream: str, theirs: History, now: datetime
) -> int:  # fmt: skip
    """State in the site's journal what it holds of a feed and `theirs` lacks; how many records.

    What an older generation left is not told again: that was done as the present one began.
    """
    at = next((one for one in position.all_feeds(connection) if one.stream == stream), None)
    if at is None:
        return 0
    # Before the first order with a history the feed was in the oldest epoch that anybody remembers.
    mine = feed_history.find(connection, stream) or History((), theirs.stretches[0][0])
    after = feed_history.parted_after(mine, theirs)
    if after is None:
        return 0
    told = 0
    while rows := _beyond(connection, stream, at.generation, after):
        records = [surplus_of(mine.epoch_of(row.number), _record(row)) for row in rows]
        facts = [FeedSurplus(site, stream, some, now) for some in _bounded(records)]
        drafts = [journal.Draft(*kind_of(one), now, encode(one)) for one in facts]
        journal.append(connection, journal_of(site), drafts)
        after, told = rows[-1].number, told + len(rows)
    if told:
        _log.warning("the parent lost records that are told to it", stream=stream, records=told)
    return told


def _beyond(connection: Connection, stream: str, generation: int, after: int) -> Sequence[Row[Any]]:
    query = (
        select(feed_record)
        .where(
            feed_record.c.stream == stream,
            feed_record.c.generation == generation,
            feed_record.c.number > after,
        )
        .order_by(feed_record.c.number)
        .limit(_READ_AT_ONCE)
    )
    return connection.execute(query).all()


def _record(row: Row[Any]) -> Record:
    return Record(row.number, row.kind, row.key, row.version, bytes(row.body), row.deleted)


def _bounded(records: Sequence[SurplusRecord]) -> Iterator[tuple[SurplusRecord, ...]]:
    some: list[SurplusRecord] = []
    size = 0
    for one in records:
        if some and (len(some) >= _MOST_RECORDS or size + len(one.body) > _MOST_OCTETS):
            yield tuple(some)
            some, size = [], 0
        some.append(one)
        size += len(one.body)
    if some:
        yield tuple(some)
