"""Franchise statements at headquarters: what was agreed, and the statements that were locked with all they say.

Amounts are minor units of headquarters' currency, quantities thousandths, rates hundredths of a per cent; see
`schemas.domain.franchise`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text

from schemas.tables.base import Instant, Json, metadata

#: An empty audience is every franchised branch, `group:<code>` a group; an empty category is everything.
franchise_rule = Table(
    "franchise_rule",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("rate", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("of_net", Boolean, nullable=False),
    Column("tax_rate", Integer, nullable=False),
    Column("first", Date, nullable=False),
    Column("through", Date),
)

#: Locked statements alone: an open one is computed. `lacks` is what it lacked when it was locked, pairs of a
#: name and a number.
franchise_statement = Table(
    "franchise_statement",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("branch", Text, nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("locked", Instant, nullable=False),
    Column("locked_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("lacks", Json, nullable=False),
    Index(None, "branch", "first", unique=True),
)

#: `origin` is the statement whose period a line is of: its own number, or an earlier one, of which the line is
#: the difference; `was` is then what had been settled of it.
franchise_statement_line = Table(
    "franchise_statement_line",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("origin", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("on", Date),
    Column("item", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("base", BigInteger, nullable=False),
    Column("less", BigInteger, nullable=False),
    Column("rate", Integer, nullable=False),
    Column("priced", Boolean, nullable=False),
    Column("was", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Index(None, "origin"),
)

#: What was sold on a day by category, as a statement saw it; the highest number is the latest that saw the day.
franchise_statement_day = Table(
    "franchise_statement_day",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("sales", BigInteger, nullable=False),
    Column("tax", BigInteger, nullable=False),
)

TABLES = (
    franchise_rule, franchise_statement, franchise_statement_line, franchise_statement_day
)  # fmt: skip
