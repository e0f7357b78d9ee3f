"""What the page's server lets in, what it says to whom, and its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pos_frontend import language, serve
from pos_frontend.devices.opening import Counter
from pos_frontend.devices.sheet import Style
from pos_frontend.devices.spool import Spool
from pos_frontend.errors import TillError
from pos_frontend.health import Device
from pos_frontend.kept_basket import KeptBasket
from pos_frontend.payment.attempt import UNDERWAY, AttemptState
from pos_frontend.payment.terminal import BY_TERMINAL
from pos_frontend.screen import protocol
from pos_frontend.screen.server import Page
from pos_frontend.settings import LaneSettings, read_settings
from pos_frontend.status import Condition, Trouble
from pos_frontend.supervisor import Supervisor
from pos_frontend.weighing import WeightState
from replication.inquiry import Why
from replication.settings import SettingsError
from schemas.domain.ticket import TenderKind
from schemas.wire.redemption import WhyNot
from tests.pos_frontend.running import write_settings
from tests.pos_frontend.shop import MILK, Scene

ADDRESS = "http://127.0.0.1:8490"
PRODUCT = Path(language.__file__).parent


@pytest.fixture
def served(scene: Scene) -> Page:
    settings = LaneSettings(data=scene.data, parent="http://127.0.0.1:1")
    spool = Spool(None, Style(80, "zh_CN"))
    kept = KeptBasket(scene.data)
    desk = serve.assemble(settings, scene.both, spool, Supervisor([]), Counter(), kept)
    return Page(desk, ADDRESS)


@pytest.fixture
def browser(served: Page) -> Iterator[TestClient]:
    with TestClient(served.application(), base_url=ADDRESS) as client:
        yield client


def test_the_page_carries_the_token_and_a_strict_policy(browser: TestClient, served: Page) -> None:
    answer = browser.get("/")
    assert served.token in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert browser.get("/static/till.js").status_code == 200


def test_another_host_is_served_nothing(browser: TestClient) -> None:
    answer = browser.get("/", headers={"Host": "evil.example:8490"})
    assert answer.status_code == 421
    assert "token" not in answer.text


@pytest.mark.parametrize(
    ("host", "origin", "token"),
    [
        ("evil.example:8490", "http://evil.example:8490", None),
        ("127.0.0.1:8490", "http://evil.example", None),
        ("127.0.0.1:8490", "null", None),
        ("127.0.0.1:8490", "", None),
        ("127.0.0.1:8490", ADDRESS, "wrong"),
        ("127.0.0.1:8490", ADDRESS, ""),
    ],
)
def test_a_socket_from_elsewhere_is_refused(
    browser: TestClient, served: Page, host: str, origin: str, token: str | None
) -> None:
    path = f"/till?token={served.token if token is None else token}"
    with (
        pytest.raises(WebSocketDisconnect),
        browser.websocket_connect(path, headers={"Host": host, "Origin": origin}),
    ):
        pass


def connect(browser: TestClient, served: Page) -> Any:  # noqa: ANN401 - a test session
    return browser.websocket_connect(
        f"/till?token={served.token}", headers={"Host": "127.0.0.1:8490", "Origin": ADDRESS}
    )


def test_requests_are_answered_in_their_order_and_others_are_told(
    browser: TestClient, served: Page
) -> None:
    with connect(browser, served) as one, connect(browser, served) as two:
        assert one.receive_json()["event"] == "state"
        assert two.receive_json()["state"]["state"] == "signed_out"
        one.send_json({"id": 1, "do": "sign_in", "operator": "C1", "pin": "1111"})
        one.send_json({"id": 2, "do": "open_shift", "float": "200"})
        one.send_json({"id": 3, "do": "scan", "code": MILK})
        one.send_json({"id": 4, "do": "scan", "code": "4711"})
        one.send_json({"id": 5, "do": "tender", "kind": "cash"})
        told = iter(one.receive_json, None)
        answers = list(islice((answer for answer in told if "id" in answer), 5))
        assert [told["id"] for told in answers] == [1, 2, 3, 4, 5]
        assert [told["ok"] for told in answers] == [True, True, True, False, True]
        assert answers[3]["error"]["code"] == "unknown_item"
        assert "4711" in answers[3]["error"]["message"]
        assert answers[4]["committed"] is True
        heard = list(islice((one for one in iter(two.receive_json, None) if "state" in one), 4))
        assert heard[-1]["state"]["last"]["total"] == 350


def watch(browser: TestClient, token: str) -> Any:  # noqa: ANN401 - a test session
    return browser.websocket_connect(
        f"/customer/live?token={token}", headers={"Host": "127.0.0.1:8490", "Origin": ADDRESS}
    )


def test_a_customer_sees_the_sale_and_can_do_nothing(browser: TestClient, served: Page) -> None:
    answer = browser.get("/customer")
    assert served.customer_token in answer.text
    assert served.token not in answer.text
    with connect(browser, served) as till, watch(browser, served.customer_token) as customer:
        till.receive_json()
        assert customer.receive_json()["customer"]["mode"] == "closed"
        customer.send_json({"id": 1, "do": "sign_in", "operator": "C1", "pin": "1111"})
        till.send_json({"id": 1, "do": "sign_in", "operator": "C1", "pin": "1111"})
        till.send_json({"id": 2, "do": "open_shift", "float": "200"})
        assert customer.receive_json()["customer"]["mode"] == "welcome"
        till.send_json({"id": 3, "do": "scan", "code": MILK})
        shown = customer.receive_json()["customer"]
        assert (shown["mode"], shown["total"], shown["lines"][0]["amount"]) == ("basket", 350, 350)
        till.send_json({"id": 4, "do": "tender", "kind": "cash", "amount": "5"})
        shown = customer.receive_json()["customer"]
        assert (shown["mode"], shown["total"], shown["change"]) == ("done", 350, 150)
    for token in (served.token, "", "wrong"):
        with pytest.raises(WebSocketDisconnect), watch(browser, token):
            pass
    with (
        pytest.raises(WebSocketDisconnect),
        browser.websocket_connect(
            f"/till?token={served.customer_token}",
            headers={"Host": "127.0.0.1:8490", "Origin": ADDRESS},
        ),
    ):
        pass


@pytest.mark.parametrize(
    "message",
    [
        "", "{", "[]", '{"id": 1}', '{"id": "x", "do": "state"}', '{"id": 1, "do": "fly"}',
        '{"id": 1, "do": "scan"}', '{"id": 1, "do": "scan", "code": 5}',
        '{"id": 1, "do": "scan", "code": "1", "more": 1}',
        '{"id": 1, "do": "tender", "kind": "gold"}',
        '{"id": 1, "do": "scan", "code": "' + "9" * 201 + '"}',
    ],
)  # fmt: skip
def test_what_is_no_request_is_said_to_be_none(
    browser: TestClient, served: Page, message: str
) -> None:
    with pytest.raises(TillError, match="request"):
        protocol.read(message)
    with connect(browser, served) as socket:
        socket.receive_json()
        socket.send_text(message)
        assert socket.receive_json()["error"]["code"] == "request"


# --- words ---


def test_both_languages_have_the_same_words() -> None:
    zh, en = (language.messages(one) for one in language.LANGUAGES)
    assert zh.keys() == en.keys()
    for key, words in zh.items():
        values = re.compile(r"\{(\w+)\}")
        assert sorted(values.findall(words)) == sorted(values.findall(en[key])), key


def test_every_refusal_has_its_words() -> None:
    source = "\n".join(path.read_text("utf-8") for path in PRODUCT.rglob("*.py"))
    codes = set(re.findall(r'TillError\(\s*"(\w+)"', source))
    faults = {"no_price", "quantity", "amount", "no_line", "voided", "unexplained"}
    tenders = {f"tender_{fault}" for fault in ("paid", "amount", "exceeds")}
    weights = {f"scale_{state}" for state in set(get_args(WeightState)) - {"stable_weight"}}
    states = {
        f"not_while_{state}"
        for state in ("signed_out", "opening", "selling", "tendering", "paying")
    }
    reserved = {f"redeem_{why}" for why in get_args(WhyNot) if why}
    known = language.messages("en")
    assert [
        one
        for one in codes | faults | tenders | states | weights | reserved
        if f"error.{one}" not in known
    ] == []


def test_every_answer_to_a_look_up_has_its_words() -> None:
    known = language.messages("en")
    whys = {*get_args(Why), "other"} - {"cancelled", "failed"}  # not told; told as "other"
    assert {f"lookup.why_{why}" for why in whys} <= known.keys()
    assert {f"lookup.from_{by}" for by in ("lane", "branch", "above")} <= known.keys()


def test_every_payment_has_its_words() -> None:
    known, states = language.messages("en"), get_args(AttemptState)
    shown = {*UNDERWAY, "voiding", "approved"}
    assert shown == set(states) - {"declined"}
    assert {f"terminal.{one}" for one in shown} <= known.keys()
    assert {f"terminal.hint_{one}" for one in UNDERWAY} <= known.keys()
    assert {f"terminal.title_{one}" for one in BY_TERMINAL} <= known.keys()
    refusals = {"declined", "timed_out", "cancelled", "voided", "unplugged", "not_saved"}
    assert {f"refused.{one}" for one in refusals} <= known.keys()
    assert {f"refused.refund_{one}" for one in refusals} <= known.keys()
    assert {f"terminal.refund_{one}" for one in shown} <= known.keys()
    assert {f"terminal.refund_hint_{one}" for one in UNDERWAY} <= known.keys()
    assert {f"key.{one}" for one in get_args(TenderKind)} <= known.keys()
    assert {f"receipt.{one}" for one in get_args(TenderKind)} <= known.keys()
    assert "ui.payment_terminal_trouble" in known


def test_every_device_has_its_words() -> None:
    known = language.messages("en")
    devices, results = get_args(Device), {"queued", "shown", "asked", *get_args(WeightState)}
    shown = {*devices, "scanner", "cash_drawer"}
    assert {f"devices.{one}" for one in shown} <= known.keys()
    assert {f"devices.hint_{one}" for one in shown - set(devices)} <= known.keys()
    assert {f"devices.test_{one}" for one in devices} <= known.keys()
    assert {f"health.{one}" for one in results} <= known.keys()
    states = {"none", "ready", *_conditions(), *get_args(Trouble)}
    assert {f"device.{one}" for one in states} <= known.keys()
    assert {f"ui.{one}_trouble" for one in (*devices, "scanner")} <= known.keys()


def _conditions() -> tuple[str, ...]:
    conditions: tuple[str, ...] = get_args(get_type_hints(Condition)["state"])
    return conditions


def test_every_word_of_the_page_is_known() -> None:
    static = PRODUCT / "screen" / "static"
    scripts = "\n".join(path.read_text("utf-8") for path in static.glob("*.js"))
    used = set(
        re.findall(
            r'"((?:ui|key|prompt|pay|done|link|info|lookup|suspended|device|devices|health|customer|terminal|training|redeem)\.[a-z_]+)"',
            scripts,
        )
    )
    assert used - language.messages("en").keys() == set()


# --- settings ---


def test_settings_have_defaults_and_a_place(tmp_path: Path) -> None:
    settings = read_settings(write_settings(tmp_path))
    assert settings.data == tmp_path / "data"
    assert (settings.language, settings.printer.kind, settings.web.port) == ("zh_CN", "paper", 0)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ('langage = "en"', "language"),
        ('language = "de"', "language"),
        ('[printer]\nkind = "network"', "host"),
        ("[printer]\nwidth = 60", "width"),
        ('[printer]\nkind = "serial"', "printer.device"),
        ('[scanner]\nkind = "serial"', "port"),
        ('[scale]\nkind = "cas"', "port"),
        ('[display]\nkind = "serial"', "port"),
        ('[scale]\nkind = "spring"', "kind"),
        ('[scale]\nkind = "cas"\nport = "/dev/ttyS0"\n[scale.framing]\nbits = 9', "bits"),
    ],
)
def test_a_mistake_in_the_settings_is_named(tmp_path: Path, more: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(write_settings(tmp_path, more=more))
