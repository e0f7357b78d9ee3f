"""Tiers of members, which only headquarters holds: what reaches each, and how members came by theirs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Integer, Table, Text

from schemas.tables.base import metadata

#: See `schemas.domain.tier`; a threshold in minor units of the chain's currency, none where spend gives none.
member_tier = Table(
    "member_tier",
    metadata,
    Column("tier", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("threshold", BigInteger),
    Column("months", Integer, nullable=False),
    Column("keep_months", Integer, nullable=False),
)

#: The tier that a member has had since when. `held_by` is the person who holds it, with the reason, both
#: empty where spend decides.
tier_standing = Table(
    "tier_standing",
    metadata,
    Column("member", Text, primary_key=True),
    Column("tier", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("held_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

TABLES = (member_tier, tier_standing)
