"""Inquiries up the tree: whatever the line and those above do, each ends with one answer, in time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from replication.errors import RefusedError
from replication.inquiry import (
    WAY_BACK,
    Above,
    Answerer,
    BusyError,
    Finding,
    Limits,
    NotAnsweredError,
    Outcome,
    passed_on,
)
from replication.inquiry_desk import InquiryDesk, Underway
from replication.messages import Inquiry, InquiryAnswer
from replication.testing import Faults, MemoryInquirer
from schemas.tables.base import open_sqlite

PATIENT, SHORT = 30.0, 0.3


@dataclass
class Shelf:
    """What a site knows, and a gate that a test can shut before it."""

    known: dict[str, str] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    reached: threading.Event = field(default_factory=threading.Event)
    budgets: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    def answer(self, connection: Connection, body: Mapping[str, Any]) -> Finding:
        connection.execute(text("SELECT 1"))
        self.asked.append(body["word"])
        self.reached.set()
        self.gate.wait()
        if not isinstance(body["word"], str):
            raise ValueError("a word is text")  # noqa: TRY004 - what an answerer raises
        if body["word"] not in self.known:
            return Finding("unknown")
        return Finding("found", {"means": self.known[body["word"]]}, certain=True)


class Chain:
    """Headquarters, a branch and a lane: a desk each, with lines in memory between them."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.desks: list[InquiryDesk] = []
        self.lines: list[MemoryInquirer] = []
        self.shelves = {site: Shelf() for site in ("hq", "N001", "N001.01", "N001.02")}
        self.hq = self.desk("hq", None)
        self.to_hq = self.line(self.hq, "N001")
        self.branch = self.desk("N001", self.to_hq)
        self.to_branch = self.line(self.branch, "N001.01")
        self.lane = self.desk("N001.01", self.to_branch)

    def line(self, desk: InquiryDesk, site: str) -> MemoryInquirer:
        self.lines.append(MemoryInquirer(desk, site))
        return self.lines[-1]

    def desk(
        self,
        site: str,
        above: Above | None,
        limits: Limits | None = None,
        answerers: Mapping[str, Answerer] | None = None,
    ) -> InquiryDesk:
        by_kind = {"word": self.shelves[site].answer} if answerers is None else answerers
        engine = open_sqlite(f"{self._path}/{site}.db")
        self.desks.append(InquiryDesk(site, engine, by_kind, above, limits))
        return self.desks[-1]

    def ask(self, word: object, seconds: float = PATIENT) -> InquiryAnswer:
        return self.lane.ask("word", {"word": word}, seconds).wait()

    def close(self) -> None:
        for shelf in self.shelves.values():
            shelf.gate.set()
        for line in self.lines:
            line.released.set()
        for desk in self.desks:
            desk.close()
            desk._workers.shutdown()


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = Chain(str(tmp_path))
    yield made
    made.close()


def told(answer: InquiryAnswer) -> tuple[str, str, bool, str]:
    return answer.outcome, answer.answered_by, answer.complete, answer.why


def an_inquiry(uuid: str = "u1", asked_by: str = "N001.01", word: str = "plum") -> Inquiry:
    return Inquiry(uuid=uuid, kind="word", body={"word": word}, asked_by=asked_by, budget_ms=30_000)


@pytest.mark.parametrize("site", ["N001.01", "N001", "hq"])
def test_whoever_knows_for_certain_answers_and_nobody_above_is_asked(
    chain: Chain, site: str
) -> None:
    chain.shelves[site].known["plum"] = "a fruit"
    answer = chain.ask("plum")
    assert told(answer) == ("found", site, True, "")
    assert answer.body == {"means": "a fruit"}
    above = ["N001.01", "N001", "hq"]
    asked = [one for one in above if chain.shelves[one].asked]
    assert asked == above[: above.index(site) + 1]


def test_what_nobody_knows_is_unknown_and_everybody_was_asked(chain: Chain) -> None:
    assert told(chain.ask("plum")) == ("unknown", "hq", True, "")


def test_a_body_that_cannot_be_read_is_refused_with_the_reason(chain: Chain) -> None:
    answer = chain.ask(7)
    assert told(answer) == ("refused", "N001.01", True, "")
    assert answer.body == {"reason": "a word is text"}


@pytest.mark.parametrize(
    ("cut", "knows", "expected"),
    [
        ("lane", "nobody", ("unknown", "N001.01", False, "line_down")),
        ("lane", "hq", ("unknown", "N001.01", False, "line_down")),
        ("branch", "hq", ("unknown", "N001", False, "line_down")),
        ("branch", "N001", ("found", "N001", True, "")),
    ],
)
def test_a_dead_line_is_answered_with_what_is_known_below_it(
    chain: Chain, cut: str, knows: str, expected: tuple[str, str, bool, str]
) -> None:
    if knows in chain.shelves:
        chain.shelves[knows].known["plum"] = "a fruit"
    (chain.to_branch if cut == "lane" else chain.to_hq).down = True
    assert told(chain.ask("plum")) == expected


def test_a_half_open_line_is_given_up_in_time_and_its_answer_dropped(chain: Chain) -> None:
    chain.shelves["hq"].known["plum"] = "a fruit"
    chain.to_hq.hanging = True
    answer = chain.ask("plum", SHORT)
    assert (answer.outcome, answer.complete, answer.why) == ("unknown", False, "late")
    chain.to_hq.released.set()
    chain.branch._workers.shutdown()
    assert chain.branch.counts.read() == {
        "asked": 1, "answered": 0, "offline": 0, "late": 1, "cancelled": 0,
    }  # fmt: skip


@pytest.mark.parametrize("site", ["N001", "hq"])
def test_a_parent_that_hangs_while_it_looks_is_given_up_in_time(chain: Chain, site: str) -> None:
    chain.shelves[site].gate.clear()
    answer = chain.ask("plum", SHORT)
    assert (answer.outcome, answer.complete, answer.why) == ("unknown", False, "late")


def test_a_site_that_hangs_in_its_own_disk_still_answers_its_asker(chain: Chain) -> None:
    chain.shelves["N001.01"].gate.clear()
    assert told(chain.ask("plum", SHORT)) == ("unknown", "N001.01", False, "late")


def test_a_lost_answer_is_late_and_asking_again_answers_afresh(chain: Chain) -> None:
    chain.shelves["hq"].known["plum"] = "a fruit"
    chain.to_hq.faults = Faults(unanswered=1.0)
    assert told(chain.ask("plum")) == ("unknown", "N001", False, "late")
    chain.to_hq.faults = Faults()
    assert told(chain.ask("plum")) == ("found", "hq", True, "")


def test_the_same_inquiry_under_way_is_not_worked_on_twice(chain: Chain) -> None:
    shelf = chain.shelves["hq"]
    shelf.gate.clear()
    first = chain.branch.take("N001.01", an_inquiry())
    assert shelf.reached.wait(PATIENT)
    second = chain.branch.take("N001.01", an_inquiry())
    shelf.gate.set()
    assert first is second
    assert first.wait() == second.wait()
    assert shelf.asked == ["plum"]


def test_a_cancel_travels_and_what_comes_late_is_dropped(chain: Chain) -> None:
    shelf = chain.shelves["hq"]
    shelf.known["plum"] = "a fruit"
    shelf.gate.clear()
    underway = chain.lane.ask("word", {"word": "plum"}, PATIENT)
    assert shelf.reached.wait(PATIENT)
    chain.lane.cancel("N001.01", underway.inquiry.uuid)
    assert told(underway.wait()) == ("unknown", "N001.01", False, "cancelled")
    chain.lane._cancels.shutdown()
    chain.branch._cancels.shutdown()
    shelf.gate.set()
    chain.hq._workers.shutdown()
    for desk in (chain.lane, chain.branch, chain.hq):
        assert desk.counts.read()["cancelled"] == 1
        assert desk.counts.read()["answered"] == 0


def test_a_cancel_that_overtakes_its_inquiry_ends_it_as_it_comes(chain: Chain) -> None:
    chain.branch.cancel("N001.01", "u1")
    underway = chain.branch.take("N001.01", an_inquiry("u1"))
    assert underway.wait().why == "cancelled"
    chain.branch._workers.shutdown()
    assert chain.shelves["N001"].asked == []


def test_nobody_cancels_what_another_site_asked(chain: Chain) -> None:
    shelf = chain.shelves["N001"]
    shelf.gate.clear()
    underway = chain.branch.take("N001.01", an_inquiry("u1"))
    chain.branch.cancel("N001.02", "u1")
    assert not underway.has_ended
    shelf.gate.set()
    assert underway.wait().complete


def test_a_site_asks_for_itself_and_for_those_below_it_alone(chain: Chain) -> None:
    assert chain.hq.take("N001", an_inquiry(asked_by="N001.01")).wait().complete
    for other in ("N002.01", "N001x", "hq"):
        with pytest.raises(RefusedError):
            chain.hq.take("N001", an_inquiry(asked_by=other))


def test_an_unknown_kind_is_asked_on_and_then_answered_from_below(chain: Chain) -> None:
    """The branch is older than lane and headquarters: it passes on what it does not know."""
    above = chain.line(chain.hq, "N001")
    older = chain.desk("N001", above, answerers={})
    lane = chain.desk("N001.01", chain.line(older, "N001.01"))
    chain.shelves["hq"].known["plum"] = "a fruit"
    assert told(lane.ask("word", {"word": "plum"}).wait()) == ("found", "hq", True, "")
    above.down = True
    assert told(lane.ask("word", {"word": "plum"}).wait())[2:] == (False, "line_down")


def test_a_kind_that_headquarters_does_not_know_is_answered_from_below(chain: Chain) -> None:
    older = chain.desk("hq", None, answerers={})
    branch = chain.desk("N001", chain.line(older, "N001"))
    answer = branch.take("N001.01", an_inquiry()).wait()
    assert told(answer) == ("unknown", "N001", False, "not_understood")


class Heap:
    """What a site holds of a heap that grows everywhere at once; it is counted by all together."""

    def __init__(self, *held: str) -> None:
        self.held = held

    def answer(self, _connection: Connection, _body: Mapping[str, Any]) -> Finding:
        return Finding(
            "found" if self.held else "unknown", {"held": list(self.held)}, joined=self.add
        )

    def add(self, outcome: Outcome, body: Mapping[str, Any]) -> tuple[Outcome, Mapping[str, Any]]:
        if not isinstance(body.get("held"), list):
            raise ValueError("a heap is a list")  # noqa: TRY004 - what `joined` raises
        together = sorted({*body["held"], *self.held})
        return ("found" if together else outcome), {"held": together}


@pytest.mark.parametrize("at_headquarters", [(), ("a", "b")])
def test_each_site_adds_what_those_above_cannot_know_yet(
    chain: Chain, at_headquarters: tuple[str, ...]
) -> None:
    above: Above | None = None
    for site, heap in (
        ("hq", Heap(*at_headquarters)), ("N001", Heap("b", "c")), ("N001.01", Heap("d")),
    ):  # fmt: skip
        desk = chain.desk(site, above, answerers={"heap": heap.answer})
        above = chain.line(desk, "N001.01" if site == "N001" else "N001")
    answer = desk.ask("heap", {}, PATIENT).wait()
    assert (answer.outcome, answer.complete) == ("found", True)
    assert answer.body == {"held": sorted({*at_headquarters, "b", "c", "d"})}
    # Headquarters falls silent: the branch's and the lane's are told together, as what they know.
    chain.lines[-3].down = True
    answer = desk.ask("heap", {}, PATIENT).wait()
    assert (answer.body, answer.complete, answer.why) == (
        {"held": ["b", "c", "d"]}, False, "line_down",
    )  # fmt: skip


def test_what_cannot_be_added_to_is_no_answer(chain: Chain) -> None:
    odd = chain.desk(
        "N001", None, answerers={"heap": lambda _one, _two: Finding("found", {"held": 1})}
    )
    desk = chain.desk("N001.01", chain.line(odd, "N001.01"), answerers={"heap": Heap("d").answer})
    answer = desk.ask("heap", {}, PATIENT).wait()
    assert (answer.body, answer.complete, answer.why) == ({"held": ["d"]}, False, "not_understood")


def test_a_flood_from_one_lane_does_not_starve_another(chain: Chain) -> None:
    shelf = chain.shelves["N001"]
    branch = chain.desk("N001", None, Limits(total=3, per_site=2))
    shelf.gate.clear()
    flood = [branch.take("N001.01", an_inquiry(f"f{n}")) for n in range(2)]
    for number in range(50):
        with pytest.raises(BusyError):
            branch.take("N001.01", an_inquiry(f"g{number}"))
    other = branch.take("N001.02", an_inquiry("o", "N001.02"))
    with pytest.raises(BusyError):
        branch.take("N001.03", an_inquiry("p", "N001.03"))
    shelf.gate.set()
    assert [one.wait().complete for one in (*flood, other)] == [True, True, True]
    branch._workers.shutdown()
    assert branch.counts.read()["asked"] == 3


def test_an_asker_of_a_busy_parent_is_told_what_is_known_here(chain: Chain) -> None:
    branch = chain.desk("N001", None, Limits(total=1, per_site=1))
    lane = chain.desk("N001.01", chain.line(branch, "N001.01"))
    chain.shelves["N001"].gate.clear()
    branch.take("N001.02", an_inquiry("o", "N001.02"))
    answer = lane.ask("word", {"word": "plum"}).wait()
    assert told(answer) == ("unknown", "N001.01", False, "busy")


def test_a_database_that_fails_does_not_keep_those_above_from_answering(chain: Chain) -> None:
    def broken(connection: Connection, body: Mapping[str, Any]) -> Finding:
        del body
        connection.execute(text("SELECT * FROM nowhere"))
        raise AssertionError

    branch = chain.desk("N001", chain.line(chain.hq, "N001"), answerers={"word": broken})
    chain.shelves["hq"].known["plum"] = "a fruit"
    assert told(branch.take("N001.01", an_inquiry("a")).wait()) == ("found", "hq", True, "")
    alone = chain.desk("hq", None, answerers={"word": broken})
    assert told(alone.take("N001", an_inquiry("b")).wait()) == ("unknown", "hq", False, "failed")
    with pytest.raises(OperationalError), alone._engine.connect() as connection:
        broken(connection, {})


def test_a_bug_on_the_way_leaves_an_answer_and_no_place_taken(chain: Chain) -> None:
    class Broken(MemoryInquirer):
        def inquire(self, inquiry: Inquiry, seconds: float) -> InquiryAnswer:
            raise ZeroDivisionError(f"{inquiry.uuid} with {seconds} s")

    lane = chain.desk("N001.01", Broken(chain.branch, "N001.01"), Limits(1, 1))
    for _ in range(3):
        answer = retried(lambda: lane.ask("word", {"word": "plum"})).wait()
        assert told(answer) == ("unknown", "N001.01", False, "failed")


def retried(ask: Callable[[], Underway]) -> Underway:
    """Ask until a place is free: an inquiry ends a moment before its worker is done."""
    while True:
        try:
            return ask()
        except BusyError:
            threading.Event().wait(0.001)


def test_the_time_left_shrinks_with_every_hop() -> None:
    sent = passed_on(an_inquiry(), 2.0)
    assert sent.budget_ms == int((2.0 - WAY_BACK) * 1000)
    assert passed_on(sent, sent.budget_ms / 1000).budget_ms < sent.budget_ms
    with pytest.raises(NotAnsweredError) as late:
        passed_on(sent, WAY_BACK)
    assert late.value.why == "late"


def test_the_deadline_is_counted_on_the_sites_own_steady_clock(chain: Chain) -> None:
    now = [1000.0]
    chain.shelves["N001"].gate.clear()
    desk = InquiryDesk(
        "N001", chain.branch._engine, {"word": chain.shelves["N001"].answer}, None,
        tick=lambda: now[0],
    )  # fmt: skip
    chain.desks.append(desk)
    underway = desk.take("N001.01", an_inquiry())
    assert underway.remaining() == 30.0
    now[0] += 31
    assert told(underway.wait()) == ("unknown", "N001", False, "late")


def test_a_closed_desk_takes_none(chain: Chain) -> None:
    chain.branch.close()
    with pytest.raises(BusyError):
        chain.branch.take("N001.01", an_inquiry())
