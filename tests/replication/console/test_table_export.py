"""A spreadsheet program reads the file as it is meant, and runs nothing in it."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from replication.console.table_export import csv_response


def read_back(*cells: object) -> list[str]:
    response = csv_response("x.csv", ["a"], [cells])  # type: ignore[list-item]
    return list(csv.reader(io.StringIO(bytes(response.body).decode("utf-8-sig"))))[1]


def test_chinese_survives_in_the_name_and_the_text() -> None:
    response = csv_response("销售 3月.csv", ["门店", "净额"], [["B001", "1234.50"]])
    assert response.headers["content-disposition"].endswith(
        "filename*=UTF-8''%E9%94%80%E5%94%AE%203%E6%9C%88.csv"
    )
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert bytes(response.body) == b"\xef\xbb\xbf" + "门店,净额\r\nB001,1234.50\r\n".encode()


@pytest.mark.parametrize(
    "formula",
    [
        "=1+1",
        "+cmd|'/c calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        " =1",
        "\n@x",
        "--1",
    ],
)
def test_a_formula_is_made_a_text(formula: str) -> None:
    assert read_back(formula) == [f"'{formula}"]


@pytest.mark.parametrize("number", ["-1", "+12.50", "-0.05", "12.5%", "-3.2%"])
def test_a_number_is_left_alone(number: str) -> None:
    assert read_back(number) == [number]


def test_cells_of_every_kind() -> None:
    cells = read_back(-5, None, date(2026, 3, 5), 'a "quoted", cell\nof two lines')
    assert cells == ["-5", "", "2026-03-05", 'a "quoted", cell\nof two lines']


def test_a_header_is_guarded_too() -> None:
    response = csv_response("x.csv", ["=a"], [])
    assert bytes(response.body).decode("utf-8-sig") == "'=a\r\n"
