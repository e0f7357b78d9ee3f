"""How a branch keeps its day, as headquarters sets it (门店制度).

One policy holds at a branch, whole: that of the branch itself before that of a group, that of a group
before the chain's; of two groups' the one that was published later. Where nobody set one, the fields'
own values hold.

    day_ends   03:00: what is sold before three in the morning belongs to the date before. The first time
               that the branch's clock shows it on a date begins the new one, so that a night on which
               clocks go back does not begin it twice
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from schemas.domain.day_check import CHECKS, Level

TillBy = Literal["operator", "lane"]

#: No day ends later than this: noon belongs to the date that the calendar shows.
LATEST_END = time(12)


@dataclass(frozen=True, slots=True)
class Policy:
    """What headquarters sets for branches. `checks` names those whose level it chose, see
    `schemas.domain.day_check`; `till_by` says whether a till belongs to who works it or to its lane;
    `tolerance` is what a manager accepts alone that a till is over or short, in minor units, nought for
    any difference;
    `count_safe` asks for the safe to be counted; `absent_lane_authority` for a second person to close a
    day without a lane.
    """

    checks: Mapping[str, Level] = field(default_factory=dict)
    day_ends: time = time()
    till_by: TillBy = "operator"
    tolerance: int = 0
    count_safe: bool = False
    absent_lane_authority: bool = True

    def date_of(self, at: datetime, zone: str) -> date:
        """The business date that an instant belongs to on a branch's clock."""
        local = at.astimezone(ZoneInfo(zone))
        begins = datetime.combine(local.date(), self.day_ends, ZoneInfo(zone))
        # Two instants of one zone are compared by what the clock showed, not by which came first.
        is_before = at.timestamp() < begins.timestamp()
        return local.date() - timedelta(days=1) if is_before else local.date()


def write_checks(checks: Mapping[str, Level]) -> str:
    """The chosen levels as a record carries them: `lane_silent=ignore till_short=stop`."""
    return " ".join(f"{code}={checks[code]}" for code in sorted(checks))


def read_checks(written: str) -> dict[str, Level]:
    """The chosen levels that this release knows; what a newer one added is for the sites that know it."""
    found: dict[str, Level] = {}
    for pair in written.split():
        code, _, said = pair.partition("=")
        check = CHECKS.get(code)
        found.update((code, level) for level in (check.levels if check else ()) if level == said)
    return found
