"""Gifts and points, judged by what lines cost in the end.

A gift is due when what is left of its lines reaches its minimum; the gift with the highest minimum
is looked at first, and modes hold as for basket rules that take money off, those that were used
included. Of several multipliers a line earns points by the highest, of equals by the lowest id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.domain.promotion.effect import PointsMultiplier, SpendGift
from schemas.domain.promotion.rule import Active
from schemas.domain.promotion.sale import Gift
from schemas.domain.promotion.threshold import is_permitted

_THOUSANDTHS = 1000


@dataclass(frozen=True, slots=True)
class Rewards:
    """The gifts, by line the rule that multiplies its points, and how often each rule was used."""

    gifts: tuple[Gift, ...]
    points: Mapping[int, tuple[int, Active]]
    uses: Mapping[Active, int]


def rewards(
    scopes: Mapping[Active, Sequence[int]], left: Sequence[int], used: Sequence[Active]
) -> Rewards:
    """Reward lines by place; `scopes` also has the rules that were `used` to take money off."""
    gifts: list[Gift] = []
    points: dict[int, tuple[int, Active]] = {}
    uses: dict[Active, int] = {}
    given = list(used)
    for active, effect in _gifts(scopes):
        times = sum(left[line] for line in scopes[active]) // effect.minimum
        if times and is_permitted(active, given, scopes):
            uses[active] = times = _times(times, active, every=effect.every)
            given.append(active)
            promotion = active.rule.promotion
            quantity = times * effect.quantity * _THOUSANDTHS
            gifts.append(Gift(promotion.id, promotion.title, effect.item, effect.unit, quantity))
    for active in sorted(scopes, key=lambda one: one.id):
        if isinstance(active.effect, PointsMultiplier):
            lines, factor = scopes[active], active.effect.factor
            if sum(left[line] for line in lines) >= active.effect.minimum:
                for line in lines:
                    if line not in points or points[line][0] < factor:
                        points[line] = factor, active
    uses.update((active, 1) for _, active in points.values())
    return Rewards(tuple(gifts), points, uses)


def _gifts(scopes: Mapping[Active, Sequence[int]]) -> list[tuple[Active, SpendGift]]:
    found = [(one, one.effect) for one in scopes if isinstance(one.effect, SpendGift)]
    return sorted(found, key=lambda one: (-one[1].minimum, one[0].order))


def _times(reached: int, active: Active, *, every: bool) -> int:
    times = reached if every else 1
    return times if active.cap is None else min(times, active.cap)
