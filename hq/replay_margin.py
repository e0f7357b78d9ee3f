"""What a draft does to the margin of past baskets, as far as purchase prices are known.

    of a line     margin = what it brings, less its tax, less what its goods are bought for now
    tax           the part of the amount that it was on the ticket, as the ticket's line tells it
    a return      counts with its signs
    not known     a line without a purchase price, or given away then, whose tax nobody knows

`sales` are those of the known lines before the draft, with tax: how much of all sales the margin speaks of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.domain.money import divide
from schemas.domain.promotion.sale import Outcome
from schemas.domain.ticket import SaleLine


@dataclass(slots=True)
class Margin:
    """Sums over the lines whose cost is known, in minor units."""

    sales: int = 0
    before: int = 0
    after: int = 0

    @property
    def effect(self) -> int:
        """What the margin gains; less than nought is what it loses."""
        return self.after - self.before

    def add(self, other: Margin) -> None:
        """Sum up."""
        self.sales += other.sales
        self.before += other.before
        self.after += other.after


def margin(
    sold: Iterable[SaleLine], costs: Mapping[int, int], before: Outcome, after: Outcome
) -> Margin:
    """The margin of a basket as it was sold; `costs` are by the number of a line."""
    was = {line.number: line.amount for line in before.lines}
    now = {line.number: line.amount for line in after.lines}
    found = Margin()
    for line in sold:
        if line.number not in costs or not line.amount:
            continue
        cost, first, then = costs[line.number], was[line.number], now[line.number]
        found.add(Margin(first, _net(line, first) - cost, _net(line, then) - cost))
    return found


def _net(line: SaleLine, amount: int) -> int:
    return amount - divide(line.tax * amount, line.amount)
