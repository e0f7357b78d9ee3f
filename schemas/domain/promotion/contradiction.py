"""What contradicts itself in a promotion, in a buyer's words with the way out.

`validate` names everything at once. Each fault has one sentence, so that a console can translate it;
`RuleSet` refuses what has any, for a till must not guess what was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from schemas.domain.coupon import is_kind
from schemas.domain.promotion.effect import (
    AmountOff,
    Bundle,
    BuyGet,
    CouponOff,
    FixedPrice,
    MixAndMatch,
    NthOff,
    PercentOff,
    PointsMultiplier,
    QuantityBreak,
    SpendGift,
    SpendOff,
    TierPercent,
)
from schemas.domain.promotion.eligibility import asks_for_member
from schemas.domain.promotion.promotion import Hours, Promotion

WORDS: Mapping[str, str] = {
    "unnamed": "It has no number or no title: give it both, the receipt prints the title.",
    "naive": "An instant has no zone: write it with its offset.",
    "ends_first": "It ends before it begins: choose a later end, or leave the end open.",
    "weekday": "A weekday is none of 1 (Monday) to 7 (Sunday): correct it.",
    "hours": "Hours must lie within the day and not end as they begin: for all day, leave them out.",
    "excluded": "It excludes an item or a category that it names: take it out of one of the two.",
    "own_scope": "A bundle or mix-and-match says itself what belongs to it: leave items and "
    "categories of the scope empty and write them into its parts or groups.",
    "coupon_name": "The kind of coupon is empty: name it, or ask for none.",
    "coupon_kind": "A kind of coupon is up to 20 letters and digits from A to Z and 0 to 9 and begins with a "
    "letter, for a coupon's number is its kind, a hyphen and its serial: correct it.",
    "coupon_once": "Only a coupon can be used once: name the kind of coupon, or leave that out.",
    "coupon_missing": "A coupon promotion has to say which kind of coupon it takes: name it.",
    "member_day": "A member day is no day of a month: choose 1 to 31.",
    "tier_rate": "A tier is admitted that has no rate, or is listed twice: give each tier one rate.",
    "group_missing": "At the best price it needs the group that it competes in: name the group.",
    "group_idle": "A group has a meaning only for best price: choose that mode, or no group.",
    "points_mode": "Points compete with no price: choose the mode compound.",
    "limit": "A limit is below 1: stop the promotion instead, or leave the limit out.",
    "limit_member": "A limit per member needs to know the member: make it for members only.",
    "percent": "A percentage is not above 0 and up to 100 %: correct it.",
    "amount": "An amount off is not above 0: correct it.",
    "price": "A price is below 0: correct it.",
    "count": "A number of units is too small: at least 1, every second at least 2.",
    "empty": "It has no parts, groups, steps or rates: add at least one.",
    "single": "One unit alone is no set: choose a fixed price or a percentage for it.",
    "twice": "An item stands in two parts or groups: write it once, with its number.",
    "price_or_percent": "It gives both a price and a percentage, or neither: choose one of them.",
    "amount_or_percent": "It gives both an amount and a percentage, or neither: choose one of them.",
    "steps": "Steps must rise, each asking for more than the one before: sort or correct them.",
    "unreached": "A limit is below the quantity of the first step, so nobody ever gets it: raise it.",
    "minimum": "The amount to be spent is too small, or less than what is given for it: raise it.",
    "every": "For every so much spent there can be one step only, with an amount: remove the others.",
    "gift": "The gift names no item or unit: choose them.",
    "factor": "Points times 1 change nothing, and less than 0 is none: choose another factor.",
}

_DAY = 24 * 60
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One fault: its name, and the sentence for whoever wrote the promotion."""

    fault: str
    words: str


def validate(promotion: Promotion) -> tuple[Contradiction, ...]:
    """Return every contradiction once, in the order of `WORDS`; none is a promotion that works."""
    found = {*_frame(promotion), *_who(promotion), *_how(promotion), *_effect(promotion)}
    return tuple(Contradiction(fault, WORDS[fault]) for fault in WORDS if fault in found)


def _frame(promotion: Promotion) -> Iterator[str]:
    if not promotion.id.strip() or not promotion.title.strip():
        yield "unnamed"
    period, scope = promotion.period, promotion.scope
    if period.starts.tzinfo is None or (period.ends is not None and period.ends.tzinfo is None):
        yield "naive"
    elif period.ends is not None and period.ends <= period.starts:
        yield "ends_first"
    if not all(1 <= day <= 7 for day in period.weekdays):  # noqa: PLR2004 - days of a week
        yield "weekday"
    if not all(_is_span(one) for one in period.hours):
        yield "hours"
    if set(scope.items) & set(scope.excluded_items) or (
        set(scope.categories) & set(scope.excluded_categories)
    ):
        yield "excluded"
    if isinstance(promotion.effect, Bundle | MixAndMatch) and (scope.items or scope.categories):
        yield "own_scope"


def _is_span(hours: Hours) -> bool:
    return 0 <= hours.starts < _DAY and 0 <= hours.ends <= _DAY and hours.starts != hours.ends


def _who(promotion: Promotion) -> Iterator[str]:
    who, effect = promotion.who, promotion.effect
    if who.coupon is not None and not who.coupon.strip():
        yield "coupon_name"
    elif who.coupon is not None and not is_kind(who.coupon):
        yield "coupon_kind"
    if who.single_use and who.coupon is None:
        yield "coupon_once"
    if isinstance(effect, CouponOff) and who.coupon is None:
        yield "coupon_missing"
    if not all(1 <= day <= 31 for day in who.member_days):  # noqa: PLR2004 - days of a month
        yield "member_day"
    if isinstance(effect, TierPercent):
        rates = [rate.tier for rate in effect.rates]
        if len(set(rates)) != len(rates) or "" in rates or set(who.tiers) - set(rates):
            yield "tier_rate"


def _how(promotion: Promotion) -> Iterator[str]:
    effect, limits = promotion.effect, promotion.limits
    if promotion.mode == "best_price" and not promotion.group.strip():
        yield "group_missing"
    if promotion.mode != "best_price" and promotion.group:
        yield "group_idle"
    if isinstance(effect, PointsMultiplier) and promotion.mode != "compound":
        yield "points_mode"
    given = [cap for cap in (limits.basket, limits.member, limits.day) if cap is not None]
    if any(cap < 1 for cap in given):
        yield "limit"
    for_members = asks_for_member(promotion.who) or isinstance(effect, TierPercent)
    if limits.member is not None and not for_members:
        yield "limit_member"
    if isinstance(effect, QuantityBreak) and effect.steps and given:
        first = min(step.quantity for step in effect.steps)
        if min(given) < first:
            yield "unreached"


def _effect(promotion: Promotion) -> Iterator[str]:
    yield from _CHECKS[type(promotion.effect)](promotion.effect)


def _percent_off(effect: PercentOff) -> Iterator[str]:
    yield from _percents(effect.percent)


def _amount_off(effect: AmountOff) -> Iterator[str]:
    if effect.amount <= 0:
        yield "amount"


def _fixed_price(effect: FixedPrice) -> Iterator[str]:
    if effect.price < 0:
        yield "price"


def _tier_percent(effect: TierPercent) -> Iterator[str]:
    if not effect.rates:
        yield "empty"
    yield from _percents(*(rate.percent for rate in effect.rates))


def _quantity_break(effect: QuantityBreak) -> Iterator[str]:
    if not effect.steps:
        yield "empty"
    for step in effect.steps:
        if (step.price is None) == (step.percent == 0):
            yield "price_or_percent"
        if step.percent:
            yield from _percents(step.percent)
        if step.price is not None and step.price < 0:
            yield "price"
        if step.quantity < 1:
            yield "count"
    if not _rises([step.quantity for step in effect.steps]):
        yield "steps"


def _nth_off(effect: NthOff) -> Iterator[str]:
    yield from _percents(effect.percent)
    if effect.nth < 2:  # noqa: PLR2004 - every first would be all of them
        yield "count"


def _buy_get(effect: BuyGet) -> Iterator[str]:
    if effect.buy < 1 or effect.get < 1:
        yield "count"


def _bundle(effect: Bundle) -> Iterator[str]:
    yield from _sets([part.count for part in effect.parts])
    names = [(part.item, part.unit) for part in effect.parts]
    anyhow = {item for item, unit in names if not unit}
    twice = any(item in anyhow and unit for item, unit in names)
    if twice or len(set(names)) != len(names):
        yield "twice"
    if effect.price < 0:
        yield "price"


def _mix_and_match(effect: MixAndMatch) -> Iterator[str]:
    yield from _sets([group.count for group in effect.groups])
    for names in (
        [one for group in effect.groups for one in group.items],
        [one for group in effect.groups for one in group.categories],
    ):
        if len(set(names)) != len(names):
            yield "twice"
    given = [group.percent for group in effect.groups if group.percent != 0]
    if effect.groups and (effect.price is None) == (not given):
        yield "price_or_percent"
    yield from _percents(*given)
    if effect.price is not None and effect.price < 0:
        yield "price"


def _spend_off(effect: SpendOff) -> Iterator[str]:
    if not effect.steps:
        yield "empty"
    for step in effect.steps:
        yield from _either(step.amount, step.percent)
        if step.minimum < 0 or step.amount > step.minimum:
            yield "minimum"
    if not _rises([step.minimum for step in effect.steps]):
        yield "steps"
    if effect.every and (len(effect.steps) > 1 or any(step.percent for step in effect.steps)):
        yield "every"


def _coupon_off(effect: CouponOff) -> Iterator[str]:
    yield from _either(effect.amount, effect.percent)
    if effect.minimum < 0:
        yield "minimum"


def _spend_gift(effect: SpendGift) -> Iterator[str]:
    if effect.minimum < 1:
        yield "minimum"
    if effect.quantity < 1:
        yield "count"
    if not effect.item.strip() or not effect.unit.strip():
        yield "gift"


def _points(effect: PointsMultiplier) -> Iterator[str]:
    if effect.minimum < 0:
        yield "minimum"
    if effect.factor < 0 or effect.factor == 100:  # noqa: PLR2004 - hundredths
        yield "factor"


def _percents(*percents: int) -> Iterator[str]:
    if not all(0 < percent <= _WHOLE for percent in percents):
        yield "percent"


def _either(amount: int, percent: int) -> Iterator[str]:
    if (amount == 0) == (percent == 0):
        yield "amount_or_percent"
    if amount < 0:
        yield "amount"
    if percent:
        yield from _percents(percent)


def _sets(counts: list[int]) -> Iterator[str]:
    if not counts:
        yield "empty"
    elif any(count < 1 for count in counts):
        yield "count"
    elif sum(counts) == 1:
        yield "single"


def _rises(numbers: list[int]) -> bool:
    return all(one < other for one, other in pairwise(numbers))


_CHECKS: Mapping[type, Callable[[Any], Iterator[str]]] = {
    PercentOff: _percent_off,
    AmountOff: _amount_off,
    FixedPrice: _fixed_price,
    TierPercent: _tier_percent,
    QuantityBreak: _quantity_break,
    NthOff: _nth_off,
    BuyGet: _buy_get,
    Bundle: _bundle,
    MixAndMatch: _mix_and_match,
    SpendOff: _spend_off,
    CouponOff: _coupon_off,
    SpendGift: _spend_gift,
    PointsMultiplier: _points,
}
