"""A line that may carry so much by the hour: both directions, and sales before bulk."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from replication import position
from replication.errors import LinkDownError
from replication.messages import Fetch, Wanted
from replication.pace import Pace
from replication.runner import LinkRunner
from replication.streams import CHAIN_FEED, branch_feed
from replication.testing import MemoryTransport
from replication.transport.capped import CALL_BYTES, CappedTransport
from replication.transport.line_rate import Hours, LineRate
from schemas.wire.records import Tax
from tests.replication.test_feed import publish, taxes
from tests.sites import SmallSite, Town

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Clock:
    """Time that passes when somebody waits, or a test says so."""

    def __init__(self, local: datetime = MORNING) -> None:
        self.begun = local
        self.now = 0.0
        self.waits: list[float] = []

    def tick(self) -> float:
        return self.now

    def local(self) -> datetime:
        return self.begun + timedelta(seconds=self.now)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def rate(self, **table: int) -> LineRate:
        spans = {span.replace("to", "-").replace("_", ":"): rate for span, rate in table.items()}
        return LineRate(Hours(spans), self.local, self.tick, self.wait)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-02T{text}:00+00:00")


@pytest.mark.parametrize(
    ("time", "rate"),
    [("07:59", None), ("08:00", 4000), ("21:59", 4000), ("22:00", 90), ("03:00", 90), ("06:00", None)],
)  # fmt: skip
def test_the_hour_decides(time: str, rate: int | None) -> None:
    assert Hours({"08:00-22:00": 4000, "22:00-06:00": 90}).at(at(time)) == rate


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"8-22": 1}, "no span of hours"),
        ({"08:00-08:00": 1}, "is empty"),
        ({"08:00-12:00": 1, "11:00-13:00": 2}, "overlaps"),
        ({"25:00-26:00": 1}, "hour must be in"),
    ],
)
def test_a_span_that_cannot_be_meant_is_refused(table: dict[str, int], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Hours(table)


def test_what_was_carried_is_paid_for_before_more_goes() -> None:
    clock = Clock()
    rate = clock.rate(**{"00_00to24_00": 1000})
    rate.carried("up", 5000)
    assert (rate.owed("up"), rate.owed("down")) == (5.0, 0.0)
    clock.now = 2.0
    assert rate.owed("up") == pytest.approx(3.0)
    assert rate.rest("up", least=1.0)
    assert clock.now == pytest.approx(4.0)
    clock.now = 100.0
    assert rate.owed("up") == 0.0, "time that nobody used is not saved up"


def test_where_the_cap_ends_nothing_is_owed_any_more() -> None:
    clock = Clock(at("21:59"))
    rate = clock.rate(**{"08_00to22_00": 100})
    rate.carried("down", 1_000_000)
    assert rate.owed("down") == pytest.approx(10_000)
    clock.now = 61.0
    assert (rate.capped, rate.owed("down")) == (False, 0.0)


def test_whoever_waits_is_let_go_when_the_line_is_closed() -> None:
    rate = LineRate(Hours({"00:00-24:00": 1}), lambda: MORNING)
    rate.carried("up", 1_000_000)
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(rate.rest("up")))
    waiting.start()
    rate.close()
    waiting.join(timeout=30)
    assert answers == [False]


def capped(branch: SmallSite, hq: SmallSite, rate: LineRate) -> CappedTransport:
    return CappedTransport(MemoryTransport(hq.serving(), branch.name), rate)


def linked(branch: SmallSite, transport: CappedTransport, rate: LineRate) -> LinkRunner:
    pace = Pace(look=0.0, wait=0.0, report=0.0, first_pause=0.0)
    runner = LinkRunner(branch.link(transport).site, transport, pace)
    runner.use(pace, rate, live=True)
    return runner


def test_sales_take_the_time_that_the_cap_gives_them(hq: SmallSite, branch: SmallSite) -> None:
    clock = Clock()
    rate = clock.rate(**{"00_00to24_00": 1000})
    runner = linked(branch, capped(branch, hq, rate), rate)
    branch.write(*(b"%064d" % number for number in range(200)))
    sent = 0
    while len(hq.books.applied) < 200:
        runner.push_once()
        sent += CALL_BYTES
    assert clock.now > 0
    # Nothing is sent while something is owed: at the end less than the last batch is.
    assert rate.owed("up") * 1000 <= 60_000
    assert clock.now >= (sent - CALL_BYTES) / 1000


def test_a_fetch_waits_for_a_large_debt_alone(hq: SmallSite, branch: SmallSite) -> None:
    clock = Clock()
    rate = clock.rate(**{"00_00to24_00": 1000})
    line = capped(branch, hq, rate)
    question = Fetch(wants=[], wait=25.0)
    rate.carried("down", 29_000)
    assert line.fetch(question) is None
    assert clock.waits == [], "a small debt does not keep a question waiting, nor does its own wait"
    rate.carried("down", 60_000)
    line.fetch(question)
    assert sum(clock.waits) == pytest.approx(59.5, abs=1.0)
    line.close()
    rate.carried("down", 60_000)
    with pytest.raises(LinkDownError):
        line.fetch(question)


def test_sales_come_before_bulk_and_small_feeds_pass_between(town: Town) -> None:
    hq = town.headquarters()
    own = branch_feed("N001")
    branch = town.branch("N001", hq, (CHAIN_FEED, own))
    clock = Clock()
    rate = clock.rate(**{"00_00to24_00": 100_000})
    runner = linked(branch, capped(branch, hq, rate), rate)
    publish(hq, CHAIN_FEED, Tax(tax_code="bulk", rate=1))
    publish(hq, own, Tax(tax_code="first", rate=1))
    runner.push_once()

    def fetch(times: int) -> set[str]:
        for _ in range(times):
            clock.now += 1.0
            runner.fetch_once()
        return set(taxes(branch.feeds))

    # One order to load each of the two, and the branch's own loaded: it is asked for in its turn.
    fetch(2)
    with branch.feeds.begin() as connection:
        found = position.all_feeds(connection)
        assert [one.loading for one in found] == [True, True]
    branch.write(b"a sale")
    assert fetch(3) == set(), "what is being loaded waits for the sale"
    runner.push_once()
    assert fetch(2) == {"bulk", "first"}
    publish(hq, CHAIN_FEED, Tax(tax_code="more", rate=1))
    branch.write(b"another sale")
    assert fetch(1) == {"bulk", "first", "more"}, "what is followed is not held up by a sale"


def test_without_a_cap_at_this_hour_bulk_waits_for_nothing(
    hq: SmallSite, branch: SmallSite
) -> None:
    clock = Clock()
    rate = clock.rate(**{"22_00to23_00": 100})
    site = replace(branch, identity=replace(branch.identity, roots=(CHAIN_FEED,)))
    runner = linked(site, capped(site, hq, rate), rate)
    publish(hq, CHAIN_FEED, Tax(tax_code="bulk", rate=1))
    runner.push_once()
    branch.write(b"a sale")
    for _ in range(2):
        runner.fetch_once()
    assert set(taxes(branch.feeds)) == {"bulk"}


def test_a_wanted_feed_is_asked_for_in_its_turn(hq: SmallSite, branch: SmallSite) -> None:
    clock = Clock()
    line = capped(branch, hq, clock.rate(**{"00_00to24_00": 1000}))
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1))
    assert (
        line.fetch(Fetch(wants=[Wanted(stream=CHAIN_FEED, epoch="", after=0)], wait=0)) is not None
    )
