"""A report on paper: who asked for what and when, what the figures are missing before the figures.

Rows say it too where they do not all lack the same, in short: paper is narrow, and above it stands in full.
"""

from __future__ import annotations

from collections.abc import Iterator

from hq.completeness import Completeness
from hq.reporting.cells import Cells, head
from hq.reporting.definition import COMPARISON_LABELS
from hq.reporting.made import MOST_PRINTED, Made
from hq.reporting.table import WORDED, Value, Verdicts
from hq.web.completeness_text import lines, short_cell
from replication.console import formats
from replication.console.languages import msgid
from replication.console.pdf import Block, PdfFacts, PdfHeading, PdfNote, PdfTable, build_pdf

_MOST_PLACES = 40
_CUT = msgid("Only the first %(number)s rows are printed; the CSV has all. The total is of all.")
_FOOTER = msgid("Made by %(name)s (%(operator)s), %(instant)s (%(zone)s)")


def as_pdf(made: Made) -> Iterator[bytes]:
    """The file."""
    words, zone = made.words, made.request.asked.zone
    footer = words.gettext(
        _FOOTER, name=made.author.name, operator=made.author.operator,
        instant=formats.instant(made.request.now, zone, words.language), zone=zone,
    )  # fmt: skip
    blocks = [PdfFacts(made.facts()), *_missing(made), _table(made)]
    yield build_pdf(made.title, made.period, blocks, words.language, footer)


def _missing(made: Made) -> list[Block]:
    words, answer, zone = made.words, made.answer, made.request.asked.zone
    said: list[Block] = [
        PdfNote(text) for text in lines(words, answer.completeness, zone, _MOST_PLACES)
    ]
    if compared := answer.compared:
        said.append(PdfHeading(words.gettext(COMPARISON_LABELS[compared.comparison])))
        said += [PdfNote(text) for text in lines(words, compared.completeness, zone, _MOST_PLACES)]
    said += [PdfNote(str(note)) for note in answer.notes]
    if len(answer.rows) > MOST_PRINTED or answer.following:
        said.append(PdfNote(words.gettext(_CUT, number=MOST_PRINTED)))
    return said


def _table(made: Made) -> PdfTable:
    answer, words = made.answer, made.words
    cells = Cells(answer.currency, made.request.asked.zone, words.language)
    verdicts = Verdicts(answer.completeness)

    by_row = answer.is_told_by_row

    def shown(values: tuple[Value, ...], completeness: Completeness) -> list[str]:
        pairs = zip(answer.columns, values, strict=True)
        said = [short_cell(words, completeness)] if by_row else []
        return [*(cells.shown(value, column.kind) for column, value in pairs), *said]

    rows = [shown(row.values, verdicts.of(row)) for row in answer.rows[:MOST_PRINTED]]
    totals = [] if answer.total is None else [shown(answer.total, answer.completeness)]
    last = [words.gettext("Completeness")] if by_row else []
    return PdfTable(
        header=[*(head(one, answer.currency) for one in answer.columns), *last],
        rows=[*rows, *totals],
        numbers=frozenset(n for n, one in enumerate(answer.columns) if one.kind not in WORDED),
        totals=len(totals),
    )
