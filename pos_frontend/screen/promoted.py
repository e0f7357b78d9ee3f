"""Coupons and gifts of a basket as the till's page shows them.

coupons   [{number, title, off, why, minimum}]       in the order in which they were presented, masked;
          `why` is empty, one of `schemas.domain.promotion.presented`, or `unreserved`: it may be used
          once, and is not reserved for this basket (yet)
gifts     [{promotion, title, item, name, unit, quantity}]     due and not taken yet
a line    {gift}: "" is none, "given" costs nothing, "charged" costs what its promotion does not give
"""

from __future__ import annotations

from typing import Any

from pos_frontend.basket import Sale
from schemas.domain.coupon import masked
from schemas.domain.ticket import SaleLine

Json = dict[str, Any]


def coupon_pictures(sale: Sale) -> list[Json]:
    """Return how each coupon of a basket stands."""
    return [
        {
            "number": masked(one.number),
            "title": one.title,
            "off": one.off,
            "why": one.why,
            "minimum": one.minimum,
        }
        for one in sale.standings
    ]


def gift_picture(sale: Sale, line: SaleLine) -> Json:
    """Return whether a line of the basket is a gift."""
    entered = sale.basket.lines[line.number - 1]
    if entered.gift_of is None or line.voided:
        return {"gift": ""}
    return {"gift": "charged" if line.amount else "given"}
