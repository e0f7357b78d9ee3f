"""Many children at once: fair turns, nobody refused for ever, one batch at a time per child."""

from __future__ import annotations

import heapq
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette

from replication.admission import Admission, Turn
from replication.errors import RefusedError
from replication.streams import journal_of
from replication.testing import MemoryTransport
from replication.transport.http import HttpTransport
from replication.transport.http_server import LinkServer
from tests.serving import served
from tests.sites import SmallSite, Town

BATCH_SECONDS = 0.2


@dataclass
class Day:
    """Children that come, wait, are served and come back, moved from event to event."""

    at_once: int = 4
    room: int = 20
    now: float = 0.0
    left: dict[str, int] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    busiest: int = 0

    def __post_init__(self) -> None:
        self.admission = Admission(
            self.at_once, self.room, patience=3.0, tick=lambda: self.now, chance=random.Random(7)
        )
        self._events: list[tuple[float, int, str, str]] = []
        self._turns: dict[str, Turn] = {}
        self._working: set[str] = set()
        self._number = 0

    def comes(self, child: str, batches: int, at: float) -> None:
        self.left[child] = batches
        self.refusals[child] = 0
        self._plan(at, "come", child)

    def pass_by(self) -> None:
        while self._events:
            self.now, _, what, child = heapq.heappop(self._events)
            getattr(self, f"_{what}")(child)
            self._look()

    def _plan(self, at: float, what: str, child: str) -> None:
        self._number += 1
        heapq.heappush(self._events, (at, self._number, what, child))

    def _come(self, child: str) -> None:
        self._turns[child] = self.admission.ask(child)
        self._plan(self.now + self.admission.patience, "lose_patience", child)

    def _lose_patience(self, child: str) -> None:
        if child in self._turns:
            self.admission.give_up(self._turns[child])

    def _end(self, child: str) -> None:
        self._working.discard(child)
        self.admission.leave(self._turns.pop(child))
        self.left[child] -= 1
        if self.left[child]:
            self._come(child)
        else:
            self.ended[child] = self.now

    def _look(self) -> None:
        for child, turn in list(self._turns.items()):
            if child in self._working or not turn.answer.done():
                continue
            refused = turn.answer.result()
            if refused is None:
                self._working.add(child)
                self._plan(self.now + BATCH_SECONDS, "end", child)
            else:
                self.admission.leave(self._turns.pop(child))
                self.refusals[child] += 1
                self._plan(self.now + refused.retry_after, "come", child)
        self.busiest = max(self.busiest, len(self._working))


@pytest.mark.fault("11", "one with a thousandfold backlog")
def test_a_thousand_children_are_served_while_one_works_off_a_backlog() -> None:
    day = Day()
    day.comes("N000", batches=1000, at=0.0)
    chance = random.Random(1)
    for number in range(1, 1000):
        day.comes(f"N{number:03}", batches=1, at=chance.uniform(0.0, 60.0))
    day.pass_by()
    single = [at for child, at in day.ended.items() if child != "N000"]
    assert len(single) == 999
    assert max(single) < day.ended["N000"], "every ticket is in before the backlog is"
    # The work of all alone takes 50 s on four places: nobody waits for much longer than that.
    assert max(single) < 120.0
    assert day.busiest == 4


@pytest.mark.fault("11", "a thousand branches that come back in the same minute")
def test_nobody_is_refused_for_ever_when_all_come_in_the_same_moment() -> None:
    day = Day(at_once=2, room=8)
    for number in range(400):
        day.comes(f"N{number:03}", batches=2, at=0.0)
    day.pass_by()
    assert len(day.ended) == 400
    assert max(day.refusals.values()) > 0, "there were more than there is room for"
    # 800 batches on two places take 80 s; telling when to come back wastes little of it.
    assert max(day.ended.values()) < 160.0


def test_a_ticket_in_real_time_passes_a_herd_with_backlogs() -> None:
    day = Day(at_once=2, room=8)
    for number in range(30):
        day.comes(f"N{number:03}", batches=60, at=0.0)
    day.comes("LIVE", batches=1, at=30.0)
    day.pass_by()
    # One batch of each of the thirty takes 3 s; it may be sent away once or twice before its turn.
    assert day.ended["LIVE"] < 60.0
    assert min(at for child, at in day.ended.items() if child != "LIVE") > 100.0


def test_a_child_is_served_one_batch_at_a_time() -> None:
    admission = Admission(at_once=4)
    first, second, other = (admission.ask(site) for site in ("N001", "N001", "N002"))
    assert [one.answer.done() for one in (first, second, other)] == [True, False, True]
    admission.leave(first)
    assert second.answer.result(0) is None
    admission.leave(second)
    admission.leave(other)


def test_whoever_gives_up_is_told_when_to_come_back_and_keeps_its_place() -> None:
    now = 0.0
    admission = Admission(at_once=1, room=1, tick=lambda: now, chance=random.Random(1))
    working = admission.ask("N001")
    early = admission.ask("N002")
    admission.give_up(early)
    refused = early.answer.result(0)
    assert refused is not None
    assert (refused.code, refused.heals) == ("busy", True)
    assert 1.0 <= refused.retry_after <= 2.0
    now = 1.0
    late = admission.ask("N003")
    assert not late.answer.done()
    again = admission.ask("N002")
    turned = late.answer.result(0)
    assert turned is not None, "the younger place makes room for the older"
    admission.leave(late)
    admission.leave(working)
    assert again.answer.result(0) is None


@contextmanager
def crowded(hq: SmallSite, admission: Admission) -> Iterator[str]:
    links = LinkServer(hq.serving(), admission=admission)
    links.listener.start()
    with served(Starlette(routes=links.routes())) as address:
        yield address
    links.listener.stop()


def test_over_http_a_busy_parent_is_honoured_and_all_gets_in(town: Town) -> None:
    hq = town.headquarters()
    children = [town.branch(f"N00{number}", hq) for number in range(3)]
    admission = Admission(at_once=1, room=1, patience=0.5)
    blocking = admission.ask("another")
    with crowded(hq, admission) as address:
        lines = [HttpTransport(address, child.identity) for child in children]
        runners = [child.link(line) for child, line in zip(children, lines, strict=True)]
        for child in children:
            child.write(b"1", b"2")
        statuses: list[int] = []
        lines[0]._client.event_hooks = {"response": [lambda one: statuses.append(one.status_code)]}
        with pytest.raises(RefusedError) as refused:
            runners[0].push_once()
        assert refused.value.code == "busy"
        assert statuses[-1] == 503, "a child of an earlier version takes it for a line that is down"
        assert refused.value.retry_after >= 1.0
        admission.leave(blocking)
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda runner: runner.exchange(), runners))
        for line in lines:
            line.close()
    assert sorted(hq.books.applied) == sorted(
        (child.name, body) for child in children for body in (b"1", b"2")
    )


def test_two_first_pushes_at_once_are_one(town: Town) -> None:
    hq = town.headquarters()
    branch = town.branch("N001", hq)
    branch.write(b"1", b"2")
    batch, start = branch.batch(), threading.Barrier(4)

    def push(_: int) -> int:
        line = MemoryTransport(hq.serving(), "N001")
        start.wait()
        return line.push(batch).applied

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(push, range(4))) == [2, 2, 2, 2]
    assert len(hq.entries(journal_of("N001"))) == 2
    assert hq.books.applied == [("N001", b"1"), ("N001", b"2")]
