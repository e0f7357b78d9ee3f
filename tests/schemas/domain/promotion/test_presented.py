"""How a coupon stands in a basket: a table of why it takes nothing off, and what it took if it did."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.domain.promotion.effect import (
    CouponOff,
    Effect,
    PercentOff,
    PointsMultiplier,
    SpendGift,
    SpendOff,
    SpendStep,
)
from schemas.domain.promotion.eligibility import eligibility
from schemas.domain.promotion.evaluation import evaluate
from schemas.domain.promotion.presented import Standing, standings, used_coupons, why_not_now
from schemas.domain.promotion.promotion import Hours, Limits, Period, Promotion, Scope, Who
from schemas.domain.promotion.ruleset import RuleSet
from schemas.domain.promotion.sale import Context, PresentedCoupon
from tests.schemas.domain.promotion.offers import (
    ALWAYS,
    EVENING,
    GOLD,
    STRANGER,
    coupon,
    line,
    offer,
)

BASKET = [line(1, "tea", 3000, 3), line(2, "cup", 1500)]
ONE = coupon("k-1", "k")
TEN_OFF = CouponOff(4000, 1000)


def told(
    *promotions: Promotion,
    coupons: tuple[PresentedCoupon, ...] = (ONE,),
    customer: Context = STRANGER,
) -> tuple[tuple[Standing, ...], tuple[str, ...]]:
    """How the coupons stand in the basket, and which of them are used."""
    rules, context = RuleSet(promotions), replace(customer, coupons=coupons)
    assert rules.refused == ()
    found = evaluate(BASKET, rules, context)
    used = used_coupons(found, rules, context)
    return standings(rules, context, coupons, BASKET, found, used), used


def asking(name: str, effect: Effect, who: Who | None = None, **changes: object) -> Promotion:
    made = offer(name, effect, who=who or Who(coupon="k"), scope=Scope())
    return replace(made, **changes)  # type: ignore[arg-type] # fields by name, for the table


@pytest.mark.parametrize(
    ("promotion", "customer", "why", "minimum"),
    [
        (asking("p", TEN_OFF), STRANGER, "", 0),
        (asking("p", replace(TEN_OFF, minimum=4501)), STRANGER, "minimum", 4501),
        (asking("p", SpendOff((SpendStep(9000, 100), SpendStep(9900, 200)))), STRANGER, "minimum", 9000),
        (asking("p", PercentOff(1000), scope=Scope(items=("soap",))), STRANGER, "goods", 0),
        (asking("p", TEN_OFF, Who(coupon="k", members_only=True)), STRANGER, "member", 0),
        (asking("p", TEN_OFF, Who(coupon="k", members_only=True)), GOLD, "", 0),
        (asking("p", TEN_OFF, Who(coupon="k", tiers=("new",))), GOLD, "not_theirs", 0),
        (asking("p", TEN_OFF, period=Period(ALWAYS.starts, EVENING)), STRANGER, "expired", 0),
        (asking("p", TEN_OFF, period=Period(EVENING + timedelta(1))), STRANGER, "not_yet", 0),
        (asking("p", TEN_OFF, period=replace(ALWAYS, weekdays=(7,))), STRANGER, "not_now", 0),
        (asking("p", TEN_OFF, period=replace(ALWAYS, hours=(Hours(0, 60),))), STRANGER, "not_now", 0),
        (asking("p", TEN_OFF, limits=Limits(day=1)), replace(STRANGER, used_today={"p": 1}), "limit", 0),
        (asking("p", SpendGift(4500, "cup", "piece")), STRANGER, "", 0),
        (asking("p", PointsMultiplier(200), mode="compound"), STRANGER, "member", 0),
        (asking("p", PointsMultiplier(200), mode="compound"), GOLD, "", 0),
    ],
)  # fmt: skip
def test_why_a_coupon_takes_nothing_off(
    promotion: Promotion, customer: Context, why: str, minimum: int
) -> None:
    ((one,), used) = told(promotion, customer=customer)
    assert (one.title, one.why, one.minimum) == ("P", why, minimum)
    assert used == (() if why else ("k-1",))


def test_what_it_took_off_is_told_of_all_its_promotions() -> None:
    ((one,), _) = told(
        asking("p", TEN_OFF, mode="compound"), asking("q", PercentOff(1000), mode="compound")
    )
    assert one == Standing("k-1", "k", "Q", off=450 + 1000)


def test_of_two_coupons_of_a_kind_one_is_used_and_the_other_says_so() -> None:
    (first, second), used = told(
        asking("p", replace(TEN_OFF, minimum=0)), coupons=(coupon("k-2", "k"), ONE)
    )
    assert used == ("k-1",)
    assert (first.number, first.why, first.off) == ("k-2", "one_a_basket", 0)
    assert (second.number, second.why, second.off) == ("k-1", "", 1000)


def test_a_better_promotion_outdoes_it() -> None:
    ((one,), used) = told(
        asking("p", TEN_OFF), offer("q", CouponOff(0, 1200), who=Who(coupon="best"))
    )
    assert (one.why, used) == ("", ("k-1",))
    both = (ONE, coupon("best-1", "best"))
    (one, other), used = told(
        asking("p", TEN_OFF), offer("q", CouponOff(0, 1200), who=Who(coupon="best")), coupons=both
    )
    assert (one.why, other.why, used) == ("outdone", "", ("best-1",))


def test_of_several_promotions_the_nearest_is_told() -> None:
    ((one,), _) = told(
        asking("p", TEN_OFF, period=Period(ALWAYS.starts, EVENING)),
        asking("q", replace(TEN_OFF, minimum=9000)),
        asking("r", TEN_OFF, Who(coupon="k", members_only=True)),
    )
    assert (one.title, one.why, one.minimum) == ("Q", "minimum", 9000)


def test_one_that_does_not_count_is_not_reserved_yet_and_one_that_nothing_asks_for_is_over() -> (
    None
):
    rules = RuleSet((asking("p", TEN_OFF),))
    found = evaluate(BASKET, rules, STRANGER)
    both = (ONE, coupon("gone-1", "gone"))
    shown = standings(rules, STRANGER, both, BASKET, found, ())
    assert [(one.title, one.why) for one in shown] == [("P", "unreserved"), ("gone", "expired")]


def test_when_it_holds() -> None:
    assert why_not_now(asking("p", TEN_OFF), eligibility(STRANGER)) == ""
