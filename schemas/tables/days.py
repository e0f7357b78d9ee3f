"""Business days, shifts and counts at rest, at the branch and at headquarters alike."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text

from schemas.tables.base import Instant, Json, metadata

business_day = Table(
    "business_day",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("opened", Instant, nullable=False),
    Column("changed", Instant, nullable=False),
)

#: Every revision of a closed day, none overwritten. `computed` is what the holder of this row
#: recomputed from its own tickets when the close arrived, `differences` where that disagrees, `absent`
#: the lanes that it was closed without.
day_revision = Table(
    "day_revision",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("totals", Json, nullable=False),
    Column("lanes", Json, nullable=False),
    Column("computed", Json, nullable=False),
    Column("differences", Json, nullable=False),
    Column("absent", Json, nullable=False, server_default="[]"),
)

day_reopening = Table(
    "day_reopening",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

#: `ended` and the four figures behind it are the lane's own last word; `continues` and `handed_over_from`
#: name other shifts, see `schemas.domain.till_chain`.
shift = Table(
    "shift",
    metadata,
    Column("shift", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("opened", Instant, nullable=False),
    Column("float_amount", BigInteger, nullable=False),
    Column("ended", Instant),
    Column("last_counter", BigInteger),
    Column("tickets", BigInteger),
    Column("gross", BigInteger),
    Column("grand_total", BigInteger),
    Column("continues", Text),
    Column("handed_over_from", Text),
    Index(None, "branch", "business_date"),
)

#: Counts of a shift's till, see COUNTS_IN_ORDER; `number` rises with each that arrives. `denominations` are
#: those pieces that were counted, see `schemas.domain.denomination`; null for one kept before there were any.
till_count = Table(
    "till_count",
    metadata,
    Column("shift", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("counted", Json, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("correction", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("denominations", Json),
    Index(None, "branch", "business_date"),
)

#: The last of these counts: by their own time, for after restores they may arrive in another order at
#: headquarters than at the branch.
COUNTS_IN_ORDER = (till_count.c.at, till_count.c.number)

#: Where a lane's counters were set otherwise than by a sale; see `schemas.domain.till.CountersMoved`.
counter_move = Table(
    "counter_move",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("branch", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("tickets", BigInteger, nullable=False),
    Column("gross", BigInteger, nullable=False),
    Column("grand_total", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)

cancelled_basket = Table(
    "cancelled_basket",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("lines", Integer, nullable=False),
)

#: Money that went through a drawer without a sale; see `schemas.domain.till.CashMoved`.
cash_move = Table(
    "cash_move",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("shift", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("movement", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Index(None, "branch", "business_date"),
)
