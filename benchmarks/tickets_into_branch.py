"""A lane's tickets into its branch, against COPY of the same rows.

Ours is `Parent.push` of one batch of a lane that was cut off for a while: its signature, its chain,
tickets, lines and tenders projected, what they moved booked at the average of what lies there and the
sums moved along, all of it stated in the branch's own journal, the position moved and committed. The
peer copies what that batch left in the five large tables (ticket, line, tender, move of stock, journal
entry) into twins with the same keys and indexes, in one transaction: rows that nobody has to read,
check or value. Both write to one server that waits for its disk at each commit, and both tables grow
alike. Of every item that is sold there is enough, at a cost. The way over the network is in neither.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from benchmarks import bare_tables
from benchmarks.measures import Outcome, Round, Unit, Wording, compare, p50
from benchmarks.sales import BRANCH, DATE
from benchmarks.scale import Scale
from benchmarks.shops import Shop, Sold
from benchmarks.tickets_into_hq import TABLES, NotTakenError
from branch.board import Board
from branch.inbound import inbound
from ops.embedded_postgres import EmbeddedPostgres
from replication import identity
from replication.clock import system_clock
from replication.identity import Identity
from replication.parent import Parent
from replication.serving import collect_seldom
from schemas.tables.base import open_postgres, upsert
from schemas.tables.bulk import insert_rows
from schemas.tables.link import peer
from schemas.tables.migrate import upgrade
from schemas.tables.stock import stock_on_hand
from schemas.wire.batch import pack_journal

_LANE = f"{BRANCH}.01"
#: A thousand pieces of each item, at 2.40.
_PIECES, _WORTH = 1_000_000, 240_000


def run(scale: Scale, place: Path) -> Outcome:
    """Measure on a server of its own, with fsync and synchronous_commit on."""
    # As a branch's own server does, whose work this is.
    collect_seldom()
    with EmbeddedPostgres(place / "postgres") as server:
        server.ensure_database("branch")
        dsn = server.dsn("branch")
        upgrade(dsn, "branch")
        return measure(dsn, scale)


def measure(dsn: str, scale: Scale) -> Outcome:
    """Measure on the migrated branch's database at `dsn`."""
    engine = open_postgres(dsn)
    plain = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    who = Identity(BRANCH, "branch", "hq", identity.new_private_key())
    lane = Identity(_LANE, "lane", BRANCH, identity.new_private_key())
    try:
        parent = _branch(engine, who, lane)
        shop = Shop(1, engine, who, lanes=1)
        # One more than is counted: the first opens what the others find open.
        sold = [shop.sell(scale.batch, DATE) for _ in range(scale.batches + 1)]
        _stock_up(engine, [one for batch in sold for one in batch])
        sent = [pack_journal([one.entry for one in batch], _LANE, lane.sign) for batch in sold]
        with psycopg.connect(plain) as connection:
            bare_tables.create(connection, TABLES)
            rounds = [_turn(parent, data, connection) for data in sent][1:]
            _check(connection, len(sent) * scale.batch)
    finally:
        engine.dispose()
    wording = Wording(
        "tickets of 10 lines into a branch", "COPY of the same rows",
        Unit("tickets/s", things=scale.batch),
    )  # fmt: skip
    size = sum(map(len, sent)) // len(sent)
    return Outcome(
        [compare(rounds, p50, wording)],
        [f"a lane's tickets: {scale.batches} batches of {scale.batch}, {size:,} bytes each"],
    )


def _branch(engine: Engine, who: Identity, lane: Identity) -> Parent:
    """A branch on this database, with one lane enrolled."""
    known = {
        "site": lane.site, "public_key": lane.public_key, "enrolled": system_clock(),
        "revoked": None,
    }  # fmt: skip
    with engine.begin() as connection:
        identity.establish(connection, who)
        upsert(connection, peer, [known])
    return Parent(engine, who, inbound(who, system_clock, Board(system_clock)))


def _stock_up(engine: Engine, sold: Sequence[Sold]) -> None:
    """Have enough of everything that is going to be sold, of which the cost is known."""
    items = {line.item for one in sold for line in one.ticket.lines}
    with engine.begin() as connection:
        insert_rows(
            connection, stock_on_hand,
            [
                {
                    "branch": BRANCH, "item": item, "quantity": _PIECES, "value": _WORTH,
                    "cost_value": _WORTH, "cost_quantity": _PIECES,
                }
                for item in sorted(items)
            ],
        )  # fmt: skip


def _turn(parent: Parent, data: bytes, connection: psycopg.Connection) -> Round:
    """Push one batch, then copy what it wrote."""
    begun = time.perf_counter()
    parent.push(_LANE, data)
    pushed = time.perf_counter() - begun
    rows = bare_tables.missing(connection, TABLES)
    begun = time.perf_counter()
    bare_tables.copy(connection, rows)
    return Round([pushed], [time.perf_counter() - begun])


def _check(connection: psycopg.Connection, expected: int) -> None:
    found = connection.execute(
        "SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM bare.ticket),"
        " (SELECT count(DISTINCT reference) FROM bare.stock_move WHERE value < 0),"
        " (SELECT count(*) FROM quarantine)"
    ).fetchone()
    if found != (expected, expected, expected, 0):
        message = f"of {expected} tickets (taken, copied, valued, parked) were {found}"
        raise NotTakenError(message)
