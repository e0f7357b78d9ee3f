"""Publishing master data: what headquarters knows and what it tells others, in one transaction.

    publish ── headquarters' own catalogue tables ── the feed, numbered last, under its lock
       └─ the caller's commit makes both true at once, or neither (invariant 3)

Whoever publishes passes record bodies, feed by feed, in the order in which they are to be applied;
`tombstone` takes a record back. A proposal to publish the same again is settled by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from hq import surplus
from replication import feed
from replication.feed import Draft
from schemas.tables.catalogue_store import CatalogueStore
from schemas.wire.record import Record
from schemas.wire.records import RecordBody

#: Headquarters loads no feed: its rows all belong to one generation.
_GENERATION = 1


def draft_of(body: RecordBody) -> Draft:
    """A record as it is published, encoded once."""
    return Draft(body.kind, body.record_key(), body.version, body.encode())


def tombstone(kind: str, key: str) -> Draft:
    """The end of a record."""
    return Draft(kind, key, 1, b"", deleted=True)


def publish(connection: Connection, records: Mapping[str, Sequence[RecordBody | Draft]]) -> int:
    """Write the records here and to their feeds, and answer the number of the last one.

    The records of each feed keep their order. Of two with one key the later counts.
    """
    drafts = {
        stream: [draft_of(one) if isinstance(one, RecordBody) else one for one in _newest(bodies)]
        for stream, bodies in records.items()
    }
    store = CatalogueStore()
    for stream, of_feed in drafts.items():
        # Numbers are drawn below, under the feed's lock; the catalogue tables need none.
        rows = [Record(0, one.kind, one.key, one.version, one.body, one.deleted) for one in of_feed]
        store.apply(connection, stream, _GENERATION, rows)
    surplus.settle_published(connection, drafts)
    return feed.publish(connection, drafts)


def _newest(bodies: Sequence[RecordBody | Draft]) -> list[RecordBody | Draft]:
    """One record per key: a feed is merged in one statement, which cannot meet a key twice."""
    kept: dict[tuple[str, str], RecordBody | Draft] = {}
    for one in bodies:
        key = one.record_key() if isinstance(one, RecordBody) else one.key
        kept.pop((one.kind, key), None)
        kept[one.kind, key] = one
    return list(kept.values())
