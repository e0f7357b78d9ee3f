"""When people came and went (考勤), at the branch and at headquarters alike; see `schemas.domain.attendance`."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Table, Text

from schemas.tables.base import Instant, metadata

attendance = Table(
    "attendance",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("direction", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("stated", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("withdraws", Text, nullable=False),
    Index(None, "branch", "business_date"),
)
