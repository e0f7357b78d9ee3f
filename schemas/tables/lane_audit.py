"""Each lane's figures of a date, recomputed from its receipts, and those that do not fit its own counts.

By the receipts' own date, which is how the lane counted them. The rule is `schemas.domain.day.audit_lane`;
here its tickets are read, once for everything that is asked of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, Connection, cast, exists, func, select, true

from schemas.domain.day import ControlledTicket, LaneTotals, audit_lane
from schemas.domain.ticket import Control
from schemas.tables.days import counter_move
from schemas.tables.periods import ticket_posting
from schemas.tables.tickets import IS_RECEIPT, ticket, ticket_line


@dataclass(frozen=True, slots=True)
class Audited:
    """Each lane's figures from its tickets, and the tickets that do not fit their lane's counts; `tickets` are
    the receipts themselves by lane and number.
    """

    totals: tuple[LaneTotals, ...]
    problems: tuple[str, ...]
    tickets: Mapping[str, Sequence[ControlledTicket]]


def audit(
    connection: Connection, branch: str, business_date: date, *, as_closed: bool = False
) -> Audited:
    """Look through the receipts of a date.

    `as_closed` leaves out what came for a locked date and is posted to a later one.
    """
    # Ticket by ticket, through the key of its lines: right without statistics, which a table that has grown
    # by a whole backlog does not have yet, and a third of what joining and sorting all lines of a day takes.
    lines = (
        select(cast(func.coalesce(func.sum(ticket_line.c.amount), 0), BigInteger))
        .where(ticket_line.c.ticket == ticket.c.uuid, ~ticket_line.c.voided)
        .scalar_subquery()
    )
    query = (
        select(
            ticket.c.lane, ticket.c.counter, ticket.c.total, ticket.c.control_tickets,
            ticket.c.control_gross, ticket.c.control_grand_total, lines.label("lines"),
        )
        .where(ticket.c.branch == branch, ticket.c.business_date == business_date, IS_RECEIPT)
        .where(~exists().where(ticket_posting.c.ticket == ticket.c.uuid) if as_closed else true())
        .order_by(ticket.c.lane, ticket.c.counter)
    )  # fmt: skip
    moved: dict[str, list[int]] = {}
    for move in connection.execute(
        select(counter_move.c.lane, counter_move.c.last).where(counter_move.c.branch == branch)
    ):
        moved.setdefault(move.lane, []).append(move.last)
    tickets: dict[str, list[ControlledTicket]] = {}
    for lane, *of_ticket in connection.execute(query):
        tickets.setdefault(lane, []).append(_controlled(lane, *of_ticket))
    totals: list[LaneTotals] = []
    problems: list[str] = []
    for lane, of_lane in tickets.items():
        figures, found = audit_lane(lane, of_lane, moved.get(lane, ()))
        totals.append(figures)
        problems.extend(found)
    return Audited(tuple(totals), tuple(problems), tickets)


def _controlled(
    lane: str, counter: int, total: int, tickets: int, gross: int, grand_total: int, lines: int
) -> ControlledTicket:
    control = Control(tickets, gross, grand_total)
    return ControlledTicket(f"{lane}-{counter:06d}", counter, total, lines, control)
