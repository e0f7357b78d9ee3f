"""The rows of a price change and nothing else: once into PostgreSQL, once into SQLite.

Twins of the branch's and of the lane's price table, with their keys and indexes, take the rows in
the fastest way that each database has, in one durable transaction each. Nothing is read, signed,
checked, numbered or kept for anybody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Engine

from benchmarks import bare_tables
from replication.streams import CHAIN_FEED
from schemas.tables.base import open_sqlite
from schemas.tables.catalogue import price

Row = tuple[str, str, int, str, str, str, str, int]

_COLUMNS = [column.name for column in price.columns]


def rows_of(document: str, items: Sequence[str]) -> list[Row]:
    """Rows as a price change of these items leaves them in the table."""
    return [
        (CHAIN_FEED, f"{document}/{item}/piece/", 1, document, item, "piece", "", 100)
        for item in items
    ]


class BarePrices:
    """The two twins, open."""

    def __init__(self, branch: Engine, file: Path) -> None:
        plain = branch.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._branch = psycopg.connect(plain)
        bare_tables.create(self._branch, [price])
        self._lane = open_sqlite(str(file))
        with self._lane.begin() as connection:
            price.create(connection)

    def close(self) -> None:
        """Let go of both."""
        self._branch.close()
        self._lane.dispose()

    def write(self, rows: Sequence[Row]) -> None:
        """Write the rows to one after the other, as they arrive."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(bare_tables.SCHEMA, price.name),
            sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)),
        )
        with self._branch.cursor() as cursor, cursor.copy(statement) as into:
            for row in rows:
                into.write_row(row)
        self._branch.commit()
        names, marks = ", ".join(_COLUMNS), ", ".join("?" for _ in _COLUMNS)
        with self._lane.begin() as connection:
            connection.exec_driver_sql(
                f"INSERT INTO price ({names}) VALUES ({marks})",  # noqa: S608 - our own columns
                list(rows),
            )
