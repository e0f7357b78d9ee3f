"""The moving average (移动加权平均): what goods cost that leave, and what an arrival makes of it (rule 25).

An item's holding is carried as quantity and value. What leaves takes its part of both; what arrives adds
its own. The last average that an arrival made is kept beside them (`cost_value` for `cost_quantity`): goods
that are sold before they arrived, or come back, are worth that.

    on hand    what comes              its value, and what is left
    > 0        leaves, some stays      value × quantity / on hand
    > 0        leaves, all of it       all of the value: nought pieces are worth nought
    any        goes through nought     all that is there, and the rest at the last average
    any        comes back              at the last average
    > 0        goods at a cost         the cost; the average is that of both together
    ≤ 0        goods at a cost         the cost; the average is theirs alone, and what the oversold part
                                       had been worth otherwise is posted as variance
    unknown    goods at a cost         likewise: what lay there without a cost takes that of the arrival

    sell 2 at unknown cost, receive 20 for 66.00: 18 are worth 59.40, 3.30 each; variance −6.60

*Property*: nought on hand is worth nought, and the values of all moves sum to what is there.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.domain.money import divide


@dataclass(frozen=True, slots=True)
class Holding:
    """What there is of an item, in thousandths and minor units, and the last average of an arrival.

    A `cost_quantity` of nought says that no cost was ever known.
    """

    quantity: int = 0
    value: int = 0
    cost_value: int = 0
    cost_quantity: int = 0

    @property
    def is_known(self) -> bool:
        """Whether there ever was a cost."""
        return self.cost_quantity > 0

    def changed(self, quantity: int, value: int | None) -> Holding:
        """What it is after a move; the last average stays."""
        return Holding(
            self.quantity + quantity, self.value + (value or 0), self.cost_value, self.cost_quantity
        )


@dataclass(frozen=True, slots=True)
class Arrival:
    """What goods that came at a cost did: their `value`, the `variance` and the holding with both."""

    value: int
    variance: int
    holding: Holding


def at_average(holding: Holding, quantity: int) -> int | None:
    """The value of goods that leave (below nought) or come back, None while no cost is known."""
    if not holding.is_known:
        return None
    after = holding.quantity + quantity
    passes_nought = after == 0 or (holding.quantity < 0) != (after < 0)
    if holding.quantity and passes_nought:
        return _last(holding, after) - holding.value
    if holding.quantity > 0 > quantity and holding.value >= 0:
        return divide(holding.value * quantity, holding.quantity)
    return _last(holding, quantity)


def arrive(holding: Holding, quantity: int, value: int) -> Arrival:
    """Take goods in that cost so much together. `quantity` is above nought, else ValueError."""
    if quantity <= 0:
        message = f"goods that arrive are more than nought, not {quantity}"
        raise ValueError(message)
    after = holding.changed(quantity, value)
    variance = 0
    if holding.quantity <= 0 or not holding.is_known:
        variance = divide(value * after.quantity, quantity) - after.value
    return Arrival(value, variance, with_average(after.changed(0, variance), quantity, value))


def with_average(holding: Holding, quantity: int, value: int) -> Holding:
    """A holding after goods came at a cost: its average is the last, or where nothing is left theirs."""
    if holding.quantity > 0 and holding.value > 0:
        quantity, value = holding.quantity, holding.value
    return Holding(holding.quantity, holding.value, value, quantity)


def _last(holding: Holding, quantity: int) -> int:
    return divide(holding.cost_value * quantity, holding.cost_quantity)
