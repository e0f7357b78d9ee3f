"""Who came and went: spells, nights, open ends and corrections."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.domain.attendance import AttendanceClocked, Direction, spells

DAY = date(2026, 3, 2)


def entry(direction: Direction, hour: int, who: str = "C1", name: str = "") -> AttendanceClocked:
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour)
    return AttendanceClocked(name or f"{who}{hour}", "N001", who, at.date(), direction, at, at, who)


@pytest.mark.parametrize(
    ("entries", "hours"),
    [
        ([], []),
        ([entry("in", 8), entry("out", 12), entry("in", 13), entry("out", 17)], [4, 4]),
        # in whatever order they arrive, and whoever is between
        ([entry("out", 12), entry("in", 9, "C2"), entry("in", 8)], [4, None]),
        # a night is one spell, of the date on which it began
        ([entry("in", 22), entry("out", 30)], [8]),
        ([entry("in", 8), entry("in", 13), entry("out", 17)], [None, 4]),
        ([entry("out", 12)], [None]),
    ],
)
def test_spells_and_open_ends(entries: list[AttendanceClocked], hours: list[int | None]) -> None:
    found = spells(entries)
    assert [one.seconds and one.seconds // 3600 for one in found] == hours
    assert {one.business_date for one in found} <= {DAY}


def test_a_withdrawn_entry_counts_no_more_and_another_takes_its_place() -> None:
    wrong, right = entry("out", 20), entry("out", 17)
    back = replace(wrong, uuid="back", by="M", reason="left at five", withdraws=wrong.uuid)
    (spell,) = spells([entry("in", 8), wrong, back, right])
    assert spell.seconds == 9 * 3600
