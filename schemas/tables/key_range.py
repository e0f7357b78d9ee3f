"""A range of keys that means the same at every site.

PostgreSQL compares text by the collation of its database, SQLite by its bytes. Ranges travel between
the two, so both compare by bytes, which is also how Python orders text.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, collate, true


def between(
    connection: Connection, column: ColumnElement[str], low: str, high: str | None
) -> ColumnElement[bool]:
    """The condition low ≤ column < high; an empty `low` and a `high` of None leave an end open."""
    ordered: Any = collate(column, "C") if connection.dialect.name == "postgresql" else column
    conditions = []
    if low:
        conditions.append(ordered >= low)
    if high is not None:
        conditions.append(ordered < high)
    return and_(true(), *conditions)
