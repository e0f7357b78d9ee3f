"""A night of the replenishment as it is: out of PostgreSQL, weighed up, and back into it as proposals.

Each branch has half a year of tickets, their lines and moves of stock, every day of it closed, and 20,000 items that
sell as in `benchmarks.replenishment`; half of them go through a distribution centre, half are brought by one of
forty suppliers. The run reads, weighs up, shares out and settles what a night does, on a server that waits for its
disk. The peer is one query that sums the last 28 days of every branch and item, and orders nothing.

A run takes some of the branches; the time of all is told as so many times theirs.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, Engine, insert, text

from benchmarks.measures import MEBIBYTES, Limit, Outcome, Round, Unit, Wording, compare, p50
from benchmarks.replenishment import BRANCHES, ITEMS
from benchmarks.scale import Scale
from hq.replenishment.run import Outcome as Made
from hq.replenishment.run import replenish
from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables import sourcing
from schemas.tables.base import open_postgres
from schemas.tables.bulk import insert_rows
from schemas.tables.catalogue import branch as branch_table
from schemas.tables.catalogue import item as item_table
from schemas.tables.catalogue import supplier as supplier_table
from schemas.tables.days import business_day
from schemas.tables.link import site_status
from schemas.tables.migrate import upgrade
from schemas.tables.stock import stock_move, stock_on_hand

NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
_DAYS = 182
_FIRST = NOW.date() - timedelta(days=_DAYS)
_SUPPLIERS = 40
_CENTRE = "DC01"
_MINUTES = Unit("min", 1 / 60)
_MOST_SECONDS = 3600.0
_LINES_EACH = 10
#: So much less of it than of the arithmetic alone: histories have to be written first.
_PART = 5
_FEWEST = 40
_STREAM = {"stream": "feed:chain", "generation": 1}

_TICKETS = text("""
    INSERT INTO ticket (uuid, branch, lane, counter, shift, business_date, posted, committed, local_hour, operator,
                        total, rounding, change, control_tickets, control_gross, control_grand_total, provisional,
                        late, flags)
    SELECT reference, branch, branch || '.01', row_number() OVER (ORDER BY reference), branch, business_date,
           business_date, min(at), 12, 'C', 0, 0, 0, 0, 0, 0, false, false, '[]'
    FROM stock_move WHERE branch = :branch AND reason = 'sale' GROUP BY reference, branch, business_date
""")
_LINES = text("""
    INSERT INTO ticket_line (ticket, number, item, name, unit, quantity, list_price, amount, tax, discounts,
                             unknown_item, voided)
    SELECT reference, number, item, item, 'piece', -quantity, 100, 100, 0, '[]', false, false
    FROM stock_move WHERE branch = :branch AND reason = 'sale'
""")

_ON_HAND = text("""
    INSERT INTO stock_on_hand (branch, item, quantity)
    SELECT branch, item, sum(quantity) FROM stock_move WHERE branch = :branch GROUP BY branch, item
""")


def run(scale: Scale, place: Path) -> Outcome:
    """Measure on a server of its own."""
    with EmbeddedPostgres(place / "postgres") as server:
        server.ensure_database("hq")
        dsn = server.dsn("hq")
        upgrade(dsn, "hq")
        engine = open_postgres(dsn)
        try:
            return measure(engine, scale)
        finally:
            engine.dispose()


def measure(engine: Engine, scale: Scale) -> Outcome:
    """Measure on headquarters' migrated database."""
    items = min(ITEMS, max(scale.replenished // _PART, _FEWEST))
    branches = max(scale.replenished // _PART // items, 1)
    fill(engine, branches, items)
    plain = _moving_average(engine)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        dsn = engine.url.render_as_string(hide_password=False)
        first = pool.submit(_night, dsn, NOW).result()
        again = pool.submit(_night, dsn, NOW + timedelta(hours=1)).result()
    times = BRANCHES * ITEMS / branches / items
    rounds = [Round([first.seconds * times], [plain * times])]
    return Outcome(
        [
            compare(rounds, p50, Wording(
                f"a night of {BRANCHES} branches × {ITEMS:,} items over PostgreSQL",
                "sums of 28 days by one query", _MINUTES, Limit(_MOST_SECONDS, of_ratio=False),
            )),
            compare([Round([again.memory], [first.before])], p50, Wording(
                "memory of its process, at most", "before it ran", MEBIBYTES,
                Limit(float(2**30), of_ratio=False),
            )),
        ],
        [_told(branches, first, again)],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Night:
    """A run: its seconds, and the bytes of its process before it and at most."""

    made: Made
    seconds: float
    before: float
    memory: float


def _told(branches: int, first: _Night, again: _Night) -> str:
    return (
        f"a night over PostgreSQL: {branches} branches and their centre, {first.made.items:,} items in"
        f" {first.seconds:.0f} s, {first.made.open:,} proposals; once more on the same facts"
        f" {again.seconds:.0f} s, {again.made.open:,} proposals"
    )


def _night(dsn: str, now: datetime) -> _Night:
    """One run in a process of its own."""
    engine = open_postgres(dsn)
    try:
        before = _most_memory()
        begun = time.perf_counter()
        made = replenish(engine, now)
        return _Night(made, time.perf_counter() - begun, before, _most_memory())
    finally:
        engine.dispose()


def _moving_average(engine: Engine) -> float:
    """What the least that could be done takes: sums of 28 days of every branch and item."""
    query = text(
        "SELECT count(*) FROM (SELECT branch, item, sum(quantity) FROM stock_move WHERE reason = 'sale'"
        " AND business_date >= :first GROUP BY branch, item) AS sums"
    )
    with engine.connect() as connection:
        connection.execute(text("SET max_parallel_workers_per_gather = 0"))
        begun = time.perf_counter()
        connection.execute(query, {"first": NOW.date() - timedelta(days=28)}).scalar_one()
        return time.perf_counter() - begun


def _most_memory() -> float:
    """Bytes that this process held at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
