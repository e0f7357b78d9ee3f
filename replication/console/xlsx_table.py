"""A table as an XLSX file in which every cell is text, so that codes keep their noughts and nothing is a formula."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter
from starlette.responses import Response

from replication.console.table_export import XLSX, download

_WIDTH = 20


def xlsx_response(
    filename: str, sheet: str, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> Response:
    """The table for the browser to save. `rows` are read at once and go through a file, not through memory."""
    with tempfile.TemporaryDirectory(prefix="cw-") as place:
        path = Path(place) / "table.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            page = book.add_worksheet(sheet)
            text = book.add_format({"num_format": "@"})
            head = book.add_format({"num_format": "@", "bold": True})
            page.freeze_panes(1, 0)
            page.set_column(0, len(header) - 1, _WIDTH, text)
            for column, name in enumerate(header):
                page.write_string(0, column, name, head)
            for number, row in enumerate(rows, start=1):
                for column, cell in enumerate(row):
                    page.write_string(number, column, cell, text)
        return download(filename, XLSX, path.read_bytes())
