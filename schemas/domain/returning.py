"""What may be returned of a sold line, and what it is worth (rules 3, 4 and 22).

    sold − what was returned before, in the whole chain = what may still be returned

    of 3 pieces for 10.00, tax 1.15     gives back        tax       left
    one                                 3.33              0.38      2 for 6.67, 0.77
    one more                            3.33              0.38      1 for 3.34, 0.39
    the last                            3.34              0.39      nothing

A part is worth its share of what was paid, discounts and its share of basket discounts included,
rounded once; the last part is worth whatever is left, so that the parts of a line sum to what was paid
for it and to the tax that was stored on it. No part is worth more than what is left.

Figures here are above nought. The line that a ticket bears has them below, see `return_line`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.domain.basket import Basket, EnteredLine, ItemUnit
from schemas.domain.money import divide
from schemas.domain.quantity import extend, format_quantity
from schemas.domain.tax import tax_in_gross
from schemas.domain.ticket import Discount, Returned, SaleLine, Ticket


@dataclass(frozen=True, slots=True)
class Given:
    """What line `number` of a ticket gave back of the original's line `line`."""

    ticket: str
    number: int
    line: int
    quantity: int
    amount: int
    tax: int


@dataclass(frozen=True, slots=True)
class Worth:
    """A quantity in thousandths with the amount and the tax in it, in minor units."""

    quantity: int
    amount: int
    tax: int


def given_by(ticket: str, lines: Iterable[SaleLine], original: str) -> Iterator[Given]:
    """Yield what these lines of a ticket gave back of an original, named by its receipt or its uuid."""
    for line in lines:
        source = line.returned.original if line.returned else None
        if source is None or source.line is None or line.voided:
            continue
        if original not in {source.ticket, source.receipt}:
            continue
        yield Given(ticket, line.number, source.line, -line.quantity, -line.amount, -line.tax)


def left(sold: SaleLine, given: Iterable[Given]) -> Worth:
    """What may still be returned of a sold line; nothing of a voided one, or of a return."""
    if sold.voided or sold.quantity <= 0:
        return Worth(0, 0, 0)
    quantity, amount, tax = sold.quantity, sold.amount, sold.tax
    for one in given:
        if one.line == sold.number:
            quantity, amount, tax = quantity - one.quantity, amount - one.amount, tax - one.tax
    amount = max(0, amount) if quantity > 0 else 0
    return Worth(max(0, quantity), amount, min(max(0, tax), amount))


def part(sold: SaleLine, remaining: Worth, quantity: int) -> Worth:
    """What `quantity` of what is left is worth. Raises ValueError beyond it, or at nought."""
    if not 0 < quantity <= remaining.quantity:
        message = f"line {sold.number} has {remaining.quantity} left to return, not {quantity}"
        raise ValueError(message)
    if quantity == remaining.quantity:
        return remaining
    amount = min(remaining.amount, divide(sold.amount * quantity, sold.quantity))
    tax = divide(sold.tax * quantity, sold.quantity)
    # Neither this part nor what is left after it may bear more tax than it costs.
    least = max(0, remaining.tax - (remaining.amount - amount))
    return Worth(quantity, amount, max(least, min(tax, remaining.tax, amount)))


def return_line(sold: SaleLine, worth: Worth, returned: Returned) -> SaleLine:
    """The line that gives `worth` of a sold line back, explained by its share of the discounts."""
    quantity, amount = -worth.quantity, -worth.amount
    off = extend(sold.list_price, quantity) - amount
    return replace(
        sold, quantity=quantity, amount=amount, tax=-worth.tax, returned=returned,
        discounts=_shares(sold, worth.quantity, off),
    )  # fmt: skip


def reversed_line(line: SaleLine, returned: Returned, price: int | None = None) -> SaleLine:
    """The line that takes goods back at what `line` would cost today, or at a lower `price` of one
    unit that was keyed. Raises ValueError for a higher one.
    """
    amount = line.amount if price is None else extend(price, line.quantity)
    if amount > line.amount:
        message = f"item {line.item} costs {line.amount} today: {amount} would be more"
        raise ValueError(message)
    discounts = [replace(one, amount=-one.amount) for one in line.discounts]
    tax = line.tax
    if amount < line.amount:
        lowered = amount - line.amount
        by = returned.authority
        discounts.append(Discount("override", lowered, returned.reason, authority=by))
        tax = tax_in_gross(amount, line.tax_rate)
    return replace(
        line, quantity=-line.quantity, amount=-amount, tax=-tax, discounts=tuple(discounts),
        returned=returned,
    )  # fmt: skip


def add_return(basket: Basket, line: SaleLine, at: datetime) -> Basket:
    """Enter a return line; a return beside a sale is an exchange."""
    what = ItemUnit(
        line.item, line.name, line.unit, line.factor, line.category, line.tax_code, line.tax_rate,
        line.barcode,
    )  # fmt: skip
    number = len(basket.lines) + 1
    entered = EnteredLine(
        number, what, line.quantity, at, line.list_price, unknown_item=line.unknown_item,
        given_back=line,
    )  # fmt: skip
    return replace(basket, lines=(*basket.lines, entered))


def excesses(original: Ticket, given: Sequence[Given]) -> dict[tuple[str, int], str]:
    """What was given back beyond what was sold or paid, in words, by the line that did.

    `given` stands in the order in which it happened: the later of two is the one in excess.
    """
    sold = {line.number: line for line in original.lines}
    found: dict[tuple[str, int], str] = {}
    before: list[Given] = []
    for one in given:
        line = sold.get(one.line)
        remaining = left(line, before) if line is not None else Worth(0, 0, 0)
        if one.quantity > remaining.quantity or one.amount > remaining.amount:
            found[one.ticket, one.number] = (
                f"line {one.number} gives back {format_quantity(one.quantity)} for {one.amount} of "
                f"its line {one.line}, {format_quantity(remaining.quantity)} for "
                f"{remaining.amount} were left"
            )
        before.append(one)
    return found


def _shares(sold: SaleLine, quantity: int, off: int) -> tuple[Discount, ...]:
    """The discounts' shares, below nought, which sum to `off`; the last one takes the residue."""
    shares = [
        replace(one, amount=-divide(one.amount * quantity, sold.quantity)) for one in sold.discounts
    ]
    residue = off - sum(one.amount for one in shares)
    if residue and shares:
        shares[-1] = replace(shares[-1], amount=shares[-1].amount + residue)
    elif residue:
        shares = [Discount("basket", residue, "rounding")]
    return tuple(shares)
