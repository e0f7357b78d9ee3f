"""The attendance clock: stated by code and PIN, corrected by a manager, the same at headquarters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from branch import attendance
from branch.attendance import ClockError
from schemas.domain.attendance import Spell
from schemas.tables.attendance_store import month_of, month_spells
from tests.branch.shop import CODE, DAY, MANAGER, PASSWORD, Shop
from tests.branch.web.conftest import client, manager, send

__all__ = ["client", "manager"]


def month(shop: Shop, *, above: bool = False) -> list[Spell]:
    engine = shop.headquarters.engine if above else shop.engine
    with engine.connect() as connection:
        return month_spells(connection, CODE, *month_of(DAY))


def test_a_day_with_a_forgotten_end_and_its_correction(shop: Shop, client: TestClient) -> None:
    def state(operator: str, pin: str, direction: str) -> int:
        fields = {"operator": operator, "pin": pin, "direction": direction}
        return client.post("/clock", data=fields).status_code

    assert [state("C1", "no", "in"), state("C9", PASSWORD, "in"), month(shop)] == [401, 401, []]
    assert state("C1", PASSWORD, "in") == 200
    shop.clock.pass_minutes(600)
    now = shop.clock()
    assert month(shop)[0].seconds is None
    with shop.engine.begin() as connection:
        last = attendance.latest(connection, CODE, "C1")
        assert last is not None
        assert last.direction == "in"
        for at, reason in ((now, " "), (now + timedelta(minutes=1), "early")):
            with pytest.raises(ClockError):
                attendance.add(connection, CODE, "C1", "out", at, MANAGER, reason, now)
        with pytest.raises(ClockError, match="does not work here"):
            attendance.add(connection, CODE, "C9", "out", now, MANAGER, "forgot", now)
        attendance.add(connection, CODE, "C1", "out", now, MANAGER, "forgot", now)
    assert [one.seconds for one in month(shop)] == [36_000]
    with shop.engine.begin() as connection:
        wrong = attendance.latest(connection, CODE, "C1")
        assert wrong is not None
        attendance.withdraw(connection, CODE, wrong.uuid, MANAGER, "an hour less", now)
        earlier = now - timedelta(hours=1)
        attendance.add(connection, CODE, "C1", "out", earlier, MANAGER, "an hour less", now)
        with pytest.raises(ClockError, match="counts no more"):
            attendance.withdraw(connection, CODE, wrong.uuid, MANAGER, "again", now)
    assert [one.seconds for one in month(shop)] == [32_400]
    shop.deliver()
    assert month(shop, above=True) == month(shop)


def test_the_month_as_pages_and_a_file(shop: Shop, manager: TestClient) -> None:
    fields = {"operator": "C1", "pin": PASSWORD, "direction": "in"}
    assert manager.post("/clock", data=fields).status_code == 200
    assert "open end" in manager.get("/attendance").text
    assert "C1" in manager.get("/attendance.csv?month=2026-03").text
    assert manager.get("/attendance?month=soon").status_code == 422
    status, _ = send(
        manager,
        "/attendance/add",
        operator="C1",
        direction="out",
        at="2026-03-02T12:00",
        reason="x",
    )
    assert status == 200
    foreign = manager.post("/clock", data=fields, headers={"Origin": "http://elsewhere"})
    assert foreign.status_code == 403
