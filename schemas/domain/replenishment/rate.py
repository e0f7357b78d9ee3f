"""The rate of demand (需求速率): what a usual day sells, where that goes, and how far it may be off.

    level       sold ÷ usual days, week by week, an older week counting less: a rate over the days on which it
                could be sold, so that demand that comes now and then needs no method of its own
    trend       the slope through the weeks, as far as it stands out from chance
    spread      purchases: how far days lie beside their rate, in thousandths a purchase
                drift: how far the rate itself was off from one week to the next, as a share of it, squared

A week of seven usable days is seven usual days; a week of which some days are left out is as many as the
weekdays of the others are worth. Floats live here and in `quantile` alone, under the terms that it states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.domain.replenishment.demand import WEEK, Demand, weekdays_of
from schemas.domain.replenishment.weekday import USUAL, Profile, shares

#: What a week may count for, of what the week after it counts for: from items that stay as they are to those
#: that are another thing every week. Which it is, each item's own past says.
MEMORIES = (0.97, 0.9, 0.7, 0.4)
#: How much better a shorter memory must have been, so that chance does not choose it.
_PROOF = 0.95
#: A slope counts as far as its square stands out from this many times its variance.
_CHANCE = 6.0
#: Nothing grows or shrinks further than by these between the middle of what is known and what is forecast.
_LEAST_GROWTH, _MOST_GROWTH = 0.5, 2.0
#: Weeks of the usual spread that a short history is taken to have seen.
_LEAN_WEEKS = 6.0
#: What the square of drift usually is.
USUAL_DRIFT = 0.02
#: Days on which one purchase is taken to be its own size.
_LEAN_DAYS = 10.0
_WHOLE_WEEK = 0b1111111


@dataclass(frozen=True, slots=True)
class Rate:
    """What a usual day sells, in thousandths, and how it grows a day; `shares` by weekday, Monday first.

    `purchase` is the variance of a day over its mean; `drift` the square of how far the rate may be off, as a
    share of it; `days` are those that took part. All nought where nothing was sold.
    """

    usual: float
    growth: float
    shares: tuple[float, ...]
    purchase: float
    drift: float
    days: int


def rate(demand: Demand, group: Profile) -> Rate:
    """Weigh up a history; `group` is the profile to which a thin one leans."""
    first = demand.first.weekday()
    usable, sold = _telling(demand, group)
    days = usable.bit_count()
    total = squares = 0
    sums = [0] * WEEK
    for day, quantity in sold:
        total += quantity
        squares += quantity * quantity
        sums[(first + day) % WEEK] += quantity
    if not total:
        return Rate(0.0, 0.0, tuple(one / USUAL for one in group), 0.0, 0.0, days)
    mean = total / days
    counts = [(usable & mask).bit_count() for mask in weekdays_of(first, demand.days)]
    by_weekday = shares(sums, counts, group, max(squares / total - mean, 1.0))
    weeks = _weeks(demand, usable, sold, by_weekday)
    return _weighed(weeks, by_weekday, _purchase(sold, by_weekday, first, mean, days), days)


def _telling(demand: Demand, group: Profile) -> tuple[int, list[tuple[int, int]]]:
    """The days that take part, those without stock that sold more than usual among them, and what they sold."""
    usable = demand.usable
    sold = [(day, quantity) for day, quantity in demand.sold if quantity > 0 and usable >> day & 1]
    if not (censored := demand.censored):
        return usable, sold
    total = 0
    for _, quantity in sold:
        total += quantity
    mean = total / max(usable.bit_count(), 1)
    first = demand.first.weekday()
    for day, quantity in demand.sold:
        usual = mean * group[(first + day) % WEEK] / USUAL
        if censored >> day & 1 and quantity > usual:
            usable |= 1 << day
            sold.append((day, quantity))
    return usable, sold


def _weeks(
    demand: Demand, usable: int, sold: Sequence[tuple[int, int]], by_weekday: Sequence[float]
) -> list[tuple[int, float]]:
    """By week, the last one first, what was sold and how many usual days it was sold on."""
    count = (demand.days + WEEK - 1) // WEEK
    quantities = [0] * count
    last = demand.days - 1
    for day, quantity in sold:
        quantities[(last - day) // WEEK] += quantity
    start = (demand.first.weekday() + demand.days) % WEEK
    # A week's days, the first of them at bit 0, have the weekdays from `start` on.
    worth = [by_weekday[(start + place) % WEEK] for place in range(WEEK)]
    padded = usable << (count * WEEK - demand.days)
    weeks: list[tuple[int, float]] = []
    for place in range(count):
        of_week = padded >> (count - 1 - place) * WEEK & _WHOLE_WEEK
        if of_week == _WHOLE_WEEK:
            weeks.append((quantities[place], 7.0))
            continue
        exposure = 0.0
        for bit in range(WEEK):
            if of_week >> bit & 1:
                exposure += worth[bit]
        weeks.append((quantities[place], exposure))
    return weeks


def _purchase(
    sold: Sequence[tuple[int, int]], by_weekday: Sequence[float], first: int, mean: float, days: int
) -> float:
    """Pearson's dispersion of the days: of those that sold nothing, only their number is needed."""
    squares = total = 0.0
    for day, quantity in sold:
        squares += quantity * quantity / by_weekday[(first + day) % WEEK]
        total += quantity
    beside = squares / mean - 2.0 * total + mean * days
    lean = _LEAN_DAYS * max(total / len(sold), 1.0)
    return (max(beside, 0.0) + lean) / (days + _LEAN_DAYS)


def _weighed(
    weeks: Sequence[tuple[int, float]], by_weekday: Sequence[float], purchase: float, days: int
) -> Rate:
    """Level, trend and drift of the weeks."""
    kept, drift = _memory(weeks, purchase)
    weight = 1.0
    count = sold = exposure = 0.0
    moment = second = cross = squares = 0.0
    age = 0.0
    for quantity, usual_days in weeks:
        if usual_days > 0.0:
            count += weight
            sold += weight * quantity
            exposure += weight * usual_days
            moment -= weight * usual_days * age
            second += weight * usual_days * age * age
            cross -= weight * quantity * age
            squares += weight * quantity * quantity / usual_days
        age += WEEK
        weight *= kept
    level = sold / exposure
    middle = moment / exposure
    spread = second - moment * middle
    slope = 0.0
    if spread > 0.0:
        slope = (cross - middle * sold) / spread
        beside = max(squares - level * sold - slope * slope * spread, 0.0)
        chance = _CHANCE * max(purchase * level, beside / count) / spread
        slope = (slope * slope - chance) / slope if slope * slope > chance else 0.0
    now = min(max(level - slope * middle, _LEAST_GROWTH * level), _MOST_GROWTH * level)
    return Rate(now, slope, tuple(by_weekday), purchase, drift + purchase / sold, days)


def _memory(weeks: Sequence[tuple[int, float]], purchase: float) -> tuple[float, float]:
    """The memory that would have been off the least from week to week, and the drift under it."""
    chosen, drift, least = MEMORIES[0], 0.0, 0.0
    for kept in MEMORIES:
        missed, off = _missed(weeks, purchase, kept)
        if kept == MEMORIES[0] or missed < _PROOF * least:
            chosen, drift, least = kept, off, missed
    return chosen, drift


def _missed(
    weeks: Sequence[tuple[int, float]], purchase: float, kept: float
) -> tuple[float, float]:
    """By how much the weeks were missed, each forecast from those before it: squares, and the drift in them.

    Drift is the variance beyond what purchases explain, over the square of what was expected.
    """
    sold = exposure = 0.0
    missed = explained = expected_squares = 0.0
    for quantity, usual_days in reversed(weeks):
        if exposure > 0.0 and usual_days > 0.0:
            expected = sold / exposure * usual_days
            beside = quantity - expected
            missed += beside * beside
            explained += purchase * expected * (1.0 + usual_days / exposure)
            expected_squares += expected * expected
        sold = kept * sold + quantity
        exposure = kept * exposure + usual_days
    level = sold / exposure * WEEK
    lean = _LEAN_WEEKS * level * level
    drift = max(missed - explained + lean * USUAL_DRIFT, 0.0) / (expected_squares + lean)
    return missed, drift
