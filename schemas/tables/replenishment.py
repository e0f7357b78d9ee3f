"""What the replenishment proposed, on which arithmetic, what people made of it, and what it could not propose.

Quantities are thousandths of the base unit unless a column says otherwise; values minor units without tax.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Text, text

from schemas.tables.base import Big, Instant, Json, metadata

#: One morning's run (or one that a person asked for): over how many branches and items, and how many proposals
#: it left open. `finished` is None while it goes on, and of one that was broken off.
replenishment_run = Table(
    "replenishment_run",
    metadata,
    Column("run", Big, primary_key=True, autoincrement=True),
    Column("operator", Text, nullable=False),
    Column("started", Instant, nullable=False),
    Column("finished", Instant),
    Column("branches", Integer, nullable=False),
    Column("items", BigInteger, nullable=False),
    Column("proposals", Integer, nullable=False),
)

#: Kinds: order (`partner` is a supplier) and send (a distribution centre). States: open, approved, dropped by a
#: person, lapsed because a later run found nothing needed. One of a branch, kind and partner is open at most; a
#: later run revises it. `usual` is what such an order is usually worth, `unvalued` how many lines have no known
#: price, `below_least` by how much the supplier's least amount or quantity is not reached, as JSON. `gaps` are
#: the days that the figures lack: [problem, date, count]; `since` the days of which the last run knew something
#: else: [date, problem then, problem now, revision then, now, sold then, now]. `by_rule` names the rule that
#: approved it, `document` the document of goods that it became.
replenishment_proposal = Table(
    "replenishment_proposal",
    metadata,
    Column("proposal", Big, primary_key=True, autoincrement=True),
    Column("branch", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("made", Instant, nullable=False),
    Column("revised", Instant, nullable=False),
    Column("for_day", Date, nullable=False),
    Column("expected", Date, nullable=False),
    Column("line_count", Integer, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("unvalued", Integer, nullable=False),
    Column("usual", BigInteger),
    Column("below_least", Json, nullable=False),
    Column("gaps", Json, nullable=False),
    Column("since", Json, nullable=False),
    Column("decided_by", Text),
    Column("decided", Instant),
    Column("by_rule", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("document", Text),
    Index(None, "made", "proposal"),
    Index(None, "branch", "partner"),
)
Index(
    "ix_replenishment_proposal_open",
    replenishment_proposal.c.branch, replenishment_proposal.c.kind, replenishment_proposal.c.partner,
    unique=True, postgresql_where=text("state = 'open'"),
)  # fmt: skip

#: A line: `proposed` by the run, `changed` by a person, in base units, of which `factor` make one of `unit`.
#: `price` is of one of `unit`, `price_from` says where it is from; `before` what the last proposal of the item
#: said. `terms` are those of the arithmetic, `history` the demand that it rests on (emptied when it is old),
#: `since` the days of it of which the last proposal knew something else: [date, sold then, sold now].
replenishment_line = Table(
    "replenishment_line",
    metadata,
    Column("proposal", Big, primary_key=True, autoincrement=False),
    Column("item", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("factor", BigInteger, nullable=False),
    Column("proposed", BigInteger, nullable=False),
    Column("changed", BigInteger),
    Column("changed_by", Text),
    Column("changed_at", Instant),
    Column("reason", Text, nullable=False, server_default=""),
    Column("price", BigInteger),
    Column("price_from", Text, nullable=False),
    Column("before", BigInteger),
    Column("terms", Json, nullable=False),
    Column("history", Json, nullable=False),
    Column("since", Json, nullable=False),
)

#: What branches ask of their distribution centre, until it is shared out; the columns of a line.
replenishment_ask = Table(
    "replenishment_ask",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("centre", Text, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("unit", Text, nullable=False),
    Column("factor", BigInteger, nullable=False),
    Column("price", BigInteger),
    Column("price_from", Text, nullable=False),
    Column("terms", Json, nullable=False),
    Column("history", Json, nullable=False),
    Index(None, "centre", "item"),
)

#: What the last run knew of each branch's day: its state or problem, its revision, and what it sold.
replenishment_known_day = Table(
    "replenishment_known_day",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("problem", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sold", BigInteger, nullable=False),
)

#: What the last run left out in a branch and why: how many, and the first of them by name.
replenishment_left_out = Table(
    "replenishment_left_out",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("named", Json, nullable=False),
)

TABLES = (
    replenishment_run, replenishment_proposal, replenishment_line, replenishment_ask,
    replenishment_known_day, replenishment_left_out,
)  # fmt: skip
