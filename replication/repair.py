"""Repairing a feed by what the parent holds: record by record, without moving the position.

    differing keys ─ records that are too many first, then in order of the parent's numbers, so that
                     no document's header is repaired before its rows
      ─ fetch some, signed, as the parent has them at its head H
      ─ in one transaction: lock the position P
           P > H                 too old: fetched again, nothing was changed
           record's number ≤ P   written, deleted if it is a tombstone or unknown to the parent
           record's number > P   left: it is on its way, and may belong to what is not complete yet

A kill between two transactions leaves whole ones behind; comparing again finds the rest. A branch
that repaired what it keeps for its lanes raises the feed's floor to its head: batches that were cut
from the damaged rows are then served no more, and a lane below loads the feed anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, delete, select, update

from replication import feed, position
from replication.digest_messages import RECORDS_TOPIC, Asked, RecordsAsk
from replication.errors import RefusedError
from replication.identity import signature_holds
from replication.position import Position
from replication.site import Site
from replication.transport.base import Online
from replication.verify import FeedFinding
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream as stream_table
from schemas.tables.link import peer
from schemas.wire.batch import BatchError, Header, open_batch, read_records
from schemas.wire.record import Record

#: One transaction repairs no more than this: it holds up the feed for well below a second.
AT_ONCE = 2_000
_TRIES = 5
_EVERY_GENERATION = 2**31 - 1


def repair_feed(site: Site, parent: Online, finding: FeedFinding) -> int:
    """Repair what a comparison found; answers how many records were written or deleted.

    Raises LinkDownError, or RefusedError when the parent's answer cannot be used.
    """
    numbers = {(one.kind, one.key): one.number for one in finding.differences}
    wanted = sorted(numbers, key=lambda one: (numbers[one], one))
    return sum(
        _repair_some(site, parent, finding, wanted[start : start + AT_ONCE])
        for start in range(0, len(wanted), AT_ONCE)
    )


def drop_unfollowed(site: Site, stream: str) -> None:
    """Delete the rows of a feed that this site does not read."""
    with site.feeds.begin() as connection:
        if any(one.stream == stream for one in position.all_feeds(connection)):
            return  # it was joined meanwhile
        site.outlet.applier.sweep(connection, stream, _EVERY_GENERATION)


def _repair_some(
    site: Site, parent: Online, finding: FeedFinding, keys: Sequence[tuple[str, str]]
) -> int:
    by_kind: dict[str, list[str]] = {}
    for kind, key in keys:
        by_kind.setdefault(kind, []).append(key)
    ask = RecordsAsk(stream=finding.stream, epoch=finding.epoch, keys=by_kind)
    for _ in range(_TRIES):
        data = parent.ask(Asked(topic=RECORDS_TOPIC, question=ask.model_dump()))
        with site.feeds.begin() as connection:
            header, records = _opened(connection, site, finding, data)
            at = position.find(connection, finding.stream, finding.epoch, lock=True)
            if at.applied_at is None or at.loading:
                message = f"{finding.stream} is being loaded anew: compare again afterwards"
                raise RefusedError("gap", message)
            if at.through > header.through:
                continue
            asked = set(keys)
            due = [
                one for one in records if one.number <= at.through and (one.kind, one.key) in asked
            ]
            _write(connection, site, at, due)
            return len(due)
    raise RefusedError("gap", f"{finding.stream} moves faster than it can be repaired: try again")


def _opened(
    connection: Connection, site: Site, finding: FeedFinding, data: bytes
) -> tuple[Header, list[Record]]:
    above = site.identity.parent
    key = connection.execute(select(peer.c.public_key).where(peer.c.site == above)).scalar()

    def verify(producer: str, signature: bytes, signed: bytes) -> bool:
        return (
            producer == above and key is not None and signature_holds(bytes(key), signature, signed)
        )

    try:
        header, payload = open_batch(data, verify)
        records = read_records(header, payload)
    except BatchError as error:
        raise RefusedError(error.problem, str(error)) from error
    if (header.type, header.stream, header.epoch) != ("repair", finding.stream, finding.epoch):
        message = f"asked for records of {finding.stream}, got a {header.type} of {header.stream}"
        raise RefusedError("foreign_stream", message)
    return header, records


def _write(connection: Connection, site: Site, at: Position, records: Sequence[Record]) -> None:
    # Whatever stands under these keys goes first: a damaged row may bear another record's number.
    if site.outlet.relays and records:
        _clear_relayed(connection, at.stream, records)
        kept = [one for one in records if one.number > 0]
        feed.keep_relayed(connection, at.stream, at.generation, kept)
        connection.execute(
            update(stream_table)
            .where(stream_table.c.name == at.stream)
            .values(floor=stream_table.c.head)
        )
        feed.notify(connection)
    try:
        site.outlet.applier.apply(connection, at.stream, at.generation, records)
    except ValueError as error:
        message = f"{site.identity.parent} itself holds a record of {at.stream} that does not read"
        raise RefusedError("malformed", f"{message}: repair it there first ({error})") from error


def _clear_relayed(connection: Connection, stream: str, records: Sequence[Record]) -> None:
    for some in _chunks(records):
        numbers = [one.number for one in some if one.number > 0]
        by_kind: dict[str, list[str]] = {}
        for one in some:
            by_kind.setdefault(one.kind, []).append(one.key)
        for kind, keys in by_kind.items():
            connection.execute(
                delete(feed_record).where(
                    feed_record.c.stream == stream,
                    feed_record.c.kind == kind,
                    feed_record.c.key.in_(keys),
                )
            )
        connection.execute(
            delete(feed_record).where(
                feed_record.c.stream == stream, feed_record.c.number.in_(numbers)
            )
        )


def _chunks(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    return (records[start : start + 1_000] for start in range(0, len(records), 1_000))
