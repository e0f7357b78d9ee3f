"""Sales as a cashier makes them: ten lines, a member, paid in cash, through the till's own code.

Ten lines are what a supermarket's ticket has on average. What is sold differs from sale to sale,
by seed, so that neither a compressor nor a page of a table meets the same bytes again.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime

from pos_frontend import checkout
from pos_frontend.basket import Sale
from pos_frontend.checkout import Committing
from pos_frontend.day import Terms
from schemas.domain import basket as rules
from schemas.domain.barcode import check_digit
from schemas.domain.basket import Basket, ItemUnit
from schemas.domain.pricing import PriceRow
from schemas.domain.ticket import TenderLine

BRANCH = "B001"
LINES = 10
DATE = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 17, tzinfo=UTC)
_SHIFT = "6f1f1c0a-6a0e-4d1e-9a55-0d6b1a4f3c11"
_DOCUMENT = "P000001"
_TIER = "member"
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
_TERMS = Terms(
    branch=BRANCH, name="Branch B001", zone="America/New_York", currency="USD", decimals=2,
    tax_policy="line", cash_rounding=1, business_date=DATE, provisional=False,
)  # fmt: skip
_KINDS = ("Fluid Milk White Only", "Mainstream White Bread", "Bananas", "Ground Beef 1 LB",
          "Toilet Tissue 12 CT", "Yogurt Not Multi-Packs 6 OZ", "Soft Drinks 12/18&15PK Can",
          "Shredded Cheese 8 OZ", "Kids Cereal 12 OZ", "Premium Ice Cream 48 OZ")  # fmt: skip


def paid_sale(number: int, branch: str = BRANCH, business_date: date = DATE) -> Sale:
    """Return the sale of this number, paid and totalled: what a till is about to commit."""
    terms = replace(_TERMS, branch=branch, business_date=business_date)
    chance = random.Random(number)
    basket = Basket()
    for _ in range(LINES):
        what, prices = _thing(chance)
        basket = rules.add_line(basket, what, prices, chance.choice((1000, 1000, 1000, 2000)), AT)
    basket = rules.set_member(basket, f"{chance.randrange(10_000):04}", _TIER)
    sale = Sale(str(uuid.UUID(int=chance.getrandbits(128), version=4)), terms, AT, basket)
    handed = -(-sale.totals.total // 1000) * 1000
    paid = Sale(sale.uuid, sale.terms, sale.started, basket, (TenderLine("cash", handed),))
    # The till asks this before it commits, and so knows the lines and the total by then.
    if not checkout.is_paid(paid):
        message = f"sale {number} of {sale.totals.total} is not paid with {handed}"
        raise ValueError(message)
    return paid


def committing(number: int, lane: str, business_date: date = DATE) -> Committing:
    """Return the same as the till hands it to its journal; a lane's name begins with its branch's."""
    branch = lane.partition(".")[0]
    return Committing(paid_sale(number, branch, business_date), lane, _SHIFT, f"{branch}-C1", AT)


def _thing(chance: random.Random) -> tuple[ItemUnit, tuple[PriceRow, ...]]:
    """Return an item and its prices: everyone's, and for half of the items the members'."""
    item = chance.randrange(25_000, 99_000_000)
    body = f"04{item:010}"
    what = ItemUnit(
        item=str(item), name=chance.choice(_KINDS), unit="piece",
        category=f"{chance.randrange(30):02}-{chance.randrange(99):03}-{chance.randrange(99):03}",
        tax_code="none", barcode=f"{body}{check_digit(body)}",
    )  # fmt: skip
    price = chance.randrange(50, 1500)
    rows = [_row(str(item), "", price)]
    if chance.random() < 0.5:
        rows.append(_row(str(item), _TIER, price * 9 // 10))
    return what, tuple(rows)


def _row(item: str, tier: str, price: int) -> PriceRow:
    return PriceRow(_DOCUMENT, 0, item, "piece", tier, price, _SINCE, None, 1)
