"""The pages of promotions, as a browser without scripts uses them."""

from __future__ import annotations

import html
import re
from datetime import datetime

import pytest

from hq import promotions
from hq.web.promotion_kinds import KINDS
from replication.console.languages import read_translations
from schemas.domain.promotion.contradiction import WORDS
from schemas.domain.promotion.effect import (
    AmountOff,
    BreakStep,
    Bundle,
    BundlePart,
    BuyGet,
    CouponOff,
    Effect,
    FixedPrice,
    MixAndMatch,
    MixGroup,
    NthOff,
    PercentOff,
    PointsMultiplier,
    QuantityBreak,
    SpendGift,
    SpendOff,
    SpendStep,
    TierPercent,
    TierRate,
)
from schemas.domain.promotion.promotion import Hours, Limits, Promotion, Scope, Who
from tests.hq.conftest import Chain
from tests.hq.promotion_scene import form
from tests.hq.test_web_price_changes import Browser, Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture
from tests.hq.test_web_texts import HOME


def held(chain: Chain, number: str = "S000001") -> promotions.Document:
    with chain.hq.engine.connect() as connection:
        return promotions.find(connection, number)


def test_from_draft_to_withdrawal(chain: Chain, open_as: Open) -> None:
    buyer, approver = open_as("BUY", "900001"), open_as("APP", "900002")
    assert "/promotions/new?kind=nth_off" in buyer.get("/promotions/new").text
    typed = form("percent_off", percent="10", items="1001, 1002", limit="5")
    drafted = buyer.post("/promotions/new", files=None, **typed).text
    assert "Drafted as promotion S000001" in drafted
    assert "10% off each unit" in drafted
    assert "1001 苹果, 1002 梨" in drafted
    assert "5 Mar 2026, 08:00:00" in drafted
    assert "You drafted this one" in drafted
    assert "/approve" not in drafted
    path = "/promotions/S000001"
    assert "S000001 is changed." in buyer.post(
        f"{path}/change", files=None, seen=held(chain).seen, **typed | {"percent": "20"}
    ).text  # fmt: skip
    assert "20% off each unit" in approver.get(path).text
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', approver.get(path).text)
    assert seen is not None
    assert "S000001 is approved" in approver.post(f"{path}/approve", seen=seen[1]).text
    assert "S000001 is published" in approver.post(f"{path}/publish").text
    grid = buyer.get(f"{path}/grid").text
    for said in ('hx-get="/promotions/S000001/grid"', "0 / 2", "N002", "never heard of"):
        assert said in grid
    assert grid.rstrip() in buyer.get(path).text
    assert "old price" not in grid
    assert "S000001 is withdrawn" in buyer.post(f"{path}/withdraw", reason="over").text
    history = re.findall(r"<td>(BUY|APP)</td><td>(\w+)</td>", buyer.get(path).text)
    assert history == [
        ("BUY", "drafted"), ("BUY", "edited"), ("APP", "approved"), ("APP", "published"),
        ("BUY", "withdrawn"),
    ]  # fmt: skip
    assert "S000001" in buyer.get("/promotions?state=withdrawn").text
    assert "No promotion in this state." in buyer.get("/promotions?state=draft").text
    assert buyer.get("/promotions?state=lost").status_code == 404


#: Of each kind what is typed, what it means, and a piece of what a buyer reads.
TYPED: dict[str, tuple[dict[str, str], Effect, str]] = {
    "percent_off": ({"percent": "12.5%"}, PercentOff(1250), "12.5% off each unit"),
    "amount_off": ({"amount": "1.50"}, AmountOff(150), "¥1.50 off each unit"),
    "fixed_price": ({"price": "0"}, FixedPrice(0), "for ¥0.00, unless it costs less"),
    "tier_percent": (
        {"row1_tier": "gold", "row1_percent": "15", "row2_tier": "", "row2_percent": ""},
        TierPercent((TierRate("gold", 1500),)),
        "15% off for tier gold",
    ),
    "quantity_break": (
        {"row1_quantity": "3", "row1_percent": "10", "row1_price": "",
         "row3_quantity": "5", "row3_percent": "", "row3_price": "8.50", "row2_quantity": ""},
        QuantityBreak((BreakStep(3, 1000), BreakStep(5, 0, 850))),
        "from 3 units on 10% off all of them; from 5 units on ¥8.50 each",
    ),
    "nth_off": ({"nth": "2", "percent": "50"}, NthOff(5000), "of every 2 units the cheapest"),
    "buy_get": ({"buy": "2", "get": "1"}, BuyGet(2, 1), "buy 2 and get 1 more for nothing"),
    "bundle": (
        {"price": "20", "row1_item": "1003", "row1_count": "1", "row1_unit": "box",
         "row2_item": "1001", "row2_count": "2", "row2_unit": ""},
        Bundle((BundlePart("1003", 1, "box"), BundlePart("1001", 2)), 2000),
        "1 of 1003 茶 box, 2 of 1001 苹果 together for ¥20.00",
    ),
    "mix_and_match": (
        {"price": "", "row1_count": "2", "row1_items": "1001，1002", "row1_categories": "",
         "row1_percent": "", "row2_count": "1", "row2_items": "", "row2_categories": "01-1",
         "row2_percent": "50"},
        MixAndMatch((MixGroup(2, ("1001", "1002")), MixGroup(1, (), ("01-1",), 5000))),
        "2 of 1001 苹果, 1002 梨; 1 of category 01-1 水果 at 50% off",
    ),
    "spend_off": (
        {"row1_minimum": "100", "row1_amount": "20", "row1_percent": "", "every": "yes",
         "full_price_only": "yes"},
        SpendOff((SpendStep(10000, 2000),), every=True, full_price_only=True),
        "¥20.00 off for every ¥100.00 spent; counting only",
    ),
    "coupon_off": (
        {"minimum": "40", "amount": "10", "percent": "", "full_price_only": "yes", "coupon": "SPRING",
         "single_use": "yes"},
        CouponOff(4000, 1000, 0, full_price_only=True),
        "¥10.00 off from ¥40.00 spent on; counting only",
    ),
    "spend_gift": (
        {"minimum": "50", "item": "1003", "unit": "box", "quantity": "2", "every": "yes"},
        SpendGift(5000, "1003", "box", 2, every=True),
        "2 box of 1003 茶 for nothing, for every ¥50.00 spent",
    ),
    "points_multiplier": (
        {"factor": "1.5", "minimum": "50", "mode": "compound"},
        PointsMultiplier(150, 5000),
        "1.5 times the points, from ¥50.00 spent on",
    ),
}  # fmt: skip


def fields_of(text: str) -> dict[str, str]:
    """The fields of the form that is shown, as a browser would send it untouched."""
    main = text[text.index("<main") :]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", main):
        name, value = re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and name[1] != "csrf" and ("checkbox" not in tag or " checked" in tag):
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select id="(\w+)".*?>(.*?)</select>', main, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def test_every_kind_is_drafted_said_and_comes_back_into_its_form(
    chain: Chain, open_as: Open
) -> None:
    assert set(TYPED) == set(KINDS)
    buyer = open_as("BUY", "900001")
    for place, (kind, (fields, effect, said)) in enumerate(TYPED.items(), 1):
        number = f"S{place:06}"
        answer = buyer.post("/promotions/new", files=None, **form(kind, **fields))
        assert said in answer.text, kind
        assert held(chain, number).offer.effect == effect
        shown = fields_of(buyer.get(f"/promotions/{number}/change").text)
        again = buyer.post(f"/promotions/{number}/change", files=None, **shown)
        assert f"{number} is changed." in again.text
        assert held(chain, number).offer.effect == effect
    assert len(re.findall('<th scope="row">', buyer.get("/promotions").text)) == len(KINDS)


def test_a_form_asks_only_for_what_its_kind_needs(open_as: Open) -> None:
    buyer = open_as("BUY", "900001")
    percent = fields_of(buyer.get("/promotions/new?kind=percent_off").text)
    bundle = fields_of(buyer.get("/promotions/new?kind=bundle").text)
    assert {"percent", "items"} <= set(percent)
    assert {"price", "row4_item"} <= set(bundle)
    assert "items" not in bundle
    assert "row1_item" not in percent
    assert buyer.get("/promotions/new?kind=lottery").status_code == 404


def test_all_that_surrounds_the_offer(chain: Chain, open_as: Open) -> None:
    buyer = open_as("BUY", "900001")
    buyer.get("/promotions")
    fields = form(
        "percent_off", percent="10", categories="01", excluded_items="1003", units="piece",
        ends="2026-03-12T08:00", hours="22:00-02:00 08:00-09:30", tiers="gold", mode="best_price",
        group="fruit", priority="3", limit="2", limit_member="4", limit_day="9",
        birthday="month", member_days="8 18", coupon="SPRING", single_use="yes",
    )  # fmt: skip
    answer = buyer.client.post(
        "/promotions/new",
        data={"csrf": buyer.csrf, **fields, "weekday": ["2", "6"], "members_only": "yes"},
        headers={"Origin": "http://testserver"},
    )
    offer = held(chain).offer
    assert offer == Promotion(
        "S000001", "Fruit week", offer.period, PercentOff(1000),
        Scope((), ("01",), ("piece",), ("1003",)), Who(True, ("gold",), "month", (8, 18), "SPRING", single_use=True),
        "best_price", "fruit", 3, Limits(2, 4, 9),
    )  # fmt: skip
    period = offer.period
    assert period.starts == datetime.fromisoformat("2026-03-05T00:00Z")
    assert period.ends == datetime.fromisoformat("2026-03-12T00:00Z")
    assert (period.weekdays, period.hours) == ((2, 6), (Hours(1320, 120), Hours(480, 570)))
    for said in (
        "category 01 生鲜; sold by piece; except 1003 茶", "members of the tiers gold",
        "Tue, Sat; 22:00-02:00, 08:00-09:30", "of group fruit one applies",
        "2 units, sets or uses per basket; 4 units, sets or uses per member and till; 9 units",
        "in the month of their birthday; on the days 8, 18 of the month; with a coupon of the kind SPRING, each",
    ):  # fmt: skip
        assert said in answer.text
    shown = fields_of(buyer.get("/promotions/S000001/change").text)
    assert shown["starts"] == "2026-03-05T08:00:00"
    assert shown["hours"] == "22:00-02:00 08:00-09:30"
    assert shown["audience"] == "feed:group:north"


WRONG: list[tuple[dict[str, str], str]] = [
    ({"percent": "ten"}, "“ten” is no number with at most 2 decimals"),
    ({"percent": ""}, "A percentage is not above 0 and up to 100 %"),
    ({"title": " "}, "It has no number or no title"),
    ({"hours": "8 till 9"}, "“till” are no hours"),
    ({"hours": "08:00-25:00"}, "Hours must lie within the day"),
    ({"starts": "soon"}, "“soon” is no date and time"),
    ({"ends": "2026-03-05T08:00"}, "It ends before it begins"),
    ({"zone": "Mars/Base"}, "is the zone of no branch"),
    ({"weekday": "8"}, "“8” is no weekday"),
    ({"mode": "often"}, "“often” is no way of going with other promotions"),
    ({"mode": "best_price"}, "At the best price it needs the group"),
    ({"items": "1001 4711"}, "The catalogue has no item 4711:"),
    ({"birthday": "year"}, "“year” says nothing of birthdays"),
    ({"member_days": "8 x"}, "“x” is no day of a month"),
    ({"member_days": "32"}, "A member day is no day of a month"),
    ({"limit_member": "1"}, "A limit per member needs to know the member"),
    ({"audience": "feed:group:none"}, "There is no branch or group"),
]


def test_what_is_wrong_stands_above_and_nothing_typed_is_lost(chain: Chain, open_as: Open) -> None:
    buyer = open_as("BUY", "900001")
    for fields, said in WRONG:
        typed = {"percent": "10", "items": "1001", "group": ""} | fields
        answer = buyer.post("/promotions/new", files=None, **form("percent_off", **typed))
        assert (answer.status_code, said in html.unescape(answer.text)) == (422, True), fields
        shown = fields_of(answer.text)
        kept = {
            name: value
            for name, value in typed.items()
            if name not in {"audience", "zone", "mode", "weekday", "birthday"}
        }
        assert {name: shown[name] for name in kept} == kept
    with pytest.raises(ValueError, match="no promotion S000001"):
        held(chain)


WRONG_GIFTS: list[tuple[str, dict[str, str], str]] = [
    ("spend_gift", {"item": "4711"}, "The catalogue has no item 4711:"),
    ("spend_gift", {"unit": "crate"}, "no item 1003 sold by crate: correct the gift"),
    ("spend_gift", {"item": ""}, "The gift names no item or unit"),
    ("spend_gift", {"minimum": ""}, "The amount to be spent is too small"),
    ("spend_gift", {"single_use": "yes"}, "Only a coupon can be used once"),
    ("coupon_off", {"amount": "5"}, "has to say which kind of coupon it takes"),
    (
        "coupon_off",
        {"amount": "5", "coupon": "春"},
        "A kind of coupon is up to 20 letters and digits",
    ),
    ("coupon_off", {"coupon": "SPRING"}, "It gives both an amount and a percentage, or neither"),
]


def test_what_is_wrong_with_a_gift_or_a_coupon_is_named(open_as: Open) -> None:
    buyer = open_as("BUY", "900001")
    gift = {"minimum": "50", "item": "1003", "unit": "box", "quantity": "1"}
    for kind, fields, said in WRONG_GIFTS:
        typed = form(kind, **(gift if kind == "spend_gift" else {}) | fields)
        answer = buyer.post("/promotions/new", files=None, **typed)
        assert (answer.status_code, said in html.unescape(answer.text)) == (422, True), fields


def test_a_price_has_to_be_typed(open_as: Open) -> None:
    answer = open_as("BUY", "900001").post(
        "/promotions/new", files=None, **form("fixed_price", price="")
    )
    assert (answer.status_code, "The price is empty" in answer.text) == (422, True)


def test_roles_without_the_right_are_refused(chain: Chain, open_as: Open) -> None:
    buyer, approver, region = (
        open_as("BUY", "900001"), open_as("APP", "900002"), open_as("REG", "900003"),
    )  # fmt: skip
    buyer.post("/promotions/new", files=None, **form("percent_off", percent="10"))
    one = "/promotions/S000001"
    assert buyer.post(f"{one}/approve", seen=held(chain).seen).status_code == 403
    assert approver.client.get("/promotions/new").status_code == 403
    assert approver.client.get(f"{one}/change").status_code == 403
    assert region.post(f"{one}/publish").status_code == 403
    assert region.client.get(one).status_code == 200
    assert region.get("/promotions/S9").status_code == 404


def test_the_drafter_is_refused_in_their_language(chain: Chain, open_as: Open) -> None:
    admin: Browser = open_as("ADMIN", "secret1", "zh-CN")
    shown = admin.post("/promotions/new", files=None, **form("percent_off", percent="10")).text
    assert "每件减价 10%" in shown
    refused = admin.post("/promotions/S000001/approve", seen=held(chain).seen)
    assert refused.status_code == 422
    assert "S000001 由 ADMIN 起草，不能由本人审批" in refused.text
    wrong = admin.post("/promotions/new", files=None, **form("percent_off", percent="200"))
    assert "百分比须大于 0 且不超过 100 %" in wrong.text


def test_every_contradiction_is_translated() -> None:
    chinese = read_translations([HOME / "web" / "locale"])["zh_CN"]
    assert [words for words in WORDS.values() if chinese.gettext(words) == words] == []
