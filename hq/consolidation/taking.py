"""Taking the fresh contributions into the summed tables, and those tables worked out anew from one another.

What journals add is written beside everything else, as new rows that wait for nobody. Here they are summed
and added to the four tables, in one transaction for some at a time: a question that is asked meanwhile sees
them either fresh or taken in, never both. One session at a time does this, whoever calls; so branches that
sold the same items never wait for one another.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, Engine, Table, text

from hq.consolidation.partitions import ensure, month_of, next_month, partitions_of
from schemas.tables.consolidation import EACH_FRESH, FIGURES, SUMMED, branch_day, fresh

#: So many sums at once: a second or two; of rows with few of them, as single tickets leave, so many.
_AT_ONCE = 200_000
_ROWS_AT_ONCE = 5_000
# Rows that were taken leave room behind that every question reads over, until it is swept.
_SWEPT = 20_000
# The key of the lock: a number of our own choosing.
_LOCK = 8_470_031

_KEPT = ", ".join(FIGURES)
_SUMS = ", ".join(f"nullif(added({name}), 0) AS {name}" for name in FIGURES)
#: How the branch and the date of a row are called in each table.
GRAIN = {
    "consolidated_branch_day": ("branch", "posted"),
    "consolidated_branch_month": ("branch", "CAST(date_trunc('month', posted) AS date)"),
    "consolidated_chain_day": ("''", "posted"),
    "consolidated_chain_month": ("''", "CAST(date_trunc('month', posted) AS date)"),
}


def take_in(engine: Engine) -> int:
    """Take in all that is fresh; answers how many sums that were."""
    taken = 0
    while some := _take_some(engine):
        taken += some
    if taken > _SWEPT:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {fresh.name}")
    return taken


def lock(connection: Connection) -> None:
    """Be the only one who changes the summed tables, until the transaction ends."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _take_some(engine: Engine) -> int:
    with engine.begin() as connection:
        lock(connection)
        connection.exec_driver_sql(
            f"CREATE TEMPORARY TABLE taken (LIKE {branch_day.name}) ON COMMIT DROP"
        )
        taken = connection.exec_driver_sql(
            f"WITH waiting AS (SELECT ctid AS place, cardinality(keys) AS sums FROM {fresh.name} LIMIT {_ROWS_AT_ONCE}),"  # noqa: S608 - names of our own
            " counted AS (SELECT place, sums, sum(sums) OVER (ORDER BY place) AS so_far FROM waiting),"
            f" gone AS (DELETE FROM {fresh.name} WHERE ctid = ANY(ARRAY("
            f"SELECT place FROM counted WHERE so_far - sums < {_AT_ONCE})) RETURNING *)"
            f" INSERT INTO taken SELECT {EACH_FRESH} FROM gone"
        ).rowcount
        if taken:
            ensure(connection, _months(connection))
            for table in SUMMED:
                _add(connection, table, "taken")
    return taken


def _months(connection: Connection) -> Collection[date]:
    rows = connection.exec_driver_sql("SELECT DISTINCT posted FROM taken").scalars()
    return {month_of(day) for day in rows}


def _add(connection: Connection, table: Table, source: str) -> None:
    """Add the rows of a source to a table, summed as it has them."""
    branch, posted = GRAIN[table.name]
    changes = ", ".join(
        f"{name} = nullif(coalesce(held.{name}, 0) + coalesce(excluded.{name}, 0), 0)"
        for name in FIGURES
    )
    # In the order of the key, so that rows that are asked for together lie together.
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} AS held (dimension, branch, posted, revision, key, {_KEPT})"  # noqa: S608 - names of our own
        f" SELECT dimension, {branch}, {posted}, revision, key, {_SUMS} FROM {source}"
        " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
        f" ON CONFLICT (dimension, branch, posted, revision, key) DO UPDATE SET {changes}"
    )


def derive(engine: Engine, month: date) -> None:
    """Work the sums of a month by branch, by day of the chain and of the chain out anew from those by
    branch and day.
    """
    with engine.begin() as connection:
        lock(connection)
        ensure(connection, [month])
        base = partitions_of(branch_day, month)
        within = f"(SELECT * FROM {base} WHERE posted >= '{month}' AND posted < '{next_month(month)}') AS base"  # noqa: S608 - names of our own
        for table in SUMMED[1:]:
            connection.exec_driver_sql(
                f"DELETE FROM {table.name} WHERE posted >= '{month}' AND posted < '{next_month(month)}'"  # noqa: S608 - names of our own
            )
            _add(connection, table, within)
