"""The forecast (需求预测): what is expected of the coming days, and how far it may be off.

    expected    usual day × the weekdays ahead, the trend followed for a fortnight at most
    promotion   what the promoted days among them sell beyond that (`uplift`)
    variance    purchase × mean + drift × mean², the mean being expected + promotion
    safety      quantile at the service level − mean, never below nought

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
    """What is expected within so many days, and what more is kept so that it lasts; thousandths.

    `promotion` is what is expected beyond the usual of those `promoted` days on which a promotion holds.
    """

    days: int
    expected: int
    safety: int
    promotion: int = 0
    promoted: int = 0

    def at_least(self, presentation: int) -> int:
        """The quantity that lasts for the days and leaves the shelf presentable to the end."""
        return self.expected + self.promotion + max(self.safety, presentation)


@dataclass(frozen=True, slots=True)
class Offer:
    """Promotions ahead: the days, bit 0 this morning's, and how many plain days each of them sells."""

    days: int
    uplift: float


def basis(demand: Demand, rate: Rate) -> Basis:
    """What to show of a history and its rate."""
    return Basis(
        _whole(rate.usual), _whole(rate.growth * WEEK), tuple(_whole(one * USUAL) for one in rate.shares),
        rate.days, demand.short.bit_count(), demand.promoted.bit_count(), demand.unknown.bit_count(),
    )  # fmt: skip


def expected(rate: Rate, weekday: int, days: int) -> float:
    """What so many days are expected to sell without promotions, the first of them on `weekday`."""
    usual_days = 0.0
    for ahead in range(days):
        usual_days += rate.shares[(weekday + ahead) % WEEK]
    return _usual(rate, days) * usual_days


def promotion(rate: Rate, weekday: int, days: int, offer: Offer) -> float:
    """What the promoted ones of so many days are expected to sell beyond that."""
    usual_days = 0.0
    for ahead in range(days):
        if offer.days >> ahead & 1:
            usual_days += rate.shares[(weekday + ahead) % WEEK]
    return _usual(rate, days) * usual_days * (offer.uplift - 1.0)


def interval(
    rate: Rate, weekday: int, days: int, level: int, step: int, offer: Offer | None = None
) -> Interval:
    """What is expected of so many days, and the safety stock at a service level, by the step that is sold."""
    plain = expected(rate, weekday, days)
    if plain <= 0.0:
        return Interval(days, 0, 0)
    more = promotion(rate, weekday, days, offer) if offer else 0.0
    mean = plain + more
    variance = rate.purchase * mean + rate.drift * mean * mean
    covers = quantile(mean / step, variance / (step * step), level) * step
    usual, whole = ceil(plain), ceil(mean)
    promoted = (offer.days & ((1 << days) - 1)).bit_count() if offer else 0
    return Interval(days, usual, max(ceil(covers) - whole, 0), max(whole - usual, 0), promoted)


def _usual(rate: Rate, days: int) -> float:
    """What a usual day of so many sells in their middle."""
    return max(rate.usual + rate.growth * min((days - 1) / 2.0, _FOLLOWED), 0.0)


def _whole(number: float) -> int:
    """To the nearest whole number for a page; no quantity is ordered by it."""
    return int(number + 0.5) if number >= 0.0 else -int(0.5 - number)
