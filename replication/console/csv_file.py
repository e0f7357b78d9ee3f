"""Reading a CSV file strictly: UTF-8, one header line, comma, quotes as spreadsheets write them.

    what is wrong                              what is said
    not UTF-8                                  the byte, the line, and how to save it
    other columns than expected                those missing, those unknown and what they resemble
    the last line has no end, or is half       the line: the file was cut, get it whole
    a line with more or fewer cells            the line, and how many it has

Any of these raises CsvFileError: a file is read whole or not at all. What is wrong with one cell is
a `Problem` of its row instead, so that a person sees all of them at once. `stream_rows` gives the rows
one by one, so that a large file never stands in memory as rows; what it raises it may raise on its way.

A cell that our own exports guarded against spreadsheet programs is read as it was before
(`spreadsheet_cell`).
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from replication.console.languages import msgid
from replication.console.refusal import RefusalError
from replication.console.spreadsheet_cell import unguarded
from schemas.domain.money import NumberError, parse_amount

_EMPTY = msgid("The file is empty: it needs a header line with the columns %(columns)s.")
_UTF16 = msgid("The file is UTF-16, not UTF-8: save it as “CSV UTF-8” and import that.")
_CUT_CHARACTER = msgid(
    "The file ends in the middle of a character, in line %(line)s: it was cut. Get it whole."
)
_NOT_UTF8 = msgid(
    "The file is not UTF-8: byte %(byte)s, in line %(line)s, is %(value)s. It looks like"
    " %(guess)s; save it as “CSV UTF-8” and import that."
)
_NUL = msgid("Line %(line)s holds a NUL character: this is no CSV file.")
_CUT_LINE = msgid(
    "The file ends in the middle of line %(line)s, which has no line break: it was cut. Get it"
    " whole, or end its last line if it is complete."
)
_COLUMNS = msgid(
    "The columns are %(found)s; expected are %(expected)s. Missing: %(missing)s. Unknown:"
    " %(unknown)s."
)
_CELLS = msgid("Line %(line)s has %(found)s cells, the header has %(expected)s: %(start)s")
_QUOTES = msgid("Line %(line)s cannot be read (%(problem)s): check its quotation marks.")

_REQUIRED = msgid("is empty; a value is required")
_LONG = msgid("has %(found)s characters; at most %(most)s are allowed")
_UNPRINTABLE = msgid("holds a character that cannot be printed")
_NUMBER = msgid("%(value)s is no number with at most %(decimals)s decimals and a point before them")

_SHOWN = 60
_PIECE = 1 << 20
CODE_LENGTH = 40
NAME_LENGTH = 200


class CsvFileError(RefusalError):
    """The file as a whole cannot be read."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell; the line is counted from 1, the header's."""

    line: int
    column: str
    reason: RefusalError

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.reason}"


@dataclass(slots=True)
class Row:
    """One line of the file; what is wrong with it gathers in `problems`."""

    line: int
    cells: dict[str, str]
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, column: str, text: str, **params: object) -> None:
        """Note what is wrong with a cell."""
        self.problems.append(Problem(self.line, column, RefusalError(text, **params)))

    def text(self, column: str, *, most: int = NAME_LENGTH, required: bool = True) -> str:
        """The cell without blanks around it."""
        value = self.cells[column].strip()
        if required and not value:
            self.refuse(column, _REQUIRED)
        elif len(value) > most:
            self.refuse(column, _LONG, found=len(value), most=most)
        elif not value.isprintable():
            self.refuse(column, _UNPRINTABLE)
        return value

    def code(self, column: str, *, required: bool = True) -> str:
        """The cell as a code."""
        return self.text(column, most=CODE_LENGTH, required=required)

    def number(self, column: str, decimals: int) -> int:
        """The cell in units of 10 to the power of minus `decimals`; nought when it is none."""
        value = self.cells[column].strip()
        try:
            return parse_amount(value, decimals)
        except NumberError:
            self.refuse(column, _NUMBER, value=value[:_SHOWN], decimals=decimals)
            return 0


def read_rows(data: bytes, columns: Sequence[str], optional: Sequence[str] = ()) -> list[Row]:
    """The rows below the header, whose columns may stand in any order; those in `optional` may be
    missing. Raises CsvFileError.
    """
    return list(stream_rows(data, columns, optional))


def stream_rows(data: bytes, columns: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Row]:
    """The same one by one. Raises CsvFileError, at once for what can be seen without reading the rows."""
    _check_text(data)
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise CsvFileError(_EMPTY, columns=", ".join(columns))
    lines = _cells(data)
    _, header = next(lines)
    header = [name.strip() for name in header]
    _check_columns(header, [*columns, *(name for name in optional if name in header)])
    if not data.endswith((b"\n", b"\r")):
        raise CsvFileError(_CUT_LINE, line=data.count(b"\n") + 1)
    return _rows(lines, header)


def _rows(lines: Iterator[tuple[int, list[str]]], header: list[str]) -> Iterator[Row]:
    for line, cells in lines:
        if not cells:
            continue
        if len(cells) != len(header):
            start = ",".join(cells)[:_SHOWN]
            raise CsvFileError(
                _CELLS, line=line, found=len(cells), expected=len(header), start=start
            )
        yield Row(line, dict(zip(header, map(unguarded, cells), strict=True)))


def _check_text(data: bytes) -> None:
    """Raise CsvFileError for what is no UTF-8 text; a piece at a time, so that it is not there twice."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CsvFileError(_UTF16)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _PIECE):
            decoder.decode(data[start : start + _PIECE], final=start + _PIECE >= len(data))
    except UnicodeDecodeError:
        _refuse_bytes(data)
    if b"\0" in data:
        raise CsvFileError(_NUL, line=data.count(b"\n", 0, data.index(b"\0")) + 1)


def _refuse_bytes(data: bytes) -> None:
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if error.reason == "unexpected end of data":
            raise CsvFileError(_CUT_CHARACTER, line=line) from error
        value = f"0x{data[error.start]:02X}"
        raise CsvFileError(
            _NOT_UTF8, byte=error.start, line=line, value=value, guess=_guess(data)
        ) from error


def _guess(data: bytes) -> str:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return "Windows-1252"
    return "GB18030 (GBK)"


def _cells(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line, with the number of the line on which they begin."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise CsvFileError(_CUT_LINE, line=line) from error
        raise CsvFileError(_QUOTES, line=line, problem=error) from error


def _check_columns(found: list[str], expected: Sequence[str]) -> None:
    if sorted(found) == sorted(expected):
        return
    missing = [name for name in expected if name not in found]
    unknown: list[str] = []
    for name in found:
        if name not in expected or found.count(name) > 1:
            near = difflib.get_close_matches(name, missing or expected, 1, 0.5)
            unknown.append(f"{name[:_SHOWN]} (≈ {near[0]})" if near else name[:_SHOWN])
    raise CsvFileError(
        _COLUMNS, found=", ".join(found)[:300], expected=", ".join(expected),
        missing=", ".join(missing) or "–", unknown=", ".join(unknown) or "–",
    )  # fmt: skip
