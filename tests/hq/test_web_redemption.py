"""The pages of redemption and coupons, as a browser without scripts uses them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hq.catalogue_import import ImportRefusedError
from hq.metrics import redemption_families
from hq.redemption import coupons, grants
from replication.decision import Claim
from schemas.domain.ticket import CouponUsed
from schemas.tables import sales_store
from schemas.wire.redemption import GrantsWanted, body_of
from tests.hq.conftest import NOON, Chain
from tests.hq.day_builder import MONDAY, BranchDay, lanes_of
from tests.hq.redeeming import (
    ANN,
    LANE,
    arrive,
    ask,
    earn,
    in_points,
    load,
    member,
    redeemed,
    stored,
)
from tests.hq.test_web_price_changes import Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture

POLICY = {"branch": "", "kind": "stored_value", "amount": "100.00", "cap": "30", "days": "5"}


def grant(chain: Chain, lane: str = LANE) -> str:
    with chain.hq.engine.begin() as connection:
        claim = Claim(lane, lane, body_of(GrantsWanted("E1")), NOON)
        made = grants.decide(connection, claim).body["grants"]
    return next(str(one["number"]) for one in made if one["kind"] == "stored_value")


def scene(chain: Chain) -> str:
    """Somebody redeemed 50.00 out of a grant, of which 20.00 were there; 10.00 are reserved."""
    engine = chain.hq.engine
    member(engine, ANN)
    load(engine, 2000)
    earn(engine, 250)
    number = grant(chain)
    ask(engine, "t1", 1000)
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    with engine.begin() as connection:
        sales_store.write(connection, day.facts)
    arrive(engine, redeemed(day, stored(5000, number), in_points(100, 250)))
    return number


def test_terms_and_what_is_offered_are_set_and_taken_back(chain: Chain, open_as: Open) -> None:
    admin, regional = open_as("ADMIN", "secret1"), open_as("REG", "900003")
    assert (
        "redeems nothing, and the chain risks nothing" in regional.get("/members/redemption").text
    )
    for fields, said in (
        ({"points": "100", "amount": "", "days": "10"}, "or neither"),
        ({"points": "1.5", "amount": "1", "days": "10"}, "no whole number"),
        ({"points": "100", "amount": "x", "days": "10"}, "no amount"),
        ({"points": "100", "amount": "1", "days": "0"}, "1 to 366 days"),
        ({"points": "100", "amount": "1.00", "days": "12"}, "The terms are saved"),
    ):
        assert said in admin.post("/members/redemption/terms", files=None, **fields).text
    for changed, said in (
        ({"kind": "card"}, "cannot be redeemed"),
        ({"branch": "N9"}, "no branch N9"),
        ({"cap": "101"}, "no more than the grant"),
        ({}, "lanes are handed such grants"),
        ({"branch": "N002", "amount": "0", "cap": "", "days": ""}, "lanes are handed"),
        ({"kind": "coupon", "amount": "20", "cap": "2"}, "lanes are handed"),
    ):
        assert said in admin.post("/members/redemption/policy", files=None, **POLICY | changed).text
    shown = regional.get("/members/redemption").text
    for text in (
        "100 pay 1.00 CNY",
        ">12</dd>",
        ">100.00</td>",
        ">30.00</td>",
        ">none</td>",
        ">20</td>",
    ):
        assert text in shown
    assert "/members/redemption/policy" not in shown
    gone = {"branch": "", "kind": "coupon"}
    assert regional.post("/members/redemption/policy/remove", files=None, **gone).status_code == 403
    removed = admin.post("/members/redemption/policy/remove", files=None, **gone).text
    assert "stand until their end" in removed
    assert ">20</td>" not in removed


def test_what_is_risked_reserved_and_owed_is_shown_and_settled(chain: Chain, open_as: Open) -> None:
    admin, regional = open_as("ADMIN", "secret1"), open_as("REG", "900003")
    admin.post("/members/redemption/policy", files=None, **POLICY)
    number = scene(chain)
    other = grant(chain, "N002.01")
    shown = admin.get("/members/redemption").text
    for text in (
        number,
        other,
        "N001.01-000001",
        "t1",
        ">150.00</dd>",
        ">30.00</dd>",
        ">10.00</td>",
    ):
        assert (text in shown) is (text != "t1")
    scoped = regional.get("/members/redemption").text
    assert number in scoped
    assert other not in scoped
    assert "/members/redemption/settle" not in scoped
    found = re.search(r'name="ticket" value="([^"]+)"', shown)
    assert found is not None
    form = {"ticket": found[1], "kind": "stored_value", "account": ANN, "outcome": "paid"}
    assert (
        "Say why" in admin.post("/members/redemption/settle", files=None, reason=" ", **form).text
    )
    wrong = admin.post(
        "/members/redemption/settle", files=None, reason="x", **form | {"outcome": "gone"}
    )
    assert "paid or as waived" in wrong.text
    settled = admin.post("/members/redemption/settle", files=None, reason="in cash", **form).text
    assert "The receivable is settled" in settled
    assert "Nothing is overspent" in settled
    again = admin.post("/members/redemption/settle", files=None, reason="in cash", **form)
    assert (again.status_code, "no open receivable" in again.text) == (422, True)
    sold = regional.get(f"/tickets/{found[1]}").text
    assert f"Out of grant {number}" in sold
    assert "250 points" in sold
    page = regional.get(f"/members/one?member={ANN}").text
    for text in (">0.00</dd>", "Receivable settled", "in cash", "Redeemed", ">-50.00</td>"):
        assert text in page.replace("−", "-")
    exceptions = admin.get("/exceptions?kind=offline_redemption&from=2026-03-02&to=2026-03-02").text
    for text in ("Offline redemption", number, "Stored value"):
        assert text in exceptions
    with chain.hq.engine.connect() as connection:
        (family,) = redemption_families(grants.risked(connection, NOON))
    assert {one.labels["kind"]: one.value for one in family.samples} == {
        "stored_value": 15_000, "points": 0, "coupon": 0,
    }  # fmt: skip


def test_coupons_are_issued_listed_taken_away_imported_and_voided(
    chain: Chain, open_as: Open
) -> None:
    buyer, regional = open_as("BUY", "900001"), open_as("REG", "900003")
    assert regional.get("/promotions/coupons").status_code == 403
    assert "No coupons yet" in buyer.get("/promotions/coupons").text
    form = {
        "kind": "SPRING", "count": "3", "member": "", "zone": "Asia/Shanghai", "starts": "",
        "ends": "2026-03-31T00:00",
    }  # fmt: skip
    for changed, said in (
        ({"count": "many"}, "no whole number of coupons"),
        ({"kind": "春"}, "no kind of coupon"),
        ({"ends": "x"}, "no date and time"),
        ({}, "3 coupons of kind SPRING are issued"),
    ):
        assert said in buyer.post("/promotions/coupons/issue", files=None, **form | changed).text
    file = buyer.get("/promotions/coupons.csv?kind=SPRING&state=issued").text
    numbers = re.findall(r"SPRING-[2-9A-Z]{8}", file)
    assert len(numbers) == 3
    assert "2026-03-30T16:00:00+00:00" in file
    chain.load("members", "member,name,tier,phone,email\n9001,张三,,,\n")
    header = "number,kind,member,starts,ends\n"
    row = "OLD-1,OLD,9001,2026-03-01T00:00+08:00,2026-04-01T00:00+08:00\n"
    chain.load("coupons", header + row)
    chain.load("coupons", header + row)
    for wrong, said in (
        ("OLD-1,OLD,,,", "was issued before"),
        ("OLD,OLD,,,", "no number of a coupon"),
        ("OLD-2,NEW,,,", "not the kind"),
        ("OLD-2,OLD,9009,,", "no member 9009"),
        ("OLD-2,OLD,,2026-03-01,", "no instant"),
        ("OLD-2,OLD,,2026-03-01T00:00Z,2026-03-01T00:00Z", "ends after it starts"),
    ):
        with pytest.raises(ImportRefusedError):
            chain.load("coupons", f"{header}{wrong}\n")
        answer = buyer.post(
            "/imports", kind="coupons", files={"file": ("a.csv", f"{header}{wrong}\n")}
        )
        assert said in answer.text
    void = {"number": numbers[0], "reason": "lost"}
    assert "is void" in buyer.post("/promotions/coupons/void", files=None, **void).text
    assert "used or void already" in buyer.post("/promotions/coupons/void", files=None, **void).text
    assert "There is no coupon" in buyer.post(
        "/promotions/coupons/void", files=None, number="SPRING-X", reason="x"
    ).text  # fmt: skip
    assert numbers[0] in buyer.get("/promotions/coupons?kind=SPRING&state=void").text
    assert numbers[1] not in buyer.get("/promotions/coupons?kind=SPRING&state=void").text
    assert "No such coupon" in buyer.get("/promotions/coupons?kind=NONE").text
    with chain.hq.engine.connect() as connection:
        assert coupons.counted(connection)["SPRING"] == {"issued": 2, "used": 0, "void": 1}
    page = regional.get("/members/one?member=9001").text
    assert "OLD-1" in page
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    sold = redeemed(day, stored(100), member="9001")
    arrive(chain.hq.engine, replace(sold, coupons=(CouponUsed(numbers[0], "SPRING"),)))
    assert numbers[0] not in open_as("ADMIN", "secret1").get("/members/redemption").text
