"""What only headquarters holds: branches and their groups, price changes and promotions on their way,
and the ledgers of members.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from schemas.tables.base import Big, Instant, Json, metadata

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

#: States: draft, approved, published, withdrawn. `audience` is the feed it goes to; `rule` is the whole
#: promotion, as `schemas.wire.promotion_rule` writes it.
promotion_document = Table(
    "promotion_document",
    metadata,
    Column("promotion", Text, primary_key=True),
    Column("audience", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("drafted_by", Text, nullable=False),
    Column("drafted", Instant, nullable=False),
    Column("approved_by", Text),
    Column("approved", Instant),
    Column("published_by", Text),
    Column("published", Instant),
    Column("publication", BigInteger),
    Column("withdrawn_by", Text),
    Column("withdrawn", Instant),
    Column("reason", Text),
)

#: The ledger of points, by what moved them (`source`: a ticket's uuid, or an adjustment's) and rule.
#: Kinds: earned, taken_back, adjusted, redeemed, given_back and settled. `original` is the sale that a
#: return took points of back, that a refund gave back or whose overspending was settled, else empty;
#: `lines` of a ticket earned, which were sold for `sold`.
points_entry = Table(
    "points_entry",
    metadata,
    Column("source", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("original", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("member", Text, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("branch", Text, nullable=False),
    Column("lines", Json, nullable=False),
    Column("sold", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Index(None, "member", "at"),
)

#: Records that headquarters lost with its database and that its branches still hold, one row for each
#: content of an origin (feed, epoch of the counter, number). States: undecided, accepted, dismissed, and
#: settled, by itself. `bundle` is what is decided together, `published` the number of what was accepted.
proposal = Table(
    "proposal",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("feed", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("number", Big, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("bundle", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("reporter", Text, nullable=False),
    Column("reported", Instant, nullable=False),
    Column("state", Text, nullable=False, server_default="undecided"),
    Column("decided", Instant),
    Column("decided_by", Text),
    Column("reason", Text),
    Column("published", Big),
    Index(None, "feed", "epoch", "number", "content", unique=True),
    Index(
        "ix_proposal_undecided", "feed", "kind", "key",
        postgresql_where=text("state = 'undecided'"),
    ),
)  # fmt: skip
