"""The rate of demand (需求速率): what a usual day sells, where that goes, and how far it may be off.

    level       sold ÷ usual days, week by week, an older week counting less: a rate over the days on which it
                could be sold, so that demand that comes now and then needs no method of its own
    trend       the slope through the weeks, as far as it stands out from chance
    spread      purchases: how far days lie beside their rate, in thousandths a purchase
                drift: how far the rate itself was off from one week to the next, as a share of it, squared

Floats live here, in what it calls and in `quantile` alone, under the terms that it states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.domain.replenishment.censored import wanted
from schemas.domain.replenishment.demand import WEEK, Demand, weekdays_of
from schemas.domain.replenishment.weekday import Profile, lent, shares
from schemas.domain.replenishment.weeks import LEAN_DAYS, Week, by_week, purchase

#: What a week may count for, of what the week after it counts for: from items that stay as they are to those
#: that are another thing every week. Which it is, each item's own past says.
MEMORIES = (0.97, 0.9, 0.7, 0.4)
#: How much better a shorter memory must have been, so that chance does not choose it.
_PROOF = 0.95
#: The same for the trend, which needs weeks enough to stand out.
_TREND_KEPT = 0.9
#: A slope counts as far as its square stands out from this many times its variance.
_CHANCE = 6.0
#: Nothing grows or shrinks further than by these between the middle of what is known and what is forecast.
_LEAST_GROWTH, _MOST_GROWTH = 0.5, 2.0
#: Weeks of the usual spread that a short history is taken to have seen.
_LEAN_WEEKS = 6.0
#: What the square of drift usually is.
USUAL_DRIFT = 0.02


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
    usable, sold = wanted(demand, group)
    days = usable.bit_count()
    total = squares = 0
    sums = [0] * WEEK
    for day, quantity in sold:
        total += quantity
        squares += quantity * quantity
        sums[(first + day) % WEEK] += quantity
    if not total:
        return Rate(0.0, 0.0, tuple(lent(group)), 0.0, 0.0, days)
    counts = [(usable & mask).bit_count() for mask in weekdays_of(first, demand.days)]
    by_weekday = shares(sums, counts, group, _within(sums, counts, squares, total / len(sold)))
    weeks = by_week(demand, usable, sold, by_weekday)
    return _weighed(weeks, by_weekday, purchase(weeks, sold, by_weekday, demand), days)


def _within(sums: Sequence[int], counts: Sequence[int], squares: int, size: float) -> float:
    """What is bought at a time: the variance of days beside their weekday's mean, over the mean of all.

    `size` is what a day sells that sells at all, to which few days lean.
    """
    total = days = 0
    beside = float(squares)
    for sold, count in zip(sums, counts, strict=True):
        if count:
            beside -= sold * sold / count
        total += sold
        days += count
    return (max(beside, 0.0) * days / total + LEAN_DAYS * size) / (max(days - WEEK, 0) + LEAN_DAYS)


def _weighed(weeks: Sequence[Week], by_weekday: Sequence[float], bought: float, days: int) -> Rate:
    """Level, trend and drift of the weeks. The level lags by the mean age of what it counts, the trend makes up for it."""
    kept, drift = _memory(weeks, bought)
    sold = exposure = aged = age = 0.0
    weight = 1.0
    for quantity, usual_days in weeks:
        sold += weight * quantity
        exposure += weight * usual_days
        aged += weight * usual_days * age
        age += WEEK
        weight *= kept
    level = sold / exposure
    slope = _slope(weeks, bought)
    now = min(max(level + slope * aged / exposure, _LEAST_GROWTH * level), _MOST_GROWTH * level)
    return Rate(now, slope, tuple(by_weekday), bought, drift + bought / sold, days)


def _slope(weeks: Sequence[Week], bought: float) -> float:
    """How much more a usual day sells each day, as far as it stands out from chance: by weighted least squares."""
    count = sold = exposure = 0.0
    moment = second = cross = squares = age = 0.0
    weight = 1.0
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
        weight *= _TREND_KEPT
    level, middle = sold / exposure, moment / exposure
    spread = second - moment * middle
    if spread <= 0.0:
        return 0.0
    slope = (cross - middle * sold) / spread
    beside = max(squares - level * sold - slope * slope * spread, 0.0) / count
    chance = _CHANCE * max(bought * level, beside) / spread
    return (slope * slope - chance) / slope if slope * slope > chance else 0.0


def _memory(weeks: Sequence[Week], bought: float) -> tuple[float, float]:
    """The memory that would have been off the least from week to week, and the drift under it."""
    chosen, drift, least = MEMORIES[0], 0.0, 0.0
    for kept in MEMORIES:
        missed, off = _missed(weeks, bought, kept)
        if kept == MEMORIES[0] or missed < _PROOF * least:
            chosen, drift, least = kept, off, missed
    return chosen, drift


def _missed(weeks: Sequence[Week], bought: float, kept: float) -> tuple[float, float]:
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
            explained += bought * expected * (1.0 + usual_days / exposure)
            expected_squares += expected * expected
        sold = kept * sold + quantity
        exposure = kept * exposure + usual_days
    level = sold / exposure * WEEK
    lean = _LEAN_WEEKS * level * level
    drift = max(missed - explained + lean * USUAL_DRIFT, 0.0) / (expected_squares + lean)
    return missed, drift
