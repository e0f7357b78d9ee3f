"""A small site: two pages for buyers, one for approvers, and every way in which a page can fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, insert, select
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from replication.console.app import Console, NavItem, Page, PageError
from replication.console.charts import Scale, Series, axis_chart, pie_chart
from replication.console.users import User, password_holds
from replication.credentials import hash_secret
from schemas.tables.base import open_postgres
from schemas.tables.staff import staff

SITE = Path(__file__).parent / "site"
ADDRESS = "http://testserver"
BUYER = frozenset({"buyer"})
APPROVER = frozenset({"approver"})
# Hashing is slow by design; all made-up people share one password. Its hash costs what the product's do:
# what an unknown name costs is held against it.
PASSWORD = "a long password"
HASHED = hash_secret(PASSWORD)


def find_user(connection: Connection, operator: str) -> User | None:
    query = select(staff).where(staff.c.operator == operator, staff.c.active)
    row = connection.execute(query).one_or_none()
    return None if row is None else User(row.operator, row.name, row.role, tuple(row.branches))


def authenticate(connection: Connection, operator: str, password: str) -> User | None:
    query = select(staff.c.password_hash).where(staff.c.operator == operator)
    hashed = connection.execute(query).scalar_one_or_none()
    holds = password_holds(hashed, password)
    return find_user(connection, operator) if holds else None


@pytest.fixture
def engine(hq_database: str) -> Iterator[Engine]:
    """Give the site's database with a buyer, an approver and one who left."""
    engine = open_postgres(hq_database)
    people = [("u1", "收银员一", "buyer", True), ("u2", "Cashier Two", "approver", True)]
    people += [("u3", "Left", "buyer", False)]
    with engine.begin() as connection:
        for operator, name, role, active in people:
            row = {"operator": operator, "name": name, "role": role, "active": active}
            row |= {"branches": [], "password_hash": HASHED, "pin_hash": ""}
            connection.execute(insert(staff).values(row))
    yield engine
    engine.dispose()


REPORT_PARTS = (
    NavItem("/report", "Sales report", BUYER | APPROVER),
    NavItem("/echo", "Echo", BUYER),
)


@pytest.fixture
def console(engine: Engine) -> Console:
    """Give the site's console with its pages."""
    console = Console(
        engine=engine,
        title="Test site",
        clock=lambda: datetime(2026, 3, 5, 6, 30, tzinfo=UTC),
        authenticate=authenticate,
        find_user=find_user,
        templates=SITE / "templates",
        locale=SITE / "locale",
        navigation=[
            NavItem("/prices", "Price changes", BUYER),
            NavItem("/report", "Sales report", BUYER | APPROVER, REPORT_PARTS),
        ],
        home="/report",
    )
    declare_work(console)
    declare_report(console)
    declare_failures(console)
    return console


def declare_work(console: Console) -> None:
    @console.page("/prices", roles=BUYER, methods=["GET", "POST"])
    def prices(page: Page) -> Response:
        if page.request.method == "GET":
            return console.render(page, "prices.html")
        price = page.form["price"]
        return console.redirect(page, "/prices", page.gettext("Saved %(price)s.", price=price))

    @console.page("/upload", roles=BUYER, methods=["POST"])
    def upload(page: Page) -> Response:
        sizes = {name: len(content) for name, content in page.files.items()}
        return PlainTextResponse(f"{sizes} {page.form_list('branch')}")

    @console.page("/echo/{number}", roles=BUYER)
    def echo(page: Page) -> Response:
        return PlainTextResponse(f"{page.path['number']} {page.query_list('b')} {page.query['b']}")

    @console.page("/touch", roles=BUYER, methods=["POST"])
    def touch(page: Page) -> Response:
        return console.render(page, "part.html", touched=page.user.name)


def declare_report(console: Console) -> None:
    @console.page("/report", roles=BUYER | APPROVER)
    def report(page: Page) -> Response:
        money = Scale(page.language, "CNY")
        hours = [str(hour) for hour in range(8, 22)]
        net = Series("Net", [hour * 12_345 % 90_000 for hour in range(14)])
        last_year = Series("Last year", [hour * 9_345 % 80_000 for hour in range(14)])
        return console.render(
            page,
            "report.html",
            by_hour=axis_chart("area", hours, [net, last_year], money),
            by_category=pie_chart([("粮油", 70_000), ("饮料", 53_450)], money),
            rows=[("B001 · 一店", 100_000), ("B002 · 二店", 33_450), ("B003 · 三店", -10_000)],
        )


def declare_failures(console: Console) -> None:
    @console.page("/refuse", roles=BUYER)
    def refuse(page: Page) -> Response:
        raise PageError(page.gettext("Saved %(price)s.", price="<b>"), 409)

    @console.page("/fail", roles=BUYER)
    def fail(page: Page) -> Response:
        raise RuntimeError(page.user.operator)


@pytest.fixture
def client(console: Console) -> Iterator[TestClient]:
    """Give a browser without a page: it sends the origin of our own pages, and follows nothing."""
    with TestClient(
        console.application(), ADDRESS, headers={"Origin": ADDRESS}, follow_redirects=False
    ) as client:
        yield client


@pytest.fixture
def buyer(client: TestClient) -> TestClient:
    """Give the same, signed in as the buyer."""
    sign_in(client, "u1")
    return client


def sign_in(client: TestClient, operator: str, password: str = PASSWORD) -> None:
    response = client.post("/sign-in", data={"operator": operator, "password": password})
    assert response.status_code == 303, response.text


def csrf(client: TestClient) -> str:
    """The token that the forms of this session carry."""
    text = client.get("/report").text
    return text.split('name="csrf" value="')[1].split('"')[0]
