"""A thousand promotions of every kind and baskets that many of them touch, made up by seed.

A category has ten items, ten categories a department. Of a thousand promotions 600 are on single
units, 300 on sets or with a limit, 40 on spending and coupons, 60 reward; nearly all on up to a
dozen items or a category, a few on the whole shop. Baskets are of the 2,000 items that these are on,
half of a basket out of three departments: so most lines are wanted by several promotions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from schemas.domain.promotion.effect import (
    AmountOff,
    BreakStep,
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
from schemas.domain.promotion.promotion import Limits, Mode, Period, Promotion, Scope, Who
from schemas.domain.promotion.sale import Context, Line, PresentedCoupon

ITEMS = 2_000
#: What the items are called unless somebody else knows them.
NAMES = tuple(f"i{item}" for item in range(ITEMS))
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
CUSTOMER = Context(
    AT, "Asia/Shanghai", member="m1", tier="gold", coupons=(PresentedCoupon("1", "spring"),)
)
_ALWAYS = Period(datetime(2026, 1, 1, tzinfo=UTC))
_PERCENTS = (500, 1000, 1500, 2000, 3000, 5000)


def promotions(chance: random.Random, items: Sequence[str] = NAMES) -> list[Promotion]:
    """Make a thousand, all in force, on items of these codes, of which there are `ITEMS`."""
    made: list[Promotion] = []
    for number in range(1000):
        if number < 600:
            made.append(_on_units(f"u{number:03}", chance, items))
        elif number < 900:
            made.append(_on_sets(f"s{number:03}", chance, items))
        elif number < 940:
            made.append(_on_spending(f"b{number:03}", chance))
        else:
            made.append(_reward(f"r{number:03}", chance, items))
    return made


def basket(chance: random.Random, lines: int) -> list[Line]:
    """Make a basket; one line in eight is weighed, one in three more than a piece."""
    departments = chance.sample(range(ITEMS // 100), 3)
    made: list[Line] = []
    for number in range(1, lines + 1):
        near = chance.choice(departments) * 100 + chance.randrange(100)
        item = near if chance.random() < 0.5 else chance.randrange(ITEMS)
        price = 200 + item * 37 % 4800
        path = (f"d{item // 100}", f"c{item // 10}")
        if chance.random() < 0.125:
            grams = chance.randrange(100, 3000)
            amount = price * grams // 1000
            made.append(Line(number, NAMES[item], "kg", grams, amount, path, weighed=True))
        else:
            pieces = chance.choice((1, 1, 1, 1, 2, 3))
            made.append(Line(number, NAMES[item], "piece", pieces * 1000, price * pieces, path))
    return made


def _on_units(name: str, chance: random.Random, known: Sequence[str]) -> Promotion:
    effect = _one_of(
        chance,
        lambda: PercentOff(chance.choice(_PERCENTS)),
        lambda: AmountOff(chance.randrange(50, 500)),
        lambda: FixedPrice(chance.randrange(100, 4000)),
        lambda: TierPercent((TierRate("gold", 800), TierRate("silver", 500))),
    )
    modes: tuple[Mode, ...] = ("exclusive", "exclusive", "best_price", "compound")
    mode = chance.choice(modes)
    group = chance.choice(("spring", "brand")) if mode == "best_price" else ""
    return Promotion(name, name, _ALWAYS, effect, _scope(chance, known), mode=mode, group=group)


def _on_sets(name: str, chance: random.Random, known: Sequence[str]) -> Promotion:
    items = _items(chance, 6, known)
    effect = _one_of(
        chance,
        lambda: NthOff(5000),
        lambda: BuyGet(2, 1),
        lambda: QuantityBreak((BreakStep(3, 1000), BreakStep(6, 2000))),
        lambda: MixAndMatch((MixGroup(1, items[:3]), MixGroup(1, items[3:])), price=2500),
        lambda: MixAndMatch((MixGroup(3, items),), price=3000),
        lambda: FixedPrice(chance.randrange(100, 4000)),
    )
    scope = Scope() if isinstance(effect, MixAndMatch) else _scope(chance, known)
    limits = Limits(basket=2) if isinstance(effect, FixedPrice) else Limits()
    return Promotion(name, name, _ALWAYS, effect, scope, limits=limits)


def _on_spending(name: str, chance: random.Random) -> Promotion:
    everywhere = chance.random() < 0.03
    scope = Scope() if everywhere else Scope(categories=(f"d{chance.randrange(ITEMS // 100)}",))
    steps = (SpendStep(10_000, 1000), SpendStep(20_000, 3000))
    effect = _one_of(
        chance,
        lambda: SpendOff(steps),
        lambda: SpendOff((SpendStep(10_000, 1000),), every=True),
        lambda: CouponOff(5000, 500),
    )
    who = Who(coupon="spring") if isinstance(effect, CouponOff) else Who()
    return Promotion(name, name, _ALWAYS, effect, scope, who, mode="compound")


def _reward(name: str, chance: random.Random, known: Sequence[str]) -> Promotion:
    effect = _one_of(
        chance,
        lambda: SpendGift(10_000, "gift", "piece"),
        lambda: PointsMultiplier(200),
    )
    return Promotion(name, name, _ALWAYS, effect, _scope(chance, known), mode="compound")


def _one_of(chance: random.Random, *makers: Callable[[], Effect]) -> Effect:
    return chance.choice(makers)()


def _scope(chance: random.Random, known: Sequence[str]) -> Scope:
    if chance.random() < 0.1:
        return Scope(categories=(f"c{chance.randrange(ITEMS // 10)}",))
    return Scope(items=_items(chance, chance.randrange(1, 13), known))


def _items(chance: random.Random, count: int, known: Sequence[str]) -> tuple[str, ...]:
    return tuple(known[item] for item in chance.sample(range(ITEMS), count))
