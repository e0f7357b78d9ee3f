"""What a store must come to, worked out by hand as a bookkeeper would, without any code of the product.

    till     what is in it     float + cash taken − change ± what was moved, and each other tender as taken
    day      what was sold     per business date, as first closed and now
    stock    what is there     pieces and cents: goods leave at the average of those that are there

Amounts are cents, quantities thousandths of a piece, averages fractions; a half cent is rounded away from
nought, once, where a value is fixed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction


def cents(value: Fraction) -> int:
    """Round half a cent away from nought."""
    whole = abs(value) + Fraction(1, 2)
    return (whole.numerator // whole.denominator) * (1 if value >= 0 else -1)


@dataclass
class TillModel:
    """One shift's till."""

    day: date
    expected: dict[str, int]
    counted: dict[str, int] | None = None

    def over_short(self) -> dict[str, int]:
        """Counted less expected."""
        assert self.counted is not None
        kinds = {*self.expected, *self.counted}
        return {kind: self.counted.get(kind, 0) - self.expected.get(kind, 0) for kind in kinds}


@dataclass
class Goods:
    """What is there of an item, what it is worth, and what the last that came cost each."""

    quantity: int = 0
    value: int = 0
    last: Fraction | None = None


@dataclass(frozen=True)
class Figures:
    """A day's figures: receipts, sales, and tenders with cash net of change."""

    tickets: int
    gross: int
    tenders: dict[str, int]


@dataclass
class Model:
    """The whole store."""

    tills: dict[str, TillModel] = field(default_factory=dict)
    sold: dict[date, list[tuple[int, dict[str, int]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    corrected: dict[date, list[tuple[int, dict[str, int]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    goods: dict[str, Goods] = field(default_factory=lambda: defaultdict(Goods))
    reasons: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    first: dict[date, Figures] = field(default_factory=dict)
    receipts: int = 0
    left: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def starts(self, shift: str, day: date, float_amount: int) -> None:
        """A shift begins."""
        self.tills[shift] = TillModel(day, {"cash": float_amount})

    def moves_cash(self, shift: str, amount: int) -> None:
        """So much goes into the till, below nought out of it."""
        self.tills[shift].expected["cash"] += amount

    def sells(
        self, receipt: str, shift: str, day: date, goods: dict[str, int], amount: int, kind: str
    ) -> None:
        """A receipt: goods leave, so much is taken."""
        self.receipts += 1
        self.sold[day].append((amount, {kind: amount}))
        expected = self.tills[shift].expected
        expected[kind] = expected.get(kind, 0) + amount
        self.left[receipt] = {
            item: (quantity, self.leaves(item, quantity, "sale"))
            for item, quantity in goods.items()
        }

    def is_taken_back(self, receipt: str, shift: str, day: date, amount: int) -> None:
        """A cash receipt is voided after it was given: goods come back at what they were worth."""
        self.corrected[day].append((-amount, {"cash": -amount}))
        self.tills[shift].expected["cash"] -= amount
        for item, (quantity, worth) in self.left[receipt].items():
            self.goods[item].quantity += quantity
            self.goods[item].value -= worth
            self.reasons["post_void"] -= worth
            if self.goods[item].quantity == 0:
                self.reasons["variance"] -= self.goods[item].value
                self.goods[item].value = 0

    def exchanges(self, shift: str, day: date, amount: int, wrong: str, right: str) -> None:
        """A receipt was paid by another tender than was keyed."""
        self.corrected[day].append((0, {wrong: -amount, right: amount}))
        expected = self.tills[shift].expected
        expected[wrong] -= amount
        expected[right] = expected.get(right, 0) + amount

    def leaves(self, item: str, quantity: int, reason: str) -> int:
        """Goods leave at the average, below nought they come back; answer what that did to the value."""
        held = self.goods[item]
        worth = self._worth(held, -quantity)
        held.quantity -= quantity
        held.value += worth
        self.reasons[reason] += worth
        return worth

    def comes(self, item: str, quantity: int, value: int, reason: str = "receipt") -> None:
        """Goods come at a cost."""
        held = self.goods[item]
        each = Fraction(value, quantity)
        before = held.quantity
        held.quantity += quantity
        held.value += value
        self.reasons[reason] += value
        if before <= 0 or held.last is None:
            variance = cents(each * held.quantity) - held.value
            held.value += variance
            self.reasons["variance"] += variance
        alive = held.quantity > 0 and held.value > 0
        held.last = Fraction(held.value, held.quantity) if alive else each

    def is_settled(self, item: str, settled: int, worth: int, good: int) -> None:
        """So much of what another branch sent is settled at what it was worth; `good` of it is there."""
        self.comes(item, settled, worth, "transfer_in")
        held, difference = self.goods[item], good - settled
        if difference:
            part = cents(Fraction(worth * difference, settled))
            if held.quantity + difference == 0:
                part = -held.value
            held.quantity += difference
            held.value += part
            self.reasons["transit_difference"] += part
        alive = held.quantity > 0 and held.value > 0
        held.last = Fraction(held.value, held.quantity) if alive else Fraction(worth, settled)

    def is_counted(self, item: str, quantity: int) -> None:
        """So much is there, whatever the books say."""
        missing = self.goods[item].quantity - quantity
        if missing:
            self.leaves(item, missing, "stocktake")

    def closes(self, day: date) -> None:
        """Remember what was closed first."""
        self.first.setdefault(day, self.figures(day))

    def figures(self, day: date) -> Figures:
        """What the day comes to now."""
        tenders: dict[str, int] = defaultdict(int)
        for _, paid in (*self.sold[day], *self.corrected[day]):
            for kind, amount in paid.items():
                tenders[kind] += amount
        gross = sum(amount for amount, _ in (*self.sold[day], *self.corrected[day]))
        return Figures(len(self.sold[day]), gross, {k: v for k, v in tenders.items() if v})

    @staticmethod
    def _worth(held: Goods, change: int) -> int:
        """What goods that go (below nought) or come back are worth."""
        if held.last is None:
            return 0
        after = held.quantity + change
        if held.quantity and (after == 0 or (held.quantity > 0) != (after > 0)):
            return cents(held.last * after) - held.value
        if held.quantity > 0 > change:
            return cents(Fraction(held.value, held.quantity) * change)
        return cents(held.last * change)
