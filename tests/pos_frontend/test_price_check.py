"""What something costs without selling it: at the till beside a basket, and to a customer's page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pos_frontend.errors import TillError
from pos_frontend.price_check import CheckedPrice, Offer, TierPrice, check_price
from pos_frontend.screen.server import Page
from schemas.domain.promotion.effect import NthOff, PercentOff, SpendGift, SpendOff, SpendStep
from schemas.domain.promotion.promotion import Period, Scope, Who
from tests.pos_frontend.shop import BREAD, CHAIN, LONG_AGO, MILK, NOON, Scene, load
from tests.pos_frontend.test_labels import FOR_839, LAYOUTS
from tests.pos_frontend.test_offers import Feed, feed
from tests.pos_frontend.test_page import ADDRESS, browser, connect, served
from tests.schemas.domain.promotion.offers import offer

__all__ = ["browser", "feed", "served"]  # fixtures
WEEK = timedelta(days=7)


def checked(scene: Scene, code: str) -> CheckedPrice:
    till = scene.till
    return check_price(scene.catalogue, till.offers, code, till.terms(NOON), NOON)


def test_a_price_with_its_member_price_and_what_is_on_offer(scene: Scene, feed: Feed) -> None:
    milk = Scope(items=("1001",))
    feed.offer(
        offer("A", PercentOff(1000), "1001"),
        offer("B", NthOff(5000), "1001", who=Who(members_only=True)),
        offer("C", SpendOff((SpendStep(10000, amount=1000),))),
        offer("D", PercentOff(2000), scope=milk, who=Who(coupon="spring")),
        replace(offer("E", PercentOff(9000), "1001"), period=Period(LONG_AGO, LONG_AGO + WEEK)),
        offer("F", PercentOff(1000), "1002"),
        offer("G", SpendGift(5000, "1002", "piece"), who=Who(coupon="GIFT")),
    )
    told = checked(scene, MILK)
    assert (told.item, told.name, told.unit, told.quantity) == ("1001", "纯牛奶 1L", "piece", 1000)
    assert (told.list_price, told.amount, told.promoted) == (350, 315, 35)
    assert told.members == (TierPrice("member", 320),)
    assert told.offers == (
        Offer("A", ""), Offer("B", "member"), Offer("D", "coupon"), Offer("C", ""),
        Offer("G", "coupon", "gift"),
    )  # fmt: skip


def test_nothing_is_weighed_and_a_label_is_told_as_it_is(scene: Scene) -> None:
    load(scene.data, {CHAIN: LAYOUTS})
    apples = checked(scene, "2010")
    assert (apples.unit, apples.quantity, apples.list_price) == ("kg", 1000, 680)
    label = checked(scene, FOR_839)
    assert (label.item, label.amount) == ("2010", 839)


@pytest.mark.parametrize(("code", "why"), [("4711", "unknown_item"), ("2011", "no_price")])
def test_what_cannot_be_told_is_refused_as_a_scan_is(scene: Scene, code: str, why: str) -> None:
    with pytest.raises(TillError, match=why):
        checked(scene, code)


def test_the_till_tells_a_price_beside_a_basket_and_enters_nothing(
    browser: TestClient, served: Page
) -> None:
    with connect(browser, served) as one, connect(browser, served) as two:
        one.receive_json()
        two.receive_json()
        asked(one, 1, do="sign_in", operator="C1", pin="1111")
        asked(one, 2, do="open_shift", float="200")
        before = asked(one, 3, do="scan", code=MILK)["state"]["basket"]
        answer = asked(one, 4, do="check_price", code=BREAD)
        assert answer["price"]["list_price"] == 899
        assert answer["state"]["basket"] == before
        assert asked(one, 5, do="check_price", code="4711")["error"]["code"] == "unknown_item"
        assert asked(two, 1, do="state")["state"]["basket"] == before


def asked(socket: Any, number: int, **request: object) -> Any:  # noqa: ANN401 - a test session
    """Ask, and give the answer, whatever else is told before it."""
    socket.send_json({"id": number, **request})
    while True:
        told = socket.receive_json()
        if "event" not in told:
            return told


def at_the_shelf(browser: TestClient, token: str, path: str = "/price/live") -> Any:  # noqa: ANN401 - a test session
    return browser.websocket_connect(
        f"{path}?token={token}", headers={"Host": "127.0.0.1:8490", "Origin": ADDRESS}
    )


def test_a_customer_is_told_prices_with_nobody_at_the_till_and_nothing_else(
    browser: TestClient, served: Page
) -> None:
    (stand,) = [one for one in served.stands if one.kiosk.path == "price"]
    text = browser.get("/price").text
    assert stand.token in text
    assert served.token not in text
    with at_the_shelf(browser, stand.token) as shelf:
        shop = shelf.receive_json()["shop"]
        assert shop == {
            "name": "城西一店", "currency": "CNY", "decimals": 2, "language": "zh_CN",
        }  # fmt: skip
        answer = asked(shelf, 1, code=MILK)
        assert answer.keys() == {"id", "ok", "price"}
        assert answer["price"]["list_price"] == 350
        for number, request in enumerate(({"code": "4711"}, {"do": "state"}, {"code": "9" * 65})):
            told = asked(shelf, number, **request)
            assert told["error"]["code"] in {"unknown_item", "request"}
            assert told.keys() == {"id", "ok", "error"}
    for token, path in (
        (stand.token, "/till"), (served.token, "/price/live"), ("", "/price/live"),
    ):  # fmt: skip
        with pytest.raises(WebSocketDisconnect), at_the_shelf(browser, token, path):
            pass
