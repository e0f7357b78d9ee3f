"""Promotions prepared once for many baskets: found by what a line is, not by looking through all.

    a rule is found by     when its scope names
    its items              items
    its categories         categories, anywhere on the line's path
    its units              neither, but units
    every line             none of them

What is found is checked against the rest of the scope. Promotions that contradict themselves, and
all of those that share an id, are refused and named in `refused`; the others work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.domain.promotion.contradiction import Contradiction, validate
from schemas.domain.promotion.effect import Bundle, Level, MixAndMatch, level_of, takes_money
from schemas.domain.promotion.promotion import Promotion, Scope
from schemas.domain.promotion.sale import Line

_TWICE = Contradiction(
    "same_id", "Another promotion has the same number: give each a number of its own."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a group of a rule wants: items or categories, of certain units; nothing is everything."""

    items: frozenset[str]
    categories: frozenset[str]
    units: frozenset[str]

    def has(self, line: Line) -> bool:
        """Whether a line is of it."""
        if self.units and line.unit not in self.units:
            return False
        if not self.items and not self.categories:
            return True
        return line.item in self.items or not self.categories.isdisjoint(line.category)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A promotion, prepared; `order` is its place by priority and id among all of the set."""

    promotion: Promotion
    order: int
    level: Level
    is_counted: bool
    takes_money: bool
    groups: tuple[Wanted, ...]
    excluded_items: frozenset[str]
    excluded_categories: frozenset[str]

    def group_of(self, line: Line) -> int | None:
        """The first of its groups that wants a line, None if it does not join the rule."""
        if line.item in self.excluded_items:
            return None
        if self.excluded_categories and not self.excluded_categories.isdisjoint(line.category):
            return None
        for place, group in enumerate(self.groups):
            if group.has(line):
                return place
        return None


class RuleSet:
    """Promotions that work, by what they want. It does not change, and may be shared."""

    def __init__(self, promotions: Iterable[Promotion]) -> None:
        """Prepare the promotions, in whatever order they come."""
        given = sorted(promotions, key=lambda one: (one.priority, one.id))
        times = Counter(one.id for one in given)
        refused: list[tuple[str, tuple[Contradiction, ...]]] = []
        self._items: dict[str, list[Rule]] = {}
        self._categories: dict[str, list[Rule]] = {}
        self._units: dict[str, list[Rule]] = {}
        self._all: list[Rule] = []
        self._coupons: dict[str, list[Rule]] = {}
        self._taking_money: set[str] = set()
        for order, promotion in enumerate(given):
            faults = validate(promotion) + ((_TWICE,) if times[promotion.id] > 1 else ())
            if faults:
                refused.append((promotion.id, faults))
            else:
                self._add(_prepared(promotion, order))
        self.refused = tuple(refused)

    def wanting(self, line: Line) -> list[tuple[Rule, int]]:
        """The rules that a line may join, each with the group that wants it, in their order."""
        found: dict[Rule, int] = {}
        self._check(self._all, line, found)
        self._check(self._items.get(line.item, ()), line, found)
        self._check(self._units.get(line.unit, ()), line, found)
        for category in line.category:
            self._check(self._categories.get(category, ()), line, found)
        return sorted(found.items(), key=_by_order)

    @staticmethod
    def _check(rules: Iterable[Rule], line: Line, found: dict[Rule, int]) -> None:
        for rule in rules:
            if rule not in found and (group := rule.group_of(line)) is not None:
                found[rule] = group

    def asking_for(self, coupon: str) -> tuple[Rule, ...]:
        """The rules that ask for a coupon of this kind, in their order."""
        return tuple(self._coupons.get(coupon, ()))

    def takes_money(self, promotion: str) -> bool:
        """Whether it is a basket rule that takes money off."""
        return promotion in self._taking_money

    def _add(self, rule: Rule) -> None:
        if rule.takes_money:
            self._taking_money.add(rule.promotion.id)
        if rule.promotion.who.coupon is not None:
            self._coupons.setdefault(rule.promotion.who.coupon, []).append(rule)
        for group in rule.groups:
            for item in group.items:
                _put(self._items.setdefault(item, []), rule)
            for category in group.categories:
                _put(self._categories.setdefault(category, []), rule)
            if not group.items and not group.categories:
                for unit in group.units:
                    _put(self._units.setdefault(unit, []), rule)
                if not group.units:
                    _put(self._all, rule)


def _put(rules: list[Rule], rule: Rule) -> None:
    """A rule that names a thing in two groups is found once."""
    if not rules or rules[-1] is not rule:
        rules.append(rule)


def _by_order(found: tuple[Rule, int]) -> int:
    return found[0].order


def _prepared(promotion: Promotion, order: int) -> Rule:
    scope = promotion.scope
    return Rule(
        promotion=promotion,
        order=order,
        level=level_of(promotion.effect),
        is_counted=promotion.is_counted,
        takes_money=takes_money(promotion.effect),
        groups=_groups(promotion, scope),
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
