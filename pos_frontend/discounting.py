"""A discount off the whole basket that a person gives at this till (整单折扣, rule 4).

    keyed        is                                      refused
    10%          a share, up to 100 %, to 0.01 %         what does not read, is below nought or above all
    2.50         an amount                               more than the goods of the basket cost now
    0            no discount any more

It needs the right to override, and a reason; every line that bears a part of it names both. What a person gives
off one line is an override (`basket.override`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pos_frontend.authority import Door
from pos_frontend.basket import Sale, read_off
from pos_frontend.catalogue import Operator
from pos_frontend.errors import TillError
from schemas.domain.manual_discount import BasketDiscount, Off, bearing


@dataclass(frozen=True, slots=True)
class Discounting:
    """A discount as it was asked for; `authority` and `pin` are of whom was called, if anybody."""

    off: str
    reason: str
    authority: str = ""
    pin: str = ""


def discount(sale: Sale, asked: Discounting, present: Operator, door: Door) -> Sale:
    """Return the sale with a discount, instead of the one it may have. Raises TillError."""
    if sale.is_empty():
        raise TillError("empty")
    off = read_off(asked.off, sale.terms.decimals)
    if off.amount > sum(line.amount for line in bearing(sale.undiscounted)):
        raise TillError("discount_exceeds")
    if not asked.reason.strip():
        raise TillError("unexplained")
    by = door.allow("override", present, asked.authority, asked.pin)
    given = None if off == Off() else BasketDiscount(off, asked.reason, by.operator)
    return replace(sale, basket=replace(sale.basket, discount=given))
