"""A report beside the same report of an earlier range: each figure with what it was, and by how much it changed.

A row is held against the row of its key; where the key is a time, against the time that stands at its place
in the earlier range. What is new has nothing to be held against, and shows that; what was sold then and is no
longer has no row, but is in the total. A place in an order has moved by so many places, up above nought. The
earlier range says what it is missing as every answer does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from hq.reporting.definition import Definition, Request
from hq.reporting.ranges import Comparison, compared_with, month_after, moved
from hq.reporting.table import Answer, Column, Compared, Row, Share, Value
from replication.console.languages import msgid

#: Rows of the earlier range that are looked at: beyond, a row is shown as new though it may not be.
MOST_EARLIER = 100_000
_BEFORE = msgid("%(label)s before")
_CHANGE = msgid("Change of %(label)s")
_CHANGE_SHARE = msgid("Change in per cent")
_PLACES = msgid("Places gained")
_MONTH = 7


def answered(connection: Connection, definition: Definition, request: Request) -> Answer:
    """The answer to a request, beside an earlier range where one is asked for."""
    answer = definition.ask(connection, request)
    if request.comparison is None:
        return answer
    return _beside(connection, definition, request, answer, request.comparison)


def _beside(
    connection: Connection, definition: Definition, request: Request, answer: Answer,
    comparison: Comparison,
) -> Answer:  # fmt: skip
    earlier_range = compared_with(request.asked.range, comparison)
    asked = replace(request.asked, first=earlier_range.first, last=earlier_range.last, moving="")
    earlier = definition.ask(
        connection, replace(request, asked=asked, after=(), limit=MOST_EARLIER, comparison=None)
    )
    places = {
        place: answer.columns[place]
        for name in definition.compared
        if (place := answer.place(name)) is not None
    }
    held = {_moved(row, request, comparison): row.values for row in earlier.rows}
    rows = tuple(
        replace(row, values=(*row.values, *_changes(row.values, held.get(row.key), places)))
        for row in answer.rows
    )
    total = answer.total
    if total is not None:
        total = (*total, *_changes(total, earlier.total, places))
    return replace(
        answer,
        columns=(*answer.columns, *_columns(request, list(places.values()))),
        rows=rows,
        total=total,
        compared=Compared(comparison, earlier_range, earlier.completeness),
    )


def _columns(request: Request, compared: Sequence[Column]) -> list[Column]:
    words = request.words
    found: list[Column] = []
    for one in compared:
        if one.kind == "rank":
            found += [
                Column(f"{one.name}_before", words.gettext(_BEFORE, label=one.label), one.kind, sortable=False),
                Column(f"{one.name}_change", words.gettext(_PLACES), "count", sortable=False),
            ]  # fmt: skip
            continue
        found += [
            Column(f"{one.name}_before", words.gettext(_BEFORE, label=one.label), one.kind, sortable=False),
            Column(f"{one.name}_change", words.gettext(_CHANGE, label=one.label), one.kind, sortable=False),
            Column(f"{one.name}_change_share", words.gettext(_CHANGE_SHARE), "share", sortable=False),
        ]  # fmt: skip
    return found


def _changes(
    now: Sequence[Value], before: Sequence[Value] | None, compared: Mapping[int, Column]
) -> list[Value]:
    found: list[Value] = []
    for place, column in compared.items():
        new, old = now[place], before[place] if before is not None else None
        if column.kind == "rank":
            gained = old - new if isinstance(old, int) and isinstance(new, int) else None
            found += [old, gained]
        elif isinstance(new, int) and isinstance(old, int):
            found += [old, new - old, Share(new - old, abs(old))]
        else:
            found += [old, None, None]
    return found


def _moved(row: Row, request: Request, comparison: Comparison) -> tuple[str, ...]:
    """The key of the row that an earlier row is held against."""
    dimensions = (request.choices.get("by", ""), request.choices.get("by2", ""))
    asked = request.asked.range
    key: list[str] = []
    for part, dimension in zip(row.key, dimensions, strict=False):
        match dimension:
            case "day":
                key.append(moved(date.fromisoformat(part), asked, comparison).isoformat())
            case "week":
                later = moved(date.fromisoformat(part), asked, comparison)
                # A year back is no number of weeks: the week that holds most of it.
                key.append(date.fromordinal((later.toordinal() + 2) // 7 * 7 + 1).isoformat())
            case "month":
                key.append(month_after(part[:_MONTH], asked, comparison))
            case _:
                key.append(part)
    return (*key, *row.key[len(key) :])
