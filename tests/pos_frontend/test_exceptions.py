"""Exceptions at a till: what is one, what is told of a flood, and that nothing waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from pos_frontend.devices.simulated_terminal import SimulatedTerminal
from pos_frontend.devices.terminal_link import TerminalLink
from pos_frontend.errors import TillError
from pos_frontend.exceptions.faults import DeviceFaults, Fault
from pos_frontend.exceptions.log import ExceptionLog
from pos_frontend.exceptions.repeats import Repeats
from pos_frontend.exceptions.watch import ExceptionWatch
from pos_frontend.lane import Lane
from pos_frontend.payment.book import PaymentBook
from pos_frontend.payment.payments import Payments
from pos_frontend.status import Condition, LinkState, PrinterState, Status
from replication import journal
from schemas.domain.exceptions import TillException
from schemas.tables.base import reading
from schemas.wire import entries
from tests.pos_frontend.at_page import NOBODY
from tests.pos_frontend.at_page import Lane as AtPage
from tests.pos_frontend.shop import BRANCH, DAY, LANE, MILK, NOON, Scene
from tests.pos_frontend.terminals import terminal_served

NOTED = TillException(
    "x", BRANCH, LANE, DAY, "C1", NOON, "refused", "override", "pin", "refused", NOON
)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def written(scene: Scene) -> list[TillException]:
    """The exceptions in the lane's journal."""
    with reading(scene.both.journal) as connection:
        head = journal.head_of(connection, f"journal:{LANE}")
        rows = journal.read(connection, head.stream, head.epoch, 0, 1000)
    facts = [entries.decode(row.kind, row.version, row.body) for row in rows]
    return [one for one in facts if isinstance(one, TillException)]


# --- a flood is bounded ---


def at(seconds: float, **changes: object) -> TillException:
    return replace(NOTED, uuid=str(seconds), at=after(seconds), since=after(seconds), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        ([0], [(0, 0, 1)]),
        ([0, 4, 9], [(0, 0, 1), (4, 9, 2)]),
        ([0, 61], [(0, 0, 1), (61, 61, 1)]),
        ([0, 4, 61, 62], [(0, 0, 1), (4, 4, 1), (61, 61, 1), (62, 62, 1)]),
        ([0, 4, -3600], [(0, 0, 1), (4, 4, 1), (-3600, -3600, 1)]),  # the clock was set back
        ([*range(50)], [(0, 0, 1), (1, 49, 49)]),
    ],
)
def test_what_repeats_itself_is_counted(
    happened: list[int], told: list[tuple[int, int, int]]
) -> None:
    repeats = Repeats()
    said = [one for seconds in happened for one in repeats.take(at(seconds))] + repeats.rest()
    assert [(one.since, one.at, one.times) for one in said] == [
        (after(since), after(until), times) for since, until, times in told
    ]


def test_what_differs_is_told_apart_and_what_was_counted_when_its_minute_is_over() -> None:
    repeats = Repeats()
    assert len(repeats.take(at(0))) == 1
    assert len(repeats.take(at(1, operator="C2"))) == 1
    assert len(repeats.take(at(2, authority="M1"))) == 1
    assert repeats.take(at(3)) == []
    assert repeats.over(after(59)) == []
    assert [one.at for one in repeats.over(after(60))] == [after(3)]


BAD = {"printer": ("trouble", "no paper")}


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ([(0, BAD), (1, {})], []),
        ([(0, BAD), (2, BAD), (3, BAD)], [("began", 0, 0, 1)]),
        ([(0, BAD), (2, BAD), (9, {}), (38, {}), (39, {})], [("began", 0, 0, 1), ("ended", 0, 9, 1)]),
        (
            [(0, BAD), (2, BAD), (4, {}), (6, BAD), (8, {}), (10, BAD), (12, {}), (42, {})],
            [("began", 0, 0, 1), ("ended", 0, 12, 3)],
        ),
    ],
)  # fmt: skip
def test_a_device_that_comes_and_goes_makes_two_entries(
    looks: list[tuple[int, dict[str, tuple[str, str]]]], told: list[tuple[str, int, int, int]]
) -> None:
    faults = DeviceFaults()
    said = [one for seconds, bad in looks for one in faults.look(bad, after(seconds))]
    assert said == [
        Fault("printer", "trouble", "no paper", result, after(since), after(until), times)  # type: ignore[arg-type]
        for result, since, until, times in told
    ]


# --- on their way to the disk ---


def test_a_disk_that_refuses_is_tried_again_and_nothing_is_lost() -> None:
    refusals, done = iter([True, True, False, False]), threading.Event()
    kept: list[str] = []

    def write(fact: TillException) -> None:
        if next(refusals):
            raise OperationalError("INSERT", {}, OSError("disk full"))
        kept.append(fact.uuid)
        if len(kept) == 2:
            done.set()

    log = ExceptionLog(write, pause=0.01)
    log.note(replace(NOTED, uuid="a"))
    log.note(replace(NOTED, uuid="b"))
    assert done.wait(10)
    log.close()
    assert kept == ["a", "b"]


def test_a_disk_that_hangs_holds_up_nobody_and_there_is_an_end_to_what_waits() -> None:
    hanging = threading.Event()
    kept: list[str] = []

    def write(fact: TillException) -> None:
        assert hanging.wait(30)
        kept.append(fact.uuid)

    log = ExceptionLog(write)
    for number in range(1000):
        log.note(replace(NOTED, uuid=str(number)))
    hanging.set()
    log.close()
    assert kept == [str(number) for number in range(500)]


# --- what is one ---


def test_what_a_cashier_is_refused_stands_in_the_journal(
    scene: Scene, at_work: Callable[[str], AtPage]
) -> None:
    lane = at_work(NOBODY)
    lane.ask("scan", code=MILK)
    basket = lane.ask("state")["state"]["basket"]["uuid"]
    override = {"line": 1, "amount": "1", "reason": "x"}
    lane.ask("override", **override)  # asks for somebody's authority: no exception
    for _ in range(3):
        lane.ask("override", **override, operator="M1", pin="0000")
    lane.ask("override", **override, operator="C2", pin="2222")
    lane.ask("override", **override, operator="4711", pin="0000")  # a PIN in the wrong place?
    lane.ask("tender", kind="cash")
    lane.ask("reprint")
    lane.ask("sign_out")
    lane.ask("sign_in", operator="C2", pin="1")
    lane.ask("sign_in", operator="C2", pin="2222")
    lane.desk.close()
    told = [
        (one.kind, one.subject, one.cause, one.operator, one.authority, one.times)
        for one in written(scene)
    ]
    assert sorted(told) == sorted([
        ("refused", "override", "pin", "C1", "M1", 1),
        ("refused", "override", "pin", "C1", "M1", 2),
        ("refused", "override", "no_right", "C1", "C2", 1),
        ("refused", "override", "pin", "C1", "", 1),
        ("copy", f"{LANE}-000001", "reprint", "C1", "", 1),
        ("sign_in", "sign_in", "pin", "C2", "", 1),
        ("sign_in", "sign_in", "other_shift", "C2", "", 1),
    ])  # fmt: skip
    assert {one.basket for one in written(scene) if one.kind == "refused"} == {basket}
    assert {one.business_date for one in written(scene)} == {DAY}


@pytest.fixture
def watched(scene: Scene) -> Iterator[tuple[Scene, ExceptionWatch]]:
    """Give a till at work, watched without a page."""
    scene.ready()
    watch = ExceptionWatch(_lane(scene), scene.till)
    yield scene, watch
    watch.close()


def _lane(scene: Scene) -> Lane:
    return Lane(
        LANE, BRANCH, scene.catalogue, scene.journal, scene.prints, scene.keeps, scene.clock,
        lambda: "?", scene.scale, scene.payments,
    )  # fmt: skip


def test_an_expired_item_says_which_and_a_plain_refusal_is_none(
    watched: tuple[Scene, ExceptionWatch],
) -> None:
    scene, watch = watched
    watch.refused("scan", "", TillError("expired", name="酸奶", date="2026-03-01", batch="B7"))
    watch.refused("scan", "", TillError("unknown_item", code="4711"))
    watch.refused("tender", "", TillError("not_saved", reason="disk full"))
    watch.close()
    assert [(one.kind, one.subject, one.cause, one.detail) for one in written(scene)] == [
        ("refused", "scan", "expired", "酸奶 · 2026-03-01 · B7"),
        ("device", "disk", "not_saved", "disk full"),
    ]


def test_a_printer_without_paper_and_an_unplugged_scale(
    watched: tuple[Scene, ExceptionWatch],
) -> None:
    scene, watch = watched
    well = Status(LinkState(), PrinterState(), 0, loading=False, day=DAY, devices={})
    bad = replace(
        well, printer=PrinterState(3, "no paper"), devices={"scale": Condition("unplugged", "gone")}
    )
    for seconds, status in ((0, bad), (2, bad), (9, well), (39, well)):
        scene.clock.now = after(seconds)
        watch.look(status)
    watch.close()
    assert [
        (one.subject, one.cause, one.result, one.since, one.at, one.operator)
        for one in written(scene)
    ] == [
        ("scale", "unplugged", "began", after(0), after(0), "C1"),
        ("printer", "trouble", "began", after(0), after(0), "C1"),
        ("scale", "unplugged", "ended", after(0), after(9), "C1"),
        ("printer", "trouble", "ended", after(0), after(9), "C1"),
    ]


def test_a_declined_payment_and_one_that_was_given_back(data: Path, scene: Scene) -> None:
    terminal = SimulatedTerminal()
    with terminal_served(terminal) as port:
        scene.payments = Payments(PaymentBook(data), TerminalLink("127.0.0.1", port, 5.0))
        scene.restart()
        scene.ready()
        watch = ExceptionWatch(_lane(scene), scene.till)
        scene.till.scan(MILK)
        basket = scene.till.basket_uuid
        terminal.next = "decline"
        _pay(scene, "3.50")
        _pay(scene, "1.00")
        scene.till.back()
        scene.payments.turn()
        watch.close()
    assert [
        (one.cause, one.result, one.amount, one.basket, one.operator) for one in written(scene)
    ] == [
        ("declined", "not_paid", 350, basket, "C1"),
        ("given_up", "given_back", 100, basket, "C1"),
    ]


def _pay(scene: Scene, amount: str) -> None:
    assert scene.payments is not None
    scene.till.tender("card", amount)
    for _ in range(2):
        scene.payments.turn()
    scene.till.follow_payments()
