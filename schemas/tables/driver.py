"""Statements for which a till waits, handed to SQLite's own driver within SQLAlchemy's transaction.

What SQLAlchemy does around a statement takes several times as long as SQLite does over it. What fails
raises what SQLAlchemy would have raised, so that whoever catches a full disk need not know of this.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Parameters = Sequence[Any] | Mapping[str, Any]


def run(connection: Connection, statement: str, parameters: Parameters = ()) -> sqlite3.Cursor:
    """Run a statement. Raises DBAPIError."""
    driver: Any = connection.connection.driver_connection
    try:
        cursor: sqlite3.Cursor = driver.execute(statement, parameters)
    except sqlite3.Error as error:
        raise DBAPIError.instance(statement, None, error, sqlite3.Error) from error
    return cursor


def run_each(connection: Connection, statement: str, rows: Sequence[Parameters]) -> None:
    """Run a statement once for each row. Raises DBAPIError."""
    driver: Any = connection.connection.driver_connection
    try:
        driver.executemany(statement, rows)
    except sqlite3.Error as error:
        raise DBAPIError.instance(statement, None, error, sqlite3.Error) from error
