"""The back office as a browser without a page meets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from branch.web.console import back_office
from tests.branch.shop import MANAGER, PASSWORD, Shop

ADDRESS = "http://testserver"


@pytest.fixture
def client(shop: Shop) -> Iterator[TestClient]:
    """Give a browser that is not signed in, in English; it follows redirects."""
    headers = {"Origin": ADDRESS, "Accept-Language": "en"}
    with TestClient(back_office(shop.branch).application(), ADDRESS, headers=headers) as client:
        yield client


@pytest.fixture
def manager(client: TestClient) -> TestClient:
    """Give the same, signed in as the branch manager."""
    sign_in(client, MANAGER)
    return client


def sign_in(client: TestClient, operator: str, password: str = PASSWORD) -> None:
    """Sign in; a refusal fails the test."""
    response = client.post(
        "/sign-in", data={"operator": operator, "password": password}, follow_redirects=False
    )
    assert response.status_code == 303, response.text


def csrf(client: TestClient) -> str:
    """The token that the forms of this session carry."""
    return client.get("/lanes").text.split('name="csrf" value="')[1].split('"')[0]


def send(client: TestClient, path: str, **fields: str | list[str]) -> tuple[int, str]:
    """Send a form of this session: the status and the text of the answer."""
    response = client.post(path, data={"csrf": csrf(client), **fields})
    return response.status_code, response.text
