"""Verifying by night: each site at its own time, put off while the line is down, told afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

import pytest

from replication.errors import LinkDownError, RefusedError
from replication.findings import Found, Report
from replication.nightly import NightlyCheck, VerifySettings


@dataclass
class Night:
    """A clock, and a verification that answers what it is told to."""

    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    answer: Report | Exception = field(default_factory=Report)
    times: int = 0

    def clock(self) -> datetime:
        return self.now

    def verify(self) -> Report:
        self.times += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def check(self, site: str = "N001", **settings: object) -> NightlyCheck:
        return NightlyCheck(self.verify, VerifySettings(**settings), site, self.clock)  # type: ignore[arg-type]


def test_every_site_has_a_time_of_its_own_within_the_spread() -> None:
    night = Night()
    dues = [night.check(f"N{n:03d}").due for n in range(100)]
    start = min(dues).replace(hour=3, minute=0, second=0, microsecond=0)
    assert all(start <= due.astimezone() <= start + timedelta(minutes=120) for due in dues)
    assert len(set(dues)) == 100
    assert dues == [night.check(f"N{n:03d}").due for n in range(100)]


def test_it_runs_once_when_due_and_again_a_night_later() -> None:
    night = Night()
    check = night.check()
    check.tick()
    assert (night.times, check.detail()) == (0, {})
    night.now = first = check.due
    check.tick()
    check.tick()
    assert night.times == 1
    assert check.due == first + timedelta(days=1)
    assert check.detail()["verified"]["equal"]


def test_a_shorter_interval_begins_at_the_same_time_of_day() -> None:
    night = Night()
    check = night.check(at=time(1, 30), every_hours=6, spread_minutes=0)
    due = check.due.astimezone()
    assert ((due.hour - 1) % 6, due.minute) == (0, 30)
    assert check.due - night.now <= timedelta(hours=6)


def test_a_line_that_is_down_puts_it_off_and_forgets_nothing() -> None:
    night = Night(answer=Report((Found("feed:chain tax", "t1: missing"),)))
    check = night.check()
    night.now = check.due
    check.tick()
    told = check.detail()
    assert told["verified"]["remaining"] == ["feed:chain tax: t1: missing"]
    night.now, night.answer = check.due, LinkDownError("away")
    check.tick()
    assert check.due == night.now + timedelta(minutes=10)
    assert check.detail() == told


def test_a_refusal_is_told() -> None:
    night = Night(answer=RefusedError("not_online", "verify over a line"))
    check = night.check()
    night.now = check.due
    check.tick()
    assert check.detail()["verified"]["remaining"] == ["not_online: verify over a line"]


@pytest.mark.parametrize("wrong", [{"every_hours": 0}, {"spread_minutes": -1}, {"unknown": 1}])
def test_settings_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        VerifySettings(**wrong)  # type: ignore[arg-type]
