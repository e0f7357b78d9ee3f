"""The consolidated report to take away, as CSV and as PDF: the same table, and what it is missing.

A CSV has one header and nothing before it, so that any program reads it; each of its rows therefore
says itself whether it is complete. A PDF says it before the figures.
"""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from hq.completeness import Completeness
from hq.web.asked import Asked
from hq.web.completeness_text import lines as completeness_lines
from hq.web.sales_columns import Head, Line, Table, shown, written
from replication.console import formats
from replication.console.languages import msgid
from replication.console.page import Page
from replication.console.pdf import PdfFacts, PdfNote, PdfTable, build_pdf
from replication.console.table_export import csv_response, download

#: More rows than this make a book, not a report: the PDF says so and points to the CSV.
MOST_PDF_ROWS = 2_000
_MOST_PLACES = 40

_TITLE = msgid("Sales by %(dimension)s")
_CUT = msgid("Only the first %(number)s rows are printed; the CSV has all. The total is of all.")
_FOOTER = msgid("Made by %(name)s (%(operator)s), %(instant)s (%(zone)s)")


def title(page: Page, dimension: str) -> str:
    """What the report is called."""
    return page.gettext(_TITLE, dimension=dimension)


def as_csv(page: Page, name: str, table: Table) -> Response:
    """The whole table, each row under its code; amounts in major units with a point."""
    header = [page.gettext("Code"), *(_head(head, table.currency) for head in table.heads)]
    rows = [[line.key, *_written(table, line)] for line in (*table.lines, table.total)]
    return csv_response(f"{name}.csv", header, rows)


def as_pdf(
    page: Page, name: str, asked: Asked, table: Table, completeness: Completeness
) -> Response:
    """The report on paper, with who asked for what and when."""
    lines = table.lines[:MOST_PDF_ROWS]
    notes = [
        PdfNote(text) for text in completeness_lines(page, completeness, asked.zone, _MOST_PLACES)
    ]
    if len(lines) < len(table.lines):
        notes.append(PdfNote(page.gettext(_CUT, number=MOST_PDF_ROWS)))
    printed = PdfTable(
        header=[_head(head, table.currency) for head in table.heads],
        rows=[_shown(table, line) for line in (*lines, table.total)],
        numbers=frozenset(
            place for place, head in enumerate(table.heads) if head.kind not in ("text", "verdict")
        ),
        totals=1,
    )
    footer = page.gettext(
        _FOOTER,
        name=page.user.name,
        operator=page.user.operator,
        instant=formats.instant(page.now, asked.zone, page.language),
        zone=asked.zone,
    )
    content = build_pdf(
        title(page, table.heads[0].label),
        dates_in_words(page, asked.first, asked.last),
        [PdfFacts(_filters(page, asked)), *notes, printed],
        page.language,
        footer,
    )
    return download(f"{name}.pdf", "application/pdf", content)


def _filters(page: Page, asked: Asked) -> list[tuple[str, str]]:
    return [
        (page.gettext("Business dates"), dates_in_words(page, asked.first, asked.last)),
        (page.gettext("Branches"), branches_in_words(page, asked)),
        (page.gettext("Currency"), asked.currency),
    ]


def branches_in_words(page: Page, asked: Asked) -> str:
    """Which branches the figures are of."""
    if len(asked.branches) == len(asked.known):
        return page.gettext("all %(number)s", number=len(asked.known))
    return ", ".join(asked.codes)


def dates_in_words(page: Page, first: date, last: date) -> str:
    """Of which dates the figures are."""
    begin = formats.day(first, page.language)
    return begin if first == last else f"{begin} – {formats.day(last, page.language)}"


def _head(head: Head, currency: str) -> str:
    return f"{head.label} ({currency})" if head.kind == "amount" else head.label


def _written(table: Table, line: Line) -> list[str]:
    return [
        written(value, head.kind, table.currency)
        for head, value in zip(table.heads, line.values, strict=True)
    ]


def _shown(table: Table, line: Line) -> list[str]:
    return [
        shown(value, head.kind, table.currency)
        for head, value in zip(table.heads, line.values, strict=True)
    ]
