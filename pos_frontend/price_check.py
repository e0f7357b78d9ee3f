"""What something costs, without selling it (查价): asked at the till beside a basket, or by a customer.

    told                   what it is
    list_price, amount     of one unit; of a label what it says, and what would be charged for it now
    promoted               what promotions take off one such line by itself, if anything
    members                the lowest price of each tier that is below the list price
    offers                 promotions in force that this may take part in: what they ask for besides

It is the engine's own answer: one line is entered into a basket of its own, which is then forgotten.
Whoever asks learns nothing of any basket, and nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pos_frontend import basket
from pos_frontend.basket import Sale
from pos_frontend.catalogue import Catalogue
from pos_frontend.day import Terms
from pos_frontend.offers import Offers
from schemas.domain.basket import EnteredLine
from schemas.domain.pricing import price_in_force
from schemas.domain.promotion.effect import SpendGift
from schemas.domain.promotion.eligibility import asks_for_member
from schemas.domain.promotion.promotion import Promotion
from schemas.domain.promotion.sale import Context

#: More than anybody reads beside a shelf.
_MOST_OFFERS = 6


@dataclass(frozen=True, slots=True)
class Offer:
    """A promotion by its title, what a customer has to bring for it, and whether it gives them something."""

    title: str
    asks: Literal["", "member", "coupon"]
    gives: Literal["", "gift"] = ""


@dataclass(frozen=True, slots=True)
class TierPrice:
    """What one unit costs a member of a tier."""

    tier: str
    price: int


@dataclass(frozen=True, slots=True)
class CheckedPrice:
    """The price of what was scanned: amounts in minor units, `quantity` in thousandths."""

    item: str
    name: str
    unit: str
    quantity: int
    list_price: int
    amount: int
    promoted: int
    members: tuple[TierPrice, ...]
    offers: tuple[Offer, ...]


def check_price(
    catalogue: Catalogue, offers: Offers, text: str, terms: Terms, at: datetime
) -> CheckedPrice:
    """Return what a scanned or keyed code costs now. Raises TillError as a scan does.

    Nothing is weighed: what is sold by the kilogram is told by the kilogram.
    """
    alone = offers.offered(basket.scan(Sale("", terms, at), catalogue, text, at))
    (entered,), (line,) = alone.basket.lines, alone.lines
    promoted = sum(one.amount for one in line.discounts if one.kind == "promotion")
    known = offers.about(alone.plain[0], Context(at, terms.zone))
    return CheckedPrice(
        item=line.item,
        name=line.name,
        unit=line.unit,
        quantity=line.quantity,
        list_price=line.list_price,
        amount=line.amount,
        promoted=promoted,
        members=tuple(_members(entered, at)),
        offers=tuple(_offer(one) for one in known[:_MOST_OFFERS]),
    )


def _members(entered: EnteredLine, at: datetime) -> list[TierPrice]:
    tiers = sorted({row.tier for row in entered.prices if row.tier})
    found = ((tier, price_in_force(entered.prices, tier, at)) for tier in tiers)
    return [
        TierPrice(tier, priced.member.price) for tier, priced in found if priced and priced.member
    ]


def _offer(promotion: Promotion) -> Offer:
    gives: Literal["", "gift"] = "gift" if isinstance(promotion.effect, SpendGift) else ""
    if promotion.who.coupon is not None:
        return Offer(promotion.title, "coupon", gives)
    return Offer(promotion.title, "member" if asks_for_member(promotion.who) else "", gives)
