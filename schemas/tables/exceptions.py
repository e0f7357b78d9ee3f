"""Exceptions of tills at rest, at the branch and at headquarters alike; see `schemas.domain.exceptions`.

A payment that was settled by somebody's word (`payment.settled`) rests here too, with the result
`settled`: nothing else keeps it but the journal.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Date, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import insert

from schemas.domain.exceptions import TillException
from schemas.domain.till import PaymentSettled
from schemas.tables.base import Instant, metadata

till_exception = Table(
    "till_exception",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("times", Integer, nullable=False),
    Column("authority", Text, nullable=False),
    Column("basket", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "business_date", "branch"),
)


def write(connection: Connection, fact: TillException | PaymentSettled) -> None:
    """Write an exception, once: a lane that was killed may tell of the same one again."""
    row = asdict(fact) if isinstance(fact, TillException) else _settled(fact)
    connection.execute(insert(till_exception).values(row).on_conflict_do_nothing())


def _settled(fact: PaymentSettled) -> dict[str, Any]:
    return {
        "uuid": f"{fact.reference}:settled",
        "branch": fact.branch,
        "lane": fact.lane,
        "business_date": fact.business_date,
        "operator": fact.operator,
        "at": fact.at,
        "kind": "payment",
        "subject": fact.kind,
        "cause": fact.state,
        "result": "settled",
        "since": fact.at,
        "times": 1,
        "authority": fact.authority,
        "basket": fact.basket,
        "amount": fact.amount,
        "detail": fact.reason,
    }
