"""Weeks (周): a history by the week, the last one first, and how far days lie beside their week.

A week of seven usable days is seven usual days; a week of which some days are left out is as many as the
weekdays of the others are worth.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.domain.replenishment.demand import WEEK, Demand

#: Of a week, what it sold and how many usual days it sold on.
Week = tuple[int, float]
#: Days that sold something, and how much.
Sold = Sequence[tuple[int, int]]
#: Days on which one purchase is taken to be its own size.
LEAN_DAYS = 10.0
_WHOLE_WEEK = 0b1111111


def by_week(demand: Demand, usable: int, sold: Sold, by_weekday: Sequence[float]) -> list[Week]:
    """By week, the last one first, what was sold and how many usual days it was sold on."""
    count = (demand.days + WEEK - 1) // WEEK
    quantities = [0] * count
    last = demand.days - 1
    for day, quantity in sold:
        quantities[(last - day) // WEEK] += quantity
    start = (demand.first.weekday() + demand.days) % WEEK
    # A week's days, the first of them at bit 0, have the weekdays from `start` on.
    worth = [by_weekday[(start + place) % WEEK] for place in range(WEEK)]
    padded = usable << (count * WEEK - demand.days)
    weeks: list[Week] = []
    for place in range(count):
        of_week = padded >> (count - 1 - place) * WEEK & _WHOLE_WEEK
        if of_week == _WHOLE_WEEK:
            weeks.append((quantities[place], 7.0))
            continue
        exposure = 0.0
        for bit in range(WEEK):
            if of_week >> bit & 1:
                exposure += worth[bit]
        weeks.append((quantities[place], exposure))
    return weeks


def purchase(
    weeks: Sequence[Week],
    sold: Sold,
    by_weekday: Sequence[float],
    demand: Demand,
) -> float:
    """Pearson's dispersion of days within their weeks, so that weeks may differ: that is drift's.

    Of days that sold nothing only their number is needed, of weeks that sold nothing not even that.
    """
    first, last = demand.first.weekday(), demand.days - 1
    beside = total = days = 0.0
    for quantity, usual_days in weeks:
        if quantity:
            beside -= quantity
            total += quantity
            days += usual_days - 1.0
    for day, quantity in sold:
        of_week, usual_days = weeks[(last - day) // WEEK]
        beside += quantity * quantity * usual_days / (by_weekday[(first + day) % WEEK] * of_week)
    lean = LEAN_DAYS * max(total / len(sold), 1.0)
    return (max(beside, 0.0) + lean) / (max(days, 0.0) + LEAN_DAYS)
