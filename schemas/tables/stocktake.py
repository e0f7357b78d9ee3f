"""Stocktakes (盘点) at rest at their branch alone: sheets, entries, choices. What was approved is a document.

Entries are only ever added: one that was wrong is taken back by another that names it (`undoes`).
Quantities are thousandths of the base unit.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from schemas.tables.base import Instant, Json, metadata

#: `scope` says what is counted: everything, the items of `categories`, or those listed for sheet 0.
stocktake = Table(
    "stocktake",
    metadata,
    Column("stocktake", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("categories", Json, nullable=False),
    Column("tolerance", BigInteger, nullable=False),
    Column("opened", Instant, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("ended", Instant),
    Column("ended_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

stocktake_sheet = Table(
    "stocktake_sheet",
    metadata,
    Column("stocktake", Text, primary_key=True),
    Column("sheet", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("round", Integer, nullable=False),
)

#: The items that a sheet lists, in the order of its shelf; a sheet that lists none takes all in scope.
stocktake_item = Table(
    "stocktake_item",
    metadata,
    Column("stocktake", Text, primary_key=True),
    Column("sheet", Integer, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("place", Integer, nullable=False),
)

#: `scan` is the sender's own name for the entry, so that one that is sent twice counts once. An entry of an
#: unknown code has no item.
stocktake_entry = Table(
    "stocktake_entry",
    metadata,
    Column("stocktake", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("scan", Text, nullable=False),
    Column("sheet", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("factor", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("how", Text, nullable=False),
    Column("undoes", Integer),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("stocktake", "scan"),
    Index(None, "stocktake", "item"),
)

#: What a manager decided about an item, the last decision; the audit keeps them all. A round of None
#: leaves it alone, nought says that nothing is there.
stocktake_choice = Table(
    "stocktake_choice",
    metadata,
    Column("stocktake", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("round", Integer),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
)

TABLES = (stocktake, stocktake_sheet, stocktake_item, stocktake_entry, stocktake_choice)
