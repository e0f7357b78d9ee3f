"""The page of exceptions: each where it stands, told once, counted against what was sold."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ops.embedded_postgres import EmbeddedPostgres
from schemas.domain.exceptions import stands_out
from schemas.tables import sales_store
from schemas.tables.base import open_postgres
from schemas.tables.exception_lookup import counted, exceptions
from schemas.tables.exception_sources import KINDS, ExceptionQuery
from schemas.tables.exceptions import till_exception
from schemas.tables.kinds import DatabaseKind
from tests.hq.day_builder import MONDAY, BranchDay
from tests.hq.exception_scene import OVERRIDES, live_a_morning
from tests.hq.reporting_site import PASSWORD, console
from tests.postgres import fresh_database

ADDRESS = "http://testserver"
MORNING = ExceptionQuery(("N001", "N002"), MONDAY, MONDAY)


@pytest.fixture(scope="module")
def engine(
    hq_database_server: EmbeddedPostgres, postgres_template: Callable[[DatabaseKind], str]
) -> Iterator[Engine]:
    """One morning for all tests of this module: they read, or write what was written before."""
    with fresh_database(hq_database_server, postgres_template("hq")) as dsn:
        opened = open_postgres(dsn)
        yield opened
        opened.dispose()


@pytest.fixture(scope="module")
def day(engine: Engine) -> BranchDay:
    return live_a_morning(engine)


@pytest.fixture(scope="module")
def application(engine: Engine, day: BranchDay) -> Starlette:
    return console(engine).application()


@pytest.fixture
def client(application: Starlette) -> Iterator[TestClient]:
    headers = {"Origin": ADDRESS, "Accept-Language": "en"}
    with TestClient(application, ADDRESS, headers=headers, follow_redirects=False) as opened:
        yield opened


def sign_in(client: TestClient, operator: str) -> TestClient:
    answer = client.post("/sign-in", data={"operator": operator, "password": PASSWORD})
    assert answer.status_code == 303
    return client


@pytest.fixture(scope="module")
def regional(application: Starlette) -> Iterator[TestClient]:
    """Give who may see all, signed in once."""
    headers = {"Origin": ADDRESS, "Accept-Language": "en"}
    with TestClient(application, ADDRESS, headers=headers, follow_redirects=False) as opened:
        yield sign_in(opened, "regional_ops")


def summary(text: str) -> dict[str, list[str]]:
    """The counted rows of the page: label to figures."""
    table = text.partition('id="summary"')[2].partition("</table>")[0]
    rows = re.findall(r"<tr.*?>\s*<th.*?>(.*?)</th>(.*?)</tr>", table, re.DOTALL)[1:]
    plain = [(re.sub(r"<.*?>", "", head).strip(), cells) for head, cells in rows]
    return {
        head: [re.sub(r"<.*?>", "", one).strip() for one in re.findall(r"<td.*?>(.*?)</td>", cells, re.DOTALL)]
        for head, cells in plain
    }  # fmt: skip


def test_every_kind_is_found_where_it_stands_and_told_once(engine: Engine, day: BranchDay) -> None:
    with engine.connect() as connection:
        found = exceptions(connection, MORNING)
        counts = counted(connection, MORNING, "kind")
    kinds = Counter(row.kind for row in found)
    # Corrections are tested with what they do, in tests.branch.test_corrections.
    assert set(kinds) == set(KINDS) - {"paid_out", "post_void", "tender_exchange"}
    assert kinds == {
        **dict.fromkeys(kinds, 1), "override": OVERRIDES, "refused": 2, "payment": 2, "device": 2,
    }  # fmt: skip
    assert len({row.id for row in found}) == len(found)
    # Three wrong PINs were told together, and the printer failed four times between its two entries.
    assert (counts["refused"], counts["device"], counts["override"]) == (4, 4, OVERRIDES)
    override = next(row for row in found if row.kind == "override")
    assert (override.cause, override.authority, override.amount) == ("碰伤 bruised", "N001-M", 399)
    assert override.receipt.startswith("N001.01-")
    discount = next(row for row in found if row.kind == "discount")
    assert (discount.cause, discount.authority, discount.amount) == ("破损 damaged", "N001-M", 200)


def test_an_entry_that_comes_twice_is_one(engine: Engine, day: BranchDay) -> None:
    again = [fact for fact in day.facts if getattr(fact, "uuid", "") == "r2:not_paid"]
    with engine.begin() as connection:
        sales_store.write(connection, again)
        query = select(func.count()).where(till_exception.c.uuid == "r2:not_paid")
        assert connection.execute(query).scalar_one() == len(again) == 1


def test_a_page_by_keyset_is_the_same_list(engine: Engine, day: BranchDay) -> None:
    with engine.connect() as connection:
        whole = exceptions(connection, MORNING)
        first = exceptions(connection, replace(MORNING, limit=7))
        mark = (first[6].at, first[6].id)
        rest = exceptions(connection, replace(MORNING, after=mark))
    assert [*first[:7], *rest] == whole


def test_who_has_far_more_than_the_others_is_marked(regional: TestClient) -> None:
    page = regional.get("/exceptions?from=2026-03-02").text
    rows = summary(page)
    one = next(cells for head, cells in rows.items() if "N001-C1" in head)
    # 12 overrides, a cancelled basket, no sale, 4 refusals, a sign-in, 2 payments, a copy; 112 lines.
    assert one == ["22", "112", "196.4", "Far above the others"]
    assert [head for head, cells in rows.items() if cells[3]] == ["N001-C1"]
    assert rows["Devices, calls, or nobody signed in"][0] == "5"
    assert "碰伤 bruised" in page
    assert "wrong PIN or operator" in page


@pytest.mark.parametrize(
    ("count", "lines", "everything", "sold", "far"),
    [
        (20, 100, 30, 1000, True),
        (4, 10, 5, 1000, False),  # too few to say anything
        (10, 500, 20, 1000, False),  # as the others
        (10, 100, 10, 100, False),  # nobody to compare with
        (5, 100, 5, 1000, True),  # the others have none
    ],
)
def test_standing_out_is_a_matter_of_the_others_rate(
    count: int, lines: int, everything: int, sold: int, far: bool
) -> None:
    assert stands_out(count, lines, everything, sold) is far


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("kind=device", "no paper", "碰伤"),
        ("operator=N002-C1", "spoilt", "碰伤"),
        ("branch=N002", "spoilt", "碰伤"),
        ("from=2026-03-03", "No exception fits.", "碰伤"),
        ("by=kind", "Old label", "Nothing"),
        ("by=branch", "门店 N002", "Nothing"),
        ("by=day", "2026-03-02", "Nothing"),
    ],
)
def test_filters_and_dimensions(regional: TestClient, query: str, shown: str, hidden: str) -> None:
    address = f"/exceptions?from=2026-03-02&{query}"
    page = regional.get(address)
    assert page.status_code == 200
    assert shown in page.text
    assert hidden not in page.text


def test_a_ticket_is_one_click_away_and_the_file_has_all(regional: TestClient) -> None:
    page = regional.get("/exceptions?from=2026-03-02&kind=stale_label").text
    (ticket,) = set(re.findall(r'href="(/tickets/[^"?]+)"', page))
    assert "old label, printed amount kept" in regional.get(ticket).text
    answer = regional.get("/exceptions.csv?from=2026-03-02")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert Counter(row["Kind"] for row in rows)["Override"] == OVERRIDES
    refused = [row for row in rows if row["Kind"] == "Refused"]
    assert [(row["Cause"], row["Times"]) for row in refused] == [
        ("wrong PIN or operator", "3"), ("wrong PIN or operator", "1"),
    ]  # fmt: skip


def test_nobody_sees_another_regions_exceptions(client: TestClient) -> None:
    sign_in(client, "scoped")
    assert "spoilt" not in client.get("/exceptions?from=2026-03-02").text
    assert client.get("/exceptions?from=2026-03-02&branch=N002").status_code == 403
    assert client.get("/exceptions?from=2026-03-02&by=weather").status_code == 422
    assert client.get("/exceptions?from=2026-03-02&after=x&at=noon").status_code == 400


def test_a_branch_manager_is_refused(client: TestClient) -> None:
    sign_in(client, "branch_manager")
    for path in ("/exceptions", "/exceptions.csv"):
        assert client.get(path).status_code == 403
