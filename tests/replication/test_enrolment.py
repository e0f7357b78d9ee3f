"""A one-time token: it serves one key, once, and never brings a revoked or an older key back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from replication import enrolment
from replication.errors import RefusedError
from schemas.tables.link import peer
from tests.sites import NOON, SmallSite, Town

FIRST, SECOND = b"1" * 32, b"2" * 32


@pytest.fixture
def hq(town: Town) -> SmallSite:
    return town.headquarters()


def token(hq: SmallSite) -> str:
    with hq.feeds.begin() as connection:
        return enrolment.issue(connection, "N001", [], NOON, timedelta(days=1))


def ask(hq: SmallSite, issued: str, key: bytes) -> bytes:
    return enrolment.accept(issued, key, hq.serving().enrol(enrolment.ask(issued, key))).parent_key


def key_of(hq: SmallSite) -> bytes:
    return hq.serving().public_key("N001")


def test_a_token_used_twice_serves_its_first_key_alone(hq: SmallSite) -> None:
    issued = token(hq)
    assert ask(hq, issued, FIRST) == hq.identity.public_key
    with pytest.raises(RefusedError, match="was used already"):
        ask(hq, issued, SECOND)
    # The answer may have been lost: the same key is told again.
    assert ask(hq, issued, FIRST) == hq.identity.public_key
    assert key_of(hq) == FIRST


def revoked(hq: SmallSite) -> None:
    with hq.feeds.begin() as connection:
        connection.execute(update(peer).values(revoked=NOON))


def replaced(hq: SmallSite) -> None:
    ask(hq, token(hq), SECOND)


@pytest.mark.parametrize("happens", [revoked, replaced])
def test_a_used_token_brings_no_key_back(
    hq: SmallSite, happens: Callable[[SmallSite], None]
) -> None:
    issued = token(hq)
    ask(hq, issued, FIRST)
    happens(hq)
    with hq.feeds.connect() as connection:
        before = connection.execute(select(peer)).all()
    with pytest.raises(RefusedError, match="was used already"):
        ask(hq, issued, FIRST)
    with hq.feeds.connect() as connection:
        assert connection.execute(select(peer)).all() == before


def test_a_revoked_key_comes_back_by_a_new_token_alone(hq: SmallSite) -> None:
    ask(hq, token(hq), FIRST)
    revoked(hq)
    with pytest.raises(RefusedError, match="was revoked"):
        key_of(hq)
    ask(hq, token(hq), FIRST)
    assert key_of(hq) == FIRST
