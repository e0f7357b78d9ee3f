"""What the till tells of the moment: when, by which way, and what is told of it to the branch."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from pos_frontend.errors import TillError
from pos_frontend.messages import Messages
from pos_frontend.moment_sender import MomentPace, MomentSender
from pos_frontend.momentary import Momentary
from pos_frontend.status import LinkState, PrinterState, Status
from pos_frontend.supervisor import Supervisor
from replication.errors import LinkDownError, RefusedError
from schemas.tables.base import open_sqlite
from schemas.tables.catalogue import lane_message
from schemas.wire.moment import Moment
from tests.pos_frontend.shop import DAY, LANE, LOCAL, MILK, NOON, Scene

QUICK = MomentPace(least=0.0, repeat=30.0, retry=0.01, unknown=30.0)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> Any:  # noqa: ANN401 - an instant
        return self.now


def status(**changes: Any) -> Status:  # noqa: ANN401 - fields
    fields: dict[str, Any] = {
        "link": LinkState(), "printer": PrinterState(), "unsent": 0, "loading": False, "day": DAY,
        "devices": {}, **changes,
    }  # fmt: skip
    return Status(**fields)


def say(scene: Scene, lane: str, text: str, key: str = "m1", minutes: int = 60) -> None:
    """Have the branch's word arrive at the lane."""
    engine = open_sqlite(str(scene.data / "catalogue.db"))
    row = {
        "stream": LOCAL, "key": key, "generation": 1, "message": key, "lane": lane, "text": text,
        "sender": "M1", "name": "店长", "at": NOON, "until": NOON + timedelta(minutes=minutes),
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(lane_message).values(row))
    engine.dispose()


def test_the_till_tells_each_state_once_and_since_when(scene: Scene) -> None:
    clock, lines = Clock(), list[bytes]()

    def taken(line: bytes) -> bool:
        lines.append(line)
        return True

    messages = Messages(scene.catalogue, scene.data, LANE, clock)
    momentary = Momentary(taken, clock, messages)

    def look(**more: Any) -> Moment:  # noqa: ANN401 - fields of a status
        training = more.pop("training", False)
        clock.now += timedelta(seconds=5)
        momentary.look(scene.till, status(**more), training=training)
        return Moment.model_validate_json(lines[-1])

    assert look().state == "closed"
    scene.till.sign_in("C1", "1111")
    assert (look().state, look().operator) == ("opening", "C1")
    scene.till.open_shift("100")
    idle = look()
    assert (idle.state, idle.total, idle.lines, idle.since) == ("idle", 0, 0, clock.now)
    told = len(lines)
    assert look() == idle
    assert len(lines) == told
    scene.till.scan(MILK)
    selling = look(unsent=2, printer=PrinterState(waiting=3, state="no_paper"))
    assert (selling.state, selling.total, selling.lines) == ("selling", 350, 1)
    assert (selling.unsent, selling.printer, selling.waiting) == (2, "no_paper", 3)
    assert look(training=True).state == "training"
    assert look(training=True).total == 0
    scene.till.tender("cash", "1")
    assert look().state == "tendering"
    scene.till.back()
    scene.till.cancel()
    scene.till.sign_out()
    assert look().state == "locked"


def test_a_message_waits_until_it_is_acknowledged_and_stays_so_after_a_restart(
    scene: Scene,
) -> None:
    clock = Clock()
    messages = Messages(scene.catalogue, scene.data, LANE, clock)
    assert messages.look() == ()
    say(scene, "", "to all", "m1")
    say(scene, LANE, "to this one", "m2", minutes=5)
    say(scene, "N001.04", "to another", "m3")
    assert [one.text for one in messages.look()] == ["to all", "to this one"]
    messages.acknowledge("m1", "C1")
    with pytest.raises(TillError, match="no_message"):
        messages.acknowledge("m3", "C1")
    assert [one.text for one in messages.look()] == ["to this one"]
    again = Messages(scene.catalogue, scene.data, LANE, clock)
    assert [(one.message, one.operator, one.at) for one in again.seen] == [("m1", "C1", NOON)]
    assert [one.text for one in again.look()] == ["to this one"]
    clock.now += timedelta(minutes=6)
    assert again.look() == ()
    clock.now += timedelta(hours=1)
    again.look()
    assert again.seen == ()
    (scene.data / "messages.json").write_text("{", "utf-8")
    assert Messages(scene.catalogue, scene.data, LANE, clock).seen == ()


class Branch:
    """A branch that hears moments, or answers otherwise."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.errors: list[Exception] = []
        self.changed = threading.Condition()

    def __call__(self, body: bytes) -> None:
        with self.changed:
            self.changed.notify_all()
            if self.errors:
                raise self.errors.pop(0)
            self.heard.append(json.loads(body))

    def wait(self, until: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(until, 10)


@contextmanager
def sending(branch: Branch, pace: MomentPace = QUICK) -> Iterator[MomentSender]:
    sender = MomentSender(branch, lambda: NOON, pace)
    sender.start()
    try:
        yield sender
    finally:
        sender.stop()


def test_the_newest_is_sent_when_the_branch_answers_again() -> None:
    branch = Branch()
    branch.errors = [LinkDownError("gone"), RefusedError("no_session", "say hello")]
    with sending(branch) as sender:
        sender.take(b'{"state": "idle"}')
        branch.wait(lambda: len(branch.heard) == 1)
        assert branch.heard == [{"state": "idle", "at": NOON.isoformat()}]
        sender.take(b"not json")
        sender.take(b'{"state": "selling"}')
        branch.wait(lambda: len(branch.heard) == 2)
        sender.again()
        branch.wait(lambda: len(branch.heard) == 3)
        assert [one["state"] for one in branch.heard] == ["idle", "selling", "selling"]


def test_a_burst_is_sent_as_its_last() -> None:
    branch = Branch()
    with sending(branch, MomentPace(least=0.3, repeat=30.0)) as sender:
        for number in range(50):
            sender.take(json.dumps({"total": number}).encode())
        branch.wait(lambda: bool(branch.heard) and branch.heard[-1]["total"] == 49)
    assert len(branch.heard) <= 2


def test_a_branch_of_an_older_release_is_left_alone() -> None:
    branch = Branch()
    branch.errors = [RefusedError("not_online", "upgrade the parent"), *[LinkDownError("")] * 9]
    with sending(branch) as sender:
        sender.take(b'{"state": "idle"}')
        branch.wait(lambda: len(branch.errors) == 9)
        sender.take(b'{"state": "selling"}')
    assert len(branch.errors) == 9


def test_a_child_that_does_not_listen_holds_nobody_up(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    # It reads nothing before the other end is closed.
    program = (
        "import select, sys\n"
        "closed = select.poll()\n"
        "closed.register(0, 0)\n"
        "closed.poll()\n"
        f"open({str(heard)!r}, 'wb').write(sys.stdin.buffer.read())\n"
    )
    supervisor = Supervisor([sys.executable, "-c", program])
    assert not supervisor.tell(b'{"state": "before"}')
    supervisor.start()
    line = json.dumps({"state": "x" * 3_000}).encode()
    told = 0
    while supervisor.tell(line) or told == 0:
        told += 1
        assert told < 10_000_000
    supervisor.stop()
    said = heard.read_bytes().splitlines()
    # What was told before it began is given to it, unless something newer was told by then.
    assert {line} <= set(said) <= {line, b'{"state": "before"}'}
