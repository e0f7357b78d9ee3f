"""Gifts (满赠) at this till: what is due is shown before payment, and put in by a scan or all at once.

    scanned while it is due     a gift, up to what is due; what is more is sold
    taken by its key            all that is due, as if it had been scanned
    with the amount of a label  sold: the printed amount is charged

What a gift in the basket costs, and when it is charged after all, says `schemas.domain.gift`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pos_frontend.basket import Sale, explained
from pos_frontend.catalogue import Catalogue, Found
from pos_frontend.errors import TillError
from schemas.domain.basket import add_line
from schemas.domain.gift import as_gift
from schemas.domain.pricing import price_in_force
from schemas.domain.promotion.sale import Gift


@dataclass(frozen=True, slots=True)
class DueGift:
    """A gift that may still be taken, as the item is called here; `quantity` in thousandths."""

    promotion: str
    title: str
    item: str
    name: str
    unit: str
    quantity: int


def entered(before: Sale, after: Sale) -> Sale:
    """Return the sale whose last line was scanned just now: it is a gift where one was due for it."""
    line = after.basket.lines[-1]
    if line.printed is not None:
        return after
    for gift in before.gifts:
        if (gift.item, gift.unit) == (line.what.item, line.what.unit):
            return replace(after, basket=as_gift(after.basket, gift.promotion, gift.quantity))
    return after


def all_taken(sale: Sale, catalogue: Catalogue, at: datetime) -> Sale:
    """Return the sale with all gifts that are due. Raises TillError, `no_gift` where there is none."""
    if not sale.gifts:
        raise TillError("no_gift")
    basket = sale.basket
    for gift in sale.gifts:
        found = _found(catalogue, gift)
        priced = None if found is None else price_in_force(found.prices, "", at)
        if found is None or priced is None or priced.list.price == 0:
            raise TillError("gift_price", name=found.what.name if found else gift.item)
        with explained():
            basket = add_line(basket, found.what, found.prices, gift.quantity, at)
        basket = as_gift(basket, gift.promotion, gift.quantity)
    return replace(sale, basket=basket)


def due(sale: Sale | None, catalogue: Catalogue) -> list[DueGift]:
    """The gifts that may still be taken."""
    shown: list[DueGift] = []
    for gift in sale.gifts if sale else ():
        found = _found(catalogue, gift)
        name = found.what.name if found else gift.item
        shown.append(DueGift(gift.promotion, gift.title, gift.item, name, gift.unit, gift.quantity))
    return shown


def _found(catalogue: Catalogue, gift: Gift) -> Found | None:
    """The item in the unit in which it is given."""
    return catalogue.in_unit(gift.item, gift.unit)
