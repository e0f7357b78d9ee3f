"""What headquarters says of a branch's past days, and what the branch answers (rule 23).

    a period is locked through a date     no day up to it is reopened any more
    a ticket comes for such a date        it keeps its own date, and counts in the figures of the first open
                                          day as an entry of a prior period; it waits while none is open
    a day is ordered to be reopened       the branch does it by itself, or answers why not

What the branch states holds: where it reopened or closed a day before it heard of the lock, headquarters
shows that, and refuses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

#: What became of an order to reopen a day.
OrderOutcome = Literal["carried_out", "no_day", "not_closed", "locked"]


@dataclass(frozen=True, slots=True)
class TicketsPosted:
    """Tickets of a locked date, by uuid, count in the figures of the date `posted`."""

    branch: str
    business_date: date
    posted: date
    tickets: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class DayOrderAnswered:
    """What a branch did about headquarters' order to reopen a day; `number` is the order's."""

    branch: str
    business_date: date
    number: str
    outcome: OrderOutcome
    at: datetime


@dataclass(frozen=True, slots=True)
class PeriodLock:
    """No day through this date is reopened any more: who locked it, when and why."""

    through: date
    operator: str
    reason: str
    published: datetime
