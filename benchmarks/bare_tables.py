"""Empty twins of real tables, with the same columns, keys and indexes, for a peer to fill.

They stand in a schema of their own in the same database, so that they share its disk, its settings
and its checkpoints with the tables that they are held against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql
from sqlalchemy import Table

SCHEMA = "bare"
Rows = Mapping[str, bytes]
Tables = Sequence[Table]


def create(connection: psycopg.Connection, tables: Tables) -> None:
    """Make the twins."""
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
    for table in tables:
        connection.execute(
            sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(
                sql.Identifier(SCHEMA, table.name), sql.Identifier("public", table.name)
            )
        )
    connection.commit()


def missing(connection: psycopg.Connection, tables: Tables) -> Rows:
    """The rows, as binary COPY has them, that the real tables hold and their twins do not."""
    return {table.name: _missing(connection, table) for table in tables}


def copy(connection: psycopg.Connection, rows: Rows) -> None:
    """Copy rows into the twins, in one transaction."""
    for name, data in rows.items():
        statement = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(
            sql.Identifier(SCHEMA, name)
        )
        with connection.cursor() as cursor, cursor.copy(statement) as into:
            into.write(data)
    connection.commit()


def _missing(connection: psycopg.Connection, table: Table) -> bytes:
    keys = [sql.Identifier(column.name) for column in table.primary_key]
    statement = sql.SQL(
        "COPY (SELECT held.* FROM {} AS held LEFT JOIN {} AS twin USING ({})"
        " WHERE twin.{} IS NULL) TO STDOUT (FORMAT BINARY)"
    ).format(
        sql.Identifier("public", table.name), sql.Identifier(SCHEMA, table.name),
        sql.SQL(", ").join(keys), keys[0],
    )  # fmt: skip
    with connection.cursor() as cursor, cursor.copy(statement) as out:
        data = b"".join(bytes(piece) for piece in out)
    connection.commit()
    return data
