"""What a person takes away from a page: a file under a name, and tables as CSV.

CSV is for spreadsheet programs: UTF-8 with a mark at its beginning, without which they read Chinese
as gibberish. A text that such a program would run as a formula is guarded (`spreadsheet_cell`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import date
from urllib.parse import quote

from anyio import CancelScope, to_thread
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import Response, StreamingResponse

from replication.console.spreadsheet_cell import guarded

_PIECE = 64 * 1024
Cell = str | int | date | None
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(filename: str, media_type: str, content: bytes) -> Response:
    """A file for the browser to save; its name may be Chinese."""
    return Response(content, headers=_headers(filename), media_type=media_type)


def _headers(filename: str) -> dict[str, str]:
    disposition = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
    return {"Content-Disposition": disposition, "Cache-Control": "no-store"}


def flowing_download(
    filename: str, media_type: str, pieces: Iterator[bytes], close: Callable[[], None]
) -> Response:
    """The same for a file that is sent as it is made. `close` is called when all is sent, or nobody reads on; what
    fails in between breaks the download off, so that no part of a file passes for the whole.
    """

    async def sent() -> AsyncIterator[bytes]:
        try:
            async for piece in iterate_in_threadpool(pieces):
                yield piece
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(close)

    return StreamingResponse(sent(), headers=_headers(filename), media_type=media_type)


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The table as a CSV file. `rows` are read at once, while the caller's connection is open.

    Give amounts as `schemas.domain.money.format_amount` writes them, which every program reads.
    """
    return download(filename, CSV, csv_bytes(header, rows))


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The same as the bytes of a file."""
    return b"".join(csv_pieces(header, rows))


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The same piece by piece, however many rows there are; the first piece comes with the first rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_guarded(name) for name in header])
    encoding = "utf-8-sig"
    for row in rows:
        writer.writerow([_guarded(cell) for cell in row])
        if text.tell() >= _PIECE:
            yield text.getvalue().encode(encoding)
            text.seek(0)
            text.truncate()
            encoding = "utf-8"
    yield text.getvalue().encode(encoding)


def _guarded(cell: Cell) -> str:
    return guarded("" if cell is None else str(cell))
