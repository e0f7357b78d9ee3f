"""A report as a workbook: figures as numbers, dates as dates, and what they are missing on a sheet of its own.

A sheet is written row by row and never held in memory. Amounts become the numbers that their decimals say:
integers over a power of ten, which a sheet holds exactly enough to show every minor unit.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from hq.completeness import Completeness
from hq.reporting.cells import flat, heads
from hq.reporting.definition import COMPARISON_LABELS
from hq.reporting.made import Made
from hq.reporting.table import Kind, Share, Value, Verdicts
from hq.web.completeness_text import cell, extent, heading, told
from replication.console.formats import decimals_of, sheet_amount
from replication.console.languages import msgid

_FIGURES, _MISSING = msgid("Figures"), msgid("Completeness")
_WIDE, _NARROW = 28, 14
_THOUSANDTHS = 1000


def as_xlsx(made: Made) -> bytes:
    """The file."""
    output = io.BytesIO()
    book = xlsxwriter.Workbook(
        output, {"constant_memory": True, "in_memory": True, "default_date_format": "yyyy-mm-dd"}
    )
    # The same report gives the same bytes.
    book.set_properties({"title": made.title, "created": made.request.now.replace(tzinfo=None)})
    formats = _formats(book, made.answer.currency)
    _write_figures(book.add_worksheet(made.words.gettext(_FIGURES)), made, formats)
    _write_missing(book.add_worksheet(made.words.gettext(_MISSING)), made, formats)
    book.close()
    return output.getvalue()


def _formats(book: xlsxwriter.Workbook, currency: str) -> Mapping[str, Any]:
    patterns = {
        "amount": sheet_amount(currency), "quantity": "#,##0.###", "count": "#,##0", "share": "0.0%",
        "tenths": "#,##0.0", "day": "yyyy-mm-dd", "instant": "yyyy-mm-dd hh:mm:ss",
    }  # fmt: skip
    made = {kind: book.add_format({"num_format": pattern}) for kind, pattern in patterns.items()}
    totals = {
        f"total {kind}": book.add_format({"num_format": pattern, "bold": True, "top": 1})
        for kind, pattern in patterns.items()
    }
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "top": 1})
    return made | totals | {"head": head, "total text": bold, "total named": bold}


def _write_figures(sheet: Any, made: Made, formats: Mapping[str, Any]) -> None:  # noqa: ANN401 - of a library without types
    answer, words = made.answer, made.words
    header = [*heads(answer, words.gettext("Code")), words.gettext("Completeness")]
    sheet.freeze_panes(1, 1)
    kinds = [kind for _, kind in flat(answer.columns, (None,) * len(answer.columns))]
    for place, kind in enumerate([*kinds, "text"]):
        sheet.set_column(place, place, _WIDE if kind == "named" else _NARROW)
    for place, text in enumerate(header):
        sheet.write_string(0, place, text, formats["head"])
    writer = _Writer(sheet, made, formats)
    verdicts = Verdicts(answer.completeness)
    number = 0
    for number, row in enumerate(answer.rows, 1):
        writer.write(number, row.values, verdicts.told(row, partial(cell, words)))
    if answer.total is not None:
        writer.write(number + 1, answer.total, cell(words, answer.completeness), "total ")
    sheet.autofilter(0, 0, max(number, 1), len(header) - 1)


class _Writer:
    """Writes rows of values."""

    def __init__(self, sheet: Any, made: Made, formats: Mapping[str, Any]) -> None:  # noqa: ANN401
        self._sheet = sheet
        self._answer = made.answer
        self._zone = ZoneInfo(made.request.asked.zone)
        self._scales = {
            "amount": 10 ** decimals_of(made.answer.currency), "quantity": _THOUSANDTHS, "tenths": 10,
        }  # fmt: skip
        self._formats = formats

    def write(self, number: int, values: tuple[Value, ...], said: str, style: str = "") -> None:
        """One row, and what it is missing."""
        cells = flat(self._answer.columns, values)
        for place, (value, kind) in enumerate(cells):
            self._cell(number, place, value, kind, self._formats.get(style + kind))
        self._sheet.write_string(number, len(cells), said, self._formats.get(style + "text"))

    def _cell(self, row: int, place: int, value: Value, kind: Kind, style: Any) -> None:  # noqa: ANN401
        match value:
            case None:
                self._sheet.write_blank(row, place, None, style)
            case Share(part=part, whole=whole):
                if whole:
                    self._sheet.write_number(row, place, part / whole, style)
            case datetime():
                local = value.astimezone(self._zone).replace(tzinfo=None)
                self._sheet.write_datetime(row, place, local, style)
            case date():
                self._sheet.write_datetime(row, place, value, style)
            case int():
                self._sheet.write_number(row, place, value / self._scales.get(kind, 1), style)
            case str():
                self._sheet.write_string(row, place, value, style)
            case _:
                self._sheet.write_string(row, place, value.name, style)


def _write_missing(sheet: Any, made: Made, formats: Mapping[str, Any]) -> None:  # noqa: ANN401
    """What was asked for, the verdict, and every gap on a row of its own."""
    words, answer, zone = made.words, made.answer, made.request.asked.zone
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, 3, _NARROW)
    lines: list[tuple[tuple[str | int | date, ...], str]] = [((made.title,), "head")]
    lines += [((label, value), "") for label, value in made.facts()]
    lines += _told(made, answer.completeness, zone)
    if compared := answer.compared:
        lines.append(((words.gettext(COMPARISON_LABELS[compared.comparison]),), "head"))
        lines += _told(made, compared.completeness, zone)
    lines += [((str(note),), "") for note in answer.notes]
    for number, (line, style) in enumerate(lines):
        for place, value in enumerate(line):
            if isinstance(value, date):
                sheet.write_datetime(number, place, value, formats["day"])
            elif isinstance(value, int):
                sheet.write_number(number, place, value, formats["count"])
            else:
                sheet.write_string(number, place, value, formats.get(style))


def _told(
    made: Made, completeness: Completeness, zone: str
) -> list[tuple[tuple[str | int | date, ...], str]]:
    words = made.words
    lines: list[tuple[tuple[str | int | date, ...], str]] = [
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
        ((labels[problem], gap.branch, gap.business_date or "", gap.count), "")
        for problem, gaps in completeness.by_problem().items()
        for gap in gaps
    ]
    return lines
