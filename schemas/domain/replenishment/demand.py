"""Demand (需求): what was sold day by day, and which of those days tell what was wanted (rule 27).

    a day                    tells                                     takes part in the forecast
    known, in stock          what was wanted, nought too               as it is
    without stock            at least so much was wanted               as what is wanted on days like it; where
                                                                       it sold little, it is left out
    promoted                 what a lower price sells                  as what a plain day would have sold (`uplift`)
    unknown                  nothing: the branch-day is missing, the   left out
                             branch was closed, the item not listed

Whoever leaves out every day without stock forgets the days on which so much was wanted that the stock ran
out, and orders less and less. Whoever counts them all takes an empty shelf for a lack of customers.

A history is sparse: most items of a shop sell on few days. Days are counted from `first`, sets of days are
integers whose bit n stands for day n, so that millions of histories are weighed up in minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

WEEK = 7
#: Three years: beyond, the oldest weeks would count for nothing that a float can hold.
MOST_DAYS = 1096


@dataclass(frozen=True, slots=True)
class Demand:
    """The history of an item in a branch: `days` days from `first`, the last of them yesterday.

    `sold` names the days that sold something, ascending, and how much, in thousandths net of returns; a day
    that is not named sold nothing. `unknown`, `short` and `promoted` are sets of days. Refuses, with
    ValueError, what no history can be: days outside of it, out of order, or named twice.
    """

    first: date
    days: int
    sold: tuple[tuple[int, int], ...] = ()
    unknown: int = 0
    short: int = 0
    promoted: int = 0

    def __post_init__(self) -> None:
        """Refuse what would be counted in the wrong week."""
        if not 0 <= self.days <= MOST_DAYS:
            raise ValueError(f"a history of {self.days} days is not between none and {MOST_DAYS}")
        last = -1
        for day, _ in self.sold:
            if not last < day < self.days:
                raise ValueError(
                    f"day {day} of a history from {self.first} stands after day {last} of {self.days} days"
                )
            last = day
        if (self.unknown | self.short | self.promoted) >> self.days:
            raise ValueError(f"a set of days goes beyond the {self.days} days from {self.first}")

    @property
    def ends(self) -> date:
        """The day after the last one: the morning on which this is known."""
        return self.first + timedelta(days=self.days)

    @property
    def usable(self) -> int:
        """The days that tell all that was wanted."""
        return ((1 << self.days) - 1) & ~(self.unknown | self.short | self.promoted)

    @property
    def censored(self) -> int:
        """The days that tell how much was wanted at least."""
        return self.short & ~(self.unknown | self.promoted)


def bits(days: Iterable[int]) -> int:
    """The set of these days."""
    found = 0
    for day in days:
        found |= 1 << day
    return found


@lru_cache(maxsize=4096)
def weekdays_of(first_weekday: int, days: int) -> tuple[int, ...]:
    """By weekday (Monday first), the set of days of a history that fall on it."""
    return tuple(
        bits(range((weekday - first_weekday) % WEEK, days, WEEK)) for weekday in range(WEEK)
    )
