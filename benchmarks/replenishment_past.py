"""Half a year of a chain for `benchmarks.replenishment_night`, made in PostgreSQL itself, day by day as it arrives.

    an item of a branch  sells as in `benchmarks.replenishment`: so many pieces a day by Poisson, at a rate that
                         is lognormal over the items; up to seven pieces of it are left
    a ticket             is ten lines; of these only those of items that are promoted that week, one in twenty,
                         are stored: a night reads no other line
    the past             is in no write-ahead log, nor are its indexes kept while it is filled in: a night reads
                         it and writes elsewhere

All of it is the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, Engine, insert, text

from schemas.tables import sourcing
from schemas.tables.bulk import insert_rows
from schemas.tables.catalogue import branch as branch_table
from schemas.tables.catalogue import item as item_table
from schemas.tables.catalogue import supplier as supplier_table
from schemas.tables.days import business_day
from schemas.tables.link import site_status
from schemas.tables.stock import stock_on_hand

_DAYS = 182
_SUPPLIERS = 40
_CENTRE = "DC01"
_STREAM = {"stream": "feed:chain", "generation": 1}
#: Who writes the past at the same time, each a part of the branches.
_WRITERS = 2
#: Beyond this share of its days an item sells no more in one.
_ALL_BUT = 1e-6
_PAST = ("stock_move", "ticket", "ticket_line")

_CHANCE = text("CREATE UNLOGGED TABLE bench_chance (number integer, chances float8[])")
_SELLER = text("""
    CREATE UNLOGGED TABLE bench_seller (branch text, item text, chances float8[], part integer)
""")
_SELLERS = text("""
    INSERT INTO bench_seller
    SELECT branch, item, chances, nth % :writers
    FROM unnest(CAST(:branches AS text[])) WITH ORDINALITY AS branches (branch, nth)
    CROSS JOIN unnest(CAST(:items AS text[])) WITH ORDINALITY AS items (item, place)
    JOIN bench_chance ON number = (place + 37 * nth) % :count
    ORDER BY branch, item
""")
_DAY = text("""
    WITH sold AS MATERIALIZED (
        SELECT branch, item, pieces, row_number() OVER () AS line
        FROM (SELECT branch, item, width_bucket(random(), chances) AS pieces
              FROM bench_seller WHERE part = :part) AS drawn
        WHERE pieces > 0
    ), moved AS (
        INSERT INTO stock_move (reference, number, branch, item, quantity, value, reason, business_date, at, stated)
        SELECT branch || '-' || :day || '-' || line / 10, line % 10, branch, item, pieces * -1000, pieces * -70,
               'sale', :date, :at, :at
        FROM sold RETURNING reference, number, branch, item, quantity
    ), printed AS (
        INSERT INTO ticket (uuid, branch, lane, counter, shift, business_date, posted, committed, local_hour,
                            operator, total, rounding, change, control_tickets, control_gross,
                            control_grand_total, provisional, late, flags)
        SELECT reference, branch, branch || '.01', :day * 1000000 + row_number() OVER (), branch, :date, :date, :at,
               12, 'C', 0, 0, 0, 0, 0, 0, false, false, '[]'
        FROM moved GROUP BY reference, branch
    )
    INSERT INTO ticket_line (ticket, number, item, name, unit, quantity, list_price, amount, tax, discounts,
                             unknown_item, voided)
    SELECT reference, number, item, item, 'piece', -quantity, 100, 90, 0,
           '[{"kind": "promotion", "rule": "P", "amount": 10}]', false, false
    FROM moved WHERE (substr(item, 2)::integer + :day / 7) % 20 = 0
""")
_LEFT = text("""
    CREATE UNLOGGED TABLE bench_left AS
    SELECT branch, item, coalesce(moved.sold, 0) AS sold, floor(random() * 8)::bigint * 1000 AS pieces
    FROM bench_seller
    LEFT JOIN (SELECT branch, item, sum(-quantity)::bigint AS sold FROM stock_move GROUP BY branch, item) AS moved
        USING (branch, item)
    ORDER BY branch, item
""")
_RECEIVED = text("""
    INSERT INTO stock_move (reference, number, branch, item, quantity, value, reason, business_date, at, stated)
    SELECT branch || '-0', row_number() OVER (), branch, item, sold + pieces, (sold + pieces) / 1000 * 70,
           'receipt', :date, :at, :at
    FROM bench_left WHERE sold + pieces > 0
""")
_ON_HAND = text("""
    INSERT INTO stock_on_hand (branch, item, quantity, value)
    SELECT branch, item, pieces, pieces / 1000 * 70 FROM bench_left
""")
_CONSTRAINTS = text("""
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = CAST(:name AS regclass) AND contype = 'p'
""")
_INDEXES = text("""
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = CAST(:name AS regclass) AND NOT indisprimary
""")


def fill(engine: Engine, branches: int, items: int, today: date) -> None:
    """Half a year of so many branches until yesterday, and what is agreed for their items."""
    codes = [f"B{number:03}" for number in range(1, branches + 1)]
    names = [f"I{number:05}" for number in range(items)]
    first = today - timedelta(days=_DAYS)
    with engine.begin() as connection:
        _master_data(connection, codes, names, today)
        _terms(connection, codes, names)
        for code in codes:
            insert_rows(connection, business_day, _days(code, first))
        again = _without_indexes(connection)
        _sellers(connection, codes, names)
    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(lambda part: _sell(engine, part, first), range(_WRITERS)))
    with engine.begin() as connection:
        before = first - timedelta(days=1)
        connection.execute(_LEFT)
        connection.execute(_RECEIVED, {"date": before, "at": _noon(before)})
        connection.execute(_ON_HAND)
        connection.execute(text("DROP TABLE bench_left, bench_seller, bench_chance"))
    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(lambda statement: _index(engine, statement), again))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _without_indexes(connection: Connection) -> list[str]:
    """Take the indexes of the past away, and its log; what makes the indexes again."""
    again: list[str] = []
    for name in _PAST:
        connection.execute(text(f"ALTER TABLE {name} SET UNLOGGED"))
        for index, statement in connection.execute(_INDEXES, {"name": name}).all():
            connection.execute(text(f"DROP INDEX {index}"))
            again.append(statement)
        for constraint, definition in connection.execute(_CONSTRAINTS, {"name": name}).all():
            connection.execute(text(f"ALTER TABLE {name} DROP CONSTRAINT {constraint}"))
            again.append(f"ALTER TABLE {name} ADD CONSTRAINT {constraint} {definition}")
    return again


def _index(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        connection.exec_driver_sql(statement)


def _sellers(connection: Connection, codes: Sequence[str], names: Sequence[str]) -> None:
    """Of each item of each branch, how likely it is that no more than none, one, two … are sold in a day."""
    rates = np.random.default_rng(1).lognormal(-2.2, 1.35, len(names)).tolist()
    connection.execute(_CHANCE)
    connection.execute(
        text("INSERT INTO bench_chance VALUES (:number, :chances)"),
        [{"number": number, "chances": _chances(rate)} for number, rate in enumerate(rates)],
    )
    connection.execute(_SELLER)
    asked = {"branches": list(codes), "items": list(names), "count": len(names)}
    connection.execute(_SELLERS, asked | {"writers": _WRITERS})
    connection.execute(text("ANALYZE bench_seller"))


def _chances(rate: float) -> list[float]:
    """Poisson's, as far as they tell apart what is drawn."""
    one = reached = float(np.exp(-rate))
    found = [reached]
    while reached < 1 - _ALL_BUT:
        one *= rate / len(found)
        reached += one
        found.append(reached)
    return found


def _sell(engine: Engine, part: int, first: date) -> None:
    """All days of a part of the branches."""
    with engine.connect() as connection:
        connection.execute(text("SET work_mem = '256MB'"))
        connection.execute(text("SET synchronous_commit = off"))
        connection.execute(text("SET synchronize_seqscans = off"))
        connection.execute(text("SET max_parallel_workers_per_gather = 0"))
        connection.execute(text("SELECT setseed(:seed)"), {"seed": part / _WRITERS})
        for day in range(_DAYS):
            on = first + timedelta(days=day)
            connection.execute(_DAY, {"part": part, "day": day, "date": on, "at": _noon(on)})
            connection.commit()


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def _master_data(
    connection: Connection, codes: Sequence[str], names: Sequence[str], today: date
) -> None:
    kinds = [*((code, "own") for code in codes), (_CENTRE, "distribution_centre")]
    insert_rows(connection, branch_table, (
        _STREAM | {"key": code, "branch": code, "name": code, "zone": "Asia/Shanghai", "currency": "CNY",
                   "tax_policy": "line", "cash_rounding": 1, "branch_kind": kind, "closed": False}
        for code, kind in kinds
    ))  # fmt: skip
    insert_rows(connection, item_table, (
        _STREAM | {"key": name, "item": name, "name": name, "category": "01", "unit": "piece",
                   "tax_code": "", "stocked": True}
        for name in names
    ))  # fmt: skip
    insert_rows(connection, supplier_table, (
        _STREAM | {"key": name, "supplier": name, "name": name, "closed": False} for name in _suppliers()
    ))  # fmt: skip
    said = {"site": _CENTRE, "parent": "hq", "received": _noon(today), "status": {}}
    connection.execute(insert(site_status).values(said))
    insert_rows(connection, stock_on_hand, (
        {"branch": _CENTRE, "item": name, "quantity": 500_000, "value": 0, "cost_value": 0,
         "cost_quantity": 0}
        for name in names
    ))  # fmt: skip


def _terms(connection: Connection, codes: Sequence[str], names: Sequence[str]) -> None:
    insert_rows(connection, sourcing.item_source, (
        {"item": name, "branch": "", "supplier": _suppliers()[number % _SUPPLIERS], "unit": "piece",
         "code": "", "price": 100, "main": True, "direct": number % 2 == 0}
        for number, name in enumerate(names)
    ))  # fmt: skip
    insert_rows(connection, sourcing.supplier_terms, (
        {"supplier": name, "lead_days": 2, "review_days": 3, "weekdays": "14", "least_amount": 0,
         "least_quantity": 0}
        for name in _suppliers()
    ))  # fmt: skip
    insert_rows(connection, sourcing.served_branch, (
        {"branch": code, "centre": _CENTRE, "lead_days": 1, "weekdays": "1234567"} for code in codes
    ))  # fmt: skip


def _suppliers() -> list[str]:
    return [f"S{number:02}" for number in range(_SUPPLIERS)]


def _days(code: str, first: date) -> Iterator[dict[str, object]]:
    for day in range(_DAYS):
        on = first + timedelta(days=day)
        yield {"branch": code, "business_date": on, "state": "closed", "revision": 1,
               "opened": _noon(on), "changed": _noon(on)}  # fmt: skip
