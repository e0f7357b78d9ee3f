"""A line as a run proposes it, with every term of its arithmetic (rule 27).

What a page shows is what was reckoned: terms travel with the line as they came out, and so does the demand that
they rest on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hq.replenishment.quotes import Price, told
from schemas.domain.money import divide
from schemas.domain.replenishment.demand import Demand
from schemas.domain.replenishment.proposal import ProposedLine
from schemas.domain.replenishment.supply import SupplyTerms
from schemas.domain.replenishment.terms import ItemTerms

_THOUSAND = 1000
#: What a run asked for before supplier's least order and sharing out; a term of its own where it differs.
_RAISED, _SHARED = "raised", "shared"


@dataclass(frozen=True, slots=True)
class Line:
    """Quantities are thousandths of the base unit, of which `factor` make one of `unit`; `price` is of one unit.

    `room` is how much more the order may become without passing a maximum or spoiling, None without a limit.
    """

    item: str
    unit: str
    factor: int
    quantity: int
    price: int | None
    price_from: str
    terms: Mapping[str, Any]
    history: Mapping[str, Any]
    room: int | None = None

    @property
    def value(self) -> int | None:
        """What the line is worth, rounded once; None where nobody knows."""
        return value_of(self.quantity, self.price, self.factor)

    def days_covered(self, quantity: int) -> float:
        """How long what there is and so much more lasts, in usual days; by it lines are raised."""
        daily = self.terms["daily"]
        return (self.terms["available"] + quantity) / daily if daily > 0 else float("inf")

    def raised(self, quantity: int) -> Line:
        """The line with more, so that the supplier's least is reached."""
        return self._with(quantity, _RAISED)

    def shared(self, quantity: int) -> Line:
        """The line with what the distribution centre has for it."""
        return self._with(quantity, _SHARED)

    def _with(self, quantity: int, why: str) -> Line:
        if quantity == self.quantity:
            return self
        terms = {**self.terms, why: quantity - self.quantity}
        return Line(
            self.item, self.unit, self.factor, quantity, self.price, self.price_from, terms,
            self.history, self.room,
        )  # fmt: skip


def value_of(quantity: int, price: int | None, factor: int) -> int | None:
    """What so much is worth at a price of one unit."""
    return None if price is None else divide(quantity * price, factor)


def terms_told(
    made: ProposedLine, terms: ItemTerms, supply: SupplyTerms, instructed: int, price: Price
) -> dict[str, Any]:
    """Every term, as a line keeps it; those of promotions where any is ahead."""
    told_of: dict[str, Any] = {}
    if made.until_next.promoted or made.cycle.promoted:
        told_of = {
            "uplift": made.uplift,
            "promotion": [made.until_next.promotion, made.cycle.promotion],
            "promoted": [made.until_next.promoted, made.cycle.promoted],
        }
    return told_of | {
        "arrives": made.arrives.isoformat(),
        "lead_days": supply.lead_days, "review_days": supply.review_days,
        "service_level": terms.service_level, "pack": terms.pack,
        "daily": made.basis.daily, "weekly_growth": made.basis.weekly_growth,
        "weekdays": list(made.basis.weekdays), "days_used": made.basis.days_used,
        "days_short": made.basis.days_short, "days_promoted": made.basis.days_promoted,
        "days_unknown": made.basis.days_unknown,
        "until_next": [made.until_next.days, made.until_next.expected, made.until_next.safety],
        "cycle": [made.cycle.days, made.cycle.expected, made.cycle.safety],
        "presentation": made.presentation, "set_minimum": terms.minimum,
        "set_maximum": terms.maximum, "fixed": terms.fixed,
        "shelf_life_days": terms.shelf_life_days, "sells": made.sells,
        "may_exceed": terms.may_exceed_maximum,
        "minimum": made.minimum, "target": made.maximum,
        "on_hand": made.position.on_hand, "in_transit": made.position.in_transit,
        "on_order": made.position.on_order - instructed, "instructed": instructed,
        "committed": made.position.committed, "available": made.position.available,
        "needed": made.needed, "rounded": made.rounded, "quantity": made.quantity,
        "held_back_by": list(made.held_back_by), "lower_quote": told(price.lower),
    }  # fmt: skip


def room_of(made: ProposedLine, terms: ItemTerms) -> int | None:
    """How much the whole order may be."""
    rooms = []
    if terms.maximum is not None and not terms.may_exceed_maximum:
        rooms.append(terms.maximum - made.position.available)
    if made.sells is not None:
        rooms.append(made.sells - made.position.available)
    return max(min(rooms), 0) if rooms else None


def history_told(demand: Demand) -> dict[str, Any]:
    """The demand, as a line keeps it; sets of days as hexadecimal numbers."""
    return {
        "first": demand.first.isoformat(), "days": demand.days,
        "sold": demand.sold,
        "unknown": f"{demand.unknown:x}", "short": f"{demand.short:x}",
        "promoted": f"{demand.promoted:x}",
    }  # fmt: skip
