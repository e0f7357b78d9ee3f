"""(b) The first page of every report, as its definition makes it: a hundred rows, their total, what they lack.

Each is asked as somebody opens it, with what it offers by itself, over as many days as it is about by default, at
the end of what `trading_year` filled, for the whole chain. All that it reads is in the time, and every call is one
snapshot, as on its page; what is drawn of it is not. No p99 may be over 200 ms.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from gettext import NullTranslations

from sqlalchemy import Engine

from benchmarks.measures import MILLISECONDS, Limit, Measure, Spread, p50, p99
from hq.reporting.definition import Definition
from hq.reporting.made import Author, make
from hq.reporting.reading import Reader
from hq.reporting.register import REPORTS
from hq.reports.snapshot import snapshot
from replication.console.words import Spoken

#: As long as a page may take.
PAGE = Limit(0.2, of_ratio=False)
SAMPLES = 30
_FEW, _ENOUGH = 3, 30.0
_ROWS = 100


def measure(engine: Engine, now: datetime) -> list[Measure]:
    """Measure every report of the register."""
    return [_of(engine, definition, now) for definition in REPORTS.values()]


def _of(engine: Engine, definition: Definition, now: datetime) -> Measure:
    ask = partial(_page, engine, definition, now)
    # The first reads what the others find in memory, as the first of a morning does.
    _timed(ask)
    took: list[float] = []
    # One that takes seconds is over its limit after a few: more would tell no more, in many minutes.
    while len(took) < SAMPLES and (len(took) < _FEW or sum(took) < _ENOUGH):
        took.append(_timed(ask))
    return paged(f"report {definition.code}", took)


def paged(name: str, took: list[float]) -> Measure:
    """A measure of pages: p99 is held to the limit, p50 is told as what it is held against."""
    spread = Spread(p50(took), min(took), max(took))
    slowest = p99(took)
    return Measure(
        name=f"first page, p99, of {name}", ours=Spread(slowest, min(took), max(took)),
        against="its own p50", peer=spread,
        ratio=Spread(slowest / spread.middle, slowest / spread.most, slowest / spread.least),
        unit=MILLISECONDS, limit=PAGE,
    )  # fmt: skip


def _timed(ask: Callable[[], None]) -> float:
    begun = time.perf_counter()
    ask()
    return time.perf_counter() - begun


def _page(engine: Engine, definition: Definition, now: datetime) -> None:
    with snapshot(engine) as connection:
        reader = Reader((), Spoken("en", NullTranslations()), now.astimezone(UTC), "CNY")
        make(connection, definition, {}, reader, Author("", ""), limit=_ROWS)
