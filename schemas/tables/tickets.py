"""Tickets at rest, at the branch and at headquarters alike, one row per ticket, line and tender."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
    literal_column,
    text,
)

from schemas.tables.base import Instant, Json, metadata

#: `local_hour` is the hour on the branch's clock. `late` says that it came after its day had been
#: closed and before it was closed again; `flags` what does not add up (rule 24). `posted` is the date in
#: whose figures it counts: its own, unless that lay in a locked period when it came (rule 23). `corrects` is
#: set in a correction, which is no receipt of its lane: the ticket that it puts right.
ticket = Table(
    "ticket",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("shift", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("posted", Date, nullable=False),
    Column("committed", Instant, nullable=False),
    Column("local_hour", Integer, nullable=False),
    Column("operator", Text, nullable=False),
    Column("member", Text),
    Column("total", BigInteger, nullable=False),
    Column("rounding", BigInteger, nullable=False),
    Column("change", BigInteger, nullable=False),
    Column("control_tickets", BigInteger, nullable=False),
    Column("control_gross", BigInteger, nullable=False),
    Column("control_grand_total", BigInteger, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("flags", Json, nullable=False),
    Column("corrects", Text),
    Index(None, "business_date", "branch", "lane", "counter"),
    Index(None, "posted", "branch"),
    # What waits to be taken in: few, whatever the age of the table.
    Index("ix_ticket_late", "branch", "business_date", postgresql_where=text("late")),
    # Few of all as well, and asked for beside every figure.
    Index(
        "ix_ticket_flagged",
        "branch",
        "business_date",
        postgresql_where=text("jsonb_array_length(flags) > 0"),
    ),
    Index(None, "corrects", postgresql_where=text("corrects IS NOT NULL")),
    Index(None, "shift"),
    Index(None, "member", postgresql_where=text("member IS NOT NULL")),
)

#: Those that do not add up, in the words of their index.
IS_FLAGGED = literal_column("jsonb_array_length(ticket.flags) > 0", Boolean)
#: The receipts of lanes, without what puts them right.
IS_RECEIPT = ticket.c.corrects.is_(None)

#: Who corrected a ticket, under whose authority besides, when and why; its figures stand in `ticket`.
ticket_correction = Table(
    "ticket_correction",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("ticket", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("operator", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "ticket"),
    Index(None, "business_date", "branch"),
)

#: `deviation` is what discounts took off, list price × quantity less amount.
ticket_line = Table(
    "ticket_line",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("item", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("category", Text),
    Column("unit", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("list_price", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("tax", BigInteger, nullable=False),
    Column("price_document", Text),
    Column("discounts", Json, nullable=False),
    Column("unknown_item", Boolean, nullable=False),
    Column("voided", Boolean, nullable=False),
    Index(None, "item"),
)

#: Lines that a promotion took something off, in the words of their index: few of all, and the replenishment asks every
#: night which they are of a branch.
IS_PROMOTED = """discounts @> '[{"kind": "promotion"}]' AND NOT voided"""
Index(
    "ix_ticket_line_promoted", ticket_line.c.ticket, postgresql_include=["item"],
    postgresql_where=text(IS_PROMOTED), info={"only": "hq"},
)  # fmt: skip

ticket_tender = Table(
    "ticket_tender",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("reference", Text),
)

#: What some tenders say beside their amount, see `tender_store`. `rate` is millionths of a local unit.
tender_detail = Table(
    "tender_detail",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("currency", Text),
    Column("foreign_amount", BigInteger),
    Column("rate", BigInteger),
    Column("decimals", Integer),
    Column("local_decimals", Integer),
    Column("voucher", Text),
    Column("face_value", BigInteger),
    Column("original", Text),
    Column("original_tender", Integer),
    Column("reason", Text),
    Column("authority", Text),
    Column("points", BigInteger),
    Column("grant_number", Text),
    Index(None, "voucher"),
    Index(None, "original"),
    Index(None, "grant_number"),
)

#: What a ticket's return line gave back, in figures above nought. `original` is the uuid of the sale and
#: `original_line` its line; `receipt` its number, also where that alone is known.
ticket_return = Table(
    "ticket_return",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("branch", Text),
    Column("receipt", Text),
    Column("original", Text),
    Column("original_line", Integer),
    Column("quantity", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("tax", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("checked", Boolean, nullable=False),
    Index(None, "original"),
    Index(None, "receipt"),
)
