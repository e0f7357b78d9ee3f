"""Inquiries that write: decided once, by one site, whatever is lost on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from branch.inquiries import DECIDERS as BRANCH_DECIDERS
from hq.inquiries import DECIDERS as HEADQUARTERS_DECIDERS
from replication.decision import KEPT, Claim, Decision, Decisions, forgetting
from replication.inquiry_desk import InquiryDesk
from replication.messages import Inquiry, InquiryAnswer
from replication.testing import Faults, MemoryInquirer
from schemas.tables.base import open_postgres, open_sqlite
from schemas.tables.kinds import DatabaseKind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PATIENT = 30.0


@dataclass
class Seats:
    """Seats in a row, which headquarters gives away one by one; a gate can be shut before the commit."""

    engine: Engine
    free: int = 3
    now: datetime = NOW
    gate: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    broken: bool = False

    def __post_init__(self) -> None:
        self.gate.set()
        with self.engine.begin() as connection:
            connection.execute(text("CREATE TABLE seat (number INTEGER PRIMARY KEY, of TEXT)"))

    def clock(self) -> datetime:
        return self.now

    def decide(self, connection: Connection, claim: Claim) -> Decision:
        if not isinstance(claim.body.get("row"), int):
            raise ValueError("a row is a number")  # noqa: TRY004 - what a decider raises
        taken = connection.execute(text("SELECT count(*) FROM seat")).scalar_one()
        if taken >= self.free:
            return Decision("unknown", {"full": True})
        connection.execute(
            text("INSERT INTO seat VALUES (:number, :of)"),
            {"number": taken + 1, "of": claim.asked_by},
        )
        self.reached.set()
        self.gate.wait()
        if self.broken:
            connection.execute(text("SELECT * FROM nowhere"))
        return Decision("found", {"seat": taken + 1, "at": claim.at.isoformat()})

    def given(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(text("SELECT of FROM seat ORDER BY number")).scalars())


class Chain:
    """Headquarters decides about seats; a branch and a lane pass on what they are asked."""

    def __init__(self, dsn: str, path: Path) -> None:
        self.seats = Seats(open_postgres(dsn))
        decisions = Decisions(self.seats.clock, {"seat": self.seats.decide})
        self.hq = InquiryDesk("hq", open_postgres(dsn), {}, None, decisions=decisions)
        self.to_hq = MemoryInquirer(self.hq, "N001")
        self.branch = InquiryDesk("N001", open_sqlite(f"{path}/branch.db"), {}, self.to_hq)
        self.to_branch = MemoryInquirer(self.branch, "N001.01")
        self.lane = InquiryDesk("N001.01", open_sqlite(f"{path}/lane.db"), {}, self.to_branch)

    def ask(
        self, uuid: str | None = None, row: object = 1, seconds: float = PATIENT
    ) -> InquiryAnswer:
        return self.lane.ask("seat", {"row": row}, seconds, uuid).wait()

    def close(self) -> None:
        self.seats.gate.set()
        for line in (self.to_branch, self.to_hq):
            line.released.set()
        for desk in (self.lane, self.branch, self.hq):
            desk.close()
            desk._workers.shutdown()
        self.seats.engine.dispose()


@pytest.fixture
def chain(new_database: Callable[[DatabaseKind], str], tmp_path: Path) -> Iterator[Chain]:
    made = Chain(new_database("hq"), tmp_path)
    yield made
    made.close()


def told(answer: InquiryAnswer) -> tuple[str, str, bool, str]:
    return answer.outcome, answer.answered_by, answer.complete, answer.why


def test_what_is_asked_twice_is_decided_once_and_told_alike(chain: Chain) -> None:
    first = chain.ask("u1")
    chain.seats.now += timedelta(hours=1)
    assert told(first) == ("found", "hq", True, "")
    assert first.body == {"seat": 1, "at": NOW.isoformat()}
    assert chain.ask("u1") == first
    assert chain.ask("u2").body["seat"] == 2
    assert chain.seats.given() == ["N001.01", "N001.01"]


def test_a_lost_answer_is_told_when_it_is_asked_for_again(chain: Chain) -> None:
    chain.to_hq.faults = Faults(unanswered=1.0)
    assert told(chain.ask("u1")) == ("unknown", "N001", False, "late")
    chain.to_hq.faults = Faults()
    assert chain.ask("u1").body["seat"] == 1
    assert chain.seats.given() == ["N001.01"]


def test_a_no_holds_like_a_yes(chain: Chain) -> None:
    chain.seats.free = 0
    assert chain.ask("u1").body == {"full": True}
    chain.seats.free = 3
    assert chain.ask("u1").body == {"full": True}
    assert chain.ask("u2").body["seat"] == 1


def test_nothing_is_decided_below_when_the_line_is_down(chain: Chain) -> None:
    chain.to_hq.down = True
    assert told(chain.ask("u1")) == ("unknown", "N001", False, "line_down")
    assert chain.seats.given() == []


@pytest.mark.parametrize("why", ["late", "cancelled"])
def test_what_nobody_waits_for_any_longer_is_not_decided(chain: Chain, why: str) -> None:
    seats = chain.seats
    seats.gate.clear()
    underway = chain.hq.take("N001", inquiry("u1", budget=300 if why == "late" else 30_000))
    assert seats.reached.wait(PATIENT)
    if why == "cancelled":
        chain.hq.cancel("N001", "u1")
    assert told(underway.wait())[1:] == ("hq", False, why)
    seats.gate.set()
    assert chain.hq.take("N001", inquiry("u2")).wait().body["seat"] == 1
    assert chain.ask("u1").body["seat"] == 2


def test_a_cancel_ends_its_question_once_and_asking_again_is_answered(chain: Chain) -> None:
    chain.hq.cancel("N001", "u1")
    assert chain.hq.take("N001", inquiry("u1")).wait().why == "cancelled"
    while chain.hq._open:
        threading.Event().wait(0.001)
    assert chain.hq.take("N001", inquiry("u1")).wait().body["seat"] == 1


def test_a_decision_that_fails_leaves_nothing_behind(chain: Chain) -> None:
    chain.seats.broken = True
    assert told(chain.ask("u1")) == ("unknown", "hq", False, "failed")
    chain.seats.broken = False
    assert chain.ask("u1").body["seat"] == 1


@pytest.mark.parametrize(
    ("kind", "asked_by", "row"), [("seat", "N001.02", 1), ("seat", "N001.01", 2)]
)
def test_a_uuid_is_of_one_question(chain: Chain, kind: str, asked_by: str, row: int) -> None:
    chain.ask("u1")
    other = Inquiry(uuid="u1", kind=kind, body={"row": row}, asked_by=asked_by, budget_ms=30_000)
    answer = chain.hq.take("N001", other).wait()
    assert (answer.outcome, answer.complete) == ("refused", True)
    assert "another question" in answer.body["reason"]
    assert chain.ask("u1").body["seat"] == 1


def test_a_body_that_does_not_read_is_refused_and_takes_no_uuid(chain: Chain) -> None:
    assert chain.ask("u1", row="a").body == {"reason": "a row is a number"}
    assert chain.ask("u1").body["seat"] == 1


def test_two_servers_that_are_asked_at_once_decide_once(chain: Chain) -> None:
    """While headquarters is restarted, two of its processes may hold the same question."""
    seats = chain.seats
    other = InquiryDesk(
        "hq", open_postgres(seats.engine.url.render_as_string(hide_password=False)), {}, None,
        decisions=Decisions(seats.clock, {"seat": seats.decide}),
    )  # fmt: skip
    seats.gate.clear()
    first = chain.hq.take("N001", inquiry("u1"))
    assert seats.reached.wait(PATIENT)
    second = other.take("N001", inquiry("u1"))
    seats.gate.set()
    assert first.wait() == second.wait()
    assert seats.given() == ["N001.01"]
    other.close()
    other._workers.shutdown()


def test_answers_are_forgotten_when_nobody_asks_any_more(chain: Chain) -> None:
    chain.ask("u1")
    forget = forgetting(chain.seats.engine)
    assert forget(NOW + KEPT) == 0
    assert chain.ask("u1").body["seat"] == 1
    assert forget(NOW + KEPT + timedelta(seconds=1)) == 1
    assert chain.ask("u1").body["seat"] == 2


def test_no_kind_is_decided_by_two_kinds_of_site() -> None:
    assert not set(BRANCH_DECIDERS) & set(HEADQUARTERS_DECIDERS)


def inquiry(uuid: str, budget: int = 30_000) -> Inquiry:
    return Inquiry(uuid=uuid, kind="seat", body={"row": 1}, asked_by="N001.01", budget_ms=budget)
