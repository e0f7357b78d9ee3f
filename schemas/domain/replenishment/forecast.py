"""The forecast (需求预测): what is expected of the coming days, and how far it may be off.

    expected    usual day × the weekdays ahead, the trend followed for a fortnight at most
    variance    purchase × expected + drift × expected²
    safety      quantile at the service level − expected, never below nought

`Basis` says in whole numbers on what a forecast stands, so that a page can show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from schemas.domain.replenishment.demand import WEEK, Demand
from schemas.domain.replenishment.quantile import quantile
from schemas.domain.replenishment.rate import Rate
from schemas.domain.replenishment.weekday import USUAL, Profile

#: A trend is not followed further than so many days ahead.
_FOLLOWED = 14.0


@dataclass(frozen=True, slots=True)
class Basis:
    """What a forecast stands on: thousandths a usual day and how many more each week, the weekdays per mille
    of it, the days that took part, and the days that did not.
    """

    daily: int
    weekly_growth: int
    weekdays: Profile
    days_used: int
    days_short: int
    days_promoted: int
    days_unknown: int


@dataclass(frozen=True, slots=True)
class Interval:
    """What is expected within so many days, and what more is kept so that it lasts; thousandths."""

    days: int
    expected: int
    safety: int

    def at_least(self, presentation: int) -> int:
        """The quantity that lasts for the days and leaves the shelf presentable to the end."""
        return self.expected + max(self.safety, presentation)


def basis(demand: Demand, rate: Rate) -> Basis:
    """What to show of a history and its rate."""
    return Basis(
        _whole(rate.usual), _whole(rate.growth * WEEK), tuple(_whole(one * USUAL) for one in rate.shares),
        rate.days, demand.short.bit_count(), demand.promoted.bit_count(), demand.unknown.bit_count(),
    )  # fmt: skip


def expected(rate: Rate, weekday: int, days: int) -> float:
    """What so many days are expected to sell, the first of them on `weekday`."""
    usual_days = 0.0
    for ahead in range(days):
        usual_days += rate.shares[(weekday + ahead) % WEEK]
    usual = rate.usual + rate.growth * min((days - 1) / 2.0, _FOLLOWED)
    return max(usual, 0.0) * usual_days


def interval(rate: Rate, weekday: int, days: int, level: int, step: int) -> Interval:
    """What is expected of so many days, and the safety stock at a service level, by the step that is sold."""
    mean = expected(rate, weekday, days)
    if mean <= 0.0:
        return Interval(days, 0, 0)
    variance = rate.purchase * mean + rate.drift * mean * mean
    covers = quantile(mean / step, variance / (step * step), level) * step
    whole = ceil(mean)
    return Interval(days, whole, max(ceil(covers) - whole, 0))


def _whole(number: float) -> int:
    """To the nearest whole number for a page; no quantity is ordered by it."""
    return int(number + 0.5) if number >= 0.0 else -int(0.5 - number)
