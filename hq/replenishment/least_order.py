"""Reaching the least order of a supplier (起订量) over all of its lines (rule 27).

    short of the least     the line that covers the fewest days gets a pack more, and so on, until it is reached;
                           no line beyond its maximum, nor beyond what sells before it spoils
    cannot be reached      the lines stay as they are needed, and what is missing is told: a person decides

The result does not depend on the order of the lines: of equals the lower item code goes first.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from hq.replenishment.chain import Least
from hq.replenishment.line import Line
from hq.replenishment.proposal import HeldLine
from schemas.domain.money import divide

_THOUSAND = 1000


def reach(lines: Sequence[Line], least: Least) -> tuple[list[Line], dict[str, int]]:
    """The lines as they are to be ordered, and by how much the order is short of its least, where it is."""
    ordered = [one for one in lines if one.quantity > 0]
    missing = short_of(ordered, least)
    if not missing or not ordered:
        return list(lines), {}
    quantities = {one.item: one.quantity for one in ordered}
    waiting = [(one.days_covered(one.quantity), one.item, one) for one in ordered]
    heapq.heapify(waiting)
    amount, units = _sums(ordered)
    while waiting and not (amount >= least.amount and units >= least.quantity):
        _, _, line = heapq.heappop(waiting)
        pack = line.terms["pack"]
        more = quantities[line.item] + pack
        helps = line.price or units < least.quantity
        if not helps or (line.room is not None and more > line.room):
            continue
        quantities[line.item] = more
        amount += divide(pack * (line.price or 0), line.factor)
        units += divide(pack * _THOUSAND, line.factor)
        heapq.heappush(waiting, (line.days_covered(more), line.item, line))
    raised_lines = [one.raised(quantities.get(one.item, one.quantity)) for one in lines]
    if short_of(raised_lines, least):
        return list(lines), missing
    return raised_lines, {}


def short_of(lines: Sequence[Line | HeldLine], least: Least) -> dict[str, int]:
    """By how much lines fall short of the least amount and quantity; nothing of what they reach."""
    amount, units = _sums(lines)
    missing = {"amount": least.amount - amount, "quantity": least.quantity - units}
    return {name: by for name, by in missing.items() if by > 0}


def _sums(lines: Sequence[Line | HeldLine]) -> tuple[int, int]:
    """What lines are worth, and how many of their units they are, in thousandths."""
    amount = sum(one.value or 0 for one in lines)
    return amount, sum(divide(one.quantity * _THOUSAND, one.factor) for one in lines)
