"""Inserting and replacing many rows at once, as fast as each database can.

                replaced                                                inserted
    PostgreSQL  COPY where none seems to be there yet; else, or where   COPY
                one is after all, COPY into a temporary table, then
                one INSERT … SELECT … ON CONFLICT
    SQLite      one prepared statement over plain tuples                the ordinary insert
    a few rows  the ordinary upsert: a temporary table costs more       the ordinary insert

All or nothing, in the caller's transaction; a row that cannot be stored raises what the database
says. Rows that must be new are inserted: one that is there already is an error then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

import msgspec
import psycopg
from psycopg.types.json import set_json_dumps
from sqlalchemy import Column, Connection, Dialect, Table, insert, literal, select, tuple_
from sqlalchemy.exc import OperationalError

from schemas.tables.base import upsert

_FEW = 50
# The standard library's takes ten times as long, and a ticket has a JSON value in each of its lines.
_JSON = msgspec.json.Encoder()


def _type(column: Column[Any], dialect: Dialect) -> str:
    """A column's type as COPY must be told it, which takes no modifiers."""
    name = column.type.compile(dialect)
    return "timestamptz" if name.startswith("TIMESTAMP WITH TIME ZONE") else name.lower()


def insert_rows(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows, perhaps none, all with the same columns. Where they are many each is taken only when
    the one before is on its way: the database stores those while these are made.
    """
    left = iter(rows)
    first = list(islice(left, _FEW + 1))
    if len(first) <= _FEW or connection.dialect.name != "postgresql":
        if first:
            connection.execute(insert(table), [*first, *left])
        return
    columns = list(first[0])
    types = [_type(table.c[name], connection.dialect) for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor() as cursor:
            set_json_dumps(_JSON.encode, cursor)
            with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN (FORMAT BINARY)') as copy:
                copy.set_types(types)
                for row in chain(first, left):
                    copy.write_row(list(row.values()))
    except psycopg.OperationalError as error:
        # Callers tell a database that is away, which heals, from a row that cannot be stored.
        raise OperationalError(f"COPY {table.name}", None, error) from error


def replace_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows, replacing those with the same primary key; no two rows may share one."""
    if len(rows) <= _FEW:
        upsert(connection, table, [dict(zip(columns, row, strict=True)) for row in rows])
    elif connection.dialect.name == "postgresql":
        if not _copy_new(connection, table, columns, rows):
            _copy(connection, table, columns, rows)
    else:
        _execute_many(connection, table, columns, rows)


def _copy_new(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> bool:
    """Insert rows if all are new: a feed that is loaded brings hundreds of thousands such, and to
    replace them takes twice as long. False, and nothing done, when one of them is there already.
    """
    if _holds_either(connection, table, columns, (rows[0], rows[-1])):
        return False
    try:
        with connection.begin_nested():
            _copy_into(connection, table.name, columns, rows)
    except psycopg.errors.UniqueViolation:
        return False
    return True


def _holds_either(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> bool:
    """Whether a row with the primary key of one of these is there."""
    places = [list(columns).index(column.name) for column in table.primary_key]
    keys = [tuple(row[place] for place in places) for row in rows]
    query = select(literal(1)).where(tuple_(*table.primary_key).in_(keys)).limit(1)
    return connection.execute(query).first() is not None


def _copy_into(
    connection: Connection, name: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f'COPY "{name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _copy(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    stage = f"stage_{table.name}"
    connection.exec_driver_sql(
        f'CREATE TEMPORARY TABLE "{stage}" (LIKE "{table.name}" INCLUDING DEFAULTS) ON COMMIT DROP'
    )
    _copy_into(connection, stage, columns, rows)
    connection.exec_driver_sql(
        f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM "{stage}"'  # noqa: S608 - names of our own tables
        f" {_on_conflict(table, columns)}"
    )
    connection.exec_driver_sql(f'DROP TABLE "{stage}"')


def _execute_many(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    convert = {
        place: processor
        for place, name in enumerate(columns)
        if (processor := table.c[name].type.bind_processor(connection.dialect)) is not None
    }
    if convert:
        rows = [
            tuple(
                convert[place](value) if place in convert else value
                for place, value in enumerate(row)
            )
            for row in rows
        ]
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" for _ in columns)
    connection.exec_driver_sql(
        f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608 - names of our own tables
        f" {_on_conflict(table, columns)}",
        list(rows),
    )


def _on_conflict(table: Table, columns: Sequence[str]) -> str:
    keys = [column.name for column in table.primary_key]
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name not in keys)
    quoted = ", ".join(f'"{name}"' for name in keys)
    return f"ON CONFLICT ({quoted}) DO UPDATE SET {changes}"
