"""(b) Headquarters' reports from its aggregates, against PostgreSQL computing them from the lines.

Both answer the same question on the same tables in turns: ours as the page asks it, a hundred rows and the
total of all, with the fresh contributions read beside the rest; the peer groups tickets and lines by
what is asked, as reports did before there were aggregates. It is given 256 MiB to work in, and statistics on
the expressions by which it groups. Their figures are compared, and have to be equal.

Half a year of 100 branches: `make bench` takes a part of the lines, `--whole` 20 million; to run more, set
CHAINWRIGHT_BENCH_LINES. A question is answered exactly where its dimension, its dates and its places are whole
rows of a summed table: then ours has to be 50 times as fast, and where it sums rows over 5 times. These hold from
20 million lines on, for what ours takes does not grow with the lines while the peer's does: of few lines the
ratio tells how few they are. No first page may take more than 200 ms, whatever the lines.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path

from sqlalchemy import Connection, Engine, select, text

from benchmarks import first_pages, trading_year
from benchmarks.measures import (
    Limit,
    Measure,
    Outcome,
    Round,
    Unit,
    Wording,
    compare,
    p50,
)
from benchmarks.scale import Scale
from hq.consolidation import lines
from hq.consolidation.figures import answer
from hq.consolidation.question import FIGURES, Dimension, Question
from hq.reports.branches import known_branches
from hq.reports.categories import paths_of
from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.base import open_postgres
from schemas.tables.migrate import upgrade

NOW = datetime(2025, 7, 1, tzinfo=UTC)
_MILLISECONDS = Unit("ms", 1000.0)
_SAMPLES = 30
_EXACT, _ELSEWHERE = Limit(1 / 50, of_ratio=True), Limit(1 / 5, of_ratio=True)
#: From so many lines on a ratio is held to its limit.
_JUDGED = 20_000_000
#: What the lines do not tell.
_COST = frozenset({"moved", "cost", "cost_with_tax", "uncosted", "uncosted_tax", "uncosted_lines"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and whether an aggregate answers it as it stands."""

    name: str
    by: tuple[Dimension, ...]
    exact: bool = True
    level: int | None = None
    branches: int | None = None
    first: date = trading_year.FIRST


ASKED = (
    Asked("branch", ("branch",)), Asked("day", ("day",)), Asked("week", ("week",)),
    Asked("month", ("month",)), Asked("weekday and hour", ("weekday", "hour")), Asked("hour", ("hour",)),
    Asked("item", ("item",)), Asked("category", ("category",)),
    Asked("category, level 2", ("category",), level=2), Asked("operator", ("operator",)),
    Asked("tender", ("tender",)), Asked("promotion", ("promotion",)),
    Asked("branch and category", ("branch", "category")),
    Asked("supplier", ("supplier",), exact=False), Asked("tier", ("tier",), exact=False),
    Asked("item, of 20 branches, from the 11th", ("item",), exact=False, branches=20, first=date(2025, 1, 11)),
)  # fmt: skip


def run(scale: Scale, place: Path) -> Outcome:
    """Measure on a server of its own."""
    size = trading_year.extent(int(os.environ.get("CHAINWRIGHT_BENCH_LINES", scale.reported)))
    with EmbeddedPostgres(place / "postgres") as server:
        server.ensure_database("hq")
        dsn = server.dsn("hq")
        upgrade(dsn, "hq")
        engine = open_postgres(dsn)
        try:
            begun = time.perf_counter()
            trading_year.fill(engine, size)
            filled = time.perf_counter() - begun
            # On the evening of the last day, when somebody looks.
            pages = first_pages.measure(engine, datetime.combine(size.last, clock(23), UTC))
            asked = [one for each in ASKED for one in _measure(engine, size, each)]
        finally:
            engine.dispose()
    return Outcome(
        [*asked, *pages],
        [(f"reports: {size.lines:,} lines of {size.branches} branches in {size.days} days, {size.stocked:,} items in each,"
         f" made in {filled:.0f} s; of each the first page of 100 rows with its total (`--whole`: 20 million lines)")],
    )  # fmt: skip


class FiguresDifferError(RuntimeError):
    """Aggregates and lines answered otherwise: what was measured is not what was meant."""


def _measure(engine: Engine, size: trading_year.Extent, asked: Asked) -> list[Measure]:
    with engine.connect() as connection:
        known = known_branches(connection)[: asked.branches]
        question = Question(known, asked.first, size.last, asked.by, level=asked.level, limit=100)
        took, found = _peer(connection, question)
        ours = _ours(connection, question, found)
    limit = _EXACT if asked.exact else _ELSEWHERE
    wording = Wording(
        f"sales by {asked.name}", "PostgreSQL from the lines", _MILLISECONDS,
        limit if size.lines >= _JUDGED else None,
    )  # fmt: skip
    return [
        compare([Round(ours, [took])], p50, wording),
        first_pages.paged(f"sales by {asked.name}", ours),
    ]


def _ours(
    connection: Connection, question: Question, expected: dict[tuple[str, ...], dict[str, int]]
) -> list[float]:
    """How long it took, time and again; the first reads what the others find in memory, and does not count."""
    ours = []
    for _ in range(_SAMPLES + 1):
        connection.rollback()
        begun = time.perf_counter()
        given = answer(connection, question, NOW)
        ours.append(time.perf_counter() - begun)
    del ours[0]
    for row in answer(connection, replace(question, limit=None), NOW).rows:
        told = {name: getattr(row.figures, name) for name in FIGURES if name not in _COST}
        wanted = expected.pop(row.keys)
        if any(told[name] != wanted[name] for name in told if told[name] is not None):
            message = (
                f"{question.by} {row.keys}: {told} from the aggregates, {wanted} from the lines"
            )
            raise FiguresDifferError(message)
    if expected or given.source != "aggregates":
        message = f"{question.by}: the aggregates ({given.source}) lack {sorted(expected)[:5]}"
        raise FiguresDifferError(message)
    return ours


def _peer(
    connection: Connection, question: Question
) -> tuple[float, dict[tuple[str, ...], dict[str, int]]]:
    for setting in ("work_mem = '256MB'", "max_parallel_workers_per_gather = 2"):
        connection.execute(text(f"SET LOCAL {setting}"))
    grouped = lines.grouped(question, paths_of(connection)).subquery("rows")
    begun = time.perf_counter()
    rows: Sequence[object] = connection.execute(select(grouped)).all()
    took = time.perf_counter() - begun
    return took, {
        tuple(getattr(row, f"k{number}") for number in range(len(question.by))): {
            name: getattr(row, name) for name in FIGURES
        }
        for row in rows
    }
