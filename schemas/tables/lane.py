"""What a lane keeps beside its journal, in the same file and so in the same transaction as a sale."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table, Text

from schemas.tables.base import Instant, metadata

#: One row: the counters that go up in a sale's own commit (rules 21 and 23). `last_basket` is the
#: identity of the sale that made the last ticket, `last_epoch` and `last_sequence` its entry in the
#: lane's journal.
lane_counter = Table(
    "lane_counter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("receipt", BigInteger, nullable=False),
    Column("grand_total", BigInteger, nullable=False),
    Column("business_date", Date),
    Column("tickets", BigInteger, nullable=False),
    Column("gross", BigInteger, nullable=False),
    Column("last_basket", Text),
    Column("last_sequence", BigInteger),
    Column("last_epoch", Text),
)

#: The lane's shifts. One has no `ended` at most, but for those that a restore interrupted and that
#: came back: they are ended with the next that is. `continues` is the shift whose till it goes on with,
#: `left` the cash that its cashier counted at its end.
lane_shift = Table(
    "lane_shift",
    metadata,
    Column("shift", Text, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("opened", Instant, nullable=False),
    Column("float_amount", BigInteger, nullable=False),
    Column("ended", Instant),
    Column("continues", Text),
    Column("left", BigInteger),
)

#: How often this lane used promotions that are limited per member or per day; an empty member is whoever
#: is none.
promotion_use = Table(
    "promotion_use",
    metadata,
    Column("promotion", Text, primary_key=True),
    Column("member", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("uses", BigInteger, nullable=False),
)

#: What the lane may redeem while nobody can be asked (rule 18): of which epoch of its journal, until when,
#: and whether the lane is done with it.
lane_grant = Table(
    "lane_grant",
    metadata,
    Column("number", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("cap", BigInteger, nullable=False),
    Column("until", Instant, nullable=False),
    Column("rate_points", BigInteger),
    Column("rate_amount", BigInteger),
    Column("ended", Boolean, nullable=False),
)

#: What of a grant was used in committed sales, by member; an empty account is whoever is none.
lane_grant_use = Table(
    "lane_grant_use",
    metadata,
    Column("number", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("used", BigInteger, nullable=False),
)
