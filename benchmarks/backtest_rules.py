"""The rules that the back-test compares, each made for one item, each with a setting that trades stock for service.

    ours             `propose`, at a service level; where promotions are known, with those behind and ahead
    heedless         the same, paying no heed to promotions
    fixed            minimum and maximum, set once by what was sold before: so many days more than the interval
                     between two arrivals; ordered up to the maximum once it is below the minimum
    moving average   the mean of the last 28 days, over the same interval and so many days more

All order on the same days, in the same packs, with the same lead time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from math import ceil

from benchmarks.backtest_series import Case, Series
from benchmarks.backtest_shop import Morning, Rule
from schemas.domain.replenishment import weekday
from schemas.domain.replenishment.demand import WEEK, Demand, bits
from schemas.domain.replenishment.proposal import propose
from schemas.domain.replenishment.supply import days_to_last
from schemas.domain.replenishment.terms import ItemTerms
from schemas.domain.replenishment.uplift import USUAL_UPLIFT, Ahead, Seen, seen, uplift

#: How a setting becomes the rule of an item.
Maker = Callable[[Case, Series, float], Rule]
#: Days of history that the forecast is given.
_HISTORY = 182
_AVERAGED = 28
#: Promotions are known so far ahead.
_FORTNIGHT = (1 << 14) - 1


def ours(profile: weekday.Profile, *, heed: bool = True) -> Maker:
    """Ours, with the weekdays of the whole case to lean to; the setting is the service level in per cent."""

    def make(case: Case, series: Series, setting: float) -> Rule:
        terms = ItemTerms(
            pack=series.pack, service_level=round(setting * 100), shelf_life_days=case.shelf_life_days, step=case.step
        )  # fmt: skip
        unknown = bits(case.unknown)
        promoted = series.promoted if heed else 0
        group = _group(case, profile) if promoted else USUAL_UPLIFT

        def order(morning: Morning) -> int:
            known = _history(morning, unknown, promoted)
            begun = (morning.today - case.first).days
            ahead = Ahead(promoted >> begun & _FORTNIGHT, group)
            line = propose(
                known, morning.position, terms, case.supply, morning.today, profile, ahead
            )
            return line.quantity

        return order

    return make


@cache
def _group(case: Case, profile: weekday.Profile) -> float:
    """The uplift over all items of a case, by the days that are known before the first morning."""
    first = (1 << case.start) - 1
    told = Seen()
    for series in case.series:
        sold = tuple((day, one) for day, one in enumerate(series.days[: case.start]) if one)
        known = Demand(case.first, case.start, sold, 0, 0, series.promoted & first)
        told += seen(known, profile)
    return uplift(told)


def fixed(case: Case, series: Series, setting: float) -> Rule:
    """A fixed minimum and maximum; the setting is days of safety."""
    known = series.days[: case.start]
    interval = max(
        days_to_last(case.supply, case.first + timedelta(days=day)) for day in range(WEEK)
    )
    maximum = ceil(sum(known) / len(known) * (interval + setting))
    return lambda morning: _up_to(maximum, morning, series.pack)


def moving_average(case: Case, series: Series, setting: float) -> Rule:
    """A plain moving average; the setting is days of safety."""

    def order(morning: Morning) -> int:
        days = days_to_last(case.supply, morning.today) + setting
        usual = sum(morning.sold[-_AVERAGED:]) / _AVERAGED
        return _up_to(ceil(usual * days), morning, series.pack)

    return order


def profile_of(case: Case) -> weekday.Profile:
    """How the days that are known differ by weekday, over all items."""
    sums, days = [0] * WEEK, [0] * WEEK
    for day in range(case.start):
        on = (case.first.weekday() + day) % WEEK
        days[on] += day not in case.unknown
        sums[on] += sum(series.days[day] for series in case.series)
    return weekday.profile(sums, days)


def _history(morning: Morning, unknown: int, promoted: int = 0) -> Demand:
    sold: Sequence[int] = morning.sold[-_HISTORY:]
    before, days = len(morning.sold) - len(sold), len(sold)
    only = (1 << days) - 1
    return Demand(
        morning.today - timedelta(days=days), days,
        tuple((day, quantity) for day, quantity in enumerate(sold) if quantity),
        unknown >> before & only, morning.short >> before & only, promoted >> before & only,
    )  # fmt: skip


def _up_to(target: int, morning: Morning, pack: int) -> int:
    return max(-(-(target - morning.position.available) // pack) * pack, 0)
