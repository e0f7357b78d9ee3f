"""Tickets and their corrections, written into the tables of tickets at branch and headquarters alike.

A correction rests there as a row of its own, beside its ticket, so that every figure follows; `corrects`
tells it from the lane's own receipts, which alone are counted and proved by the lane's counts. Who made it
and why is in `ticket_correction`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from schemas.domain.correction import TicketCorrected, as_ticket, correction_discrepancies
from schemas.domain.ticket import Discount, SaleLine, TenderLine, Ticket, discrepancies
from schemas.tables import periods, returns_store, tender_store
from schemas.tables.bulk import insert_rows
from schemas.tables.days import business_day
from schemas.tables.tickets import ticket, ticket_correction, ticket_line, ticket_tender


def write(connection: Connection, tickets: Sequence[Ticket]) -> None:
    """Write tickets, perhaps none; a date that their branch has not opened is adopted (rule 23)."""
    if not tickets:
        return
    states = {
        day: state_of(connection, *day)
        for day in sorted({(one.branch, one.business_date) for one in tickets})
    }
    for one in tickets:
        if states[one.branch, one.business_date] is None:
            # A lane sold before its branch opened the day: the branch adopts the date (rule 23).
            _adopt_day(connection, one)
            states[one.branch, one.business_date] = "open"
    # Its branch may have said where a ticket counts before the ticket came: that entry is the older one. It
    # decides of an open date too: the close that the branch knows of may be set aside here.
    posted = periods.posted_to(connection, [one.uuid for one in tickets])
    headers = (_header(one, states[one.branch, one.business_date], posted) for one in tickets)
    insert_rows(connection, ticket, headers)
    _write_parts(connection, tickets)


def write_correction(connection: Connection, fact: TicketCorrected) -> None:
    """Write a correction."""
    state = state_of(connection, fact.branch, fact.business_date)
    row = _correction_row(fact)
    connection.execute(insert(ticket).values({**row, "late": state == "closed"}))
    _write_parts(connection, [as_ticket(fact)])
    connection.execute(
        insert(ticket_correction).values(
            uuid=fact.uuid, ticket=fact.ticket, kind=fact.kind, branch=fact.branch,
            business_date=fact.business_date, operator=fact.operator, authority=fact.authority,
            reason=fact.reason, at=fact.at,
        )
    )  # fmt: skip


def rows_of(
    one: Ticket | TicketCorrected,
) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """What a ticket or a correction is at rest: its row, its lines and its tenders. Whether it is late is
    no matter of the ticket, and is False here.
    """
    row = _ticket_row(one, late=False) if isinstance(one, Ticket) else _correction_row(one)
    return (
        row,
        [_line_row(one.uuid, line) for line in one.lines],
        [_tender_row(one.uuid, number, tender) for number, tender in enumerate(one.tenders, 1)],
    )


def state_of(connection: Connection, branch: str, business_date: date) -> str | None:
    """The day's state, held as it is until this transaction ends."""
    return connection.execute(
        select(business_day.c.state)
        .where(business_day.c.branch == branch, business_day.c.business_date == business_date)
        .with_for_update(read=True)
    ).scalar()


def _write_parts(connection: Connection, tickets: Sequence[Ticket]) -> None:
    lines = (_line_row(one.uuid, line) for one in tickets for line in one.lines)
    insert_rows(connection, ticket_line, lines)
    tenders = (
        _tender_row(one.uuid, number, tender)
        for one in tickets
        for number, tender in enumerate(one.tenders, 1)
    )
    insert_rows(connection, ticket_tender, tenders)
    tender_store.write(connection, tickets)
    returns_store.write(connection, tickets)


def _adopt_day(connection: Connection, first: Ticket) -> None:
    connection.execute(
        insert(business_day).values(
            branch=first.branch, business_date=first.business_date, state="open", revision=0,
            opened=first.started, changed=first.started,
        )
    )  # fmt: skip


def _header(one: Ticket, state: str | None, posted: Mapping[str, date]) -> dict[str, Any]:
    elsewhere = posted.get(one.uuid)
    row = _ticket_row(one, late=state == "closed" and elsewhere is None)
    return row if elsewhere is None else {**row, "posted": elsewhere}


def _ticket_row(one: Ticket, *, late: bool) -> dict[str, Any]:
    return {
        "uuid": one.uuid,
        "branch": one.branch,
        "lane": one.lane,
        "counter": one.counter,
        "shift": one.shift,
        "business_date": one.business_date,
        "posted": one.business_date,
        "committed": one.committed,
        "local_hour": one.committed.astimezone(ZoneInfo(one.zone)).hour,
        "operator": one.operator,
        "member": one.member,
        "total": one.total,
        "rounding": one.rounding,
        "change": one.change,
        "control_tickets": one.control.tickets,
        "control_gross": one.control.gross,
        "control_grand_total": one.control.grand_total,
        "provisional": one.provisional,
        "late": late,
        "flags": discrepancies(one),
        "corrects": None,
    }


def _correction_row(fact: TicketCorrected) -> dict[str, Any]:
    return {
        **_ticket_row(as_ticket(fact), late=False),
        # The hour that is put right is that of the sale.
        "local_hour": fact.sold.astimezone(ZoneInfo(fact.zone)).hour,
        "flags": correction_discrepancies(fact),
        "corrects": fact.ticket,
    }


def _line_row(uuid: str, line: SaleLine) -> dict[str, Any]:
    return {
        "ticket": uuid,
        "number": line.number,
        "item": line.item,
        "name": line.name,
        "category": line.category,
        "unit": line.unit,
        "quantity": line.quantity,
        "list_price": line.list_price,
        "amount": line.amount,
        "tax": line.tax,
        "price_document": line.price_document,
        "discounts": [_discount(one) for one in line.discounts],
        "unknown_item": line.unknown_item,
        "voided": line.voided,
    }


# These two are spelled out: `asdict` copies every value deeply, a sixth of a batch's time.
def _discount(one: Discount) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "amount": one.amount,
        "reason": one.reason,
        "rule": one.rule,
        "authority": one.authority,
    }


def _tender_row(uuid: str, number: int, tender: TenderLine) -> dict[str, Any]:
    return {
        "ticket": uuid,
        "number": number,
        "kind": tender.kind,
        "amount": tender.amount,
        "reference": tender.reference,
    }
