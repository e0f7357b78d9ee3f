"""The cheapest permitted use of basket rules that take money off what is left of lines.

Rules are looked at in their order, each used or not. One that is used takes its amount off what is
left of its lines by then, spread by largest remainder (rule 4), so the next finds less:

    highest sum taken off, then fewest shares, then lower ids

A rule can take off no more later than it could now. So one that could take off nothing at first is
not looked at, and what the rules to come could take off now bounds what they will: branches that cannot beat the best are left. At most `NODES` are looked at, rules used first, so
what comes first of a search that is broken off is every rule used where it may be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schemas.domain.money import divide
from schemas.domain.promotion.connection import connected
from schemas.domain.promotion.effect import CouponOff, Effect, SpendOff
from schemas.domain.promotion.rule import Active
from schemas.domain.promotion.spread import spread
from schemas.domain.promotion.unit import WHOLE

#: Decisions that the search over basket rules which share lines or a group may take.
NODES = 32


class Used(NamedTuple):
    """A basket rule that was used, how many times, and what it took off which line (by place)."""

    active: Active
    times: int
    shares: tuple[tuple[int, int], ...]


class _Best(NamedTuple):
    off: int
    shares: int
    ids: tuple[str, ...]
    used: tuple[Used, ...]

    def key(self) -> tuple[int, int, tuple[str, ...]]:
        return -self.off, self.shares, self.ids


def most_off(effect: Effect, amount: int) -> int:
    """The most a rule could take off if `amount` was left, whatever its limit."""
    return _off(effect, amount, None)[0]


def shortfall(active: Active, amount: int, full_price: int) -> int | None:
    """What is missing to a step that gives more than that; None if no such step is in reach.

    `full_price` is what the rule's lines cost without promotions, all that could count.
    """
    effect = active.effect
    if _full_only(effect):
        return 0 if most_off(effect, full_price) > most_off(effect, amount) else None
    if isinstance(effect, SpendOff) and effect.every:
        marks = [(amount // effect.steps[0].minimum + 1) * effect.steps[0].minimum]
    elif isinstance(effect, SpendOff):
        marks = [step.minimum for step in effect.steps if step.minimum > amount]
    else:
        marks = [effect.minimum] if isinstance(effect, CouponOff) else []
    now = _off(effect, amount, active.cap)[0]
    worth = [
        mark - amount
        for mark in marks
        if amount < mark <= full_price and _off(effect, mark, active.cap)[0] - now > mark - amount
    ]
    return min(worth, default=None)


def settle(
    scopes: Mapping[Active, Sequence[int]], left: Sequence[int], full: Sequence[bool]
) -> list[Used]:
    """Use basket rules on what is left of lines by place; `full` says which cost full price."""
    worth = {
        active: lines
        for active, lines in scopes.items()
        if _off(active.effect, sum(map(left.__getitem__, lines)), active.cap)[0]
    }
    used: list[Used] = []
    rules = sorted(worth, key=_by_order)
    for cluster in connected([_ties(active, worth[active]) for active in rules]):
        used += _Search([rules[place] for place in cluster], worth, full).best(left)
    return used


def is_permitted(
    active: Active, others: Sequence[Active], scopes: Mapping[Active, Sequence[int]]
) -> bool:
    """Whether a basket rule may be used together with others that are."""
    for other in others:
        if active.mode == "compound" == other.mode:
            continue
        if active.mode == "best_price" == other.mode and active.group == other.group:
            return False
        if "exclusive" in {active.mode, other.mode} and not set(scopes[active]).isdisjoint(
            scopes[other]
        ):
            return False
    return True


class _Search:
    """One cluster. `lines` are what counts for a rule, which may be less than its scope."""

    def __init__(
        self,
        rules: Sequence[Active],
        scopes: Mapping[Active, Sequence[int]],
        full: Sequence[bool],
    ) -> None:
        self._rules = rules
        self._scopes = scopes
        self._lines = [
            [line for line in scopes[one] if full[line]] if _full_only(one.effect) else scopes[one]
            for one in rules
        ]
        own = [frozenset(lines) for lines in self._lines]
        #: Of each rule those after it that it leaves less for.
        self._concerned = [
            [later for later in range(place + 1, len(own)) if not lines.isdisjoint(own[later])]
            for place, lines in enumerate(own)
        ]
        self._nodes = 0
        self._hopes: list[int] = []
        self._best = _Best(-1, 0, (), ())

    def best(self, left: Sequence[int]) -> tuple[Used, ...]:
        offs = [self._off(place, left) for place in range(len(self._rules))]
        # Most that a rule and those after it could take off at first, and so ever.
        self._hopes = [sum([off for off, _ in offs[place:]]) for place in range(len(offs) + 1)]
        self._look(0, left, offs, _Best(0, 0, (), ()))
        return self._best.used

    def _look(
        self, place: int, left: Sequence[int], offs: Sequence[tuple[int, int]], found: _Best
    ) -> None:
        """Go on from a rule; `offs` are what it and those after it take off what is left, and their uses."""
        self._nodes += 1
        if place == len(self._rules):
            if found.key() < self._best.key():
                self._best = found
            return
        best = (-self._best.off, self._best.shares)
        if (-found.off - self._hopes[place], found.shares) > best:
            return
        if self._best.off >= 0:
            rest = sum([off for off, _ in offs[place:]])
            if (-found.off - rest, found.shares) > best:
                return
        usable = offs[place][0] > 0 and is_permitted(
            self._rules[place], [one.active for one in found.used], self._scopes
        )
        if usable:
            self._use(place, left, offs, found)
        if not usable or self._nodes < NODES:
            self._look(place + 1, left, offs, found)

    def _use(
        self, place: int, left: Sequence[int], offs: Sequence[tuple[int, int]], found: _Best
    ) -> None:
        """Go on with a rule used."""
        (off, times), lines = offs[place], self._lines[place]
        parts = spread(off, list(map(left.__getitem__, lines)))
        shares = tuple([share for share in zip(lines, parts, strict=True) if share[1]])
        after, offs_after = list(left), list(offs)
        for line, part in shares:
            after[line] -= part
        for later in self._concerned[place]:
            offs_after[later] = self._off(later, after)
        used = (*found.used, Used(self._rules[place], times, shares))
        ids = tuple(sorted([one.active.id for one in used]))
        more = _Best(found.off + off, found.shares + len(shares), ids, used)
        self._look(place + 1, after, offs_after, more)

    def _off(self, place: int, left: Sequence[int]) -> tuple[int, int]:
        active = self._rules[place]
        amount = sum(map(left.__getitem__, self._lines[place]))
        return _off(active.effect, amount, active.cap)


def _off(effect: Effect, amount: int, cap: int | None) -> tuple[int, int]:
    """What a rule takes off an amount, and how many uses that is."""
    if isinstance(effect, SpendOff):
        if effect.every:
            (step,) = effect.steps
            times = amount // step.minimum
            times = times if cap is None else min(times, cap)
            return times * step.amount, times
        reached = [step for step in effect.steps if step.minimum <= amount]
        if not reached:
            return 0, 0
        return _either(reached[-1].amount, reached[-1].percent, amount), 1
    if isinstance(effect, CouponOff) and amount >= effect.minimum:
        return _either(effect.amount, effect.percent, amount), 1
    return 0, 0


def _either(off: int, percent: int, amount: int) -> int:
    return divide(amount * percent, WHOLE) if percent else min(off, amount)


def _full_only(effect: Effect) -> bool:
    return isinstance(effect, SpendOff | CouponOff) and effect.full_price_only


def _ties(active: Active, lines: Sequence[int]) -> list[int | str]:
    """What connects basket rules: lines, and the group they compete in."""
    return [*lines, active.group] if active.mode == "best_price" else [*lines]


def _by_order(active: Active) -> int:
    return active.order
