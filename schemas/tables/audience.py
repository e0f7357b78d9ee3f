"""Which feed speaks where several speak of one key: the branch's before a group's before the chain's (rule 11)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, case, func

_LEVELS = {"chain": 0, "group": 1, "branch": 2, "local": 3}


def level(table: Table) -> ColumnElement[int]:
    """How near the feed of a row addresses a branch, to order by in the database."""
    return case(_LEVELS, value=func.split_part(table.c.stream, ":", 2), else_=0)


def level_of(stream: str) -> int:
    """How near a feed addresses a branch: the chain's 0, a group's 1, the branch's own 2."""
    return _LEVELS.get(stream.split(":")[1], 0)


def nearest(rows: Iterable[Row[Any]]) -> Row[Any] | None:
    """The row that speaks; of two groups' the later in the order of their names."""
    return max(rows, default=None, key=_nearness)


def nearest_of_each(rows: Iterable[Row[Any]], key: str) -> dict[str, Row[Any]]:
    """The row that speaks of each key, by the key."""
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(getattr(row, key), []).append(row)
    return {code: max(of_key, key=_nearness) for code, of_key in found.items()}


def _nearness(row: Row[Any]) -> tuple[int, str]:
    return level_of(row.stream), row.stream
