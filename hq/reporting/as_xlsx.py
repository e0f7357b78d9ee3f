"""A report as a workbook: figures as numbers, dates as dates, and what they are missing on a sheet of its own.

How it is written, says `replication.console.workbook`. The same report gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from hq.completeness import Completeness
from hq.reporting.cells import flat, heads
from hq.reporting.definition import COMPARISON_LABELS
from hq.reporting.made import Made
from hq.reporting.table import Kind, Named, Share, Value, Verdicts
from hq.web.completeness_text import cell, extent, heading, told
from replication.console.languages import msgid
from replication.console.workbook import (
    Book,
    Cell,
    Figure,
    Style,
    amount,
    quantity,
    scaled,
    share,
    workbook,
)

_FIGURES, _MISSING = msgid("Figures"), msgid("Completeness")
_WIDE, _NARROW = 28, 14


def as_xlsx(made: Made) -> Iterator[bytes]:
    """The file, once it is written as a whole: piece by piece."""
    with workbook(made.title, made.request.now) as book:
        _write_figures(book, made)
        _write_missing(book, made)
    yield from book.pieces()


def _write_figures(book: Book, made: Made) -> None:
    answer, words = made.answer, made.words
    sheet = book.sheet(words.gettext(_FIGURES))
    kinds = [kind for _, kind in flat(answer.columns, (None,) * len(answer.columns))]
    sheet.widths(*(_WIDE if kind == "named" else _NARROW for kind in [*kinds, "text"]))
    sheet.head([*heads(answer, words.gettext("Code")), words.gettext("Completeness")], fixed=1)
    verdicts = Verdicts(answer.completeness)
    say = partial(cell, words)
    for row in made.rows:
        sheet.row([*_cells(made, row.values), verdicts.told(row, say)])
    sheet.filtered()
    if answer.total is not None:
        sheet.row([*_cells(made, answer.total), cell(words, answer.completeness)], "total")


def _cells(made: Made, values: tuple[Value, ...]) -> Iterator[Cell]:
    zone = ZoneInfo(made.request.asked.zone)
    for value, kind in flat(made.answer.columns, values):
        match value:
            case Share(part=part, whole=whole):
                yield share(part, whole)
            case datetime():
                yield value.astimezone(zone).replace(tzinfo=None)
            case int():
                yield _figure(value, kind, made.answer.currency)
            case Named(name=name):
                yield name
            case _:
                yield value


def _figure(value: int, kind: Kind, currency: str) -> Figure:
    match kind:
        case "amount":
            return amount(value, currency)
        case "quantity":
            return quantity(value)
        case "tenths":
            return scaled(value, 1)
        case _:
            return Figure(value)


def _write_missing(book: Book, made: Made) -> None:
    """What was asked for, the verdict, and every gap on a row of its own."""
    words, answer, zone = made.words, made.answer, made.request.asked.zone
    sheet = book.sheet(words.gettext(_MISSING))
    sheet.widths(_WIDE, _NARROW, _NARROW, _NARROW)
    sheet.row([made.title], "head")
    for label, value in made.facts():
        sheet.row([label, value])
    lines = _told(made, answer.completeness, zone)
    if compared := answer.compared:
        lines.append(((words.gettext(COMPARISON_LABELS[compared.comparison]),), "head"))
        lines += _told(made, compared.completeness, zone)
    for line, style in lines:
        sheet.row(line, style)
    for note in answer.notes:
        sheet.row([str(note)])


def _told(
    made: Made, completeness: Completeness, zone: str
) -> list[tuple[tuple[Cell, ...], Style]]:
    words = made.words
    lines: list[tuple[tuple[Cell, ...], Style]] = [
        ((heading(words, completeness), extent(words, completeness, zone)), "head")
    ]
    labels = {
        problem: one.label
        for problem, one in zip(completeness.by_problem(), told(words, completeness), strict=True)
    }
    heads = ("Problem", "Branch", "Date", "Number")
    if completeness.gaps:
        lines.append((tuple(words.gettext(one) for one in heads), "head"))
    lines += [
        ((labels[problem], gap.branch, gap.business_date, Figure(gap.count)), "")
        for problem, gaps in completeness.by_problem().items()
        for gap in gaps
    ]
    return lines
