"""How a coupon that was presented stands in a basket: what it takes off, or why it takes off nothing yet.

    why            the promotion that asks for its kind
    (none)         took something off, or multiplied points, by this coupon
    unreserved     may use it once, and headquarters has not reserved it for this basket (yet)
    gift           gives something that was not taken yet
    one_a_basket   was used with another coupon of the kind
    minimum        has a minimum that its goods do not reach, before anything is taken off the basket
    goods          wants goods that are not in the basket
    outdone        takes nothing off these goods, or others take more
    limit          was used as often as it may be
    not_theirs     is for other tiers, or for another day of theirs
    member         is for members, and there is none
    not_now        holds on other days or at other hours
    not_yet        has not begun
    expired        is over

Of several promotions for a kind the one that stands highest here is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from schemas.domain.promotion.effect import CouponOff, PointsMultiplier, SpendGift, SpendOff
from schemas.domain.promotion.eligibility import Eligibility, eligibility
from schemas.domain.promotion.promotion import Promotion
from schemas.domain.promotion.rule import Goods, Rule
from schemas.domain.promotion.ruleset import RuleSet
from schemas.domain.promotion.sale import (
    Context,
    Line,
    Outcome,
    PresentedCoupon,
    PricedLine,
)

Why = Literal[
    "", "unreserved", "gift", "one_a_basket", "minimum", "goods", "outdone", "limit", "not_theirs", "member", "not_now",
    "not_yet", "expired",
]  # fmt: skip
_ORDER: tuple[Why, ...] = get_args(Why)


@dataclass(frozen=True, slots=True)
class Standing:
    """A coupon with its promotion's title, what it took `off`, or `why` not; `minimum` is what to reach."""

    number: str
    kind: str
    title: str
    off: int = 0
    why: Why = ""
    minimum: int = 0


def used_up(kinds: Collection[str | None], coupons: Iterable[PresentedCoupon]) -> tuple[str, ...]:
    """Return the coupons that promotions which ask for these kinds use up: of a kind the lowest number."""
    numbers: dict[str, str] = {}
    for one in sorted(coupons, key=lambda one: one.number):
        if one.kind in kinds:
            numbers.setdefault(one.kind, one.number)
    return tuple(sorted(numbers.values()))


def used_coupons(found: Outcome, rules: RuleSet, context: Context) -> tuple[str, ...]:
    """Return the numbers of the coupons that an outcome uses up, when what it `uses` is all that is taken.

    Points that nobody earns use up nothing.
    """
    kinds = {
        one.kind
        for one in context.coupons
        for rule in rules.asking_for(one.kind)
        if rule.promotion.id in found.uses and not _is_idle(rule, context)
    }
    return used_up(kinds, context.coupons)


def standings(
    rules: RuleSet,
    context: Context,
    coupons: Iterable[PresentedCoupon],
    lines: Sequence[Line],
    found: Outcome,
    used: Collection[str],
) -> tuple[Standing, ...]:
    """Return how each coupon of a basket stands; those that count are in the context.

    `used` are the numbers of the coupons that were used; the evaluated lines and `found` belong together.
    """
    eligible, basket = eligibility(context), _Basket(lines, found, used, rules)
    told: list[Standing] = []
    for one in coupons:
        asking = rules.asking_for(one.kind)
        if not asking:  # withdrawn while the basket was open
            told.append(Standing(one.number, one.kind, one.kind, why="expired"))
        elif one not in context.coupons:
            title = asking[0].promotion.title
            told.append(Standing(one.number, one.kind, title, why="unreserved"))
        else:
            told.append(_standing(one, asking, eligible, basket))
    return tuple(told)


@dataclass(frozen=True, slots=True)
class _Basket:
    """The lines as promotions see them, what they cost in the end, and the coupons that were used."""

    lines: Sequence[Line]
    found: Outcome
    used: Collection[str]
    rules: RuleSet

    def why(self, rule: Rule, eligible: Eligibility) -> Why:
        """Why a rule takes nothing off."""
        promotion = rule.promotion
        if nobody := _why_nobody(rule, eligible):
            return nobody
        if any(gift.promotion == promotion.id for gift in self.found.gifts):
            return "gift"
        wanted = {one.number for one in self.lines if not one.excluded and _wants(rule, one)}
        if not wanted:
            return "goods"
        spent = sum(
            self._spent(line, promotion) for line in self.found.lines if line.number in wanted
        )
        return "minimum" if spent < _minimum(promotion) else "outdone"

    def _spent(self, line: PricedLine, promotion: Promotion) -> int:
        """What of a line counts towards a minimum."""
        off = [one.amount for one in line.shares if self.rules.takes_money(one.promotion)]
        full = (
            isinstance(promotion.effect, CouponOff | SpendOff) and promotion.effect.full_price_only
        )
        return 0 if full and len(off) < len(line.shares) else line.amount + sum(off)


def _standing(
    coupon: PresentedCoupon, rules: Sequence[Rule], eligible: Eligibility, basket: _Basket
) -> Standing:
    used = basket.used
    if coupon.number in used:
        mine = {rule.promotion.id: rule.promotion.title for rule in rules}
        taken = [s for line in basket.found.lines for s in line.shares if s.promotion in mine]
        using = [*(s.promotion for s in taken), *basket.found.uses]
        title = next(mine[one] for one in using if one in mine)
        return Standing(coupon.number, coupon.kind, title, sum(one.amount for one in taken))
    others = any(one.kind == coupon.kind and one.number in used for one in eligible.context.coupons)
    whys: list[tuple[Why, Promotion]] = [
        ("one_a_basket" if others else basket.why(rule, eligible), rule.promotion) for rule in rules
    ]
    why, promotion = min(whys, key=lambda one: _ORDER.index(one[0]))
    least = _minimum(promotion) if why == "minimum" else 0
    return Standing(coupon.number, coupon.kind, promotion.title, why=why, minimum=least)


def why_not_now(promotion: Promotion, eligible: Eligibility) -> Why:
    """Return why a promotion does not hold at this time; nothing when it does."""
    period, at = promotion.period, eligible.context.at
    if eligible.is_time(period):
        return ""
    if at < period.starts:
        return "not_yet"
    return "expired" if period.ends is not None and at >= period.ends else "not_now"


def _why_nobody(rule: Rule, eligible: Eligibility) -> Why:
    """Why this customer does not get it now, whatever is in the basket; nothing when they may."""
    promotion, context = rule.promotion, eligible.context
    if late := why_not_now(promotion, eligible):
        return late
    if not eligible.is_for(promotion.who) or _is_idle(rule, context):
        return "not_theirs" if context.member else "member"
    return "limit" if eligible.remaining(promotion) == 0 else ""


def _is_idle(rule: Rule, context: Context) -> bool:
    """Whether it multiplies points that nobody earns."""
    return isinstance(rule.promotion.effect, PointsMultiplier) and context.member is None


def _minimum(promotion: Promotion) -> int:
    match promotion.effect:
        case CouponOff(minimum=minimum) | SpendGift(minimum=minimum):
            return minimum
        case PointsMultiplier(minimum=minimum):
            return minimum
        case SpendOff(steps=steps):
            return steps[0].minimum
        case _:
            return 0


def _wants(rule: Rule, line: Line) -> bool:
    return rule.group_of(Goods(line.item, line.unit, line.category)) is not None
