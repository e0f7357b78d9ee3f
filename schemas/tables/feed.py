"""Feeds at rest: the newest record of each key, of every feed that this site serves."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text, func

from schemas.tables.base import Big, Instant, metadata

feed_record = Table(
    "feed_record",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("number", Big, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("generation", Integer, nullable=False, server_default="1"),
    # The generation is in it because a new epoch draws the numbers anew while the old rows still stand.
    Index(None, "stream", "number", "generation", unique=True),
)

#: When each feed reached each head, by the database's clock: since when a reader lacks something, and
#: which tombstones are old enough to be forgotten.
feed_publication = Table(
    "feed_publication",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("number", Big, primary_key=True),
    Column("published", Instant, nullable=False, server_default=func.now()),
)
