"""The close of a branch's day of ten lanes, against the same of half as many tickets, twice.

A close looks for whatever stands in the way (receipts without a gap, each lane's own figures, tills,
suspended baskets, quarantine, lanes that are silent), adds the day up, states it in the branch's journal
and commits, on a server that waits for its disk. Ours is a day of ten lanes with ten-line tickets; the
peer is half as many of them, its time taken twice: a ratio above one would tell that the cost grows faster
than the tickets. A day is closed again after it was reopened, as often as there are samples; the page that
a manager looks at is in neither. A branch's tables have statistics by the time of a close; these, filled in a
minute, get them told to.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks.measures import SECONDS, Limit, Outcome, Round, Wording, compare, p50
from benchmarks.sales import AT, DATE
from benchmarks.scale import Scale
from benchmarks.shops import Shop
from branch import days
from ops.embedded_postgres import EmbeddedPostgres
from replication import identity
from replication.clock import system_clock
from replication.identity import Identity
from replication.serving import collect_seldom
from schemas.domain.ticket import Ticket
from schemas.domain.till import ShiftEnded, ShiftOpened, TillCounted
from schemas.tables import sales_store
from schemas.tables.base import open_postgres, upsert
from schemas.tables.link import peer
from schemas.tables.migrate import upgrade
from schemas.tables.till_figures import till_figures

LANES = 10
_BRANCH = "B001"
_MANAGER = "B001-M"
_AT_ONCE = 1000
_MOST_SECONDS = 2.0
#: What two runs of the same differ by on a machine that does something else too.
_NOISE = 1.1


def run(scale: Scale, place: Path) -> Outcome:
    """Measure on a server of its own, with fsync and synchronous_commit on."""
    # As a branch's own server does, whose work this is.
    collect_seldom()
    with EmbeddedPostgres(place / "postgres") as server:
        server.ensure_database("branch")
        dsn = server.dsn("branch")
        upgrade(dsn, "branch")
        engine = open_postgres(dsn)
        try:
            return measure(engine, scale)
        finally:
            engine.dispose()


def measure(engine: Engine, scale: Scale) -> Outcome:
    """Measure on the migrated branch's database."""
    half, whole = DATE, DATE + timedelta(days=1)
    shop = _open(engine)
    for business_date, tickets in ((half, scale.closing // 2), (whole, scale.closing)):
        _sell(shop, business_date, tickets)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    rounds = [Round() for _ in range(scale.rounds)]
    # One that is not counted opens what the others find open.
    for number in range(-1, scale.rounds):
        ours, theirs = _close(engine, whole), _close(engine, half)
        if number >= 0:
            rounds[number].ours.append(ours)
            rounds[number].peer.append(2 * theirs)
    name = f"close of a day of {LANES} lanes and {scale.closing:,} tickets"
    against = "half as many tickets, twice"
    return Outcome(
        [
            compare(
                rounds, p50, Wording(name, against, SECONDS, Limit(_MOST_SECONDS, of_ratio=False))
            ),
            compare(
                rounds,
                p50,
                Wording(f"{name}, its growth", against, SECONDS, Limit(_NOISE, of_ratio=True)),
            ),
        ],
        [f"tickets: of 10 lines, each day closed {scale.rounds + 1} times"],
    )


def _open(engine: Engine) -> Shop:
    """A branch that knows itself and ten lanes."""
    own = Identity(_BRANCH, "branch", "hq", identity.new_private_key())
    now = system_clock()
    rows = [
        {"site": f"{_BRANCH}.{lane:02}", "public_key": bytes(32), "enrolled": now, "revoked": None}
        for lane in range(1, LANES + 1)
    ]
    with engine.begin() as connection:
        identity.establish(connection, own)
        upsert(connection, peer, rows)
    return Shop(1, engine, own, lanes=LANES)


def _sell(shop: Shop, business_date: date, count: int) -> None:
    """A day of tickets that is counted and only has to be closed."""
    last: dict[str, Ticket] = {}
    with shop.engine.begin() as connection:
        sales_store.write(connection, _openings(business_date))
    for begun in range(0, count, _AT_ONCE):
        sold = [one.ticket for one in shop.sell(min(_AT_ONCE, count - begun), business_date)]
        tickets = [replace(one, shift=f"{one.lane} {business_date}") for one in sold]
        last |= {one.lane: one for one in tickets}
        with shop.engine.begin() as connection:
            sales_store.write(connection, tickets)
    with shop.engine.begin() as connection:
        sales_store.write(connection, list(_endings(business_date, list(last.values()))))
        sales_store.write(
            connection,
            [
                TillCounted(one.shift, _BRANCH, one.lane, business_date, dict(one.expected), _MANAGER, AT)
                for one in till_figures(connection, _BRANCH, business_date)
            ],
        )  # fmt: skip


def _openings(business_date: date) -> list[ShiftOpened]:
    return [
        ShiftOpened(f"{lane} {business_date}", _BRANCH, lane, "C1", business_date, AT, 10_000)
        for lane in (f"{_BRANCH}.{number:02}" for number in range(1, LANES + 1))
    ]


def _endings(business_date: date, last: Sequence[Ticket]) -> Iterator[ShiftEnded]:
    for one in last:
        kept = one.control
        yield ShiftEnded(
            one.shift, _BRANCH, one.lane, "C1", business_date, AT, one.counter, kept.tickets,
            kept.gross, kept.grand_total,
        )  # fmt: skip


def _close(engine: Engine, business_date: date) -> float:
    """Seconds that a close takes; the day is opened again behind it."""
    silent = [f"lane_silent:{_BRANCH}.{lane:02}" for lane in range(1, LANES + 1)]
    begun = time.perf_counter()
    with engine.begin() as connection:
        fact = days.close_day(connection, _BRANCH, business_date, _MANAGER, AT, silent)
    seconds = time.perf_counter() - begun
    with engine.begin() as connection:
        days.reopen_day(connection, _BRANCH, business_date, _MANAGER, "once more", AT)
    if len(fact.lanes) != LANES:
        message = f"{business_date} closed with {len(fact.lanes)} lanes instead of {LANES}"
        raise RuntimeError(message)
    return seconds
