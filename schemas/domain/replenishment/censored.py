"""Days without stock (缺货日): what was wanted on them, as far as what was sold tells.

    sold on such a day                              it counts as
    less than its week lets expect, by one          nothing: the shelf was empty early, the day is left out
    standard deviation or more, or nothing
    more than that                                  expected + (3 × beside + √(beside² + 8 × variance)) ÷ 4

`beside` is what was sold less what was expected: the formula (Sampford's bound) is close to what is wanted on average
of those days on which at least so much was wanted. A day that sold out on just what was expected counts as 0.7
standard deviations more; one that sold far more, as little more than it sold.

What is expected comes from the week and its neighbours with such days taken at what they sold, so that an item
that sells out day after day is ordered more of every time, and not for ever as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from schemas.domain.replenishment.demand import WEEK, Demand, bits
from schemas.domain.replenishment.weekday import Profile, lent
from schemas.domain.replenishment.weeks import Week, by_week, purchase


def wanted(demand: Demand, group: Profile) -> tuple[int, list[tuple[int, int]]]:
    """The days that take part, as a set, and what was wanted on those that sold something."""
    usable, censored = demand.usable, demand.censored
    whole = [(day, quantity) for day, quantity in demand.sold if quantity > 0 and usable >> day & 1]
    if not censored:
        return usable, whole
    cut = [(day, quantity) for day, quantity in demand.sold if quantity > 0 and censored >> day & 1]
    if not cut:
        return usable, whole
    given = lent(group)
    sold = whole + cut
    weeks = by_week(demand, usable | bits(day for day, _ in cut), sold, given)
    bought = purchase(weeks, sold, given, demand)
    levels = _levels(weeks)
    first, last = demand.first.weekday(), demand.days - 1
    for day, quantity in cut:
        expected = levels[(last - day) // WEEK] * given[(first + day) % WEEK]
        beside = quantity - expected
        variance = bought * expected
        if beside < 0.0 and beside * beside >= variance:
            continue
        usable |= 1 << day
        more = (3.0 * beside + sqrt(beside * beside + 8.0 * variance)) / 4.0
        whole.append((day, int(expected + more)))
    return usable, whole


def _levels(weeks: Sequence[Week]) -> list[float]:
    """What a usual day of each week sold, its neighbours with it."""
    levels: list[float] = []
    for place in range(len(weeks)):
        sold = usual_days = 0.0
        for quantity, days in weeks[max(place - 1, 0) : place + 2]:
            sold += quantity
            usual_days += days
        levels.append(sold / usual_days if usual_days > 0.0 else 0.0)
    return levels
