"""One item in one shop, day by day: what arrives, what is ordered with what is known that morning, what is sold.

morning    what was ordered arrives; the rule orders, knowing what was sold until yesterday, on which days the
           shelf stood empty, what is there and what is on its way
day        what is wanted is sold, the oldest first, as far as it is there; what is not is lost, and the rule
           never learns how much that was
evening    what may not be sold tomorrow is thrown away
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

from benchmarks.backtest_series import Case, Series
from schemas.domain.replenishment.supply import arrival, is_order_day
from schemas.domain.replenishment.terms import Position

_NEVER = 10**9


@dataclass(frozen=True, slots=True)
class Morning:
    """What is known before the doors open: sold until yesterday, and the days without stock as a set."""

    today: date
    sold: Sequence[int]
    short: int
    position: Position


Rule = Callable[[Morning], int]


@dataclass(slots=True)
class Tally:
    """What came of it; quantities in thousandths, `stock` summed over evenings."""

    wanted: int = 0
    served: int = 0
    days: int = 0
    days_short: int = 0
    stock: int = 0
    received: int = 0
    wasted: int = 0
    lines: int = 0

    def add(self, other: Tally) -> None:
        """Count another item's with this one's."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    @property
    def service(self) -> float:
        """The share of what was wanted that was there."""
        return self.served / self.wanted

    @property
    def service_days(self) -> float:
        """The share of days on which all that was wanted was there."""
        return 1 - self.days_short / self.days

    @property
    def stock_days(self) -> float:
        """How many days of sales lie there in the evening."""
        return self.stock / self.served

    @property
    def waste(self) -> float:
        """The share of what came that was thrown away."""
        return self.wasted / max(self.received, 1)


class Shelf:
    """What lies there, the oldest first, each with the day from which it may not be sold."""

    def __init__(self, quantity: int, until: int) -> None:
        self._lots: list[tuple[int, int]] = [(until, quantity)]

    @property
    def quantity(self) -> int:
        """All of it."""
        return sum(quantity for _, quantity in self._lots)

    def put(self, quantity: int, until: int) -> None:
        """Take in what arrived."""
        self._lots.append((until, quantity))

    def take(self, wanted: int) -> int:
        """Sell what is wanted as far as it is there."""
        left, kept = wanted, list[tuple[int, int]]()
        for until, quantity in self._lots:
            sold = min(quantity, left)
            left -= sold
            if quantity > sold:
                kept.append((until, quantity - sold))
        self._lots = kept
        return wanted - left

    def throw_away(self, tomorrow: int) -> int:
        """Part with what may not be sold tomorrow."""
        spoilt = sum(quantity for until, quantity in self._lots if until <= tomorrow)
        self._lots = [lot for lot in self._lots if lot[0] > tomorrow]
        return spoilt


def live(case: Case, series: Series, rule: Rule, warm_up: int = 14) -> Tally:
    """Live through the days after `case.start`; those of the warm-up, until it is the rule's doing, do not count."""
    keeps = case.shelf_life_days or _NEVER
    sold = series.days[: case.start]
    week = sum(sold) * 5 // len(sold)
    shelf = Shelf(-(-week // series.pack) * series.pack, case.start + keeps)
    coming: dict[int, int] = {}
    short, tally = 0, Tally()
    for day in range(case.start, len(series.days)):
        counts = day >= case.start + warm_up
        arrived = coming.pop(day, 0)
        shelf.put(arrived, day + keeps)
        ordered = _order(case, day, rule, Morning(
            case.first + timedelta(days=day), sold, short, Position(shelf.quantity, 0, sum(coming.values()))
        ), coming)  # fmt: skip
        wanted = series.days[day]
        served = shelf.take(wanted)
        sold.append(served)
        if not shelf.quantity:
            short |= 1 << day
        spoilt = shelf.throw_away(day + 1)
        if counts:
            tally.add(
                Tally(
                    wanted,
                    served,
                    1,
                    int(served < wanted),
                    shelf.quantity,
                    arrived,
                    spoilt,
                    int(ordered > 0),
                )
            )
    return tally


def _order(case: Case, day: int, rule: Rule, morning: Morning, coming: dict[int, int]) -> int:
    if not is_order_day(case.supply, morning.today):
        return 0
    ordered = rule(morning)
    if ordered:
        arrives = (arrival(case.supply, morning.today) - case.first).days
        if arrives <= day:
            raise ValueError("the back-test delivers overnight at the earliest")
        coming[arrives] = coming.get(arrives, 0) + ordered
    return ordered
