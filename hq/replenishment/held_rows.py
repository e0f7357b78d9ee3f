"""Rows of headquarters' own tables that files fill: held against what is there, and written.

A file adds and changes; what it does not name stays as it is, and nothing is taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select

from hq.import_kinds import Reading
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.tables.bulk import replace_rows

_TWICE = msgid("%(value)s stands in line %(line)s already")

#: A row by the names of its columns.
Held = dict[str, Any]


def held(connection: Connection, table: Table) -> dict[tuple[Any, ...], Held]:
    """All rows of a table by their primary keys."""
    keys = [column.name for column in table.primary_key]
    rows = connection.execute(select(table)).mappings()
    return {tuple(row[name] for name in keys): dict(row) for row in rows}


def compare_rows(
    connection: Connection, table: Table, rows: Sequence[Row],
    make: Callable[[Row, dict[tuple[Any, ...], Held]], Held],
) -> Reading:  # fmt: skip
    """Read each row of a file into one of the table, and hold it against that."""
    before = held(connection, table)
    keys = [column.name for column in table.primary_key]
    lines: dict[tuple[Any, ...], int] = {}
    changes: list[Held] = []
    new = 0
    for row in rows:
        made = make(row, before)
        if row.problems:
            continue
        key = tuple(made[name] for name in keys)
        first = lines.setdefault(key, row.line)
        if first != row.line:
            shown = " ".join(str(one) for one in key if str(one))
            row.refuse(next(iter(row.cells)), _TWICE, value=shown, line=first)
            continue
        known = before.get(key)
        if known is None or any(known[name] != made[name] for name in made):
            changes.append(made)
            new += known is None
    return Reading(changes, new, len(changes) - new, len(rows) - len(changes))


def write(connection: Connection, table: Table, changes: Sequence[Held]) -> None:
    """Insert or replace these rows."""
    columns = [column.name for column in table.columns]
    replace_rows(
        connection, table, columns, [tuple(one[name] for name in columns) for one in changes]
    )
