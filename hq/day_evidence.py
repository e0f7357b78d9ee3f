"""Which ticket it is, when a day does not add up: each lane's own counts say what should be held.

    what happened to a ticket     what proves it
    missing                       the next ticket's control, or the close, counts more than are held
    doubled                       two tickets under one receipt number
    moved to another branch, day  its shift, which was opened on one date at one branch
    tenders changed               they no longer pay for its total

A changed line or total is named by `schemas.domain.day.audit_lane`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from schemas.domain.day import LaneTotals
from schemas.tables.days import shift
from schemas.tables.tickets import IS_RECEIPT, ticket, ticket_tender

# Beyond this a list of numbers helps nobody: the whole lane is to be looked at.
_MOST_NAMED = 20


def strayed(connection: Connection, branch: str, business_date: date) -> list[str]:
    """Tickets that stand here and belong elsewhere, and those of here that stand elsewhere."""
    here = and_(ticket.c.branch == branch, ticket.c.business_date == business_date)
    its = and_(shift.c.branch == branch, shift.c.business_date == business_date)
    rows = connection.execute(
        select(
            ticket.c.lane, ticket.c.counter, ticket.c.branch, ticket.c.business_date,
            shift.c.branch.label("home"), shift.c.business_date.label("home_date"),
        )
        .join(shift, shift.c.shift == ticket.c.shift)
        .where(or_(here, its), ~and_(here, its))
        .order_by(ticket.c.lane, ticket.c.counter)
    )  # fmt: skip
    return [
        f"{receipt(row.lane, row.counter)}: stands under {row.branch} {row.business_date}, "
        f"its shift is of {row.home} {row.home_date}"
        for row in rows
    ]


def misnumbered(
    connection: Connection, branch: str, business_date: date, closed: Mapping[str, LaneTotals]
) -> list[str]:
    """Receipts that are missing or doubled, by the lanes' own counts and those of the last close."""
    of_another_shift = and_(
        shift.c.shift.is_not(None),
        or_(shift.c.branch != branch, shift.c.business_date != business_date),
    )
    rows = connection.execute(
        select(ticket.c.uuid, ticket.c.lane, ticket.c.counter, ticket.c.control_tickets)
        .outerjoin(shift, shift.c.shift == ticket.c.shift)
        .where(ticket.c.branch == branch, ticket.c.business_date == business_date)
        .where(~of_another_shift, IS_RECEIPT)
        .order_by(ticket.c.lane, ticket.c.counter, ticket.c.control_tickets, ticket.c.uuid)
    ).all()
    held = {lane: list(of_lane) for lane, of_lane in groupby(rows, key=lambda row: str(row.lane))}
    found: list[str] = []
    for lane in sorted({*held, *closed}):
        found.extend(_misnumbered_of(lane, held.get(lane, []), closed.get(lane)))
    return found


def _misnumbered_of(lane: str, rows: Iterable[Any], closed: LaneTotals | None) -> Iterator[str]:
    counted = 0
    before: Any = None
    for row in rows:
        if before is not None and row.counter == before.counter:
            yield f"{receipt(row.lane, row.counter)}: held twice, as {before.uuid} and as {row.uuid}"
            continue
        # Where the lane's count agrees, a jump of its receipt numbers is one that it declared.
        yield from _missing(lane, row.counter - 1, row.control_tickets - 1 - counted)
        counted, before = row.control_tickets, row
    if closed is not None:
        yield from _missing(lane, closed.last_counter, closed.tickets - counted)


def _missing(lane: str, last: int, how_many: int) -> Iterator[str]:
    for counter in range(last - how_many + 1, last + 1)[:_MOST_NAMED]:
        yield f"{receipt(lane, counter)}: missing"
    if how_many > _MOST_NAMED:
        yield f"{lane}: {how_many - _MOST_NAMED} more are missing up to {receipt(lane, last)}"


def underpaid(connection: Connection, branch: str, business_date: date) -> list[str]:
    """Tickets whose tenders, less the change, are not what was due (rule 5)."""
    paid = (
        select(func.coalesce(func.sum(ticket_tender.c.amount), 0))
        .where(ticket_tender.c.ticket == ticket.c.uuid)
        .scalar_subquery()
    )
    due = ticket.c.total + ticket.c.rounding
    rows = connection.execute(
        select(
            ticket.c.lane, ticket.c.counter, due.label("due"), (paid - ticket.c.change).label("net")
        )
        .where(ticket.c.branch == branch, ticket.c.business_date == business_date)
        .where(paid - ticket.c.change != due)
        .order_by(ticket.c.lane, ticket.c.counter)
    )
    return [
        f"{receipt(row.lane, row.counter)}: tenders less change are {row.net}, due are {row.due}"
        for row in rows
    ]


def receipt(lane: str, counter: int) -> str:
    """The receipt number, as `schemas.domain.ticket.Ticket.receipt` writes it."""
    return f"{lane}-{counter:06d}"
