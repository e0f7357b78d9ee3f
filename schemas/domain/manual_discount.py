"""A discount that a person gives (折扣), off one line or off the whole basket (整单折扣), and why (rule 4).

    given      off a line                           off the basket
    10 %       of what the line costs now           of what all lines cost
    5.00       that much, no more than the line     that much, no more than the total

    off a line       it costs that from then on, by an override: promotions leave it
    off the basket   worked out anew with every change of the basket: promotions first, this last, spread over
                     the lines by largest remainder; goods that come back and voided lines bear none of it

5.00 over 19.99, 8.99 and 3.50 is 3.08, 1.38 and 0.54. A second one of the basket takes the place of the
first. Percentages are basis points, amounts minor units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from schemas.domain.money import divide
from schemas.domain.promotion.spread import spread
from schemas.domain.ticket import Discount, SaleLine

#: All of it, in basis points.
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Off:
    """What is given: a share of the whole, or an amount."""

    share: int = 0
    amount: int = 0

    def of(self, whole: int) -> int:
        """What it takes off a whole; never more than that."""
        return divide(whole * self.share, WHOLE) if self.share else min(self.amount, whole)


@dataclass(frozen=True, slots=True)
class BasketDiscount:
    """A discount off the whole basket: why, and by whose authority."""

    off: Off
    reason: str
    authority: str


def discounted(lines: Sequence[SaleLine], given: BasketDiscount) -> tuple[SaleLine, ...]:
    """The lines less what a discount takes off each; their tax is not worked out anew."""
    weights = {line.number: line.amount for line in bearing(lines)}
    taken = given.off.of(sum(weights.values()))
    if not taken:
        return tuple(lines)
    parts = dict(zip(weights, spread(taken, list(weights.values())), strict=True))
    return tuple(_less(line, parts.get(line.number, 0), given) for line in lines)


def bearing(lines: Iterable[SaleLine]) -> Iterator[SaleLine]:
    """The lines that bear a part of a discount off the basket."""
    return (line for line in lines if not line.voided and line.quantity > 0 and line.amount > 0)


def _less(line: SaleLine, part: int, given: BasketDiscount) -> SaleLine:
    if not part:
        return line
    taken = Discount("basket", part, given.reason, authority=given.authority)
    return replace(line, amount=line.amount - part, discounts=(*line.discounts, taken))
