"""What headquarters holds of redeeming: the ledger of stored value, reservations, coupons, grants, and what
was overspent. The ledger of points stands in `headquarters`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from schemas.tables.base import Instant, metadata

#: The ledger of stored value (储值), by what moved it (`source`: a ticket's uuid, an adjustment's, or a
#: file's reference) and rule. Kinds: loaded, adjusted, redeemed, given_back and settled. `original` is the
#: sale that a refund gave back, or whose overspending was settled, else empty.
stored_value_entry = Table(
    "stored_value_entry",
    metadata,
    Column("source", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("original", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("member", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("branch", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Index(None, "member", "at"),
)

#: What is kept for a ticket that is not here yet. It is open until its ticket or the end of its basket
#: is held, or until it lapses. `account` is a
#: member's number, or a coupon's.
reservation = Table(
    "reservation",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("lane", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("lapses", Instant, nullable=False),
    Index(None, "account", "kind"),
)

#: The terms on which the chain redeems, one row at most: what `points` are worth, and for how many days
#: a reservation is kept. Without figures the chain takes no points.
redemption_terms = Table(
    "redemption_terms",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("points", BigInteger),
    Column("amount", BigInteger),
    Column("reservation_days", Integer, nullable=False),
)

#: Single-use coupons (优惠券) that were issued; `member` is whose own it is, empty for anybody's. Whether
#: one is used say its uses.
coupon = Table(
    "coupon",
    metadata,
    Column("number", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("member", Text, nullable=False),
    Column("starts", Instant),
    Column("ends", Instant),
    Column("issued", Instant, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("voided", Instant),
    Column("voided_by", Text),
    Column("reason", Text),
    Index(None, "kind", "number"),
    Index(None, "member"),
)

#: A ticket that used a coupon, issued or not. `given_back` says that what it was used for came back.
coupon_use = Table(
    "coupon_use",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("coupon", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("member", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("grant_number", Text),
    Column("given_back", Boolean, nullable=False),
    Index(None, "coupon"),
    Index(None, "grant_number"),
)

#: What lanes may be granted, chain-wide (`branch` is empty) or at one branch instead. Nothing is the default.
grant_policy = Table(
    "grant_policy",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("cap", BigInteger, nullable=False),
    Column("days", Integer, nullable=False),
)

#: A grant (离线授权额度) that a lane was handed; see `schemas.domain.redemption`. `ended` is when its lane
#: was done with it, having used `reported` of it; `left_behind` when its lane came back in another epoch.
redemption_grant = Table(
    "redemption_grant",
    metadata,
    Column("number", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("cap", BigInteger, nullable=False),
    Column("opened", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("rate_points", BigInteger),
    Column("rate_amount", BigInteger),
    Column("ended", Instant),
    Column("reported", BigInteger),
    Column("left_behind", Instant),
    Index(None, "lane"),
    Index(None, "until"),
)

#: What turned out to be overspent by a ticket (rule 19). Of points, `points` is how many; `member` is whose
#: ticket it is, empty for nobody's. `why` is of a coupon. `outcome` is paid or waived once settled.
receivable = Table(
    "receivable",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("member", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("outcome", Text),
    Column("settled", Instant),
    Column("settled_by", Text),
    Column("reason", Text),
    Index(None, "account", "kind"),
)
