"""Several ways to one parent: the preferred as long as it answers, the next when it is down for too long."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from replication import incarnation, recovery, self_report
from replication.errors import LinkDownError, LinkError
from replication.greeting import hello_of
from replication.link_schedule import LinkSchedule
from replication.pace import Pace
from replication.runner import LinkRunner
from replication.schedule import Schedule
from replication.streams import CHAIN_FEED
from replication.testing import Faults, MemoryTransport
from replication.ways import Way, Ways
from schemas.tables.base import reading
from schemas.tables.link import site_status
from schemas.wire.records import Tax
from schemas.wire.versions import SPOKEN
from tests.replication.test_feed import publish, taxes
from tests.sites import NOON, SmallSite, Town

QUICK = Pace(look=0.0, wait=0.0, report=0.0, first_pause=0.0)
NIGHTLY = Schedule(mode="nightly")


class Line:
    """Two ways from a branch to headquarters, and a clock that a test sets."""

    def __init__(self, town: Town, second: Schedule, first: Schedule | None = None) -> None:
        self.hq = town.headquarters()
        self.branch = town.branch("N001", self.hq, (CHAIN_FEED,))
        self.now = 0.0
        names = ("vpn", "mobile")
        self.lines = [MemoryTransport(self.hq.serving(), "N001") for _ in names]
        schedules = (first or Schedule(), second)
        made = [
            Way(name, line, schedule, QUICK)
            for name, line, schedule in zip(names, self.lines, schedules, strict=True)
        ]
        self.ways = Ways(made, lambda: NOON, patience=300.0, tick=lambda: self.now)

        def told() -> Mapping[str, Any]:
            return self.schedule.detail()

        site = replace(self.branch.link(self.ways).site, detail=told)
        self.runner = LinkRunner(site, self.ways, QUICK)
        self.schedule = LinkSchedule(
            self.runner, self.ways, lambda: ZoneInfo("Asia/Shanghai"), timedelta(minutes=15)
        )
        self.schedule.plan()

    def fails(self, at: float) -> None:
        self.now = at
        self.runner.greet_again()
        with pytest.raises(LinkDownError):
            self.runner.push_once()

    def tries_earlier(self) -> None:
        with reading(self.branch.journals) as connection:
            hello = hello_of(connection, self.branch.identity, NOON, SPOKEN)
        self.ways.try_earlier(lambda: hello)


@pytest.fixture
def line(town: Town) -> Line:
    return Line(town, Schedule())


def bodies(site: SmallSite) -> list[bytes]:
    return [body for _, body in site.books.applied]


def test_the_next_way_is_used_once_the_first_was_down_for_long_and_given_up_when_it_is_back(
    line: Line,
) -> None:
    line.branch.write(b"1")
    line.runner.push_once()
    line.lines[0].down = True
    line.branch.write(b"2")
    line.fails(at=10.0)
    line.fails(at=309.0)
    assert line.ways.in_use.name == "vpn", "it was down for less than it may be"
    line.fails(at=310.0)
    assert line.ways.in_use.name == "mobile"
    line.runner.push_once()
    assert bodies(line.hq) == [b"1", b"2"]
    line.tries_earlier()
    assert line.ways.in_use.name == "mobile", "the first is still down"
    line.lines[0].down = False
    line.tries_earlier()
    assert line.ways.in_use.name == "vpn"
    line.branch.write(b"3")
    line.runner.push_once()
    assert bodies(line.hq) == [b"1", b"2", b"3"]


def test_a_way_that_answers_now_and_then_is_kept(line: Line) -> None:
    for at in (0.0, 250.0, 500.0, 750.0):
        line.lines[0].down = True
        line.fails(at)
        line.lines[0].down = False
        line.runner.push_once()
    assert line.ways.in_use.name == "vpn"


def test_after_the_last_way_comes_the_first(line: Line) -> None:
    for one in line.lines:
        one.down = True
    for at in (0.0, 300.0):
        line.fails(at)
    assert line.ways.in_use.name == "mobile"
    for at in (310.0, 610.0):
        line.fails(at)
    assert line.ways.in_use.name == "vpn"


def test_an_unknown_way_is_told_as_such(line: Line) -> None:
    with pytest.raises(LinkError, match=r"no way 'dial-up'.*vpn, mobile"):
        line.schedule.exchange_now("dial-up")


def test_an_exchange_leaves_nothing_behind_and_tells_what_came_of_it(town: Town) -> None:
    line = Line(town, NIGHTLY, first=NIGHTLY)
    publish(line.hq, CHAIN_FEED, *(Tax(tax_code=f"t{n}", rate=n) for n in range(3)))
    line.branch.write(*(str(number).encode() for number in range(700)))
    name, done = line.schedule.exchange_now()
    assert (name, done.sent, done.regained, done.ended) == ("vpn", 700, 0, NOON)
    assert done.received >= 2, "the order to load the feed, and its batch"
    assert len(bodies(line.hq)) == 700
    assert len(taxes(line.branch.feeds)) == 3
    line.branch.write(b"later")
    line.lines[0].down = True
    assert line.schedule.exchange_now()[0] == "mobile", "the first that answers"
    again = line.schedule.exchange_now("mobile")[1]
    assert (again.sent, again.received) == (0, 0)
    line.lines[1].down = True
    with pytest.raises(LinkDownError, match=r"vpn: .*; mobile: "):
        line.schedule.exchange_now()


def test_headquarters_is_told_the_way_its_mode_and_when_it_speaks_next(town: Town) -> None:
    line = Line(town, NIGHTLY, first=Schedule(mode="interval", minutes=30))
    line.branch.write(b"1", b"2")
    line.schedule.exchange_now("vpn")
    with reading(line.hq.feeds) as connection:
        row = connection.execute(select(site_status)).one()
    said = self_report.read(row.status["detail"]).way
    assert said is not None
    assert (said.name, said.mode, said.since) == ("vpn", "interval", NOON)
    assert said.next_seconds is not None
    assert 0 <= said.next_seconds <= 30 * 60
    assert said.exchange is not None
    assert (said.exchange.ended, said.exchange.sent) == (NOON, 2)


def test_an_exchange_that_fails_is_owed_until_it_is_made(town: Town) -> None:
    """The real threads and the real scheduler, over a line that comes back after a while."""
    line = Line(town, Schedule(), first=NIGHTLY)
    line.branch.write(b"1", b"2")
    line.lines[0].faults = Faults(lost=0.3)
    line.runner.start()
    line.schedule.start()
    try:
        while line.runner.exchanged is None:
            time.sleep(0.01)
    finally:
        line.schedule.stop()
        line.runner.stop()
    assert bodies(line.hq) == [b"1", b"2"]


def test_a_way_used_now_and_then_rests_between_and_still_marks_how_far_it_came(town: Town) -> None:
    line = Line(town, Schedule(), first=Schedule(mode="on_demand"))
    recovery.start(line.branch.recovery())
    line.branch.write(b"1")
    line.runner.report_once()
    mark = incarnation.read_mark(line.branch.recovery().mark)
    assert mark is not None
    assert mark.head == 1
    with reading(line.hq.feeds) as connection:
        assert connection.execute(select(site_status)).all() == []


def test_the_zone_is_looked_up_again(town: Town) -> None:
    line = Line(town, Schedule(), first=NIGHTLY)
    zones: list[tzinfo] = [UTC]
    schedule = LinkSchedule(line.runner, line.ways, lambda: zones[0], timedelta(minutes=15))
    now = datetime.now(UTC)
    before = schedule.detail()["way"]["next_seconds"]
    zones[0] = ZoneInfo("Pacific/Kiritimati")
    schedule._look_up_zone()
    after = schedule.detail()["way"]["next_seconds"]
    assert before is not None
    assert after is not None
    # Fourteen hours earlier, on that night or the next.
    apart = round(((before - after) / 3600) % 24)
    assert apart == 14, now
