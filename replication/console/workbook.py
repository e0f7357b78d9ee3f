"""How a workbook is written: the one place that makes XLSX files.

    cell       in the sheet
    str        text whatever it begins with, so that nothing that somebody typed becomes a formula
    Figure     the number that its integers say, shown in its own way
    date       a date; an instant comes as the local time of its place, without a zone
    None       nothing

A sheet is written row by row, from the first to the last, and rows rest on disk, as the packed file does where it
is large. The same rows give the same bytes where `made` is the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Literal

import xlsxwriter

from replication.console.formats import decimals_of

_COUNT, _QUANTITY, _SHARE, _TEXT = "#,##0", "#,##0.###", "0.0%", "@"
_DAY, _INSTANT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
_PIECE, _IN_MEMORY = 256 * 1024, 8 * 1024 * 1024
_HEAD: dict[str, Any] = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}

Style = Literal["", "head", "total"]
_STYLES: dict[Style, dict[str, Any]] = {"": {}, "head": _HEAD, "total": {"bold": True, "top": 1}}


@dataclass(frozen=True, slots=True)
class Figure:
    """`part` of `whole`, by which a sheet holds every minor unit exactly enough to show it."""

    part: int
    whole: int = 1
    pattern: str = _COUNT


Cell = str | Figure | date | None


def amount(minor: int, currency: str) -> Figure:
    """Minor units, shown in major ones."""
    decimals = decimals_of(currency)
    return Figure(minor, 10**decimals, _decimal(decimals))


def quantity(thousandths: int) -> Figure:
    """Thousandths of a unit."""
    return Figure(thousandths, 1000, _QUANTITY)


def scaled(value: int, decimals: int) -> Figure:
    """A number that has these decimals, all of them shown."""
    return Figure(value, 10**decimals, _decimal(decimals))


def share(part: int, whole: int) -> Figure | None:
    """Per cent; of nothing there is no share."""
    return Figure(part, whole, _SHARE) if whole else None


def _decimal(decimals: int) -> str:
    return _COUNT + ("." + "0" * decimals if decimals else "")


class Sheet:
    """One sheet, at its next row."""

    def __init__(self, book: Book, page: Any, *, typed: bool) -> None:  # noqa: ANN401 - of a library without types
        self._book, self._page, self._typed = book, page, typed
        self._rows, self._head = 0, (0, 0)

    def widths(self, *widths: int) -> None:
        """How wide its columns are, in characters."""
        plain = None if self._typed else self._book.look(_TEXT, "")
        for column, width in enumerate(widths):
            self._page.set_column(column, column, width, plain)

    def head(self, names: Sequence[str], fixed: int = 0) -> None:
        """The names of the columns, in view wherever one reads, as the first `fixed` columns are."""
        self._head = (self._rows, len(names))
        self.row(names, "head")
        self._page.freeze_panes(self._rows, fixed)

    def row(self, cells: Sequence[Cell], style: Style = "") -> None:
        """The next row."""
        for column, cell in enumerate(cells):
            self._write(column, cell, style)
        self._rows += 1

    def filtered(self) -> None:
        """Let whoever reads it choose among the rows that were written below the head."""
        head, columns = self._head
        self._page.autofilter(head, 0, max(self._rows - 1, head + 1), columns - 1)

    def _write(self, column: int, cell: Cell, style: Style) -> None:
        page, look = self._page, self._book.look
        match cell:
            case None:
                page.write_blank(self._rows, column, None, look("", style))
            case Figure(part=part, whole=whole, pattern=pattern):
                page.write_number(self._rows, column, part / whole, look(pattern, style))
            case datetime():
                page.write_datetime(self._rows, column, cell, look(_INSTANT, style))
            case date():
                page.write_datetime(self._rows, column, cell, look(_DAY, style))
            case _:
                pattern = "" if self._typed else _TEXT
                page.write_string(self._rows, column, cell, look(pattern, style))


class Book:
    """A workbook that is being written."""

    def __init__(self, book: xlsxwriter.Workbook, packed: IO[bytes]) -> None:
        self._book, self._packed = book, packed
        self._looks: dict[tuple[str, Style], Any] = {}

    def sheet(self, name: str, *, typed: bool = True) -> Sheet:
        """Its next sheet. Where it is not `typed`, cells stay text when somebody types into them, so that
        codes keep their noughts in a table that is edited and given back.
        """
        return Sheet(self, self._book.add_worksheet(name), typed=typed)

    def look(self, pattern: str, style: Style) -> Any:  # noqa: ANN401 - of a library without types
        """How a cell looks, None for plain."""
        if not pattern and not style:
            return None
        if (pattern, style) not in self._looks:
            said = {"num_format": pattern} if pattern else {}
            self._looks[pattern, style] = self._book.add_format(said | _STYLES[style])
        return self._looks[pattern, style]

    def content(self) -> bytes:
        """The file, once it is written."""
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """The same, once, without ever holding all of it."""
        with self._packed as packed:
            packed.seek(0)
            while piece := packed.read(_PIECE):
                yield piece


@contextmanager
def workbook(title: str, made: datetime | None = None) -> Iterator[Book]:
    """A book to write; `Book.content` is the file after the end of the block. It says when it was `made`."""
    with ExitStack() as failing, tempfile.TemporaryDirectory(prefix="cw-") as place:
        packed = failing.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))
        options = {"constant_memory": True, "tmpdir": place}
        with xlsxwriter.Workbook(packed, options) as book:
            when = {} if made is None else {"created": made.replace(tzinfo=None)}
            book.set_properties({"title": title} | when)
            yield Book(book, packed)
        # Whoever takes the content closes it.
        failing.pop_all()
