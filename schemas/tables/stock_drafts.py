"""Stock documents that are being written (库存单草稿), at rest at the branch alone, and the counter of numbers.

A draft's `uuid` becomes the document's: a draft whose document is held was posted.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, text

from schemas.tables.base import Instant, metadata

#: `kind`, `partner`, `refers_to` and `reason` as in `schemas.domain.stock.document`. A delivery has one
#: draft at a time.
stock_draft = Table(
    "stock_draft",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("refers_to", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed", Instant, nullable=False),
    Index(
        "ix_stock_draft_refers_to", "refers_to", unique=True,
        postgresql_where=text("refers_to <> ''"),
    ),
)  # fmt: skip

#: What came or goes so far. A line that a delivery expects is here only once somebody counted it; `cost` is
#: what somebody typed that the line costs.
stock_draft_line = Table(
    "stock_draft_line",
    metadata,
    Column("draft", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("item", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("factor", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("damaged", BigInteger, nullable=False),
    Column("cost", BigInteger),
    Column("unknown_item", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
)

#: The scans that were taken, by the name that the page gave them: one that is sent twice counts once.
stock_draft_scan = Table(
    "stock_draft_scan",
    metadata,
    Column("draft", Text, primary_key=True),
    Column("scan", Text, primary_key=True),
)

#: The last number that documents of a letter got, or skipped after a restore.
document_counter = Table(
    "document_counter",
    metadata,
    Column("letter", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)
