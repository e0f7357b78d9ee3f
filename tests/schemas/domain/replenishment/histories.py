"""Histories made by a rule, as tests name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from schemas.domain.replenishment.demand import Demand, bits

#: A Monday.
TODAY = date(2026, 3, 2)


def history(
    sells: Callable[[int], int],
    days: int = 182,
    *,
    short: Iterable[int] = (),
    promoted: Iterable[int] = (),
    unknown: Iterable[int] = (),
    today: date = TODAY,
) -> Demand:
    """So many days until yesterday, the first of them a Monday if they are whole weeks; `sells` tells pieces by day."""
    sold = tuple((day, sells(day) * 1000) for day in range(days) if sells(day))
    first = today - timedelta(days=days)
    return Demand(first, days, sold, bits(unknown), bits(short), bits(promoted))
