"""What only headquarters holds: branches and their groups, and price changes on their way."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from schemas.tables.base import Instant, metadata

branch_group_member = Table(
    "branch_group_member",
    metadata,
    Column("branch_group", Text, primary_key=True),
    Column("branch", Text, primary_key=True),
)

#: Branches that were closed for good; why stands in the audit.
closed_branch = Table(
    "closed_branch",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("closed", Instant, nullable=False),
)

#: States: draft, approved, published, withdrawn. `audience` is the feed it goes to, `number` the
#: number of its header in that feed once published.
price_document = Table(
    "price_document",
    metadata,
    Column("document", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant),
    Column("state", Text, nullable=False),
    Column("drafted_by", Text, nullable=False),
    Column("drafted", Instant, nullable=False),
    Column("approved_by", Text),
    Column("approved", Instant),
    Column("published_by", Text),
    Column("published", Instant),
    Column("publication", BigInteger),
    Column("number", BigInteger),
    Column("withdrawn_by", Text),
    Column("withdrawn", Instant),
    Column("reason", Text),
    Column("row_count", Integer, nullable=False),
)

price_document_row = Table(
    "price_document_row",
    metadata,
    Column("document", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("tier", Text, primary_key=True),
    Column("price", BigInteger, nullable=False),
)
