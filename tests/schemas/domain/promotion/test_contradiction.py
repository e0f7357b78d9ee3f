"""Every contradiction is named; what works has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from schemas.domain.promotion.contradiction import WORDS, validate
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
from schemas.domain.promotion.promotion import Hours, Limits, Period, Promotion, Scope, Who
from tests.schemas.domain.promotion.offers import ALWAYS, EVENING, offer

PLAIN = offer("p", PercentOff(1000))
GOLD = TierRate("gold", 1000)
PAIR = Bundle((BundlePart("tea"), BundlePart("cup")), 900)

FRAMES: list[tuple[str, Promotion]] = [
    ("unnamed", replace(PLAIN, id=" ")),
    ("unnamed", replace(PLAIN, title="")),
    ("naive", replace(PLAIN, period=Period(datetime(2026, 1, 1)))),  # noqa: DTZ001 - the fault
    ("ends_first", replace(PLAIN, period=Period(EVENING, EVENING))),
    ("weekday", replace(PLAIN, period=replace(ALWAYS, weekdays=(0,)))),
    ("hours", replace(PLAIN, period=replace(ALWAYS, hours=(Hours(60, 60),)))),
    ("hours", replace(PLAIN, period=replace(ALWAYS, hours=(Hours(60, 1441),)))),
    ("excluded", replace(PLAIN, scope=Scope(items=("tea",), excluded_items=("tea",)))),
    ("excluded", replace(PLAIN, scope=Scope(categories=("x",), excluded_categories=("x",)))),
    ("own_scope", replace(PLAIN, effect=PAIR, scope=Scope(items=("tea",)))),
    ("coupon_name", replace(PLAIN, who=Who(coupon=" "))),
    ("coupon_kind", replace(PLAIN, who=Who(coupon="春季"))),
    ("coupon_kind", replace(PLAIN, who=Who(coupon="SPRING-2026"))),
    ("coupon_once", replace(PLAIN, who=Who(single_use=True))),
    ("coupon_missing", replace(PLAIN, effect=CouponOff(0, 100))),
    ("member_day", replace(PLAIN, who=Who(member_days=(32,)))),
    ("tier_rate", replace(PLAIN, effect=TierPercent((GOLD, GOLD)))),
    ("tier_rate", replace(PLAIN, effect=TierPercent((GOLD,)), who=Who(tiers=("new",)))),
    ("group_missing", replace(PLAIN, mode="best_price")),
    ("group_idle", replace(PLAIN, group="g")),
    ("points_mode", replace(PLAIN, effect=PointsMultiplier(200))),
    ("limit", replace(PLAIN, limits=Limits(day=0))),
    ("limit_member", replace(PLAIN, limits=Limits(member=1))),
    ("unreached", replace(PLAIN, effect=QuantityBreak((BreakStep(3, 500),)), limits=Limits(2))),
]
EFFECTS: list[tuple[str, Effect]] = [
    ("percent", PercentOff(0)),
    ("percent", PercentOff(10_001)),
    ("percent", NthOff(-1)),
    ("percent", TierPercent((TierRate("gold", 0),))),
    ("amount", AmountOff(0)),
    ("price", FixedPrice(-1)),
    ("price", replace(PAIR, price=-1)),
    ("count", NthOff(5000, nth=1)),
    ("count", BuyGet(0, 1)),
    ("count", Bundle((BundlePart("tea", 0), BundlePart("cup")), 900)),
    ("count", QuantityBreak((BreakStep(0, 500),))),
    ("count", SpendGift(100, "cup", "piece", 0)),
    ("empty", TierPercent(())),
    ("empty", QuantityBreak(())),
    ("empty", MixAndMatch((), 900)),
    ("empty", SpendOff(())),
    ("single", Bundle((BundlePart("tea"),), 900)),
    ("twice", Bundle((BundlePart("tea"), BundlePart("tea", 2)), 900)),
    ("twice", Bundle((BundlePart("tea"), BundlePart("tea", 2, "crate")), 900)),
    ("twice", MixAndMatch((MixGroup(1, ("tea",)), MixGroup(1, ("cup", "tea"))), 900)),
    ("twice", MixAndMatch((MixGroup(1, (), ("x",)), MixGroup(1, (), ("x",))), 900)),
    ("price_or_percent", QuantityBreak((BreakStep(2, 500, 900),))),
    ("price_or_percent", QuantityBreak((BreakStep(2),))),
    ("price_or_percent", MixAndMatch((MixGroup(2),))),
    ("price_or_percent", MixAndMatch((MixGroup(2, percent=500),), 900)),
    ("amount_or_percent", CouponOff(100)),
    ("amount_or_percent", SpendOff((SpendStep(100, 10, 500),))),
    ("steps", QuantityBreak((BreakStep(3, 500), BreakStep(3, 900)))),
    ("steps", SpendOff((SpendStep(200, 50), SpendStep(100, 10)))),
    ("minimum", SpendOff((SpendStep(100, 101),))),
    ("minimum", CouponOff(-1, 100)),
    ("minimum", SpendGift(0, "cup", "piece")),
    ("minimum", PointsMultiplier(200, -1)),
    ("every", SpendOff((SpendStep(100, 10), SpendStep(200, 30)), every=True)),
    ("every", SpendOff((SpendStep(100, 0, 500),), every=True)),
    ("gift", SpendGift(100, " ", "piece")),
    ("factor", PointsMultiplier(100)),
    ("factor", PointsMultiplier(-1)),
]


def with_effect(effect: Effect) -> Promotion:
    """Return a promotion that is in order but for its effect."""
    who = Who(coupon="k") if isinstance(effect, CouponOff) else Who()
    return offer("p", effect, who=who, mode="compound")


@pytest.mark.parametrize(("fault", "promotion"), FRAMES)
def test_a_contradiction_is_named(fault: str, promotion: Promotion) -> None:
    assert [one.fault for one in validate(promotion)] == [fault]


@pytest.mark.parametrize(("fault", "effect"), EFFECTS)
def test_a_contradiction_of_an_effect_is_named(fault: str, effect: Effect) -> None:
    assert [one.fault for one in validate(with_effect(effect))] == [fault]


def test_every_contradiction_has_a_case_and_a_way_out() -> None:
    assert {fault for fault, _ in [*FRAMES, *EFFECTS]} == set(WORDS)
    assert all(words.endswith(".") and ": " in words for words in WORDS.values())


def test_several_are_named_at_once() -> None:
    broken = replace(PLAIN, title="", effect=PercentOff(0), limits=Limits(basket=-1))
    assert [one.fault for one in validate(broken)] == ["unnamed", "limit", "percent"]


def test_a_promotion_over_midnight_with_everything_works() -> None:
    promotion = replace(
        PLAIN,
        period=Period(EVENING, EVENING + timedelta(days=1), (1, 7), (Hours(1320, 120),)),
        scope=Scope(("tea",), ("x",), ("piece",), ("cup",), ("y",)),
        who=Who(members_only=True, tiers=("gold",), birthday="month", member_days=(8,), coupon="k"),
        limits=Limits(1, 2, 3),
    )
    assert validate(promotion) == ()
