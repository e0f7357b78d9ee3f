"""A promotion prepared for looking at baskets, and what becomes of it for one of them.

Wanted   what a group of a rule wants           Rule     a promotion, its groups as sets
Goods    what of a line says which rules want it  Active   a rule in force for one basket
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from schemas.domain.promotion.effect import (
    Bundle,
    Effect,
    Level,
    MixAndMatch,
    TierPercent,
    level_of,
    takes_money,
)
from schemas.domain.promotion.promotion import Limits, Promotion, Scope, Who


class Goods(NamedTuple):
    """What of a line says which rules want it; `category` is the path from the top down."""

    item: str
    unit: str
    category: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a group of a rule wants: items or categories, of certain units; nothing is everything."""

    items: frozenset[str]
    categories: frozenset[str]
    units: frozenset[str]

    def has(self, goods: Goods) -> bool:
        """Whether goods are of it."""
        if self.units and goods.unit not in self.units:
            return False
        if not self.items and not self.categories:
            return True
        return goods.item in self.items or not self.categories.isdisjoint(goods.category)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A promotion, prepared; `order` is its place by priority and id among all of the set.

    One that is `alike` holds from its start to its end for everybody and to the same effect; one that is
    `sure` wants in its only group whatever it names, in any unit.
    """

    promotion: Promotion
    order: int
    level: Level
    is_counted: bool
    takes_money: bool
    alike: bool
    sure: bool
    groups: tuple[Wanted, ...]
    excluded_items: frozenset[str]
    excluded_categories: frozenset[str]

    def group_of(self, goods: Goods) -> int | None:
        """The first of its groups that wants goods, None if they do not join the rule."""
        if goods.item in self.excluded_items:
            return None
        if self.excluded_categories and not self.excluded_categories.isdisjoint(goods.category):
            return None
        for place, group in enumerate(self.groups):
            if group.has(goods):
                return place
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Active:
    """A rule in force for this basket: a percent by tier is this member's, `cap` what is left."""

    id: str
    order: int
    rule: Rule
    effect: Effect
    mode: str
    group: str
    cap: int | None = None


def active(rule: Rule, effect: Effect, cap: int | None) -> Active:
    """A rule with a customer's own effect and what is left of its limits."""
    promotion = rule.promotion
    return Active(promotion.id, rule.order, rule, effect, promotion.mode, promotion.group, cap)


def prepared(promotion: Promotion, order: int) -> Rule:
    """Prepare a promotion that does not contradict itself."""
    scope, period = promotion.scope, promotion.period
    groups = _groups(promotion, scope)
    return Rule(
        promotion=promotion,
        order=order,
        level=level_of(promotion.effect),
        is_counted=promotion.is_counted,
        takes_money=takes_money(promotion.effect),
        alike=(
            promotion.who == Who()
            and promotion.limits == Limits()
            and not (period.weekdays or period.hours or isinstance(promotion.effect, TierPercent))
        ),
        sure=(
            len(groups) == 1
            and not (groups[0].units or scope.excluded_items or scope.excluded_categories)
        ),
        groups=groups,
        excluded_items=frozenset(scope.excluded_items),
        excluded_categories=frozenset(scope.excluded_categories),
    )


def _groups(promotion: Promotion, scope: Scope) -> tuple[Wanted, ...]:
    units = frozenset(scope.units)
    effect = promotion.effect
    if isinstance(effect, Bundle):
        return tuple(
            Wanted(
                frozenset({part.item}), frozenset(), frozenset({part.unit}) if part.unit else units
            )
            for part in effect.parts
        )
    if isinstance(effect, MixAndMatch):
        return tuple(
            Wanted(frozenset(group.items), frozenset(group.categories), units)
            for group in effect.groups
        )
    return (Wanted(frozenset(scope.items), frozenset(scope.categories), units),)
