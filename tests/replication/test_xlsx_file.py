"""Workbooks as the CSV files that they stand for: cells as people see them, and clear words for what is none."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter

from replication.console.csv_file import CsvFileError, read_rows
from replication.console.xlsx_file import csv_of


def workbook(*sheets: tuple[str, Callable[[Any, Any], None]], **options: object) -> bytes:
    """A workbook as xlsxwriter writes it; each sheet is filled by its function."""
    output = io.BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True, **options}) as book:
        for name, fill in sheets:
            fill(book, book.add_worksheet(name))
    return output.getvalue()


def items(book: Any, sheet: Any) -> None:  # noqa: ANN401 - of the library
    sheet.write_row(0, 0, ["item", "price", "rate", "from", "stocked"])
    shown = {form: book.add_format({"num_format": form})
             for form in ("0000000", "0.00", "0.00%", "yyyy/m/d", "yyyy-mm-dd hh:mm")}  # fmt: skip
    sheet.write_number(1, 0, 42, shown["0000000"])
    sheet.write_number(1, 1, 3.5, shown["0.00"])
    sheet.write_number(1, 2, 0.13, shown["0.00%"])
    sheet.write_datetime(1, 3, datetime(2026, 3, 1), shown["yyyy/m/d"])  # noqa: DTZ001 - as cells are
    sheet.write_boolean(1, 4, True)
    sheet.write_number(3, 0, 6901234567892)
    sheet.write_formula(3, 1, "=1.1+2.2", None, 3.3000000000000003)
    sheet.write_number(3, 2, 13)
    sheet.write_datetime(3, 3, datetime(2026, 3, 1, 8, 30), shown["yyyy-mm-dd hh:mm"])  # noqa: DTZ001
    sheet.write_string(3, 4, "two\nlines, “quoted”")
    sheet.write_blank(900, 4, None, shown["0.00"])


def one_cell(_: Any, sheet: Any) -> None:  # noqa: ANN401 - of the library
    sheet.write_string(0, 0, "item")


def nothing(_: Any, __: Any) -> None:  # noqa: ANN401 - of the library
    """An empty sheet."""


def test_cells_are_read_as_people_see_them_and_rows_keep_their_numbers() -> None:
    data = csv_of(workbook(("Sheet1", items), ("Sheet2", nothing)), "items")
    rows = read_rows(data, ("item", "price", "rate", "from", "stocked"))
    assert [(row.line, [*row.cells.values()]) for row in rows] == [
        (2, ["0000042", "3.5", "13", "2026-03-01", "yes"]),
        (4, ["6901234567892", "3.3", "13", "2026-03-01T08:30:00", "two\u2028lines, “quoted”"]),
    ]
    assert rows[1].text("stocked") == "two\u2028lines, “quoted”"
    assert rows[1].problems, "a text of two lines is refused where it stands"


def test_the_sheet_that_is_called_like_the_kind_is_meant() -> None:
    data = workbook(("Notes", one_cell), ("Items", items))
    assert csv_of(data, "items").startswith(b"item,price")
    with pytest.raises(CsvFileError, match=r"Notes, Items. Name the one that is meant “units”"):
        csv_of(data, "units")


def packed(**members: bytes) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("__", "/"), data)
    return output.getvalue()


def failing(_: Any, sheet: Any) -> None:  # noqa: ANN401 - of the library
    sheet.write_row(0, 0, ["item", "name"])
    sheet.write_formula(1, 1, "=NA()", None, "#N/A")


def unknown(_: Any, sheet: Any) -> None:  # noqa: ANN401 - of the library
    sheet.write_row(0, 0, ["item", "name"])
    sheet.write_formula(1, 1, "=A1&A2", None, "")


OLE = bytes.fromhex("D0CF11E0A1B11AE1")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (OLE + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le"), "is encrypted: open it"),
        (OLE + b"\0" * 512, "before 2007"),
        (packed(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "is no workbook"),
        (workbook(("A", items))[:-3000], "cannot be read"),
        (packed(**{"xl__workbook.xml": b"<no"}), "cannot be read"),
        (workbook(("A", nothing)), "No sheet of the workbook holds anything"),
        (workbook(("A", failing)), "Cell B2 shows #N/A"),
        (
            packed(**{"xl__workbook.xml": b"", "xl__styles.xml": b"\0" * (33 << 20)}),
            "more than is imported at once",
        ),
    ],
)
def test_what_is_no_workbook_is_told_why(data: bytes, said: str) -> None:
    with pytest.raises(CsvFileError, match=said):
        csv_of(data, "items")


def test_a_formula_without_its_result_is_named() -> None:
    """As a program writes it that does not calculate."""
    plain = workbook(("A", unknown))
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as read, zipfile.ZipFile(output, "w") as write:
        for one in read.infolist():
            data = read.read(one)
            if one.filename.startswith("xl/worksheets/"):
                data = data.replace(b"<v></v>", b"").replace(b' t="str"', b"")
            write.writestr(one, data)
    with pytest.raises(CsvFileError, match="Cell B2 holds a formula without its result"):
        csv_of(output.getvalue(), "items")


def test_what_is_no_workbook_and_no_packed_file_is_left_to_the_reader_of_csv() -> None:
    assert csv_of(b"item\n1\n", "items") == b"item\n1\n"
