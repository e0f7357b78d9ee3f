"""Programs that read reports: as far as their token's owner sees, for as long as it is not revoked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hq import staff
from hq.reporting import tokens
from hq.web import report_api
from schemas.tables.reporting import report_token
from schemas.tables.staff import audit
from schemas.tables.staff import staff as staff_table
from tests.hq.day_builder import BranchDay
from tests.hq.reporting.test_forms import WEEK, read_json
from tests.hq.reporting_site import NOW, headquarters

ADDRESS = f"/api/reports/sales?{WEEK}&by=branch"


@pytest.fixture
def program(engine: Engine, days: list[BranchDay]) -> Iterator[TestClient]:
    """Give a program, which knows no sign-in; its door forgets who guessed before."""
    del days
    routes = report_api.routes(headquarters(engine))
    headers = {"Accept-Language": "en"}
    with TestClient(Starlette(routes=routes), headers=headers) as client:
        yield client


def made(client: TestClient, name: str = "Warehouse of figures") -> str:
    """Make a token on the page, and read its secret there."""
    form = re.search(r'name="csrf" value="([^"]+)"', client.get("/reports/tokens").text)
    assert form
    answer = client.post("/reports/tokens", data={"csrf": form[1], "name": name})
    secret = re.search(r"<code>(cw_[0-9a-f]+_[0-9a-f]+)</code>", answer.text)
    assert secret, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return secret[1]


def bearing(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_token_reads_what_its_owner_sees(
    engine: Engine, program: TestClient, regional: TestClient, sign_in: Callable[[str], TestClient]
) -> None:
    secret = made(regional)
    told = read_json(regional, ADDRESS.replace("/api/reports/sales", "/reports/sales.json"))
    answer = program.get(ADDRESS, headers=bearing(secret)).json()
    assert answer["rows"] == told["rows"]
    assert answer["total"] == told["total"]
    paged = program.get(f"{ADDRESS}&rows=2", headers=bearing(secret)).json()
    assert paged["next"].startswith("/api/reports/sales?")
    rest = program.get(paged["next"], headers=bearing(secret)).json()
    assert paged["rows"] + rest["rows"] == told["rows"]
    scoped = bearing(made(sign_in("scoped")))
    assert [row["key"] for row in program.get(ADDRESS, headers=scoped).json()["rows"]] == [["N001"]]
    refused = program.get(f"{ADDRESS}&branch=N002", headers=scoped)
    assert refused.status_code == 403
    assert "You may not see" in refused.json()["detail"]
    with engine.begin() as connection:
        held = connection.execute(select(report_token)).mappings().all()
        assert all(row["used"] for row in held)
        assert not any(secret in str(dict(row)) for row in held)
        same = staff_table.c.operator == "scoped"
        connection.execute(update(staff_table).where(same).values(active=False))
    assert program.get(ADDRESS, headers=scoped).status_code == 401
    with engine.begin() as connection:
        connection.execute(update(staff_table).where(same).values(active=True))


def test_a_token_is_narrowed_to_regions(engine: Engine) -> None:
    """Of a region without any branch it sees nothing, and never the whole chain."""
    with engine.begin() as connection:
        owner = staff.find_user(connection, "administrator")
        assert owner is not None
        secret = tokens.make(connection, owner, "Narrow", (), NOW)
        code = secret.split("_")[1]
        same = report_token.c.token == code
        connection.execute(update(report_token).where(same).values(regions=["moon"]))
        found = tokens.of_secret(connection, secret)
        assert found is not None
        assert found[1].branches == staff.NO_BRANCH
        with pytest.raises(tokens.TokenError):
            tokens.make(connection, owner, "Narrow", ("moon",), NOW)


def test_a_revoked_token_opens_nothing_and_both_are_audited(
    engine: Engine, program: TestClient, sign_in: Callable[[str], TestClient]
) -> None:
    buyer = sign_in("buyer")
    secret = made(buyer)
    code = secret.split("_")[1]
    page = buyer.get("/reports/tokens").text
    assert secret not in page
    form = re.search(r'name="csrf" value="([^"]+)"', page)
    assert form
    path, asked = f"/reports/tokens/{code}/revoke", {"csrf": form[1], "reason": "left the house"}
    other = sign_in("approver")
    theirs = re.search(r'name="csrf" value="([^"]+)"', other.get("/reports/tokens").text)
    assert theirs
    assert other.post(path, data=asked | {"csrf": theirs[1]}).status_code == 422
    assert program.get(ADDRESS, headers=bearing(secret)).status_code == 200
    assert buyer.post(path, data=asked).status_code == 303
    assert program.get(ADDRESS, headers=bearing(secret)).status_code == 401
    with engine.connect() as connection:
        query = select(audit.c.act, audit.c.operator, audit.c.reason)
        query = query.where(audit.c.subject == code).order_by(audit.c.id)
        kept = [tuple(row) for row in connection.execute(query)]
    assert kept == [
        ("report_token.make", "buyer", "Warehouse of figures"),
        ("report_token.revoke", "buyer", "left the house"),
    ]


def test_who_guesses_is_made_to_wait_and_the_owner_is_not(
    program: TestClient, regional: TestClient
) -> None:
    secret = made(regional)
    wrong = bearing(secret[:-1] + ("0" if secret[-1] != "0" else "1"))
    answers = [program.get(ADDRESS, headers=wrong).status_code for _ in range(8)]
    assert answers[0] == 401
    assert answers[-1] == 429
    assert program.get(ADDRESS, headers=bearing(secret)).status_code == 200
    assert program.get(ADDRESS).status_code in {401, 429}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("nothing", 404, "there is no report nothing"),
        ("sales?by=colour", 404, "There is no report by"),
        ("sales?rows=1001", 422, "between 1 and 1000"),
        ("sales?from=1026-01-01&to=2026-03-04", 422, "at most"),
    ],
)
def test_what_cannot_be_asked_is_said_for_a_program(
    program: TestClient, regional: TestClient, path: str, status: int, said: str
) -> None:
    answer = program.get(f"/api/reports/{path}", headers=bearing(made(regional)))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
