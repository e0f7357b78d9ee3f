"""(e) A branch that was away for 30 days, and a fresh branch: against COPY of the same rows.

Upward, a branch has a backlog of 30 business days, each closed. Its link hands it over to
headquarters' process; the peer copies what that left in the four large tables (tickets, lines,
tenders, journal) into twins with the same keys and indexes, in one transaction.

Downward, headquarters has a catalogue of so many items, not yet encoded for anybody. A branch that
was enrolled a moment ago loads it: fetched, verified, applied, kept for its lanes, a transaction
per batch. The peer copies the rows that this left in both tables of the branch.

The number of tickets a day and of items is scaled down unless `--whole` is given: the note says to
what.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import psycopg

from benchmarks import bare_tables, four_branches, native, tickets_into_hq
from benchmarks.four_branches import Chain
from benchmarks.measures import SECONDS, Limit, Measure, Outcome, Round, Wording, compare, p50
from benchmarks.native import NotReplicatedError
from benchmarks.sales import DATE
from benchmarks.scale import Scale
from benchmarks.shops import Shop
from hq import publication
from replication import position
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import item
from schemas.tables.feed import feed_record
from schemas.wire.records import Item

_DAYS = 30
_BATCH = 500
_PATIENCE = 3600.0
_LOOK = 0.01
_PEER = "COPY of the same rows"
_LIMIT = Limit(3.0, of_ratio=True)
_BACK, _FRESH = "B001", "B002"


def run(scale: Scale, place: Path) -> Outcome:
    """Measure both in `place`."""
    with four_branches.running(place, [_BACK, _FRESH]) as chain:
        measures = [_backlog(chain, scale.day), _catalogue(chain, scale.fresh)]
    return Outcome(
        measures,
        [(f"catching up: {_DAYS} days of {scale.day:,} tickets, {scale.fresh:,} items (`--whole`"
         " takes 1,000 and 200,000)")],
    )  # fmt: skip


def _backlog(chain: Chain, of_day: int) -> Measure:
    shop = chain.shops[0]
    for day in range(_DAYS):
        business_date = DATE + timedelta(days=day)
        sold = shop.sell(of_day, business_date)
        for first in range(0, of_day, _BATCH):
            with shop.engine.begin() as connection:
                shop.keep(connection, sold[first : first + _BATCH])
        shop.close_day(business_date)
    with _twins(chain, "hq") as twins:
        bare_tables.create(twins, tickets_into_hq.TABLES)
        head = shop.head()
        begun = time.perf_counter()
        link = chain.link(shop)
        link.start()
        try:
            while _applied(chain, shop) < head.sequence:
                _patience(begun, head.stream)
                time.sleep(_LOOK)
            took = time.perf_counter() - begun
        finally:
            link.stop()
        _check(chain, of_day * _DAYS)
        copied = _copied(twins, tickets_into_hq.TABLES)
    wording = Wording(f"catch-up after {_DAYS} days offline", _PEER, SECONDS, _LIMIT)
    return compare([Round([took], [copied])], p50, wording)


def _applied(chain: Chain, shop: Shop) -> int:
    row = chain.looking.execute(
        "SELECT through FROM position WHERE stream = %s", (shop.stream,)
    ).fetchone()
    return int(row[0]) if row else 0


def _check(chain: Chain, expected: int) -> None:
    found = chain.looking.execute(
        "SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM quarantine)"
    ).fetchone()
    if found != (expected, 0):
        raise NotReplicatedError(f"of {expected} tickets (taken, parked) were {found}")


def _catalogue(chain: Chain, items: int) -> Measure:
    records = [
        Item(item=f"{number:08}", name=f"Item {number:08}", category="01-001-001", unit="piece")
        for number in range(items)
    ]
    with chain.hq.begin() as connection:
        publication.publish(connection, {CHAIN_FEED: records})
    shop = chain.shops[1]
    link = chain.link(shop)
    begun = time.perf_counter()
    link.start()
    try:
        while not _has_loaded(shop):
            _patience(begun, CHAIN_FEED)
            time.sleep(_LOOK)
        took = time.perf_counter() - begun
    finally:
        link.stop()
    with _twins(chain, _FRESH) as twins:
        bare_tables.create(twins, (item, feed_record))
        copied = _copied(twins, (item, feed_record))
        found = twins.execute("SELECT count(*) FROM item").fetchone()
    if found != (items,):
        raise NotReplicatedError(f"of {items} items the branch has {found}")
    wording = Wording("a fresh branch's catalogue", _PEER, SECONDS, _LIMIT)
    return compare([Round([took], [copied])], p50, wording)


def _has_loaded(shop: Shop) -> bool:
    with shop.engine.connect() as connection:
        held = [one for one in position.all_feeds(connection) if one.stream == CHAIN_FEED]
        return bool(held) and not held[0].loading and held[0].through > 1


def _twins(chain: Chain, database: str) -> psycopg.Connection:
    connection = native.connect(chain.server, database)
    connection.autocommit = False
    return connection


def _copied(twins: psycopg.Connection, tables: bare_tables.Tables) -> float:
    rows = bare_tables.missing(twins, tables)
    begun = time.perf_counter()
    bare_tables.copy(twins, rows)
    return time.perf_counter() - begun


def _patience(begun: float, what: str) -> None:
    if time.perf_counter() - begun > _PATIENCE:
        raise NotReplicatedError(f"{what} was not caught up with in {_PATIENCE:.0f} s")
