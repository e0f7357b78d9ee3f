"""Members at the till: who is found by what, what is shown of them, and what they earn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.sheet import Style
from pos_frontend.errors import TillError
from pos_frontend.till import Till
from replication.sealing import lookup_hash, new_key, seal, unseal
from schemas.domain.member import MemberRegistered
from schemas.domain.promotion.effect import PercentOff, PointsMultiplier
from schemas.domain.promotion.promotion import Limits, Promotion, Who
from schemas.domain.ticket import PointsEarned
from schemas.tables.base import reading
from schemas.tables.journal import journal_entry
from schemas.wire.entries import decode, encode
from schemas.wire.records import Member, PointsRule
from tests.pos_frontend.shop import BREAD, CHAIN, LANE, MILK, Scene, load
from tests.pos_frontend.test_offers import record, taken
from tests.schemas.domain.promotion.offers import offer

KEY = new_key()
ANN = {"name": "张三丰", "phone": "138 0013 8000", "email": "", "birthday": "1990-03-02"}
POINT_A_YUAN = PointsRule(category="*", amount=100, points=1)


def member(number: str, phone: str = "", card: str = "", merged: str = "") -> Member:
    return Member(
        member=number, tier="member", sealed=seal(KEY, number, ANN),
        phone_key=lookup_hash(KEY, "phone", phone), card_key=lookup_hash(KEY, "card", card),
        merged=merged,
    )  # fmt: skip


MEMBERS = (
    member("9101", phone="13800138000", card="88880001"),
    member("9102", phone="13900000000"),
    member("9103", phone="13900000000"),
    member("9104", phone="13700000000", merged="9105"),
    member("9105"),
    member("9106", merged="9107"),
    member("9107", merged="9106"),
)


@pytest.fixture
def till(scene: Scene) -> Till:
    load(scene.data, {CHAIN: MEMBERS})
    scene.member_key = KEY
    scene.restart()
    return scene.ready()


def publish(scene: Scene, *promotions: Promotion) -> None:
    """Bring promotions and the rule of points before the till looks for the first time."""
    load(scene.data, {CHAIN: (*MEMBERS, POINT_A_YUAN, *(record(one) for one in promotions))})


@pytest.mark.parametrize(
    ("keyed", "found"),
    [
        ("9101", "9101"),
        ("+86 138-0013-8000", "9101"),
        ("8888 0001", "9101"),
        ("9104", "9105"),
        ("13700000000", "9105"),
    ],
)
def test_a_member_is_found_by_number_card_or_phone(till: Till, keyed: str, found: str) -> None:
    till.set_member(keyed)
    assert till.sale is not None
    assert (till.sale.basket.member, till.sale.basket.tier) == (found, "member")
    assert till.member is not None
    assert till.member.name == "张**"


@pytest.mark.parametrize(
    ("keyed", "code"),
    [
        ("13900000000", "many_members"),
        ("13911111111", "unknown_member"),
        ("9106", "unknown_member"),
        ("--", "unknown_member"),
    ],
)
def test_who_is_not_found_or_not_alone_is_told(till: Till, keyed: str, code: str) -> None:
    with pytest.raises(TillError) as refused:
        till.set_member(keyed)
    assert refused.value.code == code
    assert till.sale is None


def test_without_the_key_a_number_still_finds_and_nothing_is_shown(
    scene: Scene, till: Till
) -> None:
    scene.member_key = ""
    till = scene.restart()
    till.sign_in("C1", "1111")
    till.set_member("9101")
    assert till.member is not None
    assert (till.member.name, till.member.birthday) == ("", None)
    with pytest.raises(TillError, match="unknown_member"):
        till.set_member("13800138000")


@pytest.mark.parametrize(
    ("who", "discount"),
    [
        (Who(birthday="day"), 32),
        (Who(birthday="month"), 32),
        (Who(member_days=(2, 16)), 32),
        (Who(member_days=(1,)), 0),
    ],
)
def test_birthdays_and_member_days_hold_for_members(
    scene: Scene, till: Till, who: Who, discount: int
) -> None:
    publish(scene, replace(offer("S1", PercentOff(1000)), who=who))
    till.scan(MILK)
    assert taken(till) == [(350, 0)]
    till.set_member("9101")
    assert taken(till) == [(320 - discount, discount)]


def test_a_ticket_says_what_it_earned_and_the_receipt_prints_it(
    scene: Scene, till: Till, tmp_path: Path
) -> None:
    double = replace(offer("S1", PointsMultiplier(200)), mode="compound")
    publish(scene, double)
    till.set_member("9101")
    till.scan(MILK)
    till.scan(BREAD)
    assert till.points == 24
    till.tender("coupon", "2.19", "K-1")
    assert till.points == 20
    till.tender("cash")
    assert till.last is not None
    earned = (PointsEarned("S1", 10, (1, 2)), PointsEarned("points", 10, (1, 2)))
    assert till.last.points == earned
    again = scene.journal.last_ticket()
    assert again is not None
    assert again.points == earned
    printed = Receipt(till.last, "城西一店", "CNY", 2).lay_out(Style(80, "zh_CN"))
    assert "本单积分".encode("gbk") in printed


def test_nobody_but_a_member_earns(scene: Scene, till: Till) -> None:
    publish(scene)
    till.scan(MILK)
    assert till.points == 0
    till.tender("cash")
    assert till.last is not None
    assert till.last.points == ()


def test_who_is_not_found_becomes_a_provisional_member(scene: Scene, till: Till) -> None:
    publish(scene)
    till.scan(MILK)
    till.register_member("李 四", "+86 136 0000 0000")
    assert till.member is not None
    number, name = till.member.member, till.member.name
    assert (number[:8], name) == (f"{LANE}-", "李 四")
    till.tender("cash")
    assert till.last is not None
    assert till.last.member == number
    assert sum(one.points for one in till.last.points) == 3
    till.set_member("13600000000")
    assert till.sale is not None
    assert till.sale.basket.member == number
    with reading(scene.both.journal) as connection:
        rows = connection.execute(select(journal_entry.c.kind, journal_entry.c.body)).all()
    (made,) = [decode(row.kind, 1, bytes(row.body)) for row in rows if "member" in row.kind]
    assert isinstance(made, MemberRegistered)
    assert made.phone_key == lookup_hash(KEY, "phone", "13600000000")
    assert unseal(KEY, number, made.sealed)["name"] == "李 四"
    assert b"13600000000" not in encode(made)


@pytest.mark.parametrize(
    ("name", "phone", "code"),
    [
        ("李四", "13800138000", "known_member"),
        ("李四", "123", "member_phone"),
    ],
)
def test_who_cannot_be_made_a_member_is_told(
    scene: Scene, till: Till, name: str, phone: str, code: str
) -> None:
    with pytest.raises(TillError) as refused:
        till.register_member(name, phone)
    assert refused.value.code == code
    scene.member_key = ""
    till = scene.restart()
    till.sign_in("C1", "1111")
    with pytest.raises(TillError, match="no_member_key"):
        till.register_member("李四", "13600000000")


def test_limits_per_member_and_day_hold_at_this_lane(scene: Scene, till: Till) -> None:
    each = replace(offer("S1", PercentOff(1000), "1001"), who=Who(members_only=True))
    publish(
        scene,
        replace(each, limits=Limits(member=2)),
        replace(offer("S2", PercentOff(1000), "1002"), limits=Limits(day=3)),
    )

    def sell(member: str, *codes: str) -> list[int]:
        """What promotions take off each line of a sale."""
        till.set_member(member)
        for code in codes:
            till.scan(code)
        found = [off for _, off in taken(till)]
        till.tender("cash")
        return found

    assert sell("9101", MILK, BREAD) == [32, 90]
    assert sell("9101", f"3*{MILK}", f"3*{BREAD}") == [32, 180]
    till = scene.restart()
    till.sign_in("C1", "1111")
    assert sell("9101", MILK, BREAD) == [0, 0]
    assert sell("9102", MILK) == [32]
