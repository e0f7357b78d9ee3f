"""(b) A year of a branch worked out anew from its journal, against reading that journal.

The journal is of a year of days, each opened, sold and closed: tickets of ten lines with what the branch booked
for them, 500 different ones over and over under their own identities. Nothing was kept of it, so that every figure
has to be worked out, written and taken in, as after the loss of all aggregates. What the command of headquarters
runs is run, in a process of its own, whose memory has to stay below 1 GiB; afterwards the check has to find that
nothing differs. The peer reads the same entries, row by row, and makes nothing of them.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from sqlalchemy import Engine, insert, select

from benchmarks.measures import MEBIBYTES, Limit, Outcome, Round, Unit, Wording, compare, p50
from benchmarks.sales import BRANCH, LINES, committing
from benchmarks.scale import Scale
from hq.consolidation import rebuild
from ops.embedded_postgres import EmbeddedPostgres
from replication import identity, journal
from replication.streams import journal_of
from schemas.domain.day import DayClosed, DayTotals
from schemas.domain.money import divide
from schemas.domain.stock.move import StockMove, StockMoved, sold_quantities
from schemas.domain.ticket import Control, Ticket
from schemas.tables.base import open_postgres
from schemas.tables.journal import journal_entry, stream
from schemas.tables.migrate import upgrade
from schemas.wire import entries
from schemas.wire.entry import GENESIS

DAYS = 365
_FIRST = date(2025, 1, 1)
_DIFFERENT = 500
_COST = 240
_MOST_MEMORY = float(2**30)


def run(scale: Scale, place: Path) -> Outcome:
    """Measure on a server of its own."""
    with EmbeddedPostgres(place / "postgres") as server:
        server.ensure_database("hq")
        dsn = server.dsn("hq")
        upgrade(dsn, "hq")
        engine = open_postgres(dsn)
        try:
            return measure(engine, scale.rebuilt)
        finally:
            engine.dispose()


def measure(engine: Engine, tickets: int) -> Outcome:
    """Measure on headquarters' migrated database, with so many tickets a day."""
    fill(engine, tickets)
    read = _read(engine)
    dsn = engine.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        done = pool.submit(_rebuild, dsn).result()
    lines = DAYS * tickets * LINES
    return Outcome(
        [
            compare([Round([done.seconds], [read])], p50, Wording(
                "a year of a branch worked out anew", "reading its journal",
                Unit("lines/s", things=lines),
            )),
            compare([Round([done.memory], [done.before])], p50, Wording(
                "memory of its process, at most", "before it ran", MEBIBYTES,
                Limit(_MOST_MEMORY, of_ratio=False),
            )),
        ],
        [
            (
                f"rebuild: a year of a branch, {tickets} tickets a day, {lines:,} lines, {done.entries:,} entries"
                f" in {done.seconds:.0f} s, {done.mended:,} rows; afterwards nothing differs"
            )
        ],
    )  # fmt: skip


class DiffersError(RuntimeError):
    """What was worked out is not what the journal says: what was measured is not what was meant."""


@dataclass(frozen=True, slots=True)
class _Done:
    """A rebuild: its seconds, what it read and wrote, and the bytes of its process before it and at most."""

    seconds: float
    entries: int
    mended: int
    before: float
    memory: float


def _rebuild(dsn: str) -> _Done:
    """One rebuild in a process of its own."""
    engine = open_postgres(dsn)
    try:
        before, begun = _most_memory(), time.perf_counter()
        (worked,) = rebuild.rebuild(engine, [BRANCH])
        took, memory = time.perf_counter() - begun, _most_memory()
        if differing := next(rebuild.check(engine, [BRANCH]), None):
            raise DiffersError(str(differing))
        return _Done(took, worked.entries, worked.mended, before, memory)
    finally:
        engine.dispose()


def _most_memory() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss * 1024.0


def _read(engine: Engine) -> float:
    begun = time.perf_counter()
    query = select(journal_entry.c.kind, journal_entry.c.body).order_by(journal_entry.c.sequence)
    with engine.connect() as connection:
        for _ in connection.execute(query, execution_options={"yield_per": 1_000}):
            pass
    return time.perf_counter() - begun


def fill(engine: Engine, tickets: int) -> None:
    """Write the journal of a year."""
    name = journal_of(BRANCH)
    head = {"name": name, "epoch": identity.new_epoch(), "head": 0, "hash": GENESIS, "floor": 0}
    control = Control(1, 0, 0)
    sold = [
        committing(number, f"{BRANCH}.01").ticket(number + 1, control)
        for number in range(min(_DIFFERENT, tickets))
    ]
    with engine.begin() as connection:
        connection.execute(insert(stream).values(head))
    for number in range(DAYS):
        day = _FIRST + timedelta(days=number)
        said = [
            journal.Draft(*entries.kind_of(fact), at, entries.encode(fact))
            for at, fact in _day(day, sold, tickets)
        ]
        with engine.begin() as connection:
            journal.append(connection, name, said)


def _day(
    day: date, sold: list[Ticket], tickets: int
) -> Iterator[tuple[datetime, Ticket | StockMoved | DayClosed]]:
    """What a branch says of a day: each ticket behind what was booked for it, then the close."""
    opens = datetime.combine(day, clock(14), UTC)
    for number in range(tickets):
        at = opens + timedelta(seconds=number * 36_000 // tickets)
        one = replace(
            sold[number % len(sold)], uuid=str(uuid.uuid4()), counter=number + 1, business_date=day,
            started=at, committed=at,
        )  # fmt: skip
        yield at, _booked(one)
        yield at, one
    at = opens + timedelta(hours=11)
    yield at, DayClosed(BRANCH, day, 1, f"{BRANCH}-M", at, DayTotals(0, 0, {}, {}), ())


def _booked(sold: Ticket) -> StockMoved:
    moves = tuple(
        StockMove(sold.uuid, place, item, quantity, divide(quantity * _COST, 1000), "sale",
                  sold.business_date, sold.committed)
        for place, (item, quantity) in enumerate(sold_quantities(sold).items(), 1)
    )  # fmt: skip
    return StockMoved(BRANCH, sold.committed, moves)
