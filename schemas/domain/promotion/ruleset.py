"""Promotions prepared once for many baskets: found by what a line is, not by looking through all.

    a rule is found by     when its scope names
    its items              items
    its categories         categories, anywhere on the line's path
    its units              neither, but units
    every line             none of them

What is found is checked against the rest of the scope, and remembered for so many goods as baskets have:
one is looked at again with every thing that is scanned. Promotions that contradict
themselves, and all of those that share an id, are refused and named in `refused`; the others work.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.domain.promotion.contradiction import Contradiction, validate
from schemas.domain.promotion.promotion import Period, Promotion
from schemas.domain.promotion.rule import Active, Goods, Rule, active, prepared
from schemas.domain.promotion.sale import Line

#: Goods of which is remembered what wants them: those of several baskets, of what sells most.
_REMEMBERED = 4096
#: Times between two changes of which it is remembered what is in force: baskets begun before one and after.
_PERIODS = 4
_TWICE = Contradiction(
    "same_id", "Another promotion has the same number: give each a number of its own."
)


@dataclass(frozen=True, slots=True)
class Joinable:
    """The rules that goods may join, in their order; those that count units by id, with the group.

    Basket rules are those that take `money` off, and `rewards`.
    """

    units: tuple[Rule, ...]
    counted: tuple[tuple[Rule, int], ...]
    money: tuple[Rule, ...]
    rewards: tuple[Rule, ...]


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
        self._alike: list[Active] = []
        for order, promotion in enumerate(given):
            faults = validate(promotion) + ((_TWICE,) if times[promotion.id] > 1 else ())
            if faults:
                refused.append((promotion.id, faults))
            else:
                self._add(prepared(promotion, order))
        self.refused = tuple(refused)
        self._remembered: dict[Goods, Joinable | None] = {}
        periods = [one.rule.promotion.period for one in self._alike]
        self._changes = sorted({at for one in periods for at in (one.starts, one.ends) if at})
        self._between: dict[int, Mapping[Rule, Active | None]] = {}

    def wanting(self, line: Line) -> list[tuple[Rule, int]]:
        """The rules that a line may join, each with the group that wants it, in their order."""
        return self._wanting(Goods(line.item, line.unit, line.category))

    def joinable(self, line: Line) -> Joinable | None:
        """The same by what they do with a line; None if it may join nothing."""
        goods = Goods(line.item, line.unit, line.category)
        # Another thread may have it forgotten at any moment.
        try:
            return self._remembered[goods]
        except KeyError:
            found = self._joinable(goods)
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[goods] = found
        return found

    def ready(self, at: datetime) -> Mapping[Rule, Active | None]:
        """The rules that are alike for everybody, made ready; None is not in force at this instant."""
        change = bisect_right(self._changes, at)
        try:
            return self._between[change]
        except KeyError:
            made = self._ready(change)
        if len(self._between) >= _PERIODS:
            self._between.clear()
        self._between[change] = made
        return made

    def _ready(self, change: int) -> Mapping[Rule, Active | None]:
        """What is ready from one change to the next: periods have their starts, not their ends."""
        at = self._changes[change - 1] if change else None
        return {
            one.rule: one if at is not None and _holds(one.rule.promotion.period, at) else None
            for one in self._alike
        }

    def _joinable(self, goods: Goods) -> Joinable | None:
        wanting = self._wanting(goods)
        if not wanting:
            return None
        plain = [rule for rule, _ in wanting if not rule.is_counted]
        return Joinable(
            units=tuple([rule for rule in plain if rule.level == "unit"]),
            counted=tuple(sorted([one for one in wanting if one[0].is_counted], key=_by_id)),
            money=tuple([rule for rule in plain if rule.takes_money]),
            rewards=tuple(
                [rule for rule in plain if rule.level == "basket" and not rule.takes_money]
            ),
        )

    def _wanting(self, goods: Goods) -> list[tuple[Rule, int]]:
        found: dict[Rule, int] = {}
        self._check(self._all, goods, found)
        self._check(self._items.get(goods.item, ()), goods, found)
        self._check(self._units.get(goods.unit, ()), goods, found)
        for category in goods.category:
            self._check(self._categories.get(category, ()), goods, found)
        return sorted(found.items(), key=_by_order)

    @staticmethod
    def _check(rules: Iterable[Rule], goods: Goods, found: dict[Rule, int]) -> None:
        for rule in rules:
            if rule.sure:
                found[rule] = 0
            elif rule not in found and (group := rule.group_of(goods)) is not None:
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
        if rule.alike:
            self._alike.append(active(rule, rule.promotion.effect, None))
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


def _holds(period: Period, at: datetime) -> bool:
    return period.starts <= at and (period.ends is None or at < period.ends)


def _by_order(found: tuple[Rule, int]) -> int:
    return found[0].order


def _by_id(found: tuple[Rule, int]) -> str:
    return found[0].promotion.id
