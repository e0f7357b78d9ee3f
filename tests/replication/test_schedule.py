"""When a way is used: at times of the branch's zone, each site at its own, on nights of every sort."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from replication.schedule import Schedule, part_of

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def nights(zone: str, at: str, after: str, count: int) -> list[str]:
    """The next so many calls, by the clock of the zone."""
    schedule = Schedule.model_validate({"mode": "nightly", "at": at, "spread_minutes": 0})
    now, found = datetime.fromisoformat(after), []
    for _ in range(count):
        due = schedule.next("N001", ZoneInfo(zone), now)
        assert due is not None
        now = due
        found.append(now.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes"))
    return found


@pytest.mark.parametrize(
    ("zone", "at", "after", "calls"),
    [
        ("Asia/Shanghai", "02:00", "2026-03-01T12:00+00:00",
         ["2026-03-02T02:00+08:00", "2026-03-03T02:00+08:00"]),
        # The clock goes from 2:00 to 3:00: half past two is as much later, and once.
        ("Europe/Berlin", "02:30", "2026-03-28T12:00+00:00",
         ["2026-03-29T03:30+02:00", "2026-03-30T02:30+02:00"]),
        # From 3:00 back to 2:00: half past two comes twice, the call once.
        ("Europe/Berlin", "02:30", "2026-10-24T12:00+00:00",
         ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
        ("America/New_York", "23:45", "2026-03-02T04:45+00:00", ["2026-03-02T23:45-05:00"]),
    ],
)  # fmt: skip
def test_each_night_has_one_call(zone: str, at: str, after: str, calls: list[str]) -> None:
    assert nights(zone, at, after, len(calls)) == calls


def test_sites_spread_over_the_night_and_each_keeps_its_time() -> None:
    schedule = Schedule(mode="nightly", spread_minutes=120)
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    dues = {schedule.next(f"N{number:03}", SHANGHAI, noon) for number in range(200)}
    begin = datetime(2026, 3, 2, 2, tzinfo=SHANGHAI)
    assert len(dues) == 200
    assert all(due and begin <= due <= begin + timedelta(hours=2) for due in dues)
    tomorrow = schedule.next("N001", SHANGHAI, noon + timedelta(days=1))
    today = schedule.next("N001", SHANGHAI, noon)
    assert tomorrow is not None
    assert today is not None
    assert tomorrow - today == timedelta(days=1)


def test_a_spread_over_midnight_still_calls_once_a_night() -> None:
    schedule = Schedule.model_validate({"mode": "nightly", "at": "23:30", "spread_minutes": 1439})
    after, found = datetime(2026, 3, 1, tzinfo=UTC), []
    for _ in range(3):
        due = schedule.next("N007", BERLIN, after)
        assert due is not None
        after = due
        found.append(due)
    assert [later - one for one, later in pairwise(found)] == [timedelta(days=1)] * 2


def test_an_interval_keeps_to_its_own_moments_whenever_it_is_asked() -> None:
    schedule = Schedule(mode="interval", minutes=15)
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    due = schedule.next("N001", UTC, noon)
    assert due is not None
    assert timedelta() < due - noon <= timedelta(minutes=15)
    assert schedule.next("N001", UTC, due - timedelta(microseconds=1)) == due
    assert schedule.next("N001", UTC, due) == due + timedelta(minutes=15)
    others = {schedule.next(f"N{number:03}", UTC, noon) for number in range(50)}
    assert len(others) == 50


@pytest.mark.parametrize("mode", ["real_time", "on_demand"])
def test_nothing_falls_due_by_itself_in_the_other_modes(mode: str) -> None:
    schedule = Schedule.model_validate({"mode": mode})
    assert schedule.next("N001", UTC, datetime(2026, 3, 1, tzinfo=UTC)) is None


def test_a_site_has_the_same_part_every_time() -> None:
    hour = timedelta(hours=1)
    parts = {part_of(f"N{number:03}", hour) for number in range(100)}
    assert len(parts) == 100
    assert all(timedelta() <= part < hour for part in parts)
    assert part_of("N001", hour) == part_of("N001", hour)
