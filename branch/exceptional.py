"""The exception (异常) of a lane that is shown beside it: the newest, as its entry tells it.

The report of exceptions has them all, out of the tables; see `schemas.tables.exception_sources`, whose
kinds these are. One entry may hold several: the one that was allowed by somebody comes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import distinct_on

from schemas.domain.exceptions import TillException
from schemas.domain.ticket import Ticket
from schemas.domain.till import BasketCancelled, CashMoved, PaymentSettled
from schemas.tables.exception_sources import ExceptionQuery, told
from schemas.wire.entries import Fact

_MOVEMENTS = ("no_sale", "paid_out")


@dataclass(frozen=True, slots=True)
class Exceptional:
    """One exception: what kind, what it was about, why, who was at the till, and when it was told."""

    kind: str
    subject: str
    cause: str
    operator: str
    at: datetime


def last_of(fact: Fact) -> Exceptional | None:
    """The exception that an entry tells of, None when it tells of none."""
    match fact:
        case Ticket():
            return next(_of_ticket(fact), None)
        case TillException():
            return Exceptional(fact.kind, fact.subject, fact.cause, fact.operator, fact.at)
        case BasketCancelled():
            return Exceptional("cancelled", "", "", fact.operator, fact.at)
        case CashMoved() if fact.movement in _MOVEMENTS:
            return Exceptional(fact.movement, "", fact.reason, fact.operator, fact.at)
        case PaymentSettled():
            return Exceptional("payment", fact.kind, fact.state, fact.operator, fact.at)
        case _:
            return None


def newest(connection: Connection, branch: str, business_date: date) -> dict[str, Exceptional]:
    """The newest of each lane on a date, out of the tables."""
    every = told(ExceptionQuery((branch,), business_date, business_date))
    rows = connection.execute(
        select(every)
        .ext(distinct_on(every.c.lane))
        .order_by(every.c.lane, every.c.at.desc(), every.c.id.desc())
    )
    return {
        row.lane: Exceptional(row.kind, row.subject, row.cause, row.operator, row.at)
        for row in rows
    }


def _of_ticket(ticket: Ticket) -> Iterator[Exceptional]:
    """Of a ticket whose lines are all as scanned, nothing: most are."""
    who, at = ticket.operator, ticket.committed
    for line in ticket.lines:
        what = f"{line.item} {line.name}"
        for one in line.discounts:
            if one.kind == "override":
                yield Exceptional("override", what, one.reason, who, at)
            elif one.kind == "label" and one.reason in {"stale", "repriced"}:
                yield Exceptional("stale_label", what, one.reason, who, at)
            elif one.kind == "basket" and line.quantity > 0:
                yield Exceptional("discount", "", one.reason, who, at)
        if line.returned is not None and not line.returned.checked:
            yield Exceptional("unchecked_return", what, line.returned.reason, who, at)
        if line.voided:
            yield Exceptional("void_line", what, "", who, at)
        elif line.unknown_item:
            yield Exceptional("unknown_item", what, "", who, at)
