"""What is agreed for goods, without tax, which only headquarters holds and no till is told: what the chain
pays for them (进价), and what a franchised branch pays the chain (配送价); and the margins that prices should have.

It is no cost of what lies in a branch: that is the moving average which moves of stock carry (rule 25).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from schemas.tables.base import Instant, metadata

#: `price` in minor units of headquarters' currency without tax, for one of `unit`; `since` it was written.
purchase_price = Table(
    "purchase_price",
    metadata,
    Column("item", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("since", Instant, nullable=False),
)

#: The same for what is delivered to a franchised branch (rule 28).
delivery_price = Table(
    "delivery_price",
    metadata,
    Column("item", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("since", Instant, nullable=False),
)

#: The margin in basis points of the price without tax that goods of a category, and of those below it, should
#: have at least; see `hq.price_checks`.
minimum_margin = Table(
    "minimum_margin",
    metadata,
    Column("category", Text, primary_key=True),
    Column("margin", Integer, nullable=False),
    Column("since", Instant, nullable=False),
)
