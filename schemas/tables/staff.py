"""Who may sign in where, and who is signed in."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, LargeBinary, Table, Text

from schemas.tables.base import Big, Instant, Json, metadata

#: Headquarters' own list of everybody; `branches` and what is in `regions` are the scope, the whole chain where
#: both are empty.
staff = Table(
    "staff",
    metadata,
    Column("operator", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("branches", Json, nullable=False),
    Column("regions", Json, nullable=False, server_default="[]"),
    Column("password_hash", Text, nullable=False),
    Column("pin_hash", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)

web_session = Table(
    "web_session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
)

#: Whoever acts against the grain leaves who, when, what and why (invariant 10).
audit = Table(
    "audit",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("operator", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
