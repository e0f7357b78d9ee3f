"""What is looked at before a day is closed (日结检查), and what headquarters may make of each finding.

    stop     stands in the way of the close; only what is wrong being put right lets the day close
    warn     a person accepts it by name
    ignore   is not told at all

The first of a check's levels is its own. What is not among them can never be chosen: a finding behind
which receipts, money or entries would be lost always stops or has to be accepted, and one that nobody at
a branch can put right never stops. The branch finds (`branch.day_checks`), headquarters chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["stop", "warn", "ignore"]


@dataclass(frozen=True, slots=True)
class DayCheck:
    """A check under its code, and the levels that headquarters may choose for it: its own comes first."""

    code: str
    levels: tuple[Level, ...]

    @property
    def own(self) -> Level:
        """What it is where nobody chose."""
        return self.levels[0]


_CHECKS = (
    # Behind these, receipts, money or entries would be closed over unseen.
    DayCheck("shift_running", ("stop",)),
    DayCheck("till_uncounted", ("stop",)),
    DayCheck("till_beyond", ("stop",)),
    DayCheck("receipts_missing", ("stop",)),
    DayCheck("parked", ("stop",)),
    # These do not add up: a person at least says that they saw it.
    DayCheck("lane_differs", ("stop", "warn")),
    DayCheck("receipt_differs", ("stop", "warn")),
    DayCheck("till_over", ("warn", "stop")),
    DayCheck("till_short", ("warn", "stop")),
    DayCheck("till_mixed", ("warn", "stop")),
    DayCheck("till_foreign", ("warn", "stop")),
    DayCheck("shift_unknown", ("warn",)),
    # Nothing is lost behind these.
    DayCheck("terminal_differs", ("warn", "stop", "ignore")),
    DayCheck("safe_uncounted", ("warn", "stop", "ignore")),
    DayCheck("ticket_flagged", ("warn", "ignore")),
    DayCheck("basket_suspended", ("warn", "stop", "ignore")),
    DayCheck("basket_twice", ("warn", "ignore")),
    DayCheck("stocktake_open", ("warn", "stop", "ignore")),
    DayCheck("lane_silent", ("warn", "stop", "ignore")),
    DayCheck("lane_sending", ("warn", "stop", "ignore")),
    DayCheck("clock_skew", ("warn", "stop", "ignore")),
    DayCheck("receipt_unposted", ("warn", "stop", "ignore")),
    DayCheck("stock_negative", ("warn", "ignore")),
)

#: Every check by its code, in the order in which they are shown.
CHECKS: Mapping[str, DayCheck] = {one.code: one for one in _CHECKS}

#: Of a lane that is gone, what is missing with it: a close without that lane names these.
GONE_WITH_A_LANE = frozenset(
    {
        "shift_running", "till_uncounted", "receipts_missing", "lane_differs", "receipt_differs",
        "lane_silent", "lane_sending", "clock_skew",
    }
)  # fmt: skip


def level_of(code: str, chosen: Mapping[str, Level], raised: Level) -> Level:
    """What a finding is under what headquarters chose. `raised` is what the finder made of it: where that is
    not the check's own level, the circumstances of this one finding speak, and no choice changes it.
    """
    return chosen.get(code, raised) if raised == CHECKS[code].own else raised
