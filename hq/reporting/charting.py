"""The picture beside a report's table: the same rows, the same figures, none of its own.

Its measure is the column that the rows are sorted by, or the report's own where that cannot be drawn. Two
dimensions are drawn as series of the first; an earlier range as a series beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hq.reporting.definition import ChartKind, Definition, Request
from hq.reporting.table import Answer, Column, Named, Row, Value
from replication.console import formats
from replication.console.charts import Option, Scale, Series, axis_chart, pie_chart
from replication.console.languages import msgid

# More bars or series than this are no picture any more; the table has them all.
_MOST_BARS = 12
_MOST_SERIES = 8
_PAIR = 2
_DRAWN = frozenset({"amount", "count", "quantity", "tenths"})
_ALL = msgid("%(measure)s, as in the table below")
_SOME = msgid("%(measure)s of the first %(number)s rows of the table below")
_NOW = msgid("In the range asked for")
_BEFORE = msgid("In the earlier range")


@dataclass(frozen=True, slots=True)
class Chart:
    """What `ui.chart` draws, and what it is called."""

    option: Option
    label: str


def chart(
    definition: Definition, request: Request, answer: Answer, kind: ChartKind | None
) -> Chart | None:
    """The picture; None where none is wanted or nothing can be drawn."""
    place = _measure(definition, request, answer)
    if kind is None or place is None or not answer.rows:
        return None
    in_time = definition.is_in_time(request.choices)
    rows = list(answer.rows)
    if len(rows[0].key) < _PAIR:
        rows = rows if in_time and kind != "pie" else rows[:_MOST_BARS]
    if in_time:
        rows.sort(key=lambda row: row.key)
    column = answer.columns[place]
    scale = _scale(column, request, answer)
    whole = len(rows) == len(answer.rows) and not answer.following
    label = request.words.gettext(_ALL if whole else _SOME, measure=column.label, number=len(rows))
    if kind == "pie":
        option = _pie(rows, place, scale)
        return None if option is None else Chart(option, label)
    labels, series = _series(request, answer, rows, place)
    lying = not in_time and kind == "bar" and len(series) == 1
    option = axis_chart(kind, labels, series, scale, horizontal=lying and _is_long(labels))
    return Chart(option, label)


def _measure(definition: Definition, request: Request, answer: Answer) -> int | None:
    for name in (request.sort, definition.measure):
        place = answer.place(name)
        if place is not None and answer.columns[place].kind in _DRAWN:
            return place
    return None


def _scale(column: Column, request: Request, answer: Answer) -> Scale:
    language = request.words.language
    if column.kind == "amount":
        return Scale(language, answer.currency)
    decimals = {"quantity": 3, "tenths": 1}.get(column.kind, 0)
    return Scale(language, decimals=decimals)


def _pie(rows: Sequence[Row], place: int, scale: Scale) -> Option | None:
    """Shares; what is below nought has none."""
    parts = [
        (_label(row), value)
        for row in rows[:_MOST_BARS]
        if isinstance(value := row.values[place], int) and value > 0
    ]
    return pie_chart(parts, scale) if parts else None


def _series(
    request: Request, answer: Answer, rows: Sequence[Row], place: int
) -> tuple[list[str], list[Series]]:
    if len(rows[0].key) >= _PAIR:
        return _crossed(rows, place)
    labels = [_label(row) for row in rows]
    column = answer.columns[place]
    before = answer.place(f"{column.name}_before")
    if before is None:
        return labels, [Series(column.label, [_number(row.values[place]) for row in rows])]
    words = request.words
    return labels, [
        Series(words.gettext(_NOW), [_number(row.values[place]) for row in rows]),
        Series(words.gettext(_BEFORE), [_number(row.values[before]) for row in rows]),
    ]


def _crossed(rows: Sequence[Row], place: int) -> tuple[list[str], list[Series]]:
    """The first key along the axis, a series for each of the greatest of the second."""
    along: dict[str, str] = {}
    names: dict[str, str] = {}
    sums: dict[str, int] = {}
    cells: dict[tuple[str, str], int | None] = {}
    for row in rows:
        first, second = row.key[0], row.key[1]
        along.setdefault(first, _label(row))
        names.setdefault(second, _text(row.values[1]))
        number = _number(row.values[place])
        sums[second] = sums.get(second, 0) + (number or 0)
        cells[first, second] = number
    shown = sorted(sums, key=lambda one: (-sums[one], one))[:_MOST_SERIES]
    axis = list(along)[: _MOST_BARS * 3]
    return [along[one] for one in axis], [
        Series(names[other], [cells.get((one, other)) for one in axis]) for other in shown
    ]


def _label(row: Row) -> str:
    return _text(row.values[0])


def _text(value: Value) -> str:
    if isinstance(value, Named):
        return value.name or value.code
    return formats.MISSING if value is None else str(value)


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) else None


def _is_long(labels: Sequence[str]) -> bool:
    """Whether labels need a line each: beside, not below."""
    return max(map(len, labels), default=0) > 6  # noqa: PLR2004 - what fits below a bar
