"""The profile of weekdays (星期规律): how much more or less than usual is sold on each.

    share of a weekday = (sold on it + lean × the group's share) ÷ (its days × usual day + lean)

so that an item of which little was sold leans to the profile of its group (the branch's, or a category's in
it), and one that sells much speaks for itself. `lean` is a quantity: so many purchases.

A profile travels as seven integers per mille, Monday first, 1000 a usual day.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.domain.money import divide
from schemas.domain.replenishment.demand import WEEK

Profile = tuple[int, ...]
USUAL = 1000
#: All weekdays alike.
FLAT: Profile = (USUAL,) * WEEK
#: Purchases that the group's profile weighs.
_LEAN = 30
#: Per mille that a weekday is expected to sell at least.
_LEAST = 10
_WEEKS_SEEN = 4


def profile(sums: Sequence[int], days: Sequence[int]) -> Profile:
    """The profile of a group: what it sold on each weekday, and on how many of each.

    FLAT where it sold nothing or is too young to have seen all weekdays; one on which it never was open, while
    it was on all others for weeks, is expected to sell nothing.
    """
    total, count = sum(sums), sum(days)
    seen = [one for one in days if one]
    if total <= 0 or (len(seen) < WEEK and min(seen) < _WEEKS_SEEN):
        return FLAT
    return tuple(
        divide(USUAL * max(one, 0) * count, total * over) if over else 0
        for one, over in zip(sums, days, strict=True)
    )


def lent(group: Profile) -> list[float]:
    """A profile as shares, 1.0 a usual day; none so small that one purchase on it would turn all over."""
    return [max(one, _LEAST) / USUAL for one in group]


def shares(
    sums: Sequence[int], days: Sequence[int], group: Profile, purchase: float
) -> list[float]:
    """How an item sells by weekday, 1.0 a usual day. `purchase` is what is bought at a time, in thousandths."""
    total, count = sum(sums), sum(days)
    given = lent(group)
    if total <= 0:
        return given
    usual = total / count
    lean = _LEAN * purchase
    leant = [
        (sums[place] + lean * given[place]) / (days[place] * usual + lean) for place in range(WEEK)
    ]
    middle = 0.0
    for one in leant:
        middle += one
    middle /= WEEK
    return [one / middle for one in leant]
