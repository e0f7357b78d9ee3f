"""Nightly work: due once a night, and again a little later when the database was away."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlalchemy.exc import OperationalError

from replication.housekeeping import Housekeeping


class Night:
    """A clock that a test moves, and tasks that note when they ran."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.ran: list[tuple[str, datetime]] = []
        self.away = False

    def clock(self) -> datetime:
        return self.now

    def task(self, now: datetime) -> int:
        if self.away:
            raise OperationalError("DELETE", {}, Exception("gone away"))
        self.ran.append(("first", now))
        return 1

    def other(self, now: datetime) -> int:
        self.ran.append(("second", now))
        return 0


def test_each_task_is_done_once_a_night() -> None:
    night = Night()
    keeping = Housekeeping({"a": night.task, "b": night.other}, night.clock, time(2, 30))
    keeping.tick()
    assert night.ran == []
    for _ in range(2):
        night.now = keeping.due
        keeping.tick()
        keeping.tick()
    assert [name for name, _ in night.ran] == ["first", "second"] * 2
    assert night.ran[2][1] - night.ran[0][1] == timedelta(days=1)


def test_a_database_that_is_away_is_tried_again_soon() -> None:
    night = Night()
    keeping = Housekeeping({"a": night.task, "b": night.other}, night.clock, time(2, 30))
    night.now, night.away = keeping.due, True
    keeping.tick()
    assert night.ran == []
    assert keeping.due - night.now == timedelta(minutes=10)
    night.now, night.away = keeping.due, False
    keeping.tick()
    assert [name for name, _ in night.ran] == ["first", "second"]
