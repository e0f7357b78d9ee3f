"""Stock, variance and margins to take away, as CSV and as PDF: the same table, and what it is missing.

The last column of a CSV says of each row whether it is complete; a PDF says it before the figures instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from hq.completeness import Completeness
from hq.web.asked import Asked
from hq.web.completeness_text import lines as completeness_lines
from hq.web.sales_export import MOST_PDF_ROWS, branches_in_words, dates_in_words
from replication.console import formats
from replication.console.languages import msgid
from replication.console.page import Page
from replication.console.pdf import PdfFacts, PdfNote, PdfTable, build_pdf
from replication.console.table_export import csv_response, download

_MOST_PLACES = 40
_CUT = msgid("Only the first %(number)s rows are printed; the CSV has all.")
_FOOTER = msgid("Made by %(name)s (%(operator)s), %(instant)s (%(zone)s)")


@dataclass(frozen=True, slots=True)
class Exported:
    """A table as text. `figures` are its columns of figures, `totals` how many of its last rows are sums;
    `first` and `last` are the dates that it is of.
    """

    title: str
    first: date
    last: date
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: frozenset[int]
    totals: int
    asked: Asked
    completeness: Completeness

    @property
    def file(self) -> str:
        """The name of a file of it, without its ending."""
        if self.first == self.last:
            return f"{self.title} {self.first}"
        return f"{self.title} {self.first}_{self.last}"


def export(page: Page, made: Exported) -> Response:
    """What the address asks for by how it ends."""
    return _as_pdf(page, made) if page.request.url.path.endswith(".pdf") else _as_csv(page, made)


def _as_csv(page: Page, made: Exported) -> Response:
    header = [*made.header, page.gettext("Completeness")]
    return csv_response(f"{made.file}.csv", header, made.rows)


def _as_pdf(page: Page, made: Exported) -> Response:
    asked = made.asked
    printed = [row[:-1] for row in made.rows]
    totals = printed[len(printed) - made.totals :] if made.totals else []
    rows = printed[: len(printed) - made.totals]
    notes = [
        PdfNote(text)
        for text in completeness_lines(page, made.completeness, asked.zone, _MOST_PLACES)
    ]
    if len(rows) > MOST_PDF_ROWS:
        notes.append(PdfNote(page.gettext(_CUT, number=MOST_PDF_ROWS)))
    facts = PdfFacts(
        [
            (page.gettext("Branches"), branches_in_words(page, asked)),
            (page.gettext("Currency"), asked.currency),
        ]
    )
    table = PdfTable(made.header, [*rows[:MOST_PDF_ROWS], *totals], made.figures, len(totals))
    footer = page.gettext(
        _FOOTER, name=page.user.name, operator=page.user.operator,
        instant=formats.instant(page.now, asked.zone, page.language), zone=asked.zone,
    )  # fmt: skip
    period = dates_in_words(page, made.first, made.last)
    content = build_pdf(made.title, period, [facts, *notes, table], page.language, footer)
    return download(f"{made.file}.pdf", "application/pdf", content)
