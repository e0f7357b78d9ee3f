"""The scale: its protocols, its thread, and what the till makes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_frontend.devices.port import Framing, serial_opener
from pos_frontend.devices.scale import SerialScale
from pos_frontend.devices.scale_protocols import Cas, Mettler8217, ScaleProtocol
from pos_frontend.errors import TillError
from pos_frontend.status import Condition
from pos_frontend.weighing import Weight, WeightState
from tests.pos_frontend.doubles import (
    Line,
    Sockets,
    cas,
    cas_replies,
    mettler,
    mettler_status,
    plugged,
    pulled,
)
from tests.pos_frontend.running import until
from tests.pos_frontend.shop import MILK, Scene


class Seconds:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("answer", "state", "weight"),
    [
        (mettler("01.234"), "stable_weight", 1234),
        (mettler(" 1.234N"), "stable_weight", 1234),
        (mettler("00.005"), "stable_weight", 5),
        (mettler("00.000"), "weight_zero", 0),
        (mettler_status(0b00001), "weight_unstable", 0),
        (mettler_status(0b00011), "overweight", 0),
        (mettler_status(0b00100), "under_zero", 0),
        (mettler_status(0b01000), "under_zero", 0),
        (mettler_status(0b10000), "weight_zero", 0),
        (b"", "no_answer", 0),
        (b"\x0201.2", "garbled", 0),
        (b"\x02?\x01\r", "garbled", 0),
        (mettler("01.23"), "garbled", 0),
        (mettler("-1.234"), "garbled", 0),
        (b"\xff\x00nonsense", "garbled", 0),
        (b"\x02?\r\r", "garbled", 0),
    ],
)
def test_a_mettler_is_read(answer: bytes, state: WeightState, weight: int) -> None:
    line = Line(lambda _asked: answer)
    said = Mettler8217().ask(line)
    assert (said.state, said.weight) == (state, weight)
    assert line.written == [b"W"]


@pytest.mark.parametrize(
    ("answer", "state", "weight"),
    [
        (cas("01.234"), "stable_weight", 1234),
        (cas(" 0.005", unit="KG"), "stable_weight", 5),
        (cas("00.000"), "weight_zero", 0),
        (cas("01.234", stable="U"), "weight_unstable", 0),
        (cas("00.120", sign="-"), "under_zero", 0),
        (cas("FFFFFF", sign="F"), "overweight", 0),
        (cas("01.234", unit="lb"), "garbled", 0),
        (cas("1.2345"), "garbled", 0),
        (cas("01.234").replace(b"1.2", b"7.2"), "garbled", 0),
        (cas("01.234")[:9], "garbled", 0),
        (b"", "no_answer", 0),
    ],
)
def test_a_cas_is_read(answer: bytes, state: WeightState, weight: int) -> None:
    said = Cas().ask(Line(cas_replies(answer)))
    assert (said.state, said.weight) == (state, weight)


@pytest.mark.parametrize(
    ("ready", "state"), [(b"", "no_answer"), (b"\x15", "weight_unstable"), (b"?", "garbled")]
)
def test_a_cas_that_is_not_ready_is_asked_no_further(ready: bytes, state: WeightState) -> None:
    line = Line(lambda _asked: ready)
    assert Cas().ask(line).state == state
    assert line.written == [b"\x05"]


def test_half_an_answer_is_not_taken_for_the_next_one() -> None:
    answers = iter([b"\x0201.2", mettler("02.500")])
    line = Line(lambda _asked: next(answers))
    assert Mettler8217().ask(line).state == "garbled"
    line.late = b"34\r"
    assert Mettler8217().ask(line) == Weight("stable_weight", 2500)


# --- asked again and again ---


def test_a_scale_that_is_pulled_out_comes_back() -> None:
    clock = Seconds()
    weighing = Line(lambda _asked: mettler("01.000"))
    back = Line(lambda _asked: mettler("02.000"))
    scale = SerialScale(Mettler8217(), Sockets([weighing, None, None, back]), clock)
    assert scale.read_weight().state == "no_answer"
    scale.turn()
    assert scale.read_weight() == Weight("stable_weight", 1000)
    weighing.replies = pulled
    pauses = [scale.turn() for _ in range(3)]
    assert weighing.closed
    assert pauses == sorted(set(pauses))
    assert scale.read_weight().state == "unplugged"
    assert scale.condition() == Condition("unplugged", "no such port")
    clock.now += pauses[-1]
    scale.turn()
    assert scale.read_weight() == Weight("stable_weight", 2000)
    assert scale.condition() == Condition("ready")


def test_what_was_said_long_ago_is_no_weight() -> None:
    clock = Seconds()
    scale = SerialScale(Mettler8217(), Sockets([Line(lambda _asked: mettler("01.000"))]), clock)
    scale.turn()
    clock.now += 1.0
    assert scale.read_weight().state == "stable_weight"
    clock.now += 0.1
    assert scale.read_weight().state == "no_answer"


def over_pty(protocol: ScaleProtocol, name: Path, wait: float) -> SerialScale:
    """A scale at a pseudo-terminal, which has neither speed nor parity."""
    return SerialScale(protocol, serial_opener(str(name), Framing(), wait))


@pytest.mark.parametrize(
    ("protocol", "replies"),
    [
        (Mettler8217(), lambda _asked: mettler("01.234")),
        (Cas(), cas_replies(cas("01.234"))),
    ],
)
def test_a_scale_at_a_real_port(
    tmp_path: Path, protocol: ScaleProtocol, replies: Callable[[bytes], bytes]
) -> None:
    name = tmp_path / "scale"
    scale = over_pty(protocol, name, 20)
    scale.turn()
    assert scale.read_weight().state == "unplugged"
    for _ in range(2):
        with plugged(name, replies):
            scale.turn()
            assert scale.read_weight() == Weight("stable_weight", 1234)
        scale.turn()
        assert scale.read_weight().state == "unplugged"
    scale._drop()


def test_a_dumb_scale_at_a_real_port(tmp_path: Path) -> None:
    name = tmp_path / "scale"
    scale = over_pty(Mettler8217(), name, 0.01)
    with plugged(name, lambda _asked: b""):
        scale.turn()
        assert scale.read_weight().state == "no_answer"
        assert scale._port is not None
    scale._drop()


def test_the_thread_asks_and_ends(tmp_path: Path) -> None:
    name = tmp_path / "scale"
    scale = over_pty(Mettler8217(), name, 5)
    with plugged(name, lambda _asked: mettler("00.700")) as heard:
        scale.start()
        until(lambda: len(heard) > 2)
        scale.stop()
    assert set(heard) == {b"W"}
    assert not scale._thread.is_alive()
    assert scale._port is None


# --- at the till ---


class Said:
    """A scale that says what it is told to."""

    def __init__(self, said: Weight) -> None:
        self.said = said

    def read_weight(self) -> Weight:
        """See `Scale`."""
        return self.said


def quantities(scene: Scene) -> list[int]:
    assert scene.till.sale is not None
    return [line.quantity for line in scene.till.sale.lines]


def test_what_is_sold_by_weight_takes_it_from_the_scale(scene: Scene) -> None:
    scene.scale = Said(Weight("stable_weight", 1234))
    till = scene.restart()
    scene.ready()
    till.scan("2010")
    till.scan(MILK)
    till.scan("2.5*2010")
    till.scan(f"3*{MILK}")
    till.sell_unknown("77", "1.00", "plums")
    assert quantities(scene) == [1234, 1000, 2500, 3000, 1000]
    assert till.sale is not None
    assert till.sale.lines[0].amount == 839  # 6.80 × 1.234


def test_without_a_scale_one_is_sold(scene: Scene) -> None:
    scene.ready().scan("2010")
    assert quantities(scene) == [1000]


@pytest.mark.parametrize(
    "state",
    [
        "weight_unstable", "weight_zero", "overweight", "under_zero", "no_answer", "garbled",
        "unplugged",
    ],
)  # fmt: skip
def test_without_a_weight_the_sale_stands_and_goes_on(scene: Scene, state: WeightState) -> None:
    scale = Said(Weight(state))
    scene.scale = scale
    till = scene.restart()
    scene.ready().scan(MILK)
    with pytest.raises(TillError) as refused:
        till.scan("2010")
    assert (refused.value.code, refused.value.values) == (f"scale_{state}", {"code": "2010"})
    assert quantities(scene) == [1000]
    till.scan("1.234*2010")
    scale.said = Weight("stable_weight", 500)
    till.scan("2010")
    assert quantities(scene) == [1000, 1234, 500]
    assert till.tender("cash", "50") is True


def test_a_scale_that_hangs_holds_up_no_sale(scene: Scene) -> None:
    clock, asked, let_go = Seconds(), threading.Event(), threading.Event()

    def hang(_data: bytes) -> bytes:
        asked.set()
        let_go.wait()
        return mettler("01.000")

    scale = SerialScale(Mettler8217(), Sockets([Line(hang)]), clock)
    scene.scale = scale
    till = scene.restart()
    scale.start()
    try:
        assert asked.wait(60)
        clock.now += 5
        scene.ready().scan(MILK)
        with pytest.raises(TillError, match="scale_no_answer"):
            till.scan("2010")
        till.scan("1*2010")
        assert till.tender("cash", "50") is True
        assert scale.condition() == Condition("no_answer")
    finally:
        let_go.set()
        scale.stop()
