"""What goods cost when they are ordered: the cheapest quote that holds, else what was agreed, else the purchase price.

    quote      what the supplier asks for so many of the unit on that day; of several the lowest
    source     the price that the item's source names
    purchase   the item's purchase price, by the factors of both units

A quote of another supplier that is lower still is named beside, and ordered from nobody by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from hq.purchase_prices import Costs
from schemas.tables.sourcing import supplier_quote

_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Quote:
    """`price` for one of `unit`, of which one is `factor` thousandths, from `quantity` units on."""

    supplier: str
    unit: str
    factor: int
    quantity: int
    price: int


#: Those that hold, by item.
Quotes = Mapping[str, tuple[Quote, ...]]


@dataclass(frozen=True, slots=True)
class Price:
    """Of one of a unit, None where nobody knows; where it is from; and a quote that is lower still."""

    price: int | None
    origin: str
    lower: Quote | None = None


def valid_quotes(
    connection: Connection, on: date, factors: Mapping[tuple[str, str], int]
) -> dict[str, tuple[Quote, ...]]:
    """The quotes that hold on a day, in units that their items have."""
    row = supplier_quote.c
    query = (
        select(row.item, row.supplier, row.unit, row.quantity, row.price)
        .where(row.starts <= on, row.ends >= on)
        .order_by(row.item, row.supplier, row.unit, row.quantity, row.starts)
    )
    found: dict[str, list[Quote]] = {}
    for one in connection.execute(query):
        factor = factors.get((one.item, one.unit))
        if factor:
            quote = Quote(one.supplier, one.unit, factor, one.quantity, one.price)
            found.setdefault(one.item, []).append(quote)
    return {item: tuple(quotes) for item, quotes in found.items()}


def price_of(
    quotes: Quotes, costs: Costs, supplier: str, item: str, unit: str, factor: int, base: int,
    agreed: int | None,
) -> Price:  # fmt: skip
    """What one of a unit costs from a supplier when so much is ordered, in thousandths of the base unit."""
    open_to = [one for one in quotes.get(item, ()) if one.quantity * one.factor <= base * _THOUSAND]
    mine = [one.price for one in open_to if one.supplier == supplier and one.unit == unit]
    purchase = costs.of_quantity(item, unit, _THOUSAND)
    if mine:
        price, origin = min(mine), "quote"
    elif agreed is not None:
        price, origin = agreed, "source"
    elif purchase is not None:
        price, origin = purchase, "purchase"
    else:
        return Price(None, "", min(open_to, key=_by_base, default=None))
    lower = min(open_to, key=_by_base, default=None)
    if lower is not None and lower.price * factor >= price * lower.factor:
        lower = None
    return Price(price, origin, lower)


def told(quote: Quote | None) -> dict[str, Any] | None:
    """A quote as a line keeps it."""
    if quote is None:
        return None
    return {"supplier": quote.supplier, "unit": quote.unit, "price": quote.price,
            "quantity": quote.quantity}  # fmt: skip


def _by_base(quote: Quote) -> tuple[float, str, str]:
    return quote.price / quote.factor, quote.supplier, quote.unit
