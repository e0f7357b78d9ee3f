"""The exports of days' figures to whoever keeps books of them, at headquarters; see `hq.day_ledger`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Text

from schemas.tables.base import Instant, metadata

#: One export; numbers leave no gap.
day_export = Table(
    "day_export",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("operator", Text, nullable=False),
    Column("through", Date, nullable=False),
)

#: What an export holds: by how much a figure of a day differs from all exports before, in minor units.
day_export_line = Table(
    "day_export_line",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("branch", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("figure", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "branch", "business_date"),
)
