"""Inquiries that wrote something where they were decided, and what was answered."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table, Text

from schemas.tables.base import Instant, metadata

#: What this site decided for whoever asks with this uuid; see `replication.decision`. `asked` is the
#: SHA-256 of what was asked, `answer` canonical JSON.
inquiry_decision = Table(
    "inquiry_decision",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked", LargeBinary, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("decided", Instant, nullable=False, index=True),
)
