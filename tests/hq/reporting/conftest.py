"""Headquarters' console over a made-up week, for tests that read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.base import open_postgres
from schemas.tables.kinds import DatabaseKind
from tests.hq.day_builder import BranchDay
from tests.hq.reporting_site import PASSWORD, console, live_a_week, speak
from tests.postgres import fresh_database

ADDRESS = "http://testserver"


@pytest.fixture(scope="module")
def engine(
    hq_database_server: EmbeddedPostgres, postgres_template: Callable[[DatabaseKind], str]
) -> Iterator[Engine]:
    """One database for all tests of a module."""
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
    """Give the console, with people who may sign in."""
    return console(engine).application()


@pytest.fixture(scope="module")
def sign_in(application: Starlette) -> Iterator[Callable[[str], TestClient]]:
    """Give a way to sign somebody in."""
    opened: list[TestClient] = []

    def browser(operator: str) -> TestClient:
        headers = {"Origin": ADDRESS, "Accept-Language": "en"}
        client = TestClient(application, ADDRESS, headers=headers, follow_redirects=False)
        client.__enter__()
        opened.append(client)
        answer = client.post("/sign-in", data={"operator": operator, "password": PASSWORD})
        assert answer.status_code == 303
        return client

    yield browser
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture(scope="module")
def regional(sign_in: Callable[[str], TestClient]) -> TestClient:
    return sign_in("regional_ops")
