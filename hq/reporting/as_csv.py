"""A report as CSV: one header and nothing before it, so that any program reads it.

Each row says itself whether it is complete; codes stand in columns of their own; the total is the last row,
without a code. Amounts are major units with a point.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from hq.reporting.cells import Cells, flat, heads
from hq.reporting.made import Made
from hq.reporting.table import Value, Verdicts
from hq.web.completeness_text import cell
from replication.console.table_export import csv_pieces


def as_csv(made: Made) -> Iterator[bytes]:
    """The file, piece by piece, as its rows are read."""
    words, answer = made.words, made.answer
    header = [*heads(answer, words.gettext("Code")), words.gettext("Completeness")]
    return csv_pieces(header, _rows(made))


def _rows(made: Made) -> Iterator[list[str]]:
    answer, words = made.answer, made.words
    cells = Cells(answer.currency, made.request.asked.zone, words.language)
    verdicts = Verdicts(answer.completeness)
    say = partial(cell, words)

    def written(values: tuple[Value, ...]) -> list[str]:
        return [cells.written(value, kind) for value, kind in flat(answer.columns, values)]

    for row in made.rows:
        yield [*written(row.values), verdicts.told(row, say)]
    if answer.total is not None:
        yield [*written(answer.total), cell(words, answer.completeness)]
