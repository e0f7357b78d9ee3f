"""Trying a lane's devices at its self-test page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.testclient import TestClient

from pos_frontend import serve
from pos_frontend.devices.doubtful import Doubtful
from pos_frontend.devices.line_display import LineDisplay
from pos_frontend.devices.opening import Counter
from pos_frontend.devices.paper import draw
from pos_frontend.devices.printer import Printer
from pos_frontend.devices.scale import SerialScale
from pos_frontend.devices.scale_protocols import Mettler8217
from pos_frontend.devices.self_test import SelfTest
from pos_frontend.devices.sheet import Style
from pos_frontend.devices.simulated_terminal import SimulatedTerminal
from pos_frontend.devices.spool import Spool
from pos_frontend.devices.terminal_link import TerminalLink
from pos_frontend.kept_basket import KeptBasket
from pos_frontend.payment.book import PaymentBook
from pos_frontend.payment.payments import Payments
from pos_frontend.screen.server import Page
from pos_frontend.settings import LaneSettings, Language
from pos_frontend.supervisor import Supervisor
from tests.pos_frontend.at_page import Paper
from tests.pos_frontend.doubles import Glass, Line, Sockets, mettler
from tests.pos_frontend.shop import MILK, Scene
from tests.pos_frontend.terminals import terminal_served
from tests.pos_frontend.test_page import ADDRESS, connect


@dataclass
class Bench:
    """A till's socket, and what stands around it."""

    socket: Any
    spool: Spool
    paper: Paper
    glass: Glass
    counter: Counter

    def ask(self, do: str, **fields: str) -> Any:  # noqa: ANN401 - JSON
        self.socket.send_json({"id": 1, "do": do, **fields})
        while "id" not in (told := self.socket.receive_json()):
            pass
        return told


def bench(scene: Scene, printer: Printer | None, counter: Counter) -> tuple[Page, Spool]:
    settings = LaneSettings(data=scene.data, parent="http://127.0.0.1:1")
    spool = Spool(printer, Style(58, "zh_CN"))
    return Page(
        serve.assemble(
            settings, scene.both, spool, Supervisor([]), counter, KeptBasket(scene.data)
        ),
        ADDRESS,
    ), spool


@pytest.fixture
def around(scene: Scene) -> Iterator[Bench]:
    """Give a lane with every device; each takes its turn when the test says so."""
    paper, glass = Paper(), Glass()
    scale = SerialScale(Mettler8217(), Sockets([Line(lambda _asked: mettler("01.250"))]))
    counter = Counter(scale, LineDisplay(lambda: glass))
    page, spool = bench(scene, paper, counter)
    with (
        TestClient(page.application(), base_url=ADDRESS) as browser,
        connect(browser, page) as socket,
    ):
        yield Bench(socket, spool, paper, glass, counter)


def test_each_device_is_tried(around: Bench) -> None:
    around.ask("sign_in", operator="C1", pin="1111")
    assert around.counter.scale is not None
    assert around.counter.display is not None
    assert around.ask("check_health", device="scale")["health"]["result"] == "no_answer"
    around.counter.scale.turn()
    told = around.ask("check_health", device="scale")
    assert told["health"] == {"device": "scale", "result": "stable_weight", "weight": 1250}

    assert around.ask("check_health", device="line_display")["health"]["result"] == "shown"
    around.counter.display.turn()
    assert around.glass.lines == ["显示测试".ljust(16), "12345678901234567890"]

    assert around.ask("check_health", device="printer")["health"]["result"] == "queued"
    assert around.spool.state().waiting == 1
    around.spool.start()
    around.spool.stop()
    assert around.paper.printed == ["N001.03-test"]

    # The glass is the customer's again as soon as there is something to show.
    around.ask("open_shift", float="200")
    around.ask("scan", code=MILK)
    around.ask("state")
    around.counter.display.turn()
    assert around.glass.lines[0].startswith("纯牛奶")


def test_nobody_signed_in_tries_nothing(around: Bench) -> None:
    told = around.ask("check_health", device="printer")
    assert told["error"]["code"] == "not_while_signed_out"
    assert around.spool.state().waiting == 0


@pytest.mark.parametrize("device", ["printer", "line_display", "scale", "payment_terminal"])
def test_what_is_not_there_is_said_to_be_so(scene: Scene, device: str) -> None:
    page, _ = bench(scene, None, Counter())
    with (
        TestClient(page.application(), base_url=ADDRESS) as browser,
        connect(browser, page) as socket,
    ):
        state = socket.receive_json()["state"]
        assert state["status"]["devices"] == {}
        assert state["status"]["printer"]["configured"] is False
        here = Bench(socket, Spool(None, Style(80, "en")), Paper(), Glass(), Counter())
        here.ask("sign_in", operator="C1", pin="1111")
        assert here.ask("check_health", device=device)["error"]["code"] == "no_device"


def test_a_killed_till_offers_what_it_did_not_print(scene: Scene) -> None:
    Doubtful(scene.data).resume([], lambda _ticket: pytest.fail("nothing was sold"))
    till = scene.ready()
    till.scan(MILK)
    till.tender("cash", "10")
    # It is killed before the receipt comes out; the next start finds the ticket, and no word of its paper.
    paper = Paper()
    spool = Spool(paper, Style(58, "zh_CN"), doubtful=Doubtful(scene.data))
    settings = LaneSettings(data=scene.data, parent="http://127.0.0.1:1")
    desk = serve.assemble(
        settings, scene.both, spool, Supervisor([]), Counter(), KeptBasket(scene.data)
    )
    assert spool.state().doubtful == ("N001.03-000001",)
    asked = '{"id": 1, "do": "doubtful", "print": true}'
    assert "not_while_signed_out" in desk.handle(asked).reply
    desk.handle('{"id": 1, "do": "sign_in", "operator": "C1", "pin": "1111"}')
    assert '"ok":true' in desk.handle(asked).reply
    desk.close()
    assert spool.state().doubtful == ()
    spool.start()
    spool.stop()
    assert paper.printed == ["N001.03-000001.copy"]


@pytest.mark.parametrize("fault", ["unplug", "none"])
def test_the_terminal_is_asked_whether_it_answers(scene: Scene, fault: str) -> None:
    with terminal_served(SimulatedTerminal()) as port:
        link = TerminalLink("127.0.0.1", port if fault == "none" else 1)
        payments = Payments(PaymentBook(scene.data), link)
        page, _ = bench(scene, None, Counter(payments=payments))
        with (
            TestClient(page.application(), base_url=ADDRESS) as browser,
            connect(browser, page) as socket,
        ):
            here = Bench(socket, Spool(None, Style(80, "en")), Paper(), Glass(), Counter())
            here.ask("sign_in", operator="C1", pin="1111")
            told = here.ask("check_health", device="payment_terminal")
            assert told["health"]["result"] == "asked"
            payments.turn()
            assert payments.condition().state == ("ready" if fault == "none" else "unplugged")
    assert payments.all() == ()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("width", [80, 58])
def test_the_test_receipt_fits_and_is_drawn(width: int, language: Language) -> None:
    data = SelfTest("N001.03", "2026-03-02 12:00:00").lay_out(Style(width, language))
    assert draw(data, width).getextrema() == (0, 255)
    assert b"\x1bp" not in data
