"""The customer display, and what the customer is shown on it."""

from __future__ import annotations

import os
import threading
import tty
from datetime import timedelta
from pathlib import Path

import pytest

from pos_frontend.customer import CustomerSide, Shown, display_lines, page_picture
from pos_frontend.customer import shown as customer_shown
from pos_frontend.devices.line_display import LineDisplay, centred, justified
from pos_frontend.devices.port import FileSink, Framing, UnpluggedError, serial_opener
from pos_frontend.language import LANGUAGES, text
from pos_frontend.returns import TakingBack
from pos_frontend.settings import Language
from pos_frontend.status import Condition
from tests.pos_frontend.doubles import Glass, plugged
from tests.pos_frontend.running import until
from tests.pos_frontend.shop import BREAD, MILK, Scene


@pytest.mark.parametrize(
    ("left", "right", "line"),
    [
        ("milk", "3.50", "milk            3.50"),
        ("纯牛奶 1L", "3.50", "纯牛奶 1L       3.50"),
        ("全麦面包 Wholemeal bread", "8.99", "全麦面包 Wholem 8.99"),
        # Where a character is too wide for the last column, it is left free.
        ("一二三四五六七八九十", "1234.50", "一二三四五六 1234.50"),
        ("一二三四五六七八九十", "123.50", "一二三四五六  123.50"),
        ("milk", "1" * 20, "1" * 20),
        ("milk", "1" * 25, "1" * 20),
        ("é¥😀", "", "é￥?               "),
        ("evil\x1b@\r", "1.00", "evil?@?         1.00"),
    ],
)
def test_a_line_is_twenty_columns(left: str, right: str, line: str) -> None:
    assert justified(left, right) == line
    assert len(justified(left, right).encode("gbk")) == 20


def test_a_greeting_stands_in_the_middle() -> None:
    assert centred("欢迎光临") == "      欢迎光临      "
    assert centred("x" * 30) == "x" * 20


class Sink:
    """A display that takes what it is sent, or is gone."""

    def __init__(self) -> None:
        self.glass = Glass()
        self.gone = False
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        """See `Sink`."""
        if self.gone:
            raise UnpluggedError("pulled out")
        self.sent.append(data)
        self.glass.write(data)

    def close(self) -> None:
        """See `Sink`."""


def test_only_the_newest_is_shown_and_shown_again() -> None:
    sink = Sink()
    display = LineDisplay(lambda: sink)
    for number in range(100):
        display.show(justified("item", str(number)), justified("total"))
    display.turn()
    assert len(sink.sent) == 1
    assert sink.glass.lines[0].endswith("99")
    sink.glass.lines = ["", ""]  # it lost its power
    display.turn()
    assert sink.glass.lines[0].endswith("99")


def test_a_display_that_comes_back_shows_the_newest() -> None:
    sink = Sink()
    display = LineDisplay(lambda: sink)
    display.show(justified("one"), justified(""))
    display.turn()
    sink.gone = True
    pauses = []
    for words in ("two", "three", "four"):
        display.show(justified(words), justified(""))
        pauses.append(display.turn())
    assert pauses == sorted(set(pauses))
    assert display.condition() == Condition("unplugged", "pulled out")
    sink.gone = False
    display.turn()
    assert sink.glass.lines[0].strip() == "four"
    assert sink.sent[-1].startswith(b"\x0c\x1b@")
    assert display.condition() == Condition("ready")


def test_a_display_at_a_real_port(tmp_path: Path) -> None:
    name = tmp_path / "display"
    display = LineDisplay(serial_opener(str(name), Framing(), 20))
    for words in ("纯牛奶", "全麦面包"):
        display.show(justified(words, "3.50"), justified("合计", "3.50"))
        display.turn()
        assert display.condition().state == "unplugged"
        glass = Glass()
        with plugged(name, glass.talk):
            display.turn()
            wanted = [justified(words, "3.50"), justified("合计", "3.50")]
            until(lambda: glass.lines == wanted)  # noqa: B023 - it is called within the turn
        display.turn()


def test_a_display_that_takes_nothing_is_given_up_for_a_while() -> None:
    near, far = os.openpty()  # nobody reads at the near end
    tty.setraw(far)
    display = LineDisplay(serial_opener(os.ttyname(far), Framing(), 0.01))
    display.show(justified("one"), justified("two"))
    while display.condition().state == "ready":
        display.turn()
    assert display._sink is None
    os.close(near)
    os.close(far)


def test_a_file_holds_the_newest_alone(tmp_path: Path) -> None:
    name = tmp_path / "lcd"
    display = LineDisplay(lambda: FileSink(str(name)))
    display.show(justified("one"), justified("two"))
    display.turn()
    assert display.condition().state == "unplugged"
    assert not name.exists()
    name.touch()
    for words in ("three", "four"):
        display.show(justified(words), justified(""))
        display.turn()
        glass = Glass()
        glass.write(name.read_bytes())
        assert glass.lines[0].strip() == words


# --- at the till ---


def test_what_a_customer_is_shown(scene: Scene) -> None:
    side, till = CustomerSide(None), scene.till

    def seen(language: Language = "zh_CN") -> Shown:
        side.follow(till, till.terms(scene.clock()), language, scene.clock())
        assert side.shown is not None
        return side.shown

    assert seen().mode == "closed"
    scene.ready()
    assert seen().mode == "welcome"
    assert display_lines(seen()) == (centred("欢迎光临"), centred("城西一店"))
    till.scan(MILK)
    till.scan(f"2*{BREAD}")
    assert display_lines(seen()) == (
        justified("全麦面包 Wholemeal bread", "17.98"),
        justified("合计", "21.48"),
    )
    till.void_line(2)
    assert [line.item for line in seen().lines] == ["1001"]
    till.set_member("9001")
    assert (seen().total, seen().saved) == (320, 30)
    till.tender("coupon", "1", "CP-1")
    assert display_lines(seen("en")) == (justified("Total", "3.20"), justified("To pay", "2.20"))
    till.tender("cash", "10")
    assert display_lines(seen("en")) == (justified("Total", "3.20"), justified("Change", "7.80"))
    scene.clock.now += timedelta(seconds=31)
    assert seen().mode == "welcome"

    till.scan(MILK)
    till.tender("card")
    assert display_lines(seen())[1] == centred("谢谢惠顾")
    till.scan(MILK)
    seen()
    till.cancel()
    assert seen().mode == "welcome"
    till.scan(MILK)
    till.void_line(1)
    assert seen().mode == "welcome"


def test_a_customer_sees_what_comes_back_and_what_is_given_for_it(scene: Scene) -> None:
    till = scene.ready()
    till.take_back(TakingBack(MILK, "faulty", authority="M1", pin="9999"))

    def seen(language: Language) -> Shown:
        at = till.terms(scene.clock())
        return customer_shown(till, at, language, scene.clock())

    assert display_lines(seen("zh_CN")) == (
        justified("退 纯牛奶 1L", "-3.50"),
        justified("合计", "-3.50"),
    )
    assert page_picture(seen("en"))["lines"] == [
        {"name": "纯牛奶 1L", "unit": "piece", "quantity": -1000, "price": 350, "saved": 0,
         "amount": -350, "returned": True}
    ]  # fmt: skip
    till.tender("cash")
    assert display_lines(seen("en")) == (
        justified("Total", "-3.50"),
        justified("We give back", "3.50"),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_fit_the_display(language: Language) -> None:
    for name in ("closed", "welcome", "thanks"):
        assert centred(text(language, f"customer.{name}")).strip() == text(
            language, f"customer.{name}"
        )


def test_a_display_that_hangs_holds_up_no_sale(scene: Scene) -> None:
    asked, let_go = threading.Event(), threading.Event()

    class Hanging(Glass):
        def write(self, data: bytes) -> None:
            asked.set()
            let_go.wait()
            super().write(data)

    glass = Hanging()
    display = LineDisplay(lambda: glass)
    side, till = CustomerSide(display), scene.ready()
    display.start()
    try:
        for act in (lambda: till.scan(MILK), lambda: till.tender("cash", "5")):
            act()
            side.follow(till, till.terms(scene.clock()), "en", scene.clock())
            assert asked.wait(60)
        assert glass.lines == ["", ""]
        assert till.last is not None
        assert till.last.change == 150
    finally:
        let_go.set()
        display.stop()
    assert glass.lines == [justified("Total", "3.50"), justified("Change", "1.50")]
