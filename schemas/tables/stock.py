"""The branch's stock ledger (rule 25): signed moves in thousandths of the base unit, and their sum."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Text

from schemas.tables.base import Instant, metadata

stock_move = Table(
    "stock_move",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("item", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "item"),
)

stock_on_hand = Table(
    "stock_on_hand",
    metadata,
    Column("item", Text, primary_key=True),
    Column("quantity", BigInteger, nullable=False),
)
