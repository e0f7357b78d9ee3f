"""Looking again and again: at once, through a database that was away, and not after its end."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.exc import OperationalError

from replication import looking
from replication.looking import Looking


def test_it_looks_on_when_the_database_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "_AWAY", 0.01)
    looks: list[int] = []
    twice = threading.Event()

    def look() -> None:
        looks.append(len(looks))
        if len(looks) == 1:
            raise OperationalError("SELECT 1", None, ConnectionError("away"))
        twice.set()

    worker = Looking("a test", look, every=0.01)
    worker.start()
    assert twice.wait(10)
    worker.stop()
    ended_at = len(looks)
    assert ended_at >= 2
    assert not any(one.name == "a test" for one in threading.enumerate())
