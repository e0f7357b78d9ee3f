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
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Row, delete, func, or_, select, text

from hq.consolidation import taking
from hq.consolidation.held import category_tree, services
from hq.consolidation.keeper import SALE_REASONS, Keeper, Kept, Moved
from hq.consolidation.partitions import month_of, next_month
from hq.consolidation.writing import write
from replication.position import all_epochs
from replication.streams import journal_of
from schemas.domain.correction import TicketCorrected
from schemas.domain.period import TicketsPosted
from schemas.domain.stock.move import StockMoved
from schemas.domain.ticket import Ticket
from schemas.tables.consolidation import EACH_FRESH, FIGURES, KEYS, SUMMED, branch_day, due, fresh
from schemas.tables.journal import journal_entry
from schemas.tables.ticket_truth import set_aside
from schemas.wire.entries import decode

_KINDS = ("ticket", "ticket.corrected", "stock.moved", "tickets.posted", "day.closed")
_DATED = ("ticket", "ticket.corrected", "stock.moved")
_ROWS_AT_ONCE = 50_000
_TICKETS_AT_ONCE = 2_000
# Counting the sums looks at every day and dimension of them: after each entry it took longer than adding it.
_COUNTED_AFTER = 100
# The key of the lock on which rebuilds wait for one another: a number of our own choosing.
_LOCK = 8_470_032
_NAMES, _PLACES = ", ".join(KEYS), ", ".join(KEYS[:-1])
_SUMS = ", ".join(f"nullif(sum({name}), 0) AS {name}" for name in FIGURES)
_ANY = " OR ".join(f"sum({name}) <> 0" for name in FIGURES)
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
    past = _Journal(connection, services(connection))
    keeper = Keeper(branch, past, category_tree(connection))
    entries = 0
    for row, fact in _facts(connection, branch, month):
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


def _facts(
    connection: Connection, branch: str, month: date | None
) -> Iterator[tuple[Row[*tuple[Any, ...]], Kept]]:
    """What a branch's journal says, in its order, without what is set aside; of a month, what is dated in it
    or posted to it, and every close.
    """
    journal, aside = journal_of(branch), set_aside(connection)
    entry = journal_entry.c
    query = select(
        entry.stream, entry.epoch, entry.sequence, entry.kind, entry.version, entry.body
    ).where(entry.stream == journal, entry.kind.in_(_KINDS), entry.standing == "first")
    if month is not None:
        dates = [f"{month:%Y-%m}", *_posted_to(connection, journal, month)]
        dated = [
            text(f"position(:d{number} IN journal_entry.body) > 0").bindparams(
                **{f"d{number}": f'"business_date":"{one}'.encode()}
            )
            for number, one in enumerate(dates)
        ]
        query = query.where(or_(entry.kind.not_in(_DATED), *dated))
    for epoch in _epochs(connection, journal):
        of_epoch = query.where(entry.epoch == epoch).order_by(entry.sequence)
        with connection.execute(of_epoch, execution_options={"yield_per": 1_000}) as rows:
            for row in rows:
                if (row.stream, row.epoch, row.sequence) not in aside:
                    yield row, _read(row)


def _read(row: Row[*tuple[Any, ...]]) -> Kept:
    fact: Any = decode(row.kind, row.version, bytes(row.body))
    made: Kept = fact
    return made


def _posted_to(connection: Connection, journal: str, month: date) -> list[str]:
    """The dates of which tickets are posted to a month."""
    entry = journal_entry.c
    rows = connection.execute(
        select(entry.kind, entry.version, entry.body).where(
            entry.stream == journal, entry.kind == "tickets.posted", entry.standing == "first"
        )
    )
    facts = [_read(row) for row in rows]
    return sorted(
        {
            one.business_date.isoformat()
            for one in facts
            if isinstance(one, TicketsPosted) and month_of(one.posted) == month
        }
    )


def _epochs(connection: Connection, journal: str) -> list[str]:
    """In the order in which they came."""
    came = [one.epoch for one in all_epochs(connection, journal)]
    entry = journal_entry.c
    held = connection.execute(
        select(entry.epoch)
        .where(entry.stream == journal)
        .group_by(entry.epoch)
        .order_by(func.min(entry.committed), entry.epoch)
    ).scalars()
    return [*came, *(one for one in held if one not in came)]


@dataclass
class _Journal:
    """A branch's journal as far as it was read; what is asked about again is read again at its place."""

    connection: Connection
    without_stock: frozenset[str]
    _places: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    _stated: dict[str, tuple[str, str, int]] = field(default_factory=dict)

    def note(self, row: Row[*tuple[Any, ...]], fact: Kept, keeper: Keeper) -> None:
        """Remember where it stands."""
        place = (row.stream, row.epoch, row.sequence)
        if isinstance(fact, (Ticket, TicketCorrected)):
            self._places[fact.uuid] = place
        elif isinstance(fact, StockMoved):
            for one in fact.moves:
                if one.reason in SALE_REASONS and keeper.counts(one.reference, fact):
                    self._stated[one.reference] = place

    def closed(self, business_date: date) -> int:
        del business_date
        return 0

    def posted(self, ticket: str) -> date | None:
        del ticket
        return None

    def services(self) -> frozenset[str]:
        return self.without_stock

    def ticket(self, uuid: str, business_date: date) -> Ticket | TicketCorrected | None:
        del business_date
        fact = self._at(self._places.get(uuid))
        return fact if isinstance(fact, (Ticket, TicketCorrected)) else None

    def moved(self, ticket: str) -> Moved | None:
        fact = self._at(self._stated.get(ticket))
        if not isinstance(fact, StockMoved):
            return None
        moves = {
            one.item: (one.quantity, one.value) for one in fact.moves if one.reference == ticket
        }
        return Moved(fact.at, moves)

    def _at(self, place: tuple[str, str, int] | None) -> Kept | None:
        if place is None:
            return None
        entry = journal_entry.c
        stream, epoch, sequence = place
        row = self.connection.execute(
            select(entry.kind, entry.version, entry.body).where(
                entry.stream == stream, entry.epoch == epoch, entry.sequence == sequence
            )
        ).one()
        return _read(row)
