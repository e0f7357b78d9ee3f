"""Every report in every form: the same figures, each with what they are missing."""

from __future__ import annotations

import csv
import gc
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from gettext import NullTranslations
from typing import Any, cast

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from hq.consolidation import figures as figures_reader
from hq.reporting import files
from hq.reporting.files import FileForm, Form
from hq.reporting.made import SHEET, Author, make_whole
from hq.reporting.reading import Reader
from hq.reporting.register import REPORTS
from hq.reports.snapshot import snapshot
from replication.console.words import Spoken
from schemas.domain.money import format_amount
from tests.hq.day_builder import BranchDay, line, state
from tests.hq.reporting_site import NOW

WEEK = "from=2026-03-02&to=2026-03-04"


def read_json(client: TestClient, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = json.loads(answer.content)
    return read


def read_csv(client: TestClient, address: str) -> list[list[str]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("code", REPORTS)
def test_a_report_says_the_same_in_every_form_and_language(regional: TestClient, code: str) -> None:
    told = read_json(regional, f"/reports/{code}.json?{WEEK}")
    assert told["report"] == code
    assert told["completeness"]["complete"] is False
    assert {gap["problem"] for gap in told["completeness"]["gaps"]} >= {"never_heard"}
    assert all("complete" in row["completeness"] for row in told["rows"])
    header, *lines = read_csv(regional, f"/reports/{code}.csv?{WEEK}")
    total = told["total"] is not None
    assert len(lines) == len(told["rows"]) + total
    assert header[-1] == "Completeness"
    amounts = [one["name"] for one in told["columns"] if one["kind"] == "amount"]
    for name in amounts:
        place = next(n for n, head in enumerate(header) if head == _head(told, name))
        rows = [*told["rows"], *([told["total"]] if total else [])]
        expected = ["" if row[name] is None else format_amount(row[name]) for row in rows]
        assert [line[place] for line in lines] == expected, name
    book = load_workbook(io.BytesIO(regional.get(f"/reports/{code}.xlsx?{WEEK}").content))
    figures, missing = book.worksheets
    assert [cell.value for cell in figures[1]] == header
    assert figures.max_row == len(lines) + 1
    assert missing["A1"].value == told["title"]
    assert regional.get(f"/reports/{code}.pdf?{WEEK}").content.startswith(b"%PDF")
    for language, said in (("en", "Not complete"), ("zh", "不完整")):
        page = regional.get(f"/reports/{code}?{WEEK}", headers={"Accept-Language": language})
        assert page.status_code == 200
        assert said in page.text


def _head(told: dict[str, Any], name: str) -> str:
    label = next(one["label"] for one in told["columns"] if one["name"] == name)
    return f"{label} (CNY)"


def test_a_workbook_has_numbers_dates_and_every_gap(regional: TestClient) -> None:
    address = f"/reports/sales.xlsx?{WEEK}&by=branch&by2=day"
    told = read_json(regional, address.replace("xlsx", "json"))
    figures, missing = load_workbook(io.BytesIO(regional.get(address).content)).worksheets
    heads = [cell.value for cell in figures[1]]
    sales = heads.index("Sales (CNY)")
    for number, row in enumerate(told["rows"], 2):
        cell = figures.cell(number, sales + 1)
        assert cell.value == row["sales"] / 100
        assert cell.number_format == "#,##0.00"
    gaps = told["completeness"]["gaps"]
    rows = list(missing.iter_rows(values_only=True))
    begin = next(n for n, row in enumerate(rows) if row[:2] == ("Problem", "Branch"))
    assert len([row for row in rows[begin + 1 :] if row[1]]) >= len(gaps)


@pytest.mark.parametrize("by", ["item", "day", "hour", "weekday", "week", "month", "category"])
@pytest.mark.parametrize("sort", ["sales", "receipts", "key"])
def test_pages_of_two_rows_are_the_whole(regional: TestClient, by: str, sort: str) -> None:
    whole = read_json(regional, f"/reports/sales.json?{WEEK}&by={by}&sort={sort}&level=")
    address: str | None = f"/reports/sales.json?{WEEK}&by={by}&sort={sort}&level=&rows=2"
    rows: list[Any] = []
    while address:
        page = read_json(regional, address)
        rows += page["rows"]
        address = page["next"]
    assert rows == whole["rows"]
    assert sum(row["sales"] for row in rows) == whole["total"]["sales"]


def test_two_dimensions_add_up_to_one(regional: TestClient) -> None:
    both = read_json(regional, f"/reports/sales.json?{WEEK}&by=branch&by2=day")
    one = read_json(regional, f"/reports/sales.json?{WEEK}&by=branch")
    sums: dict[str, int] = {}
    for row in both["rows"]:
        sums[row["key"][0]] = sums.get(row["key"][0], 0) + row["sales"]
    assert sums == {row["key"][0]: row["sales"] for row in one["rows"]}
    complete = {tuple(row["key"]): row["completeness"] for row in both["rows"]}
    assert complete["N001", "2026-03-02"] == {"complete": True, "problems": []}
    assert "late" in complete["N002", "2026-03-03"]["problems"]


def test_a_range_beside_the_one_before(regional: TestClient) -> None:
    now = read_json(
        regional, "/reports/sales.json?from=2026-03-03&to=2026-03-03&by=day&compare=period"
    )
    before = read_json(regional, "/reports/sales.json?from=2026-03-02&to=2026-03-02&by=day")
    (row,) = now["rows"]
    then = before["total"]["sales"]
    assert row["sales_before"] == then
    assert row["sales_change"] == row["sales"] - then
    assert row["sales_change_share"] == {"part": row["sales"] - then, "whole": then}
    assert now["total"]["sales_before"] == then
    assert now["compared"]["from"] == "2026-03-02"
    assert now["compared"]["completeness"] == before["completeness"]
    page = regional.get("/reports/sales?from=2026-03-03&to=2026-03-03&by=day&compare=period").text
    assert "The period before" in page
    assert '"name": "In the earlier range"' in page.replace("&#34;", '"')


def test_from_the_chain_to_a_ticket(regional: TestClient) -> None:
    """By the links of the rows alone."""
    path = f"/reports/sales?{WEEK}&by=branch"
    for leads_to in ("by=day", r"/tickets\?"):
        table = regional.get(path).text.partition('id="report"')[2].partition("<tbody>")[2]
        path = re.findall(r'href="([^"]+)"', table)[0].replace("&amp;", "&")
        assert re.search(leads_to, path)
    listed = regional.get(path).text
    ticket = re.search(r'href="(/tickets/[0-9a-f-]+)"', listed)
    assert ticket
    assert regional.get(ticket[1]).status_code == 200


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("sales?from=1026-01-01&to=2026-03-04", 422, "at most"),
        ("sales?from=1026-01-01&to=1026-01-04", 422, "is before 1990-01-01"),
        ("sales?from=0001-01-01", 422, "is before"),
        ("sales?range=whenever", 422, "There is no range “whenever”"),
        ("sales?by=colour", 404, "There is no report by “colour”"),
        ("sales?level=99", 404, "“99” is none of the values"),
        ("sales?by=item&after=x", 422, "load the report again"),
        ("sales?sort=colour", 200, "Sales"),
        ("sales?region=moon", 403, "region moon"),
        (f"sales?item={'9' * 300}", 422, "longer than any code"),
        ("nothing", 404, "There is no report “nothing”"),
        ("sales.json?rows=1001", 422, "between 1 and 1000"),
        ("sales.json?rows=x", 422, "between 1 and 1000"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    regional: TestClient, address: str, status: int, said: str
) -> None:
    answer = regional.get(f"/reports/{address}")
    assert (answer.status_code, said in answer.text) == (status, True), answer.text[-1500:]


def test_a_filter_by_what_is_gone_is_said(regional: TestClient) -> None:
    for form in ("", ".json"):
        text = regional.get(f"/reports/sales{form}?{WEEK}&category=99&by=item").text
        assert "There is no Category 99 here (any more)." in text


def test_a_sheet_of_too_many_rows_is_refused_with_the_way_out(
    regional: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = replace(files.FILES["xlsx"], limit=replace(SHEET, most=2))
    monkeypatch.setitem(cast("dict[Form, FileForm]", files.FILES), "xlsx", narrow)
    answer = regional.get(f"/reports/sales.xlsx?{WEEK}&by=hour")
    assert answer.status_code == 413
    assert "Take the CSV, which holds any number" in answer.text
    monkeypatch.setattr("hq.reporting.made._COMPARED", replace(SHEET, most=2))
    assert regional.get(f"/reports/sales.csv?{WEEK}&by=hour&compare=period").status_code == 413


def test_a_file_is_read_page_by_page_in_one_snapshot(
    engine: Engine, days: list[BranchDay], regional: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a cursor of the server; what arrives while it is read is in none of its rows."""
    monkeypatch.setattr("hq.reporting.made.PAGE_ROWS", 2)
    read: list[int] = []
    named = figures_reader._named

    def heard(*told: Any) -> Any:  # noqa: ANN401 - as the one it stands for
        read.append(len(told[2]))
        return named(*told)

    monkeypatch.setattr(figures_reader, "_named", heard)
    address = f"/reports/sales.csv?{WEEK}&by=hour"
    before = regional.get(address).content
    asked = {"from": ["2026-03-02"], "to": ["2026-03-04"], "by": ["hour"]}
    reader = Reader((), Spoken("en", NullTranslations()), NOW, "CNY")
    read.clear()
    with snapshot(engine) as connection:
        made = make_whole(connection, REPORTS["sales"], asked, reader, Author("", ""), None)
        rows = iter(made.rows)
        keys = [next(rows).key for _ in range(3)]
        assert read == [2, 2]
        assert connection.execute(text("SELECT count(*) FROM pg_cursors")).scalar_one() == 1
        still_open = days[6]
        still_open.sell(0, line("1001", 99900), hour=23)
        state(engine, still_open)
        keys += [row.key for row in rows]
    assert len(keys) == len(before.splitlines()) - 2, "all but the head and the total"
    assert max(read) == 2
    assert ("23",) not in keys
    assert b"23:00" in regional.get(address).content


@pytest.mark.parametrize("report", ["sales", "best_sellers"])
def test_a_reading_that_is_broken_off_leaves_no_cursor(
    engine: Engine, days: list[BranchDay], monkeypatch: pytest.MonkeyPatch, report: str
) -> None:
    """One that nobody closed complains when it is collected, which is an error here."""
    assert days
    monkeypatch.setattr("hq.reporting.made.PAGE_ROWS", 2)
    asked = {"from": ["2026-03-02"], "to": ["2026-03-04"], "by": ["item"]}
    reader = Reader((), Spoken("en", NullTranslations()), NOW, "CNY")
    with snapshot(engine) as connection:
        made = make_whole(connection, REPORTS[report], asked, reader, Author("", ""), None)
        next(iter(made.rows))
        assert connection.execute(text("SELECT count(*) FROM pg_cursors")).scalar_one() == 1
    del made
    gc.collect()


def test_nobody_sees_what_is_not_theirs(sign_in: Callable[[str], TestClient]) -> None:
    scoped = sign_in("scoped")
    told = read_json(scoped, f"/reports/sales.json?{WEEK}&by=branch")
    assert [row["key"] for row in told["rows"]] == [["N001"]]
    assert told["asked"]["branches"] == ["N001"]
    assert scoped.get("/reports/sales.json?branch=N002").status_code == 403
    manager = sign_in("branch_manager")
    assert manager.get("/reports").status_code == 403


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/sales?by=item&sort=tickets", "/reports/sales?by=item&sort=receipts"),
        ("/sales.csv?by=tender", "/reports/tenders.csv?by=tender"),
        ("/stock", "/reports/stock"),
        ("/stock/margins.pdf", "/reports/margins.pdf"),
        ("/stock/variance", "/reports/stock_variance"),
    ],
)
def test_an_address_of_old_leads_to_the_same_figures(
    regional: TestClient, old: str, new: str
) -> None:
    answer = regional.get(old)
    assert (answer.status_code, answer.headers["location"]) == (308, new)
