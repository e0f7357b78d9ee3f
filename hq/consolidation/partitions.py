"""Monthly partitions of the summed tables, made when a month is first needed.

A partition is made aside and attached, which holds up neither readers nor writers of the others. Dates before
or after any that a shop trades on share one partition, so that whoever states them costs no table each.
Call it under the lock of `hq.consolidation.taking`, where two sessions never make the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import Connection, Table, text

from schemas.tables.consolidation import SUMMED

_EARLIEST, _LATEST = date(2000, 1, 1), date(2099, 12, 1)


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after; of the last there is, its last day."""
    if month.month < 12:
        return month.replace(month=month.month + 1)
    return date.max if month.year == date.max.year else date(month.year + 1, 1, 1)


def ensure(connection: Connection, months: Iterable[date]) -> None:
    """Make the partitions of these months, where they are not there yet."""
    held = set(
        connection.execute(
            text(
                "SELECT c.relname FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid"
                " WHERE i.inhparent IN (SELECT CAST(one AS regclass)"
                " FROM unnest(CAST(:tables AS text[])) AS one)"
            ),
            {"tables": [table.name for table in SUMMED]},
        ).scalars()
    )
    wanted = {name: bounds for month in months for name, bounds in _partitions(month)}
    for (table, suffix), bounds in sorted(wanted.items()):
        name = f"{table}_{suffix}"
        if name not in held:
            connection.exec_driver_sql(
                f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL) WITH (fillfactor = 90)"
            )
            connection.exec_driver_sql(f"ALTER TABLE {table} ATTACH PARTITION {name} {bounds}")


def _partitions(month: date) -> Iterator[tuple[tuple[str, str], str]]:
    for table in SUMMED:
        if _EARLIEST <= month <= _LATEST:
            bounds = f"FOR VALUES FROM ('{month}') TO ('{next_month(month)}')"
            yield (table.name, f"{month:%Y_%m}"), bounds
        else:
            yield (table.name, "other"), "DEFAULT"


def partitions_of(table: Table, month: date) -> str:
    """The name of the partition that holds a month."""
    suffix = f"{month:%Y_%m}" if _EARLIEST <= month <= _LATEST else "other"
    return f"{table.name}_{suffix}"
