"""Reading a workbook (.xlsx) as the CSV file that it stands for, so that both are checked by the same reader.

A row of the sheet is a line of the file, its number the same, so that what is said of a line is found in the sheet.
Cells are read as people see them, and nothing is rounded:

    cell                                  as
    number                                its 15 digits, without an exponent; 007 where its format shows noughts
    number shown in per cent              the per cent, without the sign
    date, date with a time                2026-03-01, 2026-03-01T08:00:00
    true, false                           yes, no
    formula                               what it came to when the workbook was saved
    line break in a text                  U+2028, which the checks of texts refuse: a line stays a line

    what is wrong                                     what is said
    encrypted, or of the format before 2007           how to save it
    another kind of packed file, or a broken one      that it is no workbook
    several sheets with something in them             their names, and what to call the one that is meant
    a formula without a result, or that failed        the cell
    more than is imported at once                     how much

A sheet is read as a stream: in memory stand the texts that cells share, and what is written.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from itertools import repeat
from typing import TYPE_CHECKING, Any

from replication.console.csv_file import CsvFileError
from replication.console.languages import msgid

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

_PACKED = b"PK\x03\x04"
_COMPOUND = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

_PASSWORD = msgid(
    "The workbook is encrypted: open it, take its password away, save it and import that."
)
_OLD = msgid("The workbook is of the format before 2007 (.xls): save it as .xlsx and import that.")
_NO_WORKBOOK = msgid(
    "The file is packed and is no workbook (.xlsx): save it as .xlsx or CSV and import that."
)
_BROKEN = msgid(
    "The workbook cannot be read (%(problem)s): open it, save it once more and import that."
)
_LARGE = msgid(
    "The workbook holds more than is imported at once: at most %(most)s MiB when it is unpacked."
)
_NOTHING = msgid("No sheet of the workbook holds anything.")
_SHEETS = msgid(
    "Several sheets of the workbook hold something: %(sheets)s. Name the one that is meant “%(sheet)s”, or save"
    " it alone."
)
_FAILED = msgid("Cell %(cell)s shows %(value)s: correct it and import the workbook again.")
_NO_RESULT = msgid(
    "Cell %(cell)s holds a formula without its result: open the workbook, save it and import that."
)

_MIB = 1 << 20
_MOST_SHEET = 1024 * _MIB
_MOST_SHARED = 256 * _MIB
_MOST_OTHER = 32 * _MIB
_MOST_WRITTEN = 256 * _MIB
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_NOUGHTS = re.compile(r"0+")
_SHOWN = 60
_LONGEST_FORMULA_TAG = 16


def is_workbook(data: bytes) -> bool:
    """Whether a file is packed as workbooks are."""
    return data.startswith(_PACKED)


def csv_of(data: bytes, sheet: str) -> bytes:
    """The bytes of a CSV file: those given, or what a workbook stands for. Raises CsvFileError.

    Of several sheets that hold something the one that is called `sheet` is read.
    """
    if data.startswith(_COMPOUND):
        raise CsvFileError(_PASSWORD if _ENCRYPTED in data else _OLD)
    return _converted(data, sheet) if is_workbook(data) else data


def _converted(data: bytes, sheet: str) -> bytes:
    from openpyxl import load_workbook  # noqa: PLC0415 - it takes long to load, and few files are workbooks

    has_formulas = _check(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        name = _chosen(book, sheet)
        rows = book[name].iter_rows()
        asked: Iterator[Any] = repeat(())
        if has_formulas:
            said = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            asked = said[name].iter_rows()
        return _written(zip(rows, asked, strict=False))
    except CsvFileError:
        raise
    # Whatever the library meets in a file that is not as it should be, it says in many ways.
    except Exception as error:
        raise CsvFileError(_BROKEN, problem=f"{type(error).__name__}: {error}"[:_SHOWN]) from error


def _check(data: bytes) -> bool:
    """Refuse what is no workbook, or unpacks to more than is read; whether a sheet holds formulas."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
            if not any(one.filename == "xl/workbook.xml" for one in members):
                raise CsvFileError(_NO_WORKBOOK)
            found = False
            for one in members:
                is_sheet = one.filename.startswith("xl/worksheets/")
                _check_size(one.filename, one.file_size)
                found = found or (is_sheet and _has_formula(packed, one))
            return found
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, CsvFileError):
            raise
        raise CsvFileError(_BROKEN, problem=str(error)[:_SHOWN]) from error


def _check_size(name: str, size: int) -> None:
    most = _MOST_OTHER
    if name.startswith("xl/worksheets/"):
        most = _MOST_SHEET
    elif name == "xl/sharedStrings.xml":
        most = _MOST_SHARED
    elif not name.endswith((".xml", ".rels")):
        # Pictures and the like are not read.
        return
    if size > most:
        raise CsvFileError(_LARGE, most=most // _MIB)


def _has_formula(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    before = b""
    with packed.open(member) as stream:
        while piece := stream.read(_MIB):
            if _FORMULA.search(before + piece):
                return True
            before = piece[-_LONGEST_FORMULA_TAG:]
    return False


def _chosen(book: Workbook, sheet: str) -> str:
    """The sheet that is meant. Raises CsvFileError."""
    filled: list[str] = []
    for one in book.worksheets:
        # What a file says of its own size may be wrong.
        one.reset_dimensions()
        if one.sheet_state == "visible" and _holds_something(one):
            filled.append(one.title)
    if not filled:
        raise CsvFileError(_NOTHING)
    named = [one for one in filled if one.casefold() == sheet.casefold()]
    if len(filled) > 1 and not named:
        raise CsvFileError(_SHEETS, sheets=", ".join(filled)[:300], sheet=sheet)
    return (named or filled)[0]


def _holds_something(sheet: Any) -> bool:  # noqa: ANN401 - read-only, as the library has it
    return any(value is not None for row in sheet.iter_rows(values_only=True) for value in row)


def _written(rows: Iterator[tuple[Any, Any]]) -> bytes:
    written = io.BytesIO()
    output = io.TextIOWrapper(written, "utf-8", newline="", write_through=True)
    writer = csv.writer(output, lineterminator="\n")
    empty, width = 0, 0
    for found, asked in rows:
        _check_formulas(found, asked)
        cells = [_text(one) for one in found]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            empty += 1
            continue
        # Empty rows behind the last one are no rows.
        output.write("\n" * empty)
        empty, width = 0, width or len(cells)
        writer.writerow([*cells, *[""] * (width - len(cells))])
        if written.tell() > _MOST_WRITTEN:
            raise CsvFileError(_LARGE, most=_MOST_WRITTEN // _MIB)
    output.flush()
    return written.getvalue()


def _check_formulas(found: Any, asked: Any) -> None:  # noqa: ANN401 - cells, as the library has them
    """Refuse a row with a formula of which nobody knows what it comes to."""
    for cell, formula in zip(found, asked, strict=False):
        if formula.data_type == "f" and cell.value is None:
            raise CsvFileError(_NO_RESULT, cell=formula.coordinate)


def _text(cell: Any) -> str:  # noqa: ANN401 - a cell or an empty one
    """A cell as people see it."""
    value = cell.value
    text = str(value)
    match value:
        case None:
            text = ""
        case str():
            if cell.data_type == "e":
                raise CsvFileError(_FAILED, cell=cell.coordinate, value=value)
            text = "\u2028".join(value.splitlines())
        case bool():
            text = "yes" if value else "no"
        case int() | float():
            text = _number(value, cell.number_format)
        case datetime():
            text = (value.date() if value.time() == time() else value).isoformat()
    return text


def _number(value: float, shown_as: str) -> str:
    """A number with the digits that a spreadsheet program keeps."""
    number = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
    if "%" in shown_as:
        number *= 100
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    noughts = _NOUGHTS.fullmatch(shown_as)
    return text.zfill(len(shown_as)) if noughts and text.isdigit() else text
