"""What a person takes away from a page: a file under a name, and tables as CSV.

CSV is for spreadsheet programs: UTF-8 with a mark at its beginning, without which they read Chinese
as gibberish. A text that such a program would run as a formula is guarded (`spreadsheet_cell`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from urllib.parse import quote

from starlette.responses import Response

from replication.console.spreadsheet_cell import guarded

Cell = str | int | date | None
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(filename: str, media_type: str, content: bytes) -> Response:
    """A file for the browser to save; its name may be Chinese."""
    disposition = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(content, headers=headers, media_type=media_type)


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The table as a CSV file. `rows` are read at once, while the caller's connection is open.

    Give amounts as `schemas.domain.money.format_amount` writes them, which every program reads.
    """
    return download(filename, CSV, csv_bytes(header, rows))


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The same as the bytes of a file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_guarded(name) for name in header])
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _guarded(cell: Cell) -> str:
    return guarded("" if cell is None else str(cell))
