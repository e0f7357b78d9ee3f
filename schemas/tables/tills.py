"""Tills beyond their shifts and counts, and the safe, at rest at the branch and at headquarters alike."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Text

from schemas.tables.base import Instant, Json, metadata

#: See `schemas.domain.till_settlement.TillAccepted`; the last of a till's counts.
till_acceptance = Table(
    "till_acceptance",
    metadata,
    Column("shift", Text, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("number", Integer, nullable=False),
    Column("differences", Json, nullable=False),
    Column("operator", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "branch", "business_date"),
)

#: See `schemas.domain.till_settlement.TerminalSettled`.
terminal_batch = Table(
    "terminal_batch",
    metadata,
    Column("shift", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("totals", Json, nullable=False),
    Index(None, "branch", "business_date"),
)

#: See `schemas.domain.safe`.
safe_move = Table(
    "safe_move",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("movement", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("slip", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "branch", "business_date"),
)

safe_count = Table(
    "safe_count",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("counted", Json, nullable=False),
    Column("expected", Json, nullable=False),
    Column("denominations", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "branch", "business_date"),
)

TABLES = (till_acceptance, terminal_batch, safe_move, safe_count)
