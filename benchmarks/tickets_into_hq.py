"""A branch's tickets into headquarters, against COPY of the same rows.

Ours is `Parent.push` of one batch as a branch sends it, each ticket with what the branch booked for it:
its signature, its chain and that of each lane, origins, control, tickets, lines, tenders and moves of
stock projected, the position moved and committed. The peer copies what that batch left in the five
large tables (ticket, line, tender, move of stock, journal entry) into twins with the same keys and indexes, in one transaction: rows that nobody has to read, check or
convert, the fastest way into PostgreSQL that there is. Both write to one server that waits for its
disk at each commit, and both tables grow alike. The way over the network is in neither.
"""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from benchmarks import bare_tables, deliveries
from benchmarks.measures import Outcome, Round, Unit, Wording, compare, p50
from benchmarks.scale import Scale
from hq import inbound
from ops.embedded_postgres import EmbeddedPostgres
from replication import identity
from replication.apply import Inbound
from replication.clock import system_clock
from replication.identity import Identity
from replication.parent import Parent
from schemas.tables.base import open_postgres, upsert
from schemas.tables.journal import journal_entry
from schemas.tables.link import peer
from schemas.tables.migrate import upgrade
from schemas.tables.stock import stock_move
from schemas.tables.tickets import ticket, ticket_line, ticket_tender

TABLES = (ticket, ticket_line, ticket_tender, stock_move, journal_entry)


def run(scale: Scale, place: Path) -> Outcome:
    """Measure on a server of its own, with fsync and synchronous_commit on."""
    with EmbeddedPostgres(place / "postgres") as server:
        server.ensure_database("hq")
        dsn = server.dsn("hq")
        upgrade(dsn, "hq")
        return measure(dsn, scale, place)


def measure(dsn: str, scale: Scale, place: Path) -> Outcome:
    """Measure on the migrated headquarters' database at `dsn`."""
    branch = deliveries.new_branch()
    engine = open_postgres(dsn)
    plain = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        parent = headquarters(engine, branch)
        with psycopg.connect(plain) as connection:
            bare_tables.create(connection, TABLES)
            # One more than is counted: the first opens what the others find open.
            sent = list(deliveries.batches(branch, place, scale.batches + 1, scale.batch))
            rounds = [_turn(parent, branch.site, data, connection) for data in sent][1:]
            _check(connection, len(sent) * scale.batch)
    finally:
        engine.dispose()
    wording = Wording(
        "tickets of 10 lines into headquarters", "COPY of the same rows",
        Unit("tickets/s", things=scale.batch),
    )  # fmt: skip
    size = sum(map(len, sent)) // len(sent)
    return Outcome(
        [compare(rounds, p50, wording)],
        [f"tickets: {scale.batches} batches of {scale.batch}, {size:,} bytes each"],
    )


class NotTakenError(RuntimeError):
    """Headquarters did not take every ticket: what was measured is not what was meant."""


def _check(connection: psycopg.Connection, expected: int) -> None:
    found = connection.execute(
        "SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM bare.ticket),"
        " (SELECT count(*) FROM quarantine)"
    ).fetchone()
    if found != (expected, expected, 0):
        message = f"of {expected} tickets (taken, copied, parked) were {found}"
        raise NotTakenError(message)


def headquarters(engine: Engine, branch: Identity) -> Parent:
    """Headquarters on this database, with one branch enrolled."""
    site = Identity("hq", "hq", None, identity.new_private_key())
    known = {
        "site": branch.site, "public_key": branch.public_key, "enrolled": system_clock(),
        "revoked": None,
    }  # fmt: skip
    with engine.begin() as connection:
        identity.establish(connection, site)
        upsert(connection, peer, [known])
    return Parent(engine, site, Inbound(inbound.project, system_clock))


def _turn(parent: Parent, site: str, data: bytes, connection: psycopg.Connection) -> Round:
    """Push one batch, then copy what it wrote."""
    begun = time.perf_counter()
    parent.push(site, data)
    pushed = time.perf_counter() - begun
    rows = bare_tables.missing(connection, TABLES)
    begun = time.perf_counter()
    bare_tables.copy(connection, rows)
    return Round([pushed], [time.perf_counter() - begun])
