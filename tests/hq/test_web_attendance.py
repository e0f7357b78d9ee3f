"""Attendance at headquarters: what branches' journals brought, within what a person may see."""

from __future__ import annotations

from datetime import timedelta

from schemas.domain.attendance import AttendanceClocked, Direction
from schemas.tables import sales_store
from tests.hq.conftest import NOON, Chain
from tests.hq.test_web_price_changes import Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture


def entry(branch: str, direction: Direction, hours: int) -> AttendanceClocked:
    at = NOON + timedelta(hours=hours)
    who = f"{branch}-C1"
    return AttendanceClocked(f"{who}{hours}", branch, who, NOON.date(), direction, at, at, who)


def test_hours_by_branch_and_person(chain: Chain, open_as: Open) -> None:
    with chain.hq.engine.begin() as connection:
        facts = [entry("N001", "in", 0), entry("N001", "out", 8), entry("N002", "in", 1)]
        sales_store.write(connection, facts)
    admin, regional = open_as("ADMIN", "secret1"), open_as("REG", "900003")
    everything = admin.get("/attendance").text
    assert "8:00" in everything
    assert "N002-C1" in everything
    theirs = regional.get("/attendance").text
    assert ("8:00" in theirs, "N002-C1" in theirs) == (True, False)
    assert regional.get("/attendance?branch=N002").status_code == 403
    rows = admin.get("/attendance.csv?month=2026-03").text.splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [["N001", "N001-C1"], ["N002", "N002-C1"]]
