"""Supply (供货): when an order may be placed, when it arrives, and until when it must last.

    lead time (到货周期)      days from the morning of the order to that of the arrival
    order calendar            weekdays on which the supplier takes orders; on days closed neither orders nor
                              arrivals happen, what would arrive then arrives on the next day that is open
    review cycle              days that an order is meant to last beyond its lead time

What is ordered this morning, with what is there and on its way, must last until what could be ordered next
arrives; that interval sets the least (`minimum`), the review cycle the most that is worth having.

    Monday and Thursday, lead time 2: ordered on Monday arrives on Wednesday; ordered next on Thursday,
    arrives on Saturday: what there is on Monday morning lasts for Monday to Friday, five days
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

_EVERY_DAY = frozenset(range(7))
#: Of one morning all items of a supplier ask the same.
_MORNINGS = 4096
#: A calendar that takes no order in so many days has none.
_FAR = 366


class NoOrderDayError(ValueError):
    """A supplier's calendar has no day on which an order could be placed or arrive; a person mends it."""


@dataclass(frozen=True, slots=True)
class SupplyTerms:
    """How a supplier, or a distribution centre, delivers to a branch. `minimum` is the least quantity of one
    line, in thousandths of the base unit. Monday is weekday 0.
    """

    lead_days: int
    review_days: int = 1
    order_weekdays: frozenset[int] = _EVERY_DAY
    closed: frozenset[date] = frozenset()
    minimum: int = 0

    def __post_init__(self) -> None:
        """Refuse what would order for the past."""
        if self.lead_days < 0 or self.review_days < 1 or self.minimum < 0:
            raise ValueError(
                f"lead time {self.lead_days}, review cycle {self.review_days} or minimum {self.minimum}"
                " is below what it may be (0, 1, 0)"
            )


def is_order_day(supply: SupplyTerms, on: date) -> bool:
    """Whether an order may be placed on that day."""
    return on.weekday() in supply.order_weekdays and on not in supply.closed


@lru_cache(maxsize=_MORNINGS)
def next_order_day(supply: SupplyTerms, after: date) -> date:
    """The first day after `after` on which an order may be placed. Raises NoOrderDayError."""
    for ahead in range(1, _FAR + 1):
        on = after + timedelta(days=ahead)
        if is_order_day(supply, on):
            return on
    raise NoOrderDayError(f"the calendar takes no order within a year after {after}")


@lru_cache(maxsize=_MORNINGS)
def arrival(supply: SupplyTerms, ordered: date) -> date:
    """The morning on which an order of that day arrives. Raises NoOrderDayError."""
    first = ordered + timedelta(days=supply.lead_days)
    for ahead in range(_FAR):
        on = first + timedelta(days=ahead)
        if on not in supply.closed:
            return on
    raise NoOrderDayError(f"the calendar is closed for a year from {first}")


def days_to_last(supply: SupplyTerms, today: date) -> int:
    """For how many days from this morning on must last what there is and what is ordered today."""
    return (arrival(supply, next_order_day(supply, today)) - today).days
