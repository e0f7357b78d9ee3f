"""A night of the replenishment as it is: out of PostgreSQL, weighed up, and back into it as proposals.

Each branch has half a year of tickets and moves of stock, every day of it closed, and 20,000 items that sell as in
`benchmarks.replenishment` (`benchmarks.replenishment_past` makes them); half of the items go through a distribution
centre, half are brought by one of forty suppliers. The run reads, weighs up, shares out and settles what a night
does, by two processes, on a server that waits for its disk. The peer is one query that sums the last 28 days of
every branch and item, and orders nothing.

A run takes some of the branches, tells what they took, and beside it so many times that for a night of all. Only
`--whole` takes all of them; it fills some 31 GB first.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks.measures import (
    MEBIBYTES,
    Limit,
    Measure,
    Outcome,
    Round,
    Unit,
    Wording,
    compare,
    p50,
)
from benchmarks.replenishment import BRANCHES, ITEMS
from benchmarks.replenishment_past import fill
from benchmarks.scale import Scale
from hq.replenishment.run import Outcome as Made
from hq.replenishment.run import replenish
from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.base import open_postgres
from schemas.tables.migrate import upgrade

NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
_MINUTES = Unit("min", 1 / 60)
_MOST_SECONDS = 900.0
#: So many that processes of their own do them, as they do those of a whole night.
_BRANCHES = 10
_FEWEST = 40


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
    items = min(ITEMS, max(scale.replenished // _BRANCHES, _FEWEST))
    branches = max(scale.replenished // items, 1)
    begun = time.perf_counter()
    fill(engine, branches, items, NOW.date())
    filled = time.perf_counter() - begun
    plain = _moving_average(engine)
    # A process of its own each time: the most memory that one held is told from its begin on.
    nights = [_in_a_process(engine, NOW + timedelta(hours=hour)) for hour in range(2)]
    times = BRANCHES * ITEMS / branches / items
    return Outcome(_measures(nights, plain, times), _told(branches, items, filled, nights))


@dataclass(frozen=True, slots=True)
class _Night:
    """A run: its seconds, and the bytes of its process before it, and of it and its crew at most."""

    made: Made
    seconds: float
    before: float
    memory: float


def _measures(nights: Sequence[_Night], plain: float, times: float) -> list[Measure]:
    """The first night, for all branches; it is an extrapolation unless all took part."""
    first, again = nights
    name = f"a night of {BRANCHES} branches × {ITEMS:,} items over PostgreSQL"
    if times > 1:
        name += f", {times:,.0f} times that of a part"
    return [
        compare([Round([first.seconds * times], [plain * times])], p50, Wording(
            name, "sums of 28 days by one query", _MINUTES, Limit(_MOST_SECONDS, of_ratio=False),
        )),
        compare([Round([max(first.memory, again.memory)], [first.before])], p50, Wording(
            "memory of one of its processes, at most", "before it ran", MEBIBYTES,
            Limit(float(2**30), of_ratio=False),
        )),
    ]  # fmt: skip


def _told(branches: int, items: int, filled: float, nights: Sequence[_Night]) -> list[str]:
    """What was measured, as it was."""
    told = [
        f"a night over PostgreSQL: {branches} branches × {items:,} items and their centre, filled in {filled:.0f} s"
    ]
    for which, night in zip(("a first night", "once more on the same facts"), nights, strict=True):
        told.append(
            f"{which}: {night.made.items:,} items in {night.seconds:.1f} s,"
            f" {night.made.items / night.seconds:,.0f} a second, {night.made.open:,} proposals open,"
            f" {night.memory / 2**20:.0f} MiB in one process at most"
        )
    return told


def _in_a_process(engine: Engine, now: datetime) -> _Night:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        dsn = engine.url.render_as_string(hide_password=False)
        return pool.submit(_night, dsn, now).result()


def _night(dsn: str, now: datetime) -> _Night:
    """One run, with whatever processes it takes."""
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
    """Bytes that this process, or one that it started and that ended, held at most so far."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(one).ru_maxrss for one in who) * 1024.0
