"""The pages of days, sales, tickets and replication, as a browser without a screen sees them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, insert, select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hq.consolidation.figures import answer
from hq.consolidation.question import Question
from hq.reports.branches import known_branches
from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.base import open_postgres
from schemas.tables.consolidation import due
from schemas.tables.kinds import DatabaseKind
from schemas.tables.link import site_status
from schemas.tables.tickets import tender_detail, ticket, ticket_return, ticket_tender
from tests.hq.day_builder import MONDAY, BranchDay
from tests.hq.reporting_site import NOW, PASSWORD, console, live_a_week, speak
from tests.papers import papers
from tests.postgres import fresh_database

ADDRESS = "http://testserver"
PAGES = (
    "/reports",
    "/reports/sales",
    "/reports/sales.csv",
    "/reports/sales.pdf",
    "/tickets",
    "/days",
    "/replication",
)
WEEK = "from=2026-03-02&to=2026-03-04"


@pytest.fixture(scope="module")
def engine(
    hq_database_server: EmbeddedPostgres, postgres_template: Callable[[DatabaseKind], str]
) -> Iterator[Engine]:
    """One week for all tests of this module: they read, or put back what they took away."""
    with fresh_database(hq_database_server, postgres_template("hq")) as dsn:
        opened = open_postgres(dsn)
        speak(opened)
        yield opened
        opened.dispose()


@pytest.fixture(scope="module")
def days(engine: Engine) -> list[BranchDay]:
    return live_a_week(engine)


@pytest.fixture(scope="module")
def application(engine: Engine, days: list[BranchDay]) -> Starlette:
    return console(engine).application()


@pytest.fixture
def client(application: Starlette) -> Iterator[TestClient]:
    headers = {"Origin": ADDRESS, "Accept-Language": "en"}
    with TestClient(application, ADDRESS, headers=headers, follow_redirects=False) as opened:
        yield opened


def sign_in(client: TestClient, operator: str) -> None:
    answer = client.post("/sign-in", data={"operator": operator, "password": PASSWORD})
    assert answer.status_code == 303


@pytest.fixture
def regional(client: TestClient) -> TestClient:
    sign_in(client, "regional_ops")
    return client


def read_csv(client: TestClient, query: str, report: str = "sales") -> list[dict[str, str]]:
    answer = client.get(f"/reports/{report}.csv?{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("role", "refused"),
    [
        ("regional_ops", ()),
        ("administrator", ()),
        ("approver", ()),
        ("buyer", ("/days", "/days/N001/2026-03-02", "/replication")),
        ("branch_manager", (*PAGES, "/days/N001/2026-03-02")),
    ],
)
def test_pages_are_for_their_roles(client: TestClient, role: str, refused: tuple[str, ...]) -> None:
    sign_in(client, role)
    for path in (*PAGES, "/days/N001/2026-03-02"):
        assert client.get(path).status_code == (403 if path in refused else 200), path


def test_a_regional_manager_sees_their_branches_alone(
    client: TestClient, days: list[BranchDay]
) -> None:
    sign_in(client, "scoped")
    assert {row["Code"] for row in read_csv(client, f"{WEEK}&by=branch")} == {"N001", ""}
    assert client.get("/reports/sales?branch=N002").status_code == 403
    assert client.get("/days/N002/2026-03-02").status_code == 403
    foreign = next(day for day in days if day.branch == "N002").tickets[0]
    assert client.get(f"/tickets/{foreign.uuid}").status_code == 404
    text = client.get("/replication").text
    assert "N001.01" in text
    assert "N002" not in text
    assert "N009" not in text


@pytest.mark.parametrize(
    ("report", "by"),
    [
        *(("sales", by) for by in ("branch", "day", "hour", "category", "item", "operator")),
        ("tenders", "tender"),
    ],
)
def test_every_dimension_has_page_chart_csv_and_pdf(
    regional: TestClient, report: str, by: str
) -> None:
    page = regional.get(f"/reports/{report}?{WEEK}&by={by}")
    assert page.status_code == 200
    assert "data-chart=" in page.text
    assert "Not complete" in page.text
    papers(regional, f"/reports/{report}.pdf?{WEEK}&by={by}", f"hq-sales-{by}")
    *rows, total = read_csv(regional, f"{WEEK}&by={by}", report)
    column = "Net (CNY)" if by == "tender" else "Sales (CNY)"
    assert sum(_cents(row[column]) for row in rows) == _cents(total[column])


def _cents(text: str) -> int:
    return int(text.replace(".", ""))


def test_page_csv_and_query_have_the_same_figures(regional: TestClient, engine: Engine) -> None:
    with engine.connect() as connection:
        known = known_branches(connection)
        report = answer(connection, Question(known, MONDAY, NOW.date(), by=("branch",)), NOW)
    rows = read_csv(regional, f"{WEEK}&by=branch")
    expected = {row.keys[0]: row.figures for row in report.rows}
    told = {row["Code"]: row for row in rows if row["Code"]}
    assert told.keys() == expected.keys()
    page = regional.get(f"/reports/sales?{WEEK}&by=branch").text
    for key, figures in expected.items():
        assert _cents(told[key]["Sales (CNY)"]) == figures.sales
        assert int(told[key]["Tickets"]) == figures.receipts
        assert f"{figures.sales // 100:,}.{figures.sales % 100:02}" in page


def test_each_csv_row_says_what_it_is_missing(regional: TestClient) -> None:
    told = {
        row["Code"]: row["Completeness"] for row in read_csv(regional, "from=2026-03-02&by=branch")
    }
    assert told["N001"] == "complete"
    assert told[""] == "Never heard of"
    told = {row["Code"]: row["Completeness"] for row in read_csv(regional, f"{WEEK}&by=branch")}
    assert told["N002"] == "Still open; Late entries after the close; Entries in quarantine"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=today", 422),
        ("from=2026-03-04&to=2026-03-02", 422),
        ("from=2020-01-01&to=2026-03-02", 422),
        ("by=colour", 404),
        ("by=item&after=1001", 422),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    regional: TestClient, query: str, status: int
) -> None:
    assert regional.get(f"/reports/sales?{query}").status_code == status


@pytest.mark.parametrize(
    ("query", "status"),
    [("hour=noon", 422), ("hour=24", 422), ("receipt=17", 422), ("after=x&at=y", 400),
     ("after=x&at=2026-03-02T12:00:00", 400)],
)  # fmt: skip
def test_a_ticket_list_refuses_by_name_too(regional: TestClient, query: str, status: int) -> None:
    assert regional.get(f"/tickets?{query}").status_code == status


def test_a_row_leads_to_its_tickets_and_on_to_one(
    regional: TestClient, days: list[BranchDay]
) -> None:
    report = regional.get(f"/reports/sales?{WEEK}&by=category&level=2").text
    link = re.search(r'href="(/tickets\?[^"]*category=02-001[^"]*)"', report)
    assert link
    listed = regional.get(link.group(1).replace("&amp;", "&"))
    assert "Category: 茶 Tea" in listed.text
    one = re.search(r'href="(/tickets/[0-9a-f-]+)"', listed.text)
    assert one
    detail = regional.get(one.group(1)).text
    assert "Both hashes agree with what is held" in detail
    assert "龙井茶" in detail or "乌龙茶" in detail


def test_pages_of_tickets_lead_on_and_back(regional: TestClient) -> None:
    path, seen = f"/tickets?{WEEK}", set[str]()
    for _ in range(9):
        text = regional.get(path).text
        seen |= set(re.findall(r'href="/tickets/([0-9a-f-]+)"', text))
        further = re.search(r'href="([^"]+)" rel="next"', text)
        if further is None:
            break
        path = further.group(1).replace("&amp;", "&")
    (total,) = re.findall(r"([\d,]+) tickets, ", text)
    assert len(seen) == int(total)


def test_a_day_is_checked_on_demand_and_names_the_ticket(
    regional: TestClient, engine: Engine, days: list[BranchDay]
) -> None:
    assert "everything agrees" in regional.get("/days/N001/2026-03-02?check=now").text
    dropped = days[0].tickets[3]
    with engine.begin() as connection:
        query = select(ticket).where(ticket.c.uuid == dropped.uuid)
        row = connection.execute(query).mappings().one()
        connection.execute(delete(ticket).where(ticket.c.uuid == dropped.uuid))
    text = regional.get("/days/N001/2026-03-02?check=now").text
    assert f"{dropped.receipt}: missing" in text
    chinese = regional.get("/days/N001/2026-03-02?check=now", headers={"Accept-Language": "zh"})
    assert f"{dropped.receipt}：缺失" in chinese.text
    # No finding is left in English: each has its form.
    assert "at the lane" not in chinese.text
    assert "here are" not in chinese.text
    with engine.begin() as connection:
        connection.execute(insert(ticket), [dict(row)])
    assert "everything agrees" in regional.get("/days/N001/2026-03-02?check=now").text


def test_a_day_shows_its_revisions_and_why_it_was_reopened(regional: TestClient) -> None:
    text = regional.get("/days/N001/2026-03-02").text
    assert "As first closed" in text
    assert "现金点错 counted wrongly" in text
    assert text.count("<mark>") > 0
    assert regional.get("/days/N001/2026-02-02").status_code == 404


def test_a_branch_s_page_shows_its_way_and_its_last_and_next_exchange(
    engine: Engine, regional: TestClient
) -> None:
    row = site_status.c.site == "N003"
    ended = NOW - timedelta(hours=3)
    made = {"ended": ended.isoformat(), "sent": 512, "received": 7}
    way = {"name": "letters", "mode": "nightly", "since": ended.isoformat(), "exchange": made,
           "next_seconds": 24 * 3600}  # fmt: skip
    with engine.begin() as connection:
        before = connection.execute(select(site_status.c.status).where(row)).scalar_one()
        status = before | {"detail": {"way": way}}
        connection.execute(update(site_status).where(row).values(status=status))
    text = regional.get("/replication/sites/N003").text
    with engine.begin() as connection:
        connection.execute(update(site_status).where(row).values(status=before))
    assert "letters, at night, since" in text
    assert "entries sent 512, batches received 7" in text
    assert "On schedule" in text


def test_the_replication_page_gives_its_moving_part_alone(regional: TestClient) -> None:
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    part = regional.get("/replication", headers=headers).text
    assert "<html" not in part
    assert part.lstrip().startswith('<div id="replication"')
    assert "42 s off" in part
    assert "4 behind" in part
    assert "unknown_site" in part
    assert "读不懂" in regional.get("/replication/quarantine").text


def test_a_ticket_tells_what_was_taken_in_another_currency(
    regional: TestClient, engine: Engine, days: list[BranchDay]
) -> None:
    one = next(t for t in days[0].tickets if [o.kind for o in t.tenders] == ["cash"])
    whole = {
        "ticket": one.uuid, "number": 1, "currency": "USD", "foreign_amount": 1234, "rate": 7_123_400,
        "decimals": 2, "local_decimals": 2, "voucher": None, "face_value": one.tenders[0].amount + 150,
        "original": "u-1", "original_tender": 2, "reason": "unplugged", "authority": "M1",
    }  # fmt: skip
    of_it = ticket_tender.c.ticket == one.uuid
    with engine.begin() as connection:
        connection.execute(insert(tender_detail), [whole])
        connection.execute(update(ticket_tender).where(of_it).values(kind="foreign"))
        # No entry said so: the lines are asked, as for a month that is still to be worked out.
        anew = {"branch": "N001", "month": MONDAY.replace(day=1), "since": NOW, "whole": True}
        connection.execute(insert(due), [anew])
    try:
        text = regional.get(f"/tickets/{one.uuid}").text
    finally:
        with engine.begin() as connection:
            connection.execute(delete(tender_detail))
            connection.execute(delete(due))
            connection.execute(update(ticket_tender).where(of_it).values(kind="cash"))
    for told in ("USD 12.34 × 7.1234", "of which 1.50 are forfeited", 'href="/tickets/u-1"',
                 "in cash by M1: unplugged"):  # fmt: skip
        assert told in text


def test_a_return_says_of_which_receipt_and_who_allowed_it(
    regional: TestClient, engine: Engine, days: list[BranchDay]
) -> None:
    one = days[0].tickets[0]
    row = {
        "ticket": one.uuid, "number": 1, "branch": "N002", "receipt": "N002.01-000017",
        "original": None, "original_line": None, "quantity": 1000, "amount": 1, "tax": 0,
        "reason": "Faulty", "authority": "M1", "checked": False,
    }  # fmt: skip
    assert "Return of" not in regional.get(f"/tickets/{one.uuid}").text
    with engine.begin() as connection:
        connection.execute(insert(ticket_return), [row])
    try:
        text = regional.get(f"/tickets/{one.uuid}").text
    finally:
        with engine.begin() as connection:
            connection.execute(delete(ticket_return))
    for told in ("Return of N002.01-000017", "What was returned before was not checked", "by M1"):
        assert told in text
