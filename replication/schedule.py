"""When a way to the parent is used.

    mode         what happens
    real_time    the loops of the link run without end; there are no exchanges
    interval     an exchange every `minutes`, each site at a moment of its own within them
    nightly      an exchange at `at` on the branch's clock, plus the site's own part of
                 `spread_minutes`: a thousand branches do not call in the same minute
    on_demand    an exchange when a person says so

An exchange is one visit: greet, push until nothing is left, fetch until nothing is left, report.

Schedules run in real time, whatever a simulated clock of the site shows: an exchange is for lines and
people that exist. A night on which the clocks are changed has one exchange like every other: a time of
day that is left out comes as much later as the clocks were moved, one that comes twice counts the
first time.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Mode = Literal["real_time", "interval", "nightly", "on_demand"]

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Schedule(BaseModel):
    """When one way is used; `minutes` belongs to `interval`, `at` and `spread_minutes` to `nightly`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    mode: Mode = "real_time"
    minutes: int = Field(default=15, ge=1, le=24 * 60)
    at: time = time(2, 0)
    spread_minutes: int = Field(default=60, ge=0, lt=24 * 60)

    def next(self, site: str, zone: tzinfo, after: datetime) -> datetime | None:
        """The first exchange after an instant; None where none is due by itself."""
        match self.mode:
            case "interval":
                every = timedelta(minutes=self.minutes)
                begin = _BEGINNING + part_of(site, every)
                return begin + ((after - begin) // every + 1) * every
            case "nightly":
                spread = part_of(site, timedelta(minutes=self.spread_minutes))
                return _next_night(self.at, spread, zone, after)
            case "real_time" | "on_demand":
                return None


def part_of(site: str, length: timedelta) -> timedelta:
    """A part of a length of time that is always the same for a site, and spread over all sites."""
    share = int.from_bytes(hashlib.sha256(site.encode()).digest()[:4], "big") / 2**32
    return length * share


def _next_night(at: time, spread: timedelta, zone: tzinfo, after: datetime) -> datetime:
    # The spread may carry last night's time into today.
    day = after.astimezone(zone).date() - 2 * _DAY
    while True:
        due = datetime.combine(day, at, zone).astimezone(UTC) + spread
        if due > after:
            return due
        day += _DAY
