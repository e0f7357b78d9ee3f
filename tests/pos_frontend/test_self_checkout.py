"""A self-checkout: what a customer may do, what calls a person of the shop, and whose rights count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pos_frontend import serve
from pos_frontend.attendance import Reason
from pos_frontend.devices.opening import Counter
from pos_frontend.devices.scale import SerialScale
from pos_frontend.devices.sheet import Style
from pos_frontend.devices.simulated_terminal import SimulatedTerminal
from pos_frontend.devices.spool import Spool
from pos_frontend.devices.terminal_link import TerminalLink
from pos_frontend.kept_basket import KeptBasket
from pos_frontend.language import messages
from pos_frontend.payment.book import PaymentBook
from pos_frontend.payment.payments import Payments
from pos_frontend.screen.desk import Desk
from pos_frontend.screen.self_kiosk import SelfKiosk
from pos_frontend.screen.server import Page
from pos_frontend.settings import LaneSettings, read_settings
from pos_frontend.status import Condition
from pos_frontend.supervisor import Supervisor
from pos_frontend.weighing import Weight
from replication.settings import SettingsError
from schemas.domain.promotion.effect import CouponOff, SpendGift
from schemas.domain.promotion.promotion import Who
from tests.pos_frontend.running import until, write_settings
from tests.pos_frontend.shop import BREAD, CHAIN, MILK, Scene, load
from tests.pos_frontend.terminals import terminal_served
from tests.pos_frontend.test_exceptions import written
from tests.pos_frontend.test_labels import LAYOUTS, STALE
from tests.pos_frontend.test_offers import Feed
from tests.pos_frontend.test_page import ADDRESS
from tests.pos_frontend.test_price_check import asked
from tests.schemas.domain.promotion.offers import offer

BAG = "1001"


@dataclass
class Beam:
    """A scale that says what it is told to."""

    said: Weight = field(default_factory=lambda: Weight("stable_weight", 1234))

    def read_weight(self) -> Weight:
        """See `Scale`."""
        return self.said

    def condition(self) -> Condition:
        """See `Counter`."""
        return Condition("ready")


@dataclass
class Checkout:
    """A self-checkout with a customer before it."""

    desk: Desk
    kiosk: SelfKiosk
    terminal: SimulatedTerminal
    beam: Beam
    _number: int = 0

    def ask(self, do: str, **fields: object) -> dict[str, Any]:
        """Ask, as the page does; the whole answer."""
        self._number += 1
        told = self.kiosk.handle(json.dumps({"id": self._number, "do": do, **fields}))
        answer: dict[str, Any] = json.loads(told.reply)
        return answer

    def does(self, do: str, **fields: object) -> dict[str, Any]:
        """Ask for what is done; how the checkout stands then."""
        answer = self.ask(do, **fields)
        assert answer["ok"], answer
        return dict(answer["self"])

    def refused(self, do: str, **fields: object) -> str:
        """Ask for what is not done; why."""
        answer = self.ask(do, **fields)
        assert not answer["ok"], answer
        return str(answer["error"]["code"])

    def pay(self, kind: str = "card", **more: object) -> dict[str, Any]:
        """Begin to pay for the basket."""
        basket = self.kiosk.picture()["basket"]["uuid"]
        return self.does("tender", kind=kind, basket=basket, **more)

    def heard(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for what the terminal says; how the checkout stands then."""

        def follows() -> bool:
            self.desk.follow_payments()
            return holds(self.kiosk.picture())

        until(follows, 20)
        return self.kiosk.picture()


def build(scene: Scene, port: int, beam: Beam) -> tuple[Desk, Payments]:
    """Wire a lane as it is wired when it is served."""
    raw = {
        "data": scene.data, "parent": "http://127.0.0.1:1",
        "terminal": {"kind": "simulated", "port": port},
        "self_checkout": {"enabled": True, "bags": BAG, "ages": {"bakery": 18}},
    }  # fmt: skip
    settings = LaneSettings.model_validate(raw)
    payments = Payments(PaymentBook(scene.data), TerminalLink("127.0.0.1", port), 0.01)
    counter = Counter(cast("SerialScale", beam), None, payments)
    spool, kept = Spool(None, Style(80, "zh_CN")), KeptBasket(scene.data)
    return serve.assemble(settings, scene.both, spool, Supervisor([]), counter, kept), payments


@pytest.fixture
def closed(scene: Scene) -> Iterator[Checkout]:
    """Give a checkout that nobody has opened."""
    load(scene.data, {CHAIN: LAYOUTS})
    terminal, beam = SimulatedTerminal(), Beam()
    with terminal_served(terminal) as port:
        desk, payments = build(scene, port, beam)
        payments.start()
        assert desk.attendance is not None
        yield Checkout(desk, SelfKiosk(desk, desk.attendance), terminal, beam)
        payments.stop()
        desk.close()


@pytest.fixture
def checkout(closed: Checkout) -> Checkout:
    """Give a checkout that a cashier has opened and left."""
    assert closed.does("open", operator="C1", pin="1111")["state"] == "serving"
    return closed


def test_a_customer_sells_to_themselves_and_pays_without_cash(
    closed: Checkout, scene: Scene
) -> None:
    assert closed.refused("scan", code=MILK) == "self_closed"
    assert closed.refused("attend", operator="C1", pin="1111") == "self_closed"
    assert closed.refused("open", operator="C1", pin="9") == "pin"
    closed.does("open", operator="C1", pin="1111")
    assert closed.refused("open", operator="C1", pin="1111") == "not_while_selling"
    closed.does("scan", code=MILK)
    closed.beam.said = Weight("weight_zero")
    assert closed.refused("scan", code="2010") == "scale_weight_zero"
    closed.beam.said = Weight("stable_weight", 1234)
    closed.does("scan", code="2010")
    shown = closed.does("bags", count=2)
    assert [line["amount"] for line in shown["basket"]["lines"]] == [350, 839, 700]
    assert closed.refused("scan", code=f"3*{MILK}") == "self_one_by_one"
    assert closed.refused("scan", code="0.1*2010") == "self_one_by_one"
    for kind in ("cash", "coupon"):
        uuid = shown["basket"]["uuid"]
        assert closed.refused("tender", kind=kind, basket=uuid) == "self_no_cash"
    assert closed.pay()["waiting"]["amount"] == 1889
    done = closed.heard(lambda told: told["last"] is not None)
    assert done["state"] == "serving"
    assert done["basket"]["lines"] == []
    ticket = scene.journal.last_ticket()
    assert ticket is not None
    assert (ticket.operator, ticket.total) == ("C1", 1889)
    assert [(one.kind, one.amount) for one in ticket.tenders] == [("card", 1889)]
    assert [amount for _, amount in closed.terminal.charged] == [1889]


@pytest.mark.parametrize(
    ("code", "why", "about"),
    [
        ("4711", "code", "4711"),
        ("2011", "code", "赠品"),
        ("N001.03-000001", "return", "N001.03-000001"),
        (BREAD, "age", "全麦面包 Wholemeal bread"),
        (STALE, "label", "红富士苹果"),
    ],
)
def test_what_a_customer_cannot_do_calls_somebody(
    checkout: Checkout, scene: Scene, code: str, why: str, about: str
) -> None:
    checkout.does("scan", code=MILK)
    called = checkout.does("scan", code=code)
    assert (called["state"], called["call"]["why"], called["call"]["about"]) == (
        "called", why, about,
    )  # fmt: skip
    # Nothing goes on without them, and what is theirs is nobody else's.
    for do, fields in _THEIRS.items():
        assert checkout.refused(do, **fields) == "self_attended"
    assert checkout.refused("scan", code=MILK) == "self_attended"
    assert checkout.refused("attend", operator="C1", pin="9") == "pin"
    attended = checkout.does("attend", operator="C2", pin="2222")
    assert attended["attendant"] == {"name": "李芳", "own": False}
    assert checkout.does("go_on")["state"] == "serving"
    assert checkout.does("scan", code=MILK)["state"] == "serving"
    checkout.desk.watch.close()
    told = written(scene)
    assert [(one.kind, one.subject, one.cause, one.authority) for one in told] == [
        ("refused", "attend", "pin", "C1"),
        ("attended", why, about, "C2"),
    ]


_THEIRS: dict[str, dict[str, Any]] = {
    "void_line": {"line": 1}, "cancel": {}, "go_on": {}, "sign_out": {}, "end_shift": {},
    "override": {"line": 1, "amount": "0.01", "reason": "x"}, "reprint": {},
    "unknown_item": {"code": "1", "price": "1"}, "reprice_label": {"line": 1, "repriced": True},
    "settle_payment": {"reference": "x", "reason": "x"},
}  # fmt: skip


def test_a_leaflet_and_a_gift_are_taken_and_what_headquarters_would_reserve_is_not(
    checkout: Checkout, scene: Scene
) -> None:
    Feed(scene).offer(
        offer("S1", CouponOff(0, 100), who=Who(coupon="SPRING"), mode="compound"),
        offer("S2", CouponOff(0, 300), who=Who(coupon="ONCE", single_use=True)),
        offer("S3", SpendGift(500, "1001", "piece"), mode="compound"),
    )
    checkout.does("scan", code=MILK)
    checkout.does("scan", code=MILK)
    assert checkout.refused("scan", code="ONCE-12345678") == "self_coupon"
    shown = checkout.does("scan", code="SPRING")
    assert [(one["title"], one["off"]) for one in shown["coupons"]] == [("S1", 100)]
    assert [one["item"] for one in shown["gifts"]] == ["1001"]
    assert checkout.refused("scan", code="SPRING") == "self_coupon"
    shown = checkout.does("scan", code=MILK)
    assert (shown["state"], shown["basket"]["total"], shown["gifts"]) == ("serving", 600, [])


def test_what_is_for_a_person_is_refused_to_a_customer_who_is_served(checkout: Checkout) -> None:
    checkout.does("scan", code=MILK)
    refused = {do: checkout.refused(do, **fields) for do, fields in _THEIRS.items()}
    assert refused == dict.fromkeys(_THEIRS, "self_attended")


def test_a_customer_calls_and_a_person_helps(checkout: Checkout) -> None:
    for why in ("help", "remove", "cancel"):
        checkout.does("scan", code=MILK)
        number = len(checkout.does("scan", code=MILK)["basket"]["lines"])
        assert checkout.does("call", why=why)["call"]["why"] == why
        checkout.does("attend", operator="C1", pin="1111")
        checkout.does("void_line", line=number)
        assert checkout.does("go_on")["state"] == "serving"
    assert checkout.kiosk.picture()["basket"]["total"] == 3 * 350


def test_only_the_rights_of_who_attends_count(closed: Checkout) -> None:
    closed.does("open", operator="M1", pin="9999")  # and the manager goes away
    closed.does("scan", code=MILK)
    closed.does("attend", operator="C1", pin="1111")
    override = {"line": 1, "amount": "3", "reason": "dented"}
    assert closed.refused("override", **override) == "authority"
    closed.does("override", **override, operator="M1", pin="9999")
    closed.does("go_on")
    closed.does("attend", operator="M1", pin="9999")
    shown = closed.does("override", **{**override, "amount": "2.5"})
    by = [one["authority"] for one in shown["basket"]["lines"][0]["discounts"]]
    assert (by, shown["basket"]["total"]) == (["M1", "M1"], 250)


def test_an_age_is_asked_for_each_time_and_after_a_power_cut(
    checkout: Checkout, scene: Scene
) -> None:
    called = checkout.does("scan", code=BREAD)["call"]
    assert (called["line"], called["age"]) == (1, 18)
    checkout.does("attend", operator="C1", pin="1111")
    checkout.does("go_on")
    assert checkout.does("scan", code=BREAD)["call"]["line"] == 2
    checkout.does("attend", operator="C1", pin="1111")
    checkout.does("void_line", line=2)
    assert checkout.does("go_on")["state"] == "serving"
    kept = KeptBasket(scene.data)
    kept.start()
    kept.keep(checkout.desk.till.sale)
    kept.stop()
    again, _ = build(scene, 9, Beam())
    assert again.attendance is not None
    kiosk = SelfKiosk(again, again.attendance)
    assert kiosk.picture()["state"] == "closed"
    answer = json.loads(kiosk.handle('{"id":1,"do":"open","operator":"C1","pin":"1111"}').reply)
    assert answer["self"]["call"]["why"] == "age"
    again.close()


def test_a_silent_terminal_calls_somebody_who_settles_it(checkout: Checkout) -> None:
    checkout.does("scan", code=MILK)
    checkout.terminal.next = "hang"
    checkout.pay()
    called = checkout.heard(lambda told: (told["waiting"] or {}).get("state") == "missing")
    assert (called["state"], called["call"]["why"]) == ("called", "terminal")
    assert checkout.refused("cancel_payment") == "self_attended"
    checkout.does("attend", operator="C1", pin="1111")
    reference = called["waiting"]["reference"]
    checkout.does(
        "settle_payment", reference=reference, reason="not charged", operator="M1", pin="9999"
    )
    checkout.heard(lambda told: told["waiting"] is None)
    assert checkout.does("go_on")["state"] == "serving"
    checkout.terminal.next = "decline"
    checkout.pay("qr", reference="134567890123456789")
    assert checkout.heard(lambda told: told["refused"] is not None)["refused"] == "declined"
    checkout.pay()
    assert checkout.heard(lambda told: told["last"] is not None)["last"]["total"] == 350
    assert [amount for _, amount in checkout.terminal.charged] == [350]


def test_a_terminal_that_is_away_calls_somebody_once(checkout: Checkout, scene: Scene) -> None:
    away, payments = build(scene, 9, checkout.beam)
    payments.start()
    assert away.attendance is not None
    there = Checkout(away, SelfKiosk(away, away.attendance), checkout.terminal, checkout.beam)
    there.does("open", operator="C1", pin="1111")
    there.does("scan", code=MILK)
    there.pay()
    called = there.heard(lambda told: told["refused"] == "unplugged")
    assert (called["state"], called["call"]["why"]) == ("called", "terminal")
    there.does("attend", operator="C1", pin="1111")
    assert there.does("go_on")["state"] == "serving"
    there.pay()
    assert there.heard(lambda told: told["refused"] is not None)["state"] == "called"
    payments.stop()
    away.close()


def test_who_walks_away_attends_no_longer(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    assert checkout.desk.attendance is not None
    monkeypatch.setattr(checkout.desk.attendance, "_monotonic", lambda: now[0])
    checkout.does("scan", code=MILK)
    checkout.does("call", why="remove")
    checkout.does("attend", operator="C1", pin="1111")
    now[0] = 59.0
    checkout.does("unknown_item", code="4711", price="1")
    now[0] = 118.0
    assert checkout.kiosk.picture()["state"] == "attended"
    now[0] = 120.0
    assert checkout.kiosk.picture()["state"] == "called"
    assert checkout.refused("void_line", line=1) == "self_attended"


def test_the_checkout_is_closed_by_who_attends(checkout: Checkout, scene: Scene) -> None:
    checkout.does("attend", operator="C1", pin="1111")
    checkout.does("end_shift")
    assert checkout.kiosk.picture()["state"] == "closed"
    assert scene.journal.open_shift() is None


def test_no_page_of_a_self_checkout_gives_the_till_away(closed: Checkout) -> None:
    page = Page(closed.desk, ADDRESS)
    (stand,) = [one for one in page.stands if one.kiosk.path == "self"]
    headers = {"Host": "127.0.0.1:8490", "Origin": ADDRESS}
    with TestClient(page.application(), base_url=ADDRESS) as browser:
        for path in ("/", "/devices", "/self"):
            answer = browser.get(path)
            assert answer.url.path == "/self"
            assert stand.token in answer.text
            assert page.token not in answer.text
        live = f"/self/live?token={stand.token}"
        with browser.websocket_connect(live, headers=headers) as socket:
            assert socket.receive_json()["self"]["state"] == "closed"
            opened = asked(socket, 1, do="open", operator="C1", pin="1111")
            assert opened["self"]["state"] == "serving"
            told = asked(socket, 2, do="move_cash", movement="no_sale", reason="x")
            assert told["error"]["code"] == "request"
        for path in (f"/till?token={stand.token}", f"/self/live?token={page.token}"):
            with (
                pytest.raises(WebSocketDisconnect),
                browser.websocket_connect(path, headers=headers),
            ):
                pass


def test_a_checkout_needs_a_terminal_and_ages_are_years(tmp_path: Path) -> None:
    for more, said in (
        ("[self_checkout]\nenabled = true", "set terminal.kind"),
        ("[self_checkout]\nages = { alcohol = 0 }", "ages.alcohol"),
    ):
        with pytest.raises(SettingsError, match=said):
            read_settings(write_settings(tmp_path, more=more))


def test_every_call_has_its_words() -> None:
    reasons = get_args(Reason)
    assert {f"self.call_{why}" for why in reasons} <= messages("en").keys()
