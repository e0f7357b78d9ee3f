"""Goods on order and on their way, as headquarters keeps them: documents, their lines, sales to franchises.

Quantities are thousandths of the line's unit unless a column says otherwise, values minor units without tax.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Text

from schemas.tables.base import Instant, metadata

#: Kinds: order, send, transfer. States: draft, sent, withdrawn, stopped. `branch` is who is told by its feed,
#: `partner` a supplier or the other branch, `number` that of the header in the feed once told; `origin` is the
#: UUID of the transfer_out that a transfer comes from. See `hq.goods`.
goods_document = Table(
    "goods_document",
    metadata,
    Column("document", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("branch", Text, nullable=False, index=True),
    Column("partner", Text, nullable=False, index=True),
    Column("expected", Date, nullable=False),
    Column("note", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("drafted_by", Text, nullable=False),
    Column("drafted", Instant, nullable=False),
    Column("sent_by", Text),
    Column("sent", Instant),
    Column("number", BigInteger),
    Column("withdrawn_by", Text),
    Column("withdrawn", Instant),
    Column("reason", Text),
    Column("row_count", Integer, nullable=False),
    Column("origin", Text, unique=True),
    Index(None, "drafted", "document"),
)

#: `value` is what the line was told to cost whoever receives it, `cost` what the goods were worth where they
#: left; one of the unit is `factor` thousandths of the base unit. `agreed` is the price of one of the unit where one
#: was agreed for this order alone.
goods_line = Table(
    "goods_line",
    metadata,
    Column("document", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("item", Text, nullable=False, index=True),
    Column("unit", Text, nullable=False),
    Column("factor", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger),
    Column("cost", BigInteger),
    Column("agreed", BigInteger),
)

#: What was delivered to a franchised branch, which is a sale (rule 28). `quantity` in thousandths of the base
#: unit; `cost` and `price` are of the whole line, None where nobody knows them.
franchise_delivery = Table(
    "franchise_delivery",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("document", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sender", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("cost", BigInteger),
    Column("price", BigInteger),
    Column("sent", Instant, nullable=False),
)

TABLES = (goods_document, goods_line, franchise_delivery)
