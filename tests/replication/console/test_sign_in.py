"""Who gets in, who does not, and what each is told."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, update
from starlette.testclient import TestClient

from replication.clock import system_clock
from replication.console import users
from replication.credentials import verify
from schemas.tables.staff import staff, web_session
from tests.replication.console.conftest import PASSWORD, csrf, sign_in


def test_who_is_not_signed_in_is_asked_to_and_comes_back(client: TestClient) -> None:
    asked = client.get("/report?from=2026-03-05")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=%2Freport%3Ffrom%3D2026-03-05"
    assert 'value="/report?from=2026-03-05"' in client.get(asked.headers["location"]).text
    form = {"operator": "u1", "password": PASSWORD, "next": "/report?from=2026-03-05"}
    back = client.post("/sign-in", data=form)
    assert (back.status_code, back.headers["location"]) == (303, "/report?from=2026-03-05")
    assert client.get("/report").status_code == 200


@pytest.mark.parametrize("place", ["https://evil.example", "//evil.example", "/\\evil", ""])
def test_sign_in_leads_nowhere_else(client: TestClient, place: str) -> None:
    form = {"operator": "u1", "password": PASSWORD, "next": place}
    assert client.post("/sign-in", data=form).headers["location"] == "/"


def test_the_cookie_is_for_this_site_alone_and_holds_no_stored_secret(
    client: TestClient, engine: Engine
) -> None:
    form = {"operator": "u1", "password": PASSWORD}
    cookie = client.post("/sign-in", data=form).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    token = cookie.split("=", 1)[1].split(";")[0]
    with engine.connect() as connection:
        session = connection.execute(select(web_session)).one()
    assert token.encode() not in session.token_hash
    assert (session.expires - session.created).total_seconds() == 12 * 3600
    assert abs((session.created - system_clock()).total_seconds()) < 60


@pytest.mark.parametrize(
    ("operator", "password"), [("u1", "wrong"), ("nobody", PASSWORD), ("u3", PASSWORD), ("", "")]
)
def test_every_refusal_reads_the_same(client: TestClient, operator: str, password: str) -> None:
    response = client.post("/sign-in", data={"operator": operator, "password": password})
    assert response.status_code == 401
    assert "操作员与密码不符。" in response.text
    assert "set-cookie" not in response.headers


def test_an_unknown_operator_takes_the_work_of_a_wrong_password(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def counted(against: str, secret: str) -> bool:
        hashed.append(against)
        return verify(against, secret)

    monkeypatch.setattr(users, "verify", counted)
    for operator in ("u1", "nobody"):
        client.post("/sign-in", data={"operator": operator, "password": "wrong"})
    known, unknown = (one.rsplit("$", 2)[0] for one in hashed)
    assert known == unknown, "one hash each, with the same memory and the same passes"


def test_signing_out_ends_the_session_everywhere(buyer: TestClient, engine: Engine) -> None:
    kept = dict(buyer.cookies)
    assert buyer.post("/sign-out", data={"csrf": csrf(buyer)}).status_code == 303
    with engine.connect() as connection:
        assert connection.execute(select(web_session)).all() == []
    buyer.cookies.update(kept)
    assert buyer.get("/report").status_code == 303


def test_signing_out_needs_a_form_of_the_session(buyer: TestClient) -> None:
    assert buyer.post("/sign-out", data={"csrf": "guessed"}).status_code == 403
    assert buyer.get("/report").status_code == 200


def test_a_session_expires(buyer: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(web_session).values(expires=system_clock()))
    assert buyer.get("/report").status_code == 303
    sign_in(buyer, "u2")
    with engine.connect() as connection:
        assert [row.operator for row in connection.execute(select(web_session))] == ["u2"]


def test_who_left_is_out_at_once(buyer: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(staff).values(active=False))
    assert buyer.get("/report").status_code == 303


def test_guessing_slows_down_and_says_for_how_long(client: TestClient) -> None:
    for _ in range(5):
        client.post("/sign-in", data={"operator": "u1", "password": "wrong"})
    # The right password too: else the delay would tell which one it is.
    slowed = client.post("/sign-in", data={"operator": "u1", "password": PASSWORD})
    assert slowed.status_code == 429
    assert slowed.headers["retry-after"] == "1"
    assert "请在 1 秒后重试" in slowed.text
    sign_in(client, "u2")


def test_an_asked_for_fragment_reloads_the_page_instead(client: TestClient) -> None:
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    response = client.get("/refuse", headers=headers)
    assert response.headers["hx-refresh"] == "true"
    assert response.text == ""
