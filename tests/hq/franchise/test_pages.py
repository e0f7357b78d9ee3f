"""The pages of franchise statements: read, drilled, taken away, locked; and by whom."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook
from pypdfium2 import PdfDocument

from hq.franchise.locking import next_first
from schemas.domain.money import parse_amount
from tests.hq.conftest import Chain
from tests.hq.day_builder import BranchDay
from tests.hq.franchise.scene import a_day, agree, late, move
from tests.hq.goods.goods_scene import line
from tests.hq.test_web_price_changes import Browser, Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture

#: The clock of the chain's headquarters stands at noon of 2 March.
FEBRUARY = "from=2026-02-01&to=2026-02-28"
TENTH = date(2026, 2, 10)
PEOPLE = (
    "operator,name,role,branch,pin\nFIN,王会计,finance,,900004\nADM,Admin,administrator,,900009\n"
    "ELSE,Other,regional_ops,N001,900007\n"
)


def settle_up(chain: Chain) -> BranchDay:
    """A February with a delivery of which one piece is short, and a day of sales."""
    agree(chain)
    chain.load("operators", PEOPLE)
    with chain.hq.engine.begin() as connection:
        lines = (line(1, "1001", 10_000, 1000),)
        move(connection, "transfer_out", "N001", "N001-O-000001", lines, TENTH, partner="N003")
        came = (line(1, "1001", 9000, 1350, expected=10_000),)
        move(connection, "transfer_in", "N003", "N003-I-000001", came, TENTH + timedelta(days=1),
             partner="N001", refers_to="N001-O-000001")  # fmt: skip
    return a_day(chain, TENTH, (120_000, 13_805, "02"))


@pytest.fixture
def scene(chain: Chain) -> BranchDay:
    return settle_up(chain)


def lock(browser: Browser, first: str, last: str, reason: str = "") -> str:
    page = browser.get(f"/franchise/open/N003?from={first}&to={last}").text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    fields = {"from": first, "to": last, "seen": seen, "reason": reason}
    return str(browser.post("/franchise/open/N003/lock", files=None, **fields).text)


def test_a_statement_is_read_drilled_locked_and_followed(
    chain: Chain, scene: BranchDay, open_as: Open
) -> None:
    finance = open_as("FIN", "900004")
    assert "/franchise/open/N003" in finance.get("/franchise").text
    opened = finance.get(f"/franchise/open/N003?{FEBRUARY}").text
    for said in (
        "N001-O-000001",
        "N003-I-000001",
        "1,061.95 × 5.00 %",
        "53.10",
        "-1.50",
        "not complete",
    ):
        assert said in opened, said
    drilled = ("/goods/N001-O-000001", "/days/N003/2026-02-10",
               "/tickets?from=2026-02-10&to=2026-02-10&branch=N003",
               f"/sales?{FEBRUARY}&branch=N003&by=day")  # fmt: skip
    for path in drilled:
        assert path.replace("&", "&amp;") in opened
        assert finance.get(path).status_code == 200, path
    assert "an administrator alone" in lock(finance, "2026-02-01", "2026-02-28", "because")
    administrator = open_as("ADM", "900009")
    assert "another sum" in str(
        administrator.post(
            "/franchise/open/N003/lock", files=None,
            **{"from": "2026-02-01", "to": "2026-02-28", "seen": "1", "reason": "x"},
        ).text
    )  # fmt: skip
    locked = lock(administrator, "2026-02-01", "2026-02-28", "days of the opening week")
    assert "Statement F000001 is locked" in locked
    assert "days of the opening week" in locked
    late(chain, scene, 10_000)
    following = administrator.get("/franchise/open/N003?to=2026-03-01").text
    for said in ("F000001", "sales changed", "53.10", "58.10", "1,200.00", "1,300.00"):
        assert said in following, said
    assert "F000001" in administrator.get("/franchise").text
    with chain.hq.engine.connect() as connection:
        assert next_first(connection, "N003") == date(2026, 3, 1)


@pytest.mark.usefixtures("scene")
def test_files_hold_what_the_page_holds(open_as: Open) -> None:
    finance = open_as("FIN", "900004")
    data = finance.get(f"/franchise/open/N003.csv?{FEBRUARY}").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data)))
    due = sum(parse_amount(row["Amount (CNY)"]) for row in rows)
    assert {row["Completeness"] for row in rows} != {""}
    sheet = finance.get(f"/franchise/open/N003.xlsx?{FEBRUARY}").content
    book = load_workbook(io.BytesIO(sheet))
    assert [one.title for one in book.worksheets] == ["Statement", "Lines"]
    amounts = [_minor(row[13].value) for row in book["Lines"].iter_rows(min_row=2)]
    assert sum(amounts) == due
    assert book["Lines"]["C2"].is_date
    (total,) = [row[1].value for row in book["Statement"].iter_rows() if row[0].value == "Due"]
    assert _minor(total) == due
    paper = PdfDocument(finance.get(f"/franchise/open/N003.pdf?{FEBRUARY}").content)
    text = paper[0].get_textpage().get_text_bounded()
    for said in ("Franchise statement", "N001-O-000001", "53.10", f"{due // 100}"):
        assert said in text.replace(",", ""), said


@pytest.mark.usefixtures("scene")
def test_nobody_sees_or_locks_what_is_not_theirs(open_as: Open) -> None:
    other, buyer = open_as("ELSE", "900007"), open_as("BUY", "900001")
    assert "N003" not in other.get("/franchise").text
    assert other.get("/franchise/open/N003").status_code == 422
    assert other.post("/franchise/open/N003/lock", files=None).status_code == 403
    assert buyer.get("/franchise").status_code == 403
    assert "/franchise" not in buyer.get("/goods").text
    administrator = open_as("ADM", "900009")
    lock(administrator, "2026-02-01", "2026-02-28", "as it is")
    assert administrator.get("/franchise/statements/1").status_code == 200
    assert other.get("/franchise/statements/1").status_code == 404
    for path, said in (
        ("/franchise/open/N001", "no franchise"), ("/franchise/open/N003?from=soon", "no date"),
        ("/franchise/open/N003?from=2026-03-02&to=2026-03-01", "ends before"),
        ("/franchise/open/N003?from=1026-03-02&to=2026-03-01", "366 days at most"),
        ("/franchise/statements/9", "no statement 9"), ("/franchise/statements/x.pdf", "no statement"),
    ):  # fmt: skip
        answer = administrator.get(path)
        assert answer.status_code in (404, 422), path
        assert said in answer.text, path
    rules = administrator.get("/franchise/rules").text
    assert "R1" in rules
    assert "M1" in rules
    rules = other.get("/franchise/rules").text
    assert "R1" in rules
    assert "M1" not in rules, "that is agreed with N003 alone"


def _minor(cell: object) -> int:
    """A cell's figure in minor units; one that is no number is a mistake."""
    assert isinstance(cell, (int, float))
    return round(cell * 100)
