"""Replenishment back-tested on real sales: ours beside fixed minimum and maximum and a plain moving average.

Every rule has a setting that buys service with stock, so one figure of each proves nothing: each rule is run
at several settings, and the curves are compared. For every setting of a peer whose service ours reaches, the
stock that ours holds at that same service, between its own settings by a straight line, is told against the peer's; and for
every stock that ours holds, what is not served at that same stock. A ratio below 1 in both is better on service
and on stock at once. The notes tell every point. One case is held out: no constant of ours was chosen on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.backtest_rules import Maker, fixed, moving_average, ours, profile_of
from benchmarks.backtest_series import Case, groceries, held_out, vegetables
from benchmarks.backtest_shop import Tally, live
from benchmarks.measures import Limit, Measure, Outcome, Spread, Unit
from benchmarks.scale import Scale
from tests.journeys.found import DataMissingError, retail_file, vegetable_files

#: Service levels in per cent, and days of safety.
LEVELS = (50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 98.0, 99.0, 99.5)
SAFETY = (0.3, 0.6, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 14.0)
PEERS: Sequence[tuple[str, Maker]] = (
    ("fixed minimum and maximum", fixed),
    ("moving average of 28 days", moving_average),
)
_CHOSEN = "constants of the forecast were chosen on it"
_NOT_CHOSEN = "held out: no constant was chosen on it"
_DAYS = Unit("days of sales in stock")
_LOST = Unit("% not served", 100.0)
_WASTED = Unit("% thrown away", 100.0)


@dataclass(frozen=True, slots=True)
class _Point:
    setting: float
    tally: Tally


def run(scale: Scale, place: Path) -> Outcome:
    """Measure; no file is needed."""
    del place
    measures: list[Measure] = []
    notes: list[str] = []
    cases = groceries(scale.backtested)
    for further in (_vegetables, _held_out):
        try:
            cases.append(further(scale.backtested))
        except DataMissingError as missing:
            notes.append(f"back-test: a case is left out, {missing}")
    for case in cases:
        known = len(case.series[0].days) - case.start
        notes.append(
            f"back-test, {case.name}: {len(case.series)} items, {known} days; what was sold counts as what was wanted;"
            f" {_CHOSEN if case.chose else _NOT_CHOSEN}"
        )
        mine = _points(case, ours(profile_of(case)), LEVELS)
        notes += [_told("ours, service level", point) for point in mine]
        peers = list(PEERS)
        if any(one.promoted for one in case.series):
            peers.append(("ours without heed to promotions", ours(profile_of(case), heed=False)))
        for name, maker in peers:
            settings = SAFETY if (name, maker) in PEERS else LEVELS
            theirs = _points(case, maker, settings)
            what = "days of safety" if settings is SAFETY else "service level"
            notes += [_told(f"{name}, {what}", point) for point in theirs]
            measures += _compared(case.name, name, mine, theirs)
    return Outcome(measures, notes)


def _vegetables(most: int | None) -> Case:
    return vegetables(vegetable_files(), most)


def _held_out(most: int | None) -> Case:
    return held_out(retail_file(), most)


def _points(case: Case, maker: Maker, settings: Sequence[float]) -> list[_Point]:
    found: list[_Point] = []
    for setting in settings:
        tally = Tally()
        for series in case.series:
            tally.add(live(case, series, maker(case, series, setting)))
        found.append(_Point(setting, tally))
    return found


def _told(rule: str, point: _Point) -> str:
    tally = point.tally
    return (
        f"    {rule} {point.setting:g}: {tally.service:.2%} of units, {tally.service_days:.2%} of days,"
        f" stock {tally.stock_days:.2f} days, waste {tally.waste:.2%}, {tally.lines} order lines"
    )


def _compared(
    case: str, peer: str, mine: Sequence[_Point], theirs: Sequence[_Point]
) -> list[Measure]:
    """At the same service, and at the same stock."""

    def lost(tally: Tally) -> float:
        return 1 - tally.service

    def lost_days(tally: Tally) -> float:
        return 1 - tally.service_days

    def stock(tally: Tally) -> float:
        return tally.stock_days

    def waste(tally: Tally) -> float:
        return tally.waste

    asked: Sequence[tuple[str, Unit, Callable[[Tally], float], Callable[[Tally], float]]] = (
        ("stock at the same service", _DAYS, lost, stock),
        ("waste at the same service", _WASTED, lost, waste),
        ("units not served at the same stock", _LOST, stock, lost),
        ("days not served at the same stock", _LOST, stock, lost_days),
    )
    found: list[Measure] = []
    for name, unit, same, told in asked:
        pairs = _pairs(mine, theirs, same, told)
        if pairs:
            found.append(_measure(f"{case}: {name}", peer, unit, pairs))
    return found


def _pairs(
    mine: Sequence[_Point], theirs: Sequence[_Point], same: Callable[[Tally], float], told: Callable[[Tally], float]
) -> list[tuple[float, float]]:  # fmt: skip
    """Ours and the peer's, wherever a point of the peer's lies within our curve; of nought there is no ratio."""
    curve = sorted((same(point.tally), told(point.tally)) for point in mine)
    pairs: list[tuple[float, float]] = []
    for point in theirs:
        at = same(point.tally)
        for (left, low), (right, high) in pairwise(curve):
            if left <= at <= right and right > left and told(point.tally) > 0:
                pairs.append((low + (high - low) * (at - left) / (right - left), told(point.tally)))
                break
    return pairs


def _measure(name: str, peer: str, unit: Unit, pairs: Sequence[tuple[float, float]]) -> Measure:
    return Measure(
        name=name,
        ours=_spread([one for one, _ in pairs]),
        against=f"{peer}, {len(pairs)} settings",
        peer=_spread([other for _, other in pairs]),
        ratio=_spread([one / other for one, other in pairs]),
        unit=unit,
        limit=Limit(1.0, of_ratio=True),
    )


def _spread(samples: Sequence[float]) -> Spread:
    return Spread(median(samples), min(samples), max(samples))
