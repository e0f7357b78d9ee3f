"""Rows that are all there, sorted and paged as a database would: by keyset, so that a page begins after a row.

For reports whose rows are few, or need more than one query to be known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hq.reporting.definition import Request
from hq.reporting.table import Column, Named, Row, Share, Value

_Place = tuple[bool, int, str]


def paged(
    columns: Sequence[Column], rows: Sequence[Row], request: Request
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The page that is asked for, and what the next one follows."""
    place = next((n for n, one in enumerate(columns) if one.name == request.sort), None)

    def order(row: Row) -> tuple[_Place, tuple[str, ...]]:
        # By its key where the column is that of the key: a name says nothing of the order of codes or times.
        value = None if place is None or place < len(row.key) else row.values[place]
        return _place(value), row.key

    ordered = sorted(rows, key=order, reverse=request.descending)
    if request.after:
        ordered = ordered[_begin(ordered, request.after) :]
    if request.limit is None or len(ordered) <= request.limit:
        return tuple(ordered), ()
    page = ordered[: request.limit]
    return tuple(page), page[-1].key


def _begin(ordered: Sequence[Row], after: tuple[str, ...]) -> int:
    """The row behind the one that was seen last; the first where that is no more."""
    return next((n + 1 for n, row in enumerate(ordered) if row.key == after), 0)


def _place(value: Value) -> _Place:
    """What is unknown before all, numbers by size, words by their letters."""
    match value:
        case None:
            return False, 0, ""
        case int():
            return True, value, ""
        case Share(part=part, whole=whole):
            return whole != 0, part * 1_000_000 // whole if whole else 0, ""
        case Named(code=code):
            return True, 0, code
        case date():
            return True, 0, value.isoformat()
        case _:
            return True, 0, value
