"""Rules 13, 14 and 16: every kind of promotion by itself, and how they go together."""

from __future__ import annotations

from dataclasses import replace

import pytest

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
from schemas.domain.promotion.promotion import Limits, Mode, Promotion, Scope, Who
from schemas.domain.promotion.sale import Gift
from tests.schemas.domain.promotion.offers import (
    GOLD,
    STRANGER,
    coupon,
    line,
    offer,
    price,
    shares,
    weighed,
)

#: Three of tea at 10.00, one coffee at 8.00, two of cocoa at 5.00: 48.00.
BASKET = [
    line(1, "tea", 3000, 3, ("drinks", "hot")),
    line(2, "coffee", 800, 1, ("drinks",)),
    line(3, "cocoa", 1000, 2, ("sweets",)),
]
TEA, COFFEE, COCOA = 1, 2, 3
BREAK = QuantityBreak((BreakStep(3, 1000), BreakStep(5, 2000)))
STEPS = SpendOff((SpendStep(3000, 300), SpendStep(4500, 800)))


@pytest.mark.parametrize(
    ("effect", "items", "off"),
    [
        (PercentOff(1000), ("tea",), {TEA: 300}),
        (PercentOff(10_000), ("coffee",), {COFFEE: 800}),
        (AmountOff(150), ("tea",), {TEA: 450}),
        (AmountOff(900), ("coffee",), {COFFEE: 800}),  # never below nought
        (FixedPrice(850), ("tea", "coffee"), {TEA: 450}),  # coffee is cheaper already
        (BREAK, ("coffee",), {}),
        (BREAK, ("tea",), {TEA: 300}),
        (BREAK, (), {TEA: 600, COFFEE: 160, COCOA: 200}),
        (QuantityBreak((BreakStep(2, 0, 400),)), ("cocoa",), {COCOA: 200}),
        (NthOff(5000), ("tea",), {TEA: 500}),  # a second one, the third has no fourth
        # dearest first: tea tea | tea coffee | cocoa cocoa, half off the second of each
        (NthOff(5000), (), {TEA: 500, COFFEE: 400, COCOA: 250}),
        (NthOff(5000, nth=3), (), {TEA: 500, COCOA: 250}),
        (BuyGet(2, 1), (), {TEA: 1000, COCOA: 500}),
        (BuyGet(1, 1), ("coffee", "cocoa"), {COCOA: 500}),  # of two cocoa; coffee has no partner
        (Bundle((BundlePart("tea", 2), BundlePart("coffee")), 2100), (), {TEA: 500, COFFEE: 200}),
        (Bundle((BundlePart("tea", 2), BundlePart("milk")), 100), (), {}),
        (Bundle((BundlePart("coffee"), BundlePart("cocoa")), 1400), (), {}),  # dearer than they are
        # any three for 24.00: the dearest three
        (MixAndMatch((MixGroup(3),), 2400), (), {TEA: 600}),
        (MixAndMatch((MixGroup(1, ("coffee",)), MixGroup(1, (), ("hot",))), 1500), (),
         {TEA: 167, COFFEE: 133}),
        # a tea with each cocoa for half the price of the cocoa
        (MixAndMatch((MixGroup(1, ("tea",)), MixGroup(1, ("cocoa",), (), 5000))), (),
         {COCOA: 500}),
        (STEPS, (), {TEA: 500, COFFEE: 133, COCOA: 167}),  # the second step: 8.00 off 48.00
        (STEPS, ("tea",), {TEA: 300}),
        (STEPS, ("coffee",), {}),
        (SpendOff((SpendStep(1000, 100),), every=True), (), {TEA: 250, COFFEE: 67, COCOA: 83}),
        (SpendOff((SpendStep(1000, 0, 1000),)), (), {TEA: 300, COFFEE: 80, COCOA: 100}),
    ],
)  # fmt: skip
def test_a_promotion_by_itself(effect: Effect, items: tuple[str, ...], off: dict[int, int]) -> None:
    own = isinstance(effect, Bundle | MixAndMatch)
    found = price(BASKET, offer("p", effect, *(() if own else items)))
    assert shares(found) == {number: [("p", amount)] for number, amount in off.items()}
    assert found.total == 4800 - sum(off.values())


TIERS = TierPercent((TierRate("gold", 1000), TierRate("silver", 500)))


@pytest.mark.parametrize(("tier", "off"), [("gold", 480), ("silver", 240), ("", 0), ("new", 0)])
def test_a_percent_by_tier(tier: str, off: int) -> None:
    member = replace(GOLD, tier=tier)
    assert price(BASKET, offer("p", TIERS), context=member).total == 4800 - off


def test_a_percent_by_tier_is_for_members() -> None:
    assert price(BASKET, offer("p", TIERS), context=replace(GOLD, member=None)).total == 4800


def test_a_coupon_is_used_where_its_minimum_is_reached() -> None:
    holder = replace(STRANGER, coupons=(coupon("8", "k"), coupon("7", "k"), coupon("1", "other")))
    ten = offer("p", CouponOff(4000, 1000), who=Who(coupon="k"))
    assert price(BASKET, ten).total == 4800
    found = price(BASKET, ten, context=holder)
    assert (found.total, found.coupons) == (3800, ("7",))
    too_little = price(BASKET[:1], ten, context=holder)
    assert (too_little.total, too_little.coupons) == (3000, ())
    percent = offer("p", CouponOff(percent=1500), who=Who(coupon="k"))
    assert price(BASKET, percent, context=holder).total == 4080


def test_gifts_are_due_by_what_is_left() -> None:
    once = offer("once", SpendGift(2000, "cup", "piece"), mode="compound")
    every = offer("every", SpendGift(2000, "bag", "piece", 2, every=True), mode="compound")
    missed = offer("missed", SpendGift(4500, "pot", "piece"), mode="compound")
    cut = offer("cut", PercentOff(1000), mode="compound")
    found = price(BASKET, once, every, missed, cut)
    assert found.total == 4320
    assert found.gifts == (
        Gift("every", "EVERY", "bag", "piece", 4000),
        Gift("once", "ONCE", "cup", "piece", 1000),
    )
    assert found.uses["every"] == 2


def test_of_a_group_the_gift_with_the_highest_minimum_is_due() -> None:
    low = offer("low", SpendGift(2000, "cup", "piece"), mode="best_price", group="g")
    high = offer("high", SpendGift(4000, "pot", "piece"), mode="best_price", group="g")
    assert [gift.item for gift in price(BASKET, low, high).gifts] == ["pot"]


def test_a_line_earns_points_by_its_highest_multiplier() -> None:
    double = offer("double", PointsMultiplier(200), mode="compound")
    triple = offer("triple", PointsMultiplier(300), "tea", mode="compound")
    missed = offer("missed", PointsMultiplier(900, 5000), mode="compound")
    found = price(BASKET, double, triple, missed)
    assert [(one.points, one.points_by) for one in found.lines] == [
        (300, "triple"), (200, "double"), (200, "double"),
    ]  # fmt: skip


def test_weighed_goods_take_unit_rules_by_weight_and_join_no_set() -> None:
    grapes = [weighed(1, "grapes", 1234, 617)]  # 20.00 a kilogram
    assert price(grapes, offer("p", FixedPrice(1500))).total == 926
    assert price(grapes, offer("p", AmountOff(300))).total == 1049
    assert price(grapes, offer("p", PercentOff(1000))).total == 1111
    assert price([*grapes, weighed(2, "grapes", 1000, 500)], offer("p", NthOff(5000))).total == 2234


def test_percentages_are_computed_for_the_whole_line() -> None:
    assert price([line(1, "pen", 999, 3)], offer("p", PercentOff(1000))).total == 899


def test_returns_and_overridden_lines_never_qualify() -> None:
    basket = [replace(BASKET[0], excluded=True), line(2, "tea", -1000), line(3, "tea", 1000)]
    found = price(basket, offer("p", PercentOff(1000)), offer("q", BuyGet(1, 1)))
    assert [one.amount for one in found.lines] == [3000, -1000, 900]
    assert found.total == 2900


HALF = offer("half", PercentOff(5000), "tea")
TENTH = offer("tenth", PercentOff(1000), mode="compound")
BUY = offer("buy", BuyGet(2, 1), "tea")


def grouped(promotion: Promotion, group: str = "g") -> Promotion:
    """Let a promotion compete in a group."""
    return replace(promotion, mode="best_price", group=group)


@pytest.mark.parametrize(
    ("promotions", "tea"),
    [
        ((HALF, TENTH), [("half", 1500)]),  # exclusive: nothing else on the tea
        ((grouped(HALF), TENTH), [("half", 1500), ("tenth", 150)]),
        ((grouped(HALF), replace(TENTH, priority=-1)), [("tenth", 300), ("half", 1350)]),
        ((HALF, BUY), [("half", 1500)]),  # the cheaper of the two
        ((grouped(HALF), grouped(BUY)), [("half", 1500)]),
        # stacking: half off each, then one of three for nothing
        ((grouped(HALF), grouped(BUY, "h")), [("half", 1500), ("buy", 500)]),
        ((replace(HALF, mode="compound"), BUY), [("half", 1500)]),
        ((TENTH, BUY), [("buy", 1000)]),
        ((TENTH, replace(BUY, mode="compound")), [("tenth", 300), ("buy", 900)]),
        # equals: the lower id
        ((HALF, replace(HALF, id="a")), [("a", 1500)]),
    ],
)
def test_modes_say_what_goes_together(
    promotions: tuple[Promotion, ...], tea: list[tuple[str, int]]
) -> None:
    assert shares(price(BASKET, *promotions))[TEA] == tea


def test_a_unit_is_consumed_once() -> None:
    """Two bundles want the one coffee; the other units are free for other rules."""
    one = offer("one", Bundle((BundlePart("tea"), BundlePart("coffee")), 1500))
    other = offer("other", Bundle((BundlePart("cocoa"), BundlePart("coffee")), 900))
    found = price(BASKET, one, other, offer("tenth", PercentOff(1000)))
    assert shares(found) == {
        TEA: [("tenth", 300)],
        COFFEE: [("other", 246)],
        COCOA: [("tenth", 50), ("other", 154)],
    }


def test_thresholds_count_what_is_left() -> None:
    save = offer("save", SpendOff((SpendStep(4500, 100),)), mode="compound")
    assert price(BASKET, save, offer("tenth", PercentOff(1000))).total == 4320
    assert price(BASKET, save, offer("half", PercentOff(2500), "cocoa")).total == 4450


def test_a_rule_is_left_out_where_a_threshold_is_worth_more() -> None:
    save = offer("save", SpendOff((SpendStep(4800, 2000),)))
    found = price(BASKET, save, offer("less", PercentOff(500)))
    assert found.total == 2800
    assert found.uses == {"save": 1}


def test_full_price_only_leaves_out_what_is_reduced() -> None:
    save = SpendOff((SpendStep(1800, 500),), full_price_only=True)
    found = price(BASKET, offer("save", save), offer("half", PercentOff(5000), "tea"))
    assert shares(found) == {
        TEA: [("half", 1500)], COFFEE: [("save", 222)], COCOA: [("save", 278)],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "group", "total"),
    [("compound", "", 4000), ("exclusive", "", 4300), ("best_price", "g", 4300)],
)
def test_basket_rules_stack_or_compete(mode: Mode, group: str, total: int) -> None:
    five = offer("five", SpendOff((SpendStep(4000, 500),)), mode="compound")
    three = offer("three", SpendOff((SpendStep(4000, 300),)), mode="compound")
    both = [replace(one, mode=mode, group=group) for one in (five, three)]
    assert price(BASKET, *both).total == total


@pytest.mark.parametrize(
    ("effect", "limit", "off", "uses"),
    [
        (PercentOff(5000), 2, 1000, 2),  # two of the three teas
        (BREAK, 3, 300, 3),
        (NthOff(5000), 1, 500, 1),
        (SpendOff((SpendStep(1000, 100),), every=True), 2, 200, 2),
    ],
)
def test_limits_per_basket(effect: Effect, limit: int, off: int, uses: int) -> None:
    found = price(BASKET, offer("p", effect, "tea", limits=Limits(basket=limit)))
    assert (found.total, found.uses) == (4800 - off, {"p": uses})


@pytest.mark.parametrize(
    ("member", "today", "total"),
    [(0, 0, 3800), (1, 0, 4300), (0, 4, 4300), (2, 0, 4800), (0, 9, 4800)],
)
def test_limits_per_member_and_day_count_what_was_used_before(
    member: int, today: int, total: int
) -> None:
    limited = offer(
        "p", PercentOff(5000), "tea", who=Who(members_only=True), limits=Limits(None, 2, 5)
    )
    context = replace(GOLD, used_by_member={"p": member}, used_today={"p": today})
    assert price(BASKET, limited, context=context).total == total


def test_scope_by_category_unit_and_exclusion() -> None:
    drinks = Scope(categories=("drinks",), excluded_items=("coffee",))
    assert shares(price(BASKET, offer("p", PercentOff(1000), scope=drinks))) == {TEA: [("p", 300)]}
    cold = Scope(categories=("drinks",), excluded_categories=("hot",))
    assert shares(price(BASKET, offer("p", PercentOff(1000), scope=cold))) == {COFFEE: [("p", 80)]}
    crates = [line(1, "tea", 3000, 1, unit="crate"), line(2, "tea", 1000)]
    loose = offer("p", PercentOff(1000), scope=Scope(items=("tea",), units=("piece",)))
    assert shares(price(crates, loose)) == {2: [("p", 100)]}


def test_an_empty_basket_costs_nothing() -> None:
    assert price([], TENTH).total == 0


def test_the_worked_receipt_of_the_documentation() -> None:
    """docs/promotions.md; whoever changes one changes the other."""
    basket = [
        line(1, "tea", 3000, 3, ("drinks",)),
        line(2, "cup", 1500, 1, ("kitchen",)),
        weighed(3, "grapes", 1234, 617),
        line(4, "soap", 990, 1, ("care",)),
        line(5, "milk", 1180, 2, ("dairy",)),
    ]
    steps = (SpendStep(5000, 500), SpendStep(8000, 1200))
    not_care = Scope(excluded_categories=("care",))
    found = price(
        basket,
        offer("A10", NthOff(5000), "tea"),
        offer("A20", Bundle((BundlePart("tea"), BundlePart("cup")), 2000)),
        offer("B10", PercentOff(1500), "grapes", "milk", mode="compound"),
        offer("B20", AmountOff(100), "milk", mode="compound", priority=1),
        offer("C10", SpendOff(steps), scope=not_care, mode="compound"),
    )
    assert shares(found) == {
        1: [("A10", 500), ("A20", 200), ("C10", 215)],
        2: [("A20", 300), ("C10", 112)],
        3: [("B10", 185), ("C10", 98)],
        5: [("B10", 177), ("B20", 200), ("C10", 75)],
    }
    assert [one.amount for one in found.lines] == [2085, 1088, 951, 990, 728]
    assert found.total == 5842
