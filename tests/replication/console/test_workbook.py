"""Workbooks, read back by another library."""

from __future__ import annotations

import io
from datetime import date, datetime

from openpyxl import load_workbook

from replication.console.workbook import Cell, Figure, amount, quantity, scaled, share, workbook

MADE = datetime(2026, 3, 3, 9, 30)  # noqa: DTZ001 - as the clock on the wall says it


def _written(*cells: Cell, typed: bool = True) -> bytes:
    with workbook("A week", MADE) as book:
        sheet = book.sheet("Figures", typed=typed)
        sheet.widths(12)
        sheet.head([str(number) for number in range(len(cells))], fixed=1)
        sheet.row(cells)
        sheet.filtered()
        sheet.row(cells, "total")
    return book.content()


def test_cells_come_back_as_what_they_are() -> None:
    cells: dict[Cell, tuple[object, str]] = {
        "=1+1": ("=1+1", "General"), "007": ("007", "General"), None: (None, "General"),
        amount(-123_450, "CNY"): (-1234.5, "#,##0.00"), amount(500, "JPY"): (500, "#,##0"),
        quantity(1234): (1.234, "#,##0.###"), scaled(123, 1): (12.3, "#,##0.0"),
        Figure(7): (7, "#,##0"), share(1, 4): (0.25, "0.0%"),
        date(2026, 3, 2): (datetime(2026, 3, 2), "yyyy-mm-dd"),  # noqa: DTZ001
        MADE: (MADE, "yyyy-mm-dd hh:mm:ss"),
    }  # fmt: skip
    assert share(1, 0) is None
    book = load_workbook(io.BytesIO(_written(*cells)))
    sheet = book["Figures"]
    for row in (2, 3):
        told = [(cell.value, cell.number_format) for cell in sheet[row]]
        assert told == list(cells.values())
    assert {cell.data_type for cell in sheet[2][:2]} == {"s"}
    assert [sheet[row][3].font.bold for row in (1, 2, 3)] == [True, False, True]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:K2")
    assert (book.properties.title, book.properties.created) == ("A week", MADE)


def test_the_same_rows_give_the_same_bytes() -> None:
    assert _written("tea", amount(1, "CNY")) == _written("tea", amount(1, "CNY"))


def test_text_stays_text_where_a_table_is_edited() -> None:
    sheet = load_workbook(io.BytesIO(_written("0012", typed=False)))["Figures"]
    assert (sheet["A2"].value, sheet["A2"].number_format) == ("0012", "@")
    assert sheet.column_dimensions["A"].width > 12
