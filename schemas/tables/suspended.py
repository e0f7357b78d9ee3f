"""Suspended baskets at rest; see `schemas.domain.suspension`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, LargeBinary, Table, Text

from schemas.tables.base import Instant, metadata

#: At branch and headquarters. `entry` is the body of its entry while it is open; who resumed it has it then.
suspended_basket = Table(
    "suspended_basket",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("basket", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("name", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("entry", LargeBinary),
    Index(None, "branch", "business_date"),
)

#: At branch and headquarters; more than one of a suspension is a basket that may have been sold twice.
resumed_basket = Table(
    "resumed_basket",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("basket", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("of_lane", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("claimed", Boolean, nullable=False),
    Column("repriced", Boolean, nullable=False),
)

#: At the branch: which lane it gave a suspended basket to.
suspended_claim = Table(
    "suspended_claim",
    metadata,
    Column("suspended", Text, primary_key=True),
    Column("lane", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

#: At the lane: what it suspended, and what it resumed of any lane's. `entry` is the body of the suspension's
#: entry, none where only the resumption came back after a restore; `was` the basket's uuid before.
#: `taken_by` is the lane that has it, as the branch said; `basket` what it became here, at `resumed`, and
#: `ended` says that this basket was seen to have ended.
lane_suspended = Table(
    "lane_suspended",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("was", Text, nullable=False),
    Column("entry", LargeBinary),
    Column("taken_by", Text, nullable=False, server_default=""),
    Column("basket", Text),
    Column("resumed", Instant),
    Column("ended", Boolean, nullable=False, server_default="0"),
)
