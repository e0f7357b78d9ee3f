"""The aggregates worked out anew from the journals, and compared with those that are kept.

A branch's journal is read from its first entry to its last, through the same decoding and the same keeper as
when it came, in one snapshot; entries in quarantine are left out, as they are of the tables. What comes of it
is held against what was kept as of that snapshot, and the difference is written as fresh contributions. As
these only ever add, nobody has to wait: what arrives meanwhile adds its own, beside them.

    check      says what differs, and changes nothing
    rebuild    mends it, and works the months' and the chain's sums out anew from those by branch and day

What is held in memory is one branch's tickets by their places, and the sums of some thousands of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, MetaData, delete, func, select, text

from hq.consolidation import taking
from hq.consolidation.held import category_tree, services
from hq.consolidation.journal_past import JournalPast, facts
from hq.consolidation.keeper import Keeper
from hq.consolidation.partitions import next_month
from hq.consolidation.writing import write
from schemas.tables.consolidation import EACH_FRESH, FIGURES, KEYS, SUMMED, branch_day, due, fresh

_ROWS_AT_ONCE = 50_000
_TICKETS_AT_ONCE = 2_000
# Counting the sums looks at every day and dimension of them: after each entry it took longer than adding it.
_COUNTED_AFTER = 100
# The key of the lock on which rebuilds wait for one another: a number of our own choosing.
_LOCK = 8_470_032
_NAMES, _PLACES = ", ".join(KEYS), ", ".join(KEYS[:-1])
_SUMS = ", ".join(f"nullif(added({name}), 0) AS {name}" for name in FIGURES)
_ANY = " OR ".join(f"added({name}) <> 0" for name in FIGURES)
_FIGURES = ", ".join(FIGURES)
_ARRAYS = ", ".join(f"array_agg({name})" for name in FIGURES)
_MINUS = ", ".join(f"-{name}" for name in FIGURES)
_WITHIN = "posted >= :begins AND posted < :ends"
_FRESH = f"(SELECT {EACH_FRESH} FROM {fresh.name}) AS fresh"  # noqa: S608 - names of our own
_REBUILT = fresh.to_metadata(MetaData(), name="rebuilt")


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of a table that are not what they should be: of one branch (none: the chain), month and dimension."""

    table: str
    branch: str
    month: date
    dimension: str
    rows: int
    sales: int

    def __str__(self) -> str:
        return (
            f"{self.table}: {self.rows} rows of {self.branch or 'the chain'}, {self.month:%Y-%m}, by"
            f" {self.dimension} differ, in sales by {self.sales}"
        )


@dataclass(frozen=True, slots=True)
class Worked:
    """What was done of a branch: entries read, rows that were mended."""

    branch: str
    entries: int
    mended: int


def check(
    engine: Engine, branches: Sequence[str], month: date | None = None
) -> Iterator[Difference]:
    """What differs from the journals, or from the sums of it."""
    for branch in branches:
        with _snapshot(engine) as connection:
            _work_out(connection, branch, month)
            yield from _told(connection, branch_day.name, "differing")
    with _snapshot(engine) as connection:
        for table in SUMMED[1:]:
            yield from _sums_that_differ(connection, table.name, month)


def rebuild(engine: Engine, branches: Sequence[str], month: date | None = None) -> Iterator[Worked]:
    """Mend what differs, branch by branch, then the sums of their months."""
    with _alone(engine):
        for branch in branches:
            yield _mend(engine, branch, month)
        taking.take_in(engine)
        for one in _months(engine, branches, month):
            taking.derive(engine, one)


def rebuild_due(engine: Engine) -> int:
    """Work out anew what has to be; answers how many months of branches that were."""
    with engine.connect() as connection:
        waiting = connection.execute(select(due.c.branch, due.c.month)).all()
    for branch in sorted({row.branch for row in waiting}):
        months = [row.month for row in waiting if row.branch == branch]
        for _ in rebuild(engine, [branch], months[0] if len(months) == 1 else None):
            pass
    return len(waiting)


def _mend(engine: Engine, branch: str, month: date | None) -> Worked:
    with _snapshot(engine) as connection:
        entries = _work_out(connection, branch, month)
        mended = connection.exec_driver_sql(
            f"WITH said AS (INSERT INTO {fresh.name} ({_PLACES}, keys, {_FIGURES})"  # noqa: S608 - names of our own
            f" SELECT {_PLACES}, array_agg(key), {_ARRAYS} FROM differing GROUP BY {_PLACES} RETURNING keys)"
            " SELECT coalesce(sum(cardinality(keys)), 0) FROM said"
        ).scalar_one()
        done = delete(due).where(due.c.branch == branch)
        connection.execute(done if month is None else done.where(due.c.month == month))
    return Worked(branch, entries, mended)


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """One moment of everything, which may write: what it wrote of the due ones meanwhile makes it fail."""
    options = {"isolation_level": "REPEATABLE READ"}
    with engine.execution_options(**options).connect() as connection, connection.begin():
        yield connection


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """No two rebuilds at once: both would write the same differences."""
    with engine.connect() as connection, connection.begin():
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        yield


def _work_out(connection: Connection, branch: str, month: date | None) -> int:
    """Make the temporary table `differing` of a branch; answers how many entries were read."""
    for name, like in (("rebuilt", fresh), ("differing", branch_day)):
        connection.exec_driver_sql(
            f"CREATE TEMPORARY TABLE {name} (LIKE {like.name}) ON COMMIT DROP"
        )
    past = JournalPast(connection, services(connection))
    keeper = Keeper(branch, past, category_tree(connection))
    entries = 0
    for row, fact in facts(connection, branch, month):
        entries += 1
        keeper.take(fact)
        past.note(row, fact, keeper)
        if entries % _COUNTED_AFTER:
            continue
        if keeper.sums.rows >= _ROWS_AT_ONCE or entries % _TICKETS_AT_ONCE == 0:
            write(connection, _REBUILT, keeper.sums.taken(), month)
            keeper.forget()
    write(connection, _REBUILT, keeper.sums.taken(), month)
    kept = " UNION ALL ".join(
        f"SELECT {_NAMES}, {_MINUS} FROM {source} WHERE branch = :branch AND {_WITHIN}"  # noqa: S608 - names of our own
        for source in (branch_day.name, _FRESH)
    )
    statement = (
        f"INSERT INTO differing SELECT {_NAMES}, {_SUMS} FROM"  # noqa: S608 - names of our own
        f" (SELECT {EACH_FRESH} FROM rebuilt UNION ALL {kept}) AS both_of_them"
        f" GROUP BY {_NAMES} HAVING {_ANY}"
    )
    connection.execute(text(statement), {"branch": branch, **_bounds(month)})
    return entries


def _bounds(month: date | None) -> dict[str, date]:
    if month is None:
        return {"begins": date.min, "ends": date.max}
    return {"begins": month, "ends": next_month(month)}


def _told(connection: Connection, table: str, source: str) -> Iterator[Difference]:
    rows = connection.execute(
        text(
            "SELECT branch, CAST(date_trunc('month', posted) AS date), dimension, count(*),"  # noqa: S608 - names of our own
            f" coalesce(sum(sales), 0) FROM {source} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
    )
    for branch, month, dimension, count, sales in rows:
        yield Difference(table, branch, month, dimension, count, int(sales))


def _sums_that_differ(
    connection: Connection, table: str, month: date | None
) -> Iterator[Difference]:
    """Of one of the sums, where it is not that of the rows by branch and day."""
    branch, posted = taking.GRAIN[table]
    statement = (
        f"CREATE TEMPORARY TABLE {table}_differing ON COMMIT DROP AS SELECT {_NAMES}, {_SUMS} FROM"  # noqa: S608 - names of our own
        f" (SELECT dimension, {branch} AS branch, {posted} AS posted, revision, key, {_FIGURES}"
        f" FROM {branch_day.name} WHERE {_WITHIN}"
        f" UNION ALL SELECT {_NAMES}, {_MINUS} FROM {table} WHERE {_WITHIN}) AS both_of_them"
        f" GROUP BY {_NAMES} HAVING {_ANY}"
    )
    bounds = {name: day.isoformat() for name, day in _bounds(month).items()}
    for name, day in bounds.items():
        # A table is not made with parameters.
        statement = statement.replace(f":{name}", f"date '{day}'")
    connection.exec_driver_sql(statement)
    yield from _told(connection, table, f"{table}_differing")


def _months(engine: Engine, branches: Sequence[str], month: date | None) -> list[date]:
    """The months of these branches that hold something."""
    if month is not None:
        return [month]
    first = func.date_trunc("month", branch_day.c.posted)
    with engine.connect() as connection:
        rows = connection.execute(
            select(first)
            .where(branch_day.c.dimension == "total", branch_day.c.branch.in_(branches))
            .distinct()
        ).scalars()
        return sorted(one.date() for one in rows)
