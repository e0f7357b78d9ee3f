"""Where goods come from and on which terms, as headquarters alone holds it: sources, terms of suppliers, quotes,
what the replenishment (自动补货) is to keep of an item, and which branches a distribution centre serves.

Prices in minor units of headquarters' currency without tax, quantities in thousandths. `branch` is empty where a
row holds for every branch that has none of its own.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text, text

from schemas.tables.base import metadata

#: From whom an item can be had. `unit` is what is ordered by, a unit that the item is sold by, `code` what the
#: supplier calls the item, `price` of one of `unit`, None where it is the purchase price of the item. `direct`:
#: brought to the branch itself, also where a distribution centre serves it. One source of an item is the main one.
item_source = Table(
    "item_source",
    metadata,
    Column("item", Text, primary_key=True),
    Column("branch", Text, primary_key=True),
    Column("supplier", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("price", BigInteger),
    Column("main", Boolean, nullable=False),
    Column("direct", Boolean, nullable=False),
    Index("ix_item_source_supplier", "supplier"),
)
Index(
    "ix_item_source_main", item_source.c.item, item_source.c.branch, unique=True,
    postgresql_where=text("main"),
)  # fmt: skip

#: When and how much a supplier delivers. `lead_days` from order to receipt, None where nobody has said;
#: `weekdays` on which it takes orders, digits from 1, Monday; an order is of at least `least_amount`, and of at
#: least `least_quantity` of its lines' units, nought where there is no least.
supplier_terms = Table(
    "supplier_terms",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("lead_days", Integer),
    Column("review_days", Integer, nullable=False),
    Column("weekdays", Text, nullable=False),
    Column("least_amount", BigInteger, nullable=False),
    Column("least_quantity", BigInteger, nullable=False),
)

#: Days on which a supplier takes no orders and brings nothing.
supplier_holiday = Table(
    "supplier_holiday",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("closed_on", Date, primary_key=True),
)

#: What a supplier asks for (供应商报价): `price` of one of `unit` from `quantity` units on, from `starts` through
#: `ends`.
supplier_quote = Table(
    "supplier_quote",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("quantity", BigInteger, primary_key=True),
    Column("starts", Date, primary_key=True),
    Column("ends", Date, nullable=False),
    Column("price", BigInteger, nullable=False),
    Index(None, "item"),
)

#: Which part of the demand is to be met out of stock, in hundredths of a per cent; category empty: the chain's.
service_level = Table(
    "service_level",
    metadata,
    Column("category", Text, primary_key=True),
    Column("level", Integer, nullable=False),
)

#: What a branch is to keep of an item, in thousandths of the base unit: `presentation` on the shelf at least,
#: `minimum` and `maximum`, None where none is set; `adjusting`: the two follow the demand, else they are fixed.
#: Goods last `shelf_life_days`, None where they last.
replenishment_terms = Table(
    "replenishment_terms",
    metadata,
    Column("item", Text, primary_key=True),
    Column("branch", Text, primary_key=True),
    Column("presentation", BigInteger, nullable=False),
    Column("minimum", BigInteger),
    Column("maximum", BigInteger),
    Column("adjusting", Boolean, nullable=False),
    Column("shelf_life_days", Integer),
)

#: The distribution centre that serves a branch, after how many days, and how often.
served_branch = Table(
    "served_branch",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("centre", Text, nullable=False, index=True),
    Column("lead_days", Integer, nullable=False),
    Column("weekdays", Text, nullable=False),
)

#: What may be ordered without a person, of one branch or all: an order worth up to `up_to`, or one within
#: `within_percent` of what is usual; None where not. `may_exceed`: rounding up to packs may pass the maximum.
replenishment_rule = Table(
    "replenishment_rule",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("up_to", BigInteger),
    Column("within_percent", Integer),
    Column("may_exceed", Boolean, nullable=False),
)

TABLES = (
    item_source, supplier_terms, supplier_holiday, supplier_quote, service_level, replenishment_terms,
    served_branch, replenishment_rule,
)  # fmt: skip
