"""A table as an XLSX file in which every cell is text and stays text, to be edited and given back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.responses import Response

from replication.console.table_export import XLSX, download
from replication.console.workbook import workbook

_WIDTH = 20


def xlsx_response(
    filename: str, sheet: str, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> Response:
    """The table for the browser to save. `rows` are read at once and go through a file, not through memory."""
    with workbook(sheet) as book:
        page = book.sheet(sheet, typed=False)
        page.widths(*[_WIDTH] * len(header))
        page.head(header)
        for row in rows:
            page.row(row)
    return download(filename, XLSX, book.content())
