"""Answering the inquiry for a ticket, and finding one by its receipt number or uuid, at branch and headquarters alike.

The receipt number is looked for date by date through the branch's business dates: the index of
tickets begins with the date, and a branch has a few hundred of them a year. Each is one descent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from schemas.domain.ticket import (
    Control,
    Discount,
    Original,
    Returned,
    SaleLine,
    Ticket,
)
from schemas.tables.catalogue import branch
from schemas.tables.days import business_day
from schemas.tables.tender_store import tenders_of
from schemas.tables.tickets import IS_RECEIPT, ticket, ticket_line, ticket_return
from schemas.wire.inquiries import (
    HeldThrough,
    HeldTicket,
    ReceiptNumber,
    read_key,
    through_body,
    ticket_body,
)

_NO_ZONE = "UTC"


def answer(connection: Connection, body: Mapping[str, Any]) -> tuple[bool, Mapping[str, Any]]:
    """Whether the asked ticket is held here, and the body of the answer. Raises ValueError.

    One that is held is certain, for a ticket never changes. One that is not may be on its way from
    a lane, or have been lost here with an older disk: of a receipt number is told how far its lane's
    receipts are held.
    """
    key = read_key(body.get("key"))
    held = find_ticket(connection, key)
    if held is not None:
        return True, ticket_body(held)
    return False, {} if isinstance(key, str) else through_body(held_through(connection, key))


def find_ticket(connection: Connection, key: ReceiptNumber | str) -> HeldTicket | None:
    """The ticket with its shop, or None when it is not held here."""
    if isinstance(key, str):
        query = select(ticket).where(ticket.c.uuid == key, IS_RECEIPT)
    else:
        query = _of_lane(key).where(ticket.c.counter == key.counter)
    row = connection.execute(query).first()
    if row is None:
        return None
    shop = connection.execute(
        select(branch.c.name, branch.c.zone, branch.c.currency)
        .where(branch.c.branch == row.branch)
        .order_by(branch.c.generation.desc())
        .limit(1)
    ).first()
    held = _ticket(connection, row, shop.zone if shop else _NO_ZONE)
    return HeldTicket(held, shop.name if shop else row.branch, shop.currency if shop else "")


def held_through(connection: Connection, number: ReceiptNumber) -> HeldThrough:
    """The newest receipt of the number's lane that is held here."""
    query = (
        _of_lane(number)
        .with_only_columns(ticket.c.counter)
        .order_by(business_day.c.business_date.desc(), ticket.c.counter.desc())
        .limit(1)
    )
    return HeldThrough(number.lane, connection.execute(query).scalar() or 0)


def _of_lane(number: ReceiptNumber) -> Select[Any]:
    return (
        select(ticket)
        .join(
            business_day,
            (business_day.c.branch == ticket.c.branch)
            & (business_day.c.business_date == ticket.c.business_date),
        )
        .where(business_day.c.branch == number.branch, ticket.c.lane == number.lane, IS_RECEIPT)
    )


def _ticket(connection: Connection, row: Row[Any], zone: str) -> Ticket:
    lines = connection.execute(
        select(ticket_line).where(ticket_line.c.ticket == row.uuid).order_by(ticket_line.c.number)
    )
    returns = returns_of(connection, row.uuid)
    return Ticket(
        uuid=row.uuid, branch=row.branch, lane=row.lane, counter=row.counter, shift=row.shift,
        business_date=row.business_date, zone=zone, started=row.committed,
        committed=row.committed, operator=row.operator,
        lines=tuple(replace(_line(one), returned=returns.get(one.number)) for one in lines),
        tenders=tenders_of(connection, row.uuid), total=row.total,
        rounding=row.rounding, change=row.change,
        control=Control(row.control_tickets, row.control_gross, row.control_grand_total),
        member=row.member, provisional=row.provisional,
    )  # fmt: skip


def returns_of(connection: Connection, uuid: str) -> dict[int, Returned]:
    """What makes lines of a ticket returns, by their numbers."""
    rows = connection.execute(select(ticket_return).where(ticket_return.c.ticket == uuid))
    return {
        row.number: Returned(
            row.reason, row.authority, row.checked,
            row.receipt and Original(row.branch, row.receipt, row.original, row.original_line),
        )
        for row in rows
    }  # fmt: skip


def _line(row: Row[Any]) -> SaleLine:
    return SaleLine(
        number=row.number, item=row.item, name=row.name, unit=row.unit, quantity=row.quantity,
        list_price=row.list_price, amount=row.amount, category=row.category,
        discounts=tuple(Discount(**one) for one in row.discounts), tax=row.tax,
        price_document=row.price_document, unknown_item=row.unknown_item, voided=row.voided,
    )  # fmt: skip
