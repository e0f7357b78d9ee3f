"""What some tenders say beside their amount, at rest, at branch and headquarters alike.

    a tender                    rests here with
    in foreign money            its currency, amount, rate and decimals (rule 6)
    by voucher                  its number and face value
    in points                   what they cost
    out of a grant              its number (rule 18)
    that gives money back       the ticket and tender that it gives back, perhaps by whose authority and why

A voucher's number that was used twice is no reason to refuse anything (rule 24): the later one of two is
flagged, whatever their order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, or_, select

from schemas.domain.refund import Refunded
from schemas.domain.ticket import Foreign, OriginalTender, TenderLine, Ticket
from schemas.domain.voucher import VoucherUse, used_again
from schemas.tables.bulk import insert_rows
from schemas.tables.ticket_flags import set_flags
from schemas.tables.tickets import tender_detail, ticket, ticket_return, ticket_tender

_VOUCHER = "voucher"


class Detail(NamedTuple):
    """The fields of a tender that rest here."""

    foreign: Foreign | None
    face_value: int | None
    original_tender: OriginalTender | None
    points: int | None
    grant: str | None


def write(connection: Connection, tickets: Sequence[Ticket]) -> None:
    """Write the details of these tickets, which are written, and flag vouchers that were used again."""
    rows = [row for one in tickets for row in rows_of(one)]
    insert_rows(connection, tender_detail, rows)
    for number in sorted({row["voucher"] for row in rows if row["voucher"] is not None}):
        _review(connection, number)


def rows_of(one: Ticket) -> list[dict[str, Any]]:
    """The rows of a ticket's tenders that say more than their amount."""
    return list(_rows(one))


def details_of(connection: Connection, uuid: str) -> Mapping[int, Detail]:
    """What the tenders of a ticket say, by their numbers."""
    rows = connection.execute(select(tender_detail).where(tender_detail.c.ticket == uuid))
    return {row.number: _detail(row) for row in rows}


def tenders_of(connection: Connection, uuid: str) -> tuple[TenderLine, ...]:
    """The tenders of a ticket, in order; what a terminal answered does not rest here."""
    rows = connection.execute(
        select(ticket_tender).where(ticket_tender.c.ticket == uuid).order_by(ticket_tender.c.number)
    ).all()
    details = details_of(connection, uuid)
    nothing = Detail(None, None, None, None, None)
    return tuple(
        TenderLine(row.kind, row.amount, row.reference, None, *details.get(row.number, nothing))
        for row in rows
    )


def refunded(connection: Connection, key: str) -> tuple[Refunded, ...]:
    """What was given back of the tenders of a sale, named by its receipt number or uuid."""
    uuids = select(ticket_return.c.original).where(ticket_return.c.receipt == key)
    rows = connection.execute(
        select(tender_detail, ticket_tender.c.amount)
        .join(
            ticket_tender,
            (ticket_tender.c.ticket == tender_detail.c.ticket)
            & (ticket_tender.c.number == tender_detail.c.number),
        )
        .where(or_(tender_detail.c.original == key, tender_detail.c.original.in_(uuids)))
        .order_by(tender_detail.c.ticket, tender_detail.c.number)
    )
    return tuple(Refunded(row.ticket, row.number, row.original_tender, -row.amount) for row in rows)


def _rows(one: Ticket) -> Iterator[dict[str, Any]]:
    for number, tender in enumerate(one.tenders, 1):
        foreign, back = tender.foreign, tender.original_tender
        says_more = (foreign, back, tender.points, tender.grant) != (None, None, None, None)
        if not says_more and tender.kind != _VOUCHER:
            continue
        yield {
            "ticket": one.uuid,
            "number": number,
            "currency": foreign and foreign.currency,
            "foreign_amount": foreign and foreign.amount,
            "rate": foreign and foreign.rate,
            "decimals": foreign and foreign.decimals,
            "local_decimals": foreign and foreign.local_decimals,
            "voucher": tender.reference if tender.kind == _VOUCHER else None,
            "face_value": tender.face_value,
            "original": back and back.ticket,
            "original_tender": back and back.number,
            "reason": back and back.reason,
            "authority": back and back.authority,
            "points": tender.points,
            "grant_number": tender.grant,
        }


def _detail(row: Row[Any]) -> Detail:
    foreign = None
    if row.currency is not None:
        foreign = Foreign(
            row.currency, row.foreign_amount, row.rate, row.decimals, row.local_decimals
        )
    back = None
    if row.original is not None:
        back = OriginalTender(row.original, row.original_tender, row.reason, row.authority)
    return Detail(foreign, row.face_value, back, row.points, row.grant_number)


def _review(connection: Connection, voucher: str) -> None:
    """Flag the tickets that used a voucher again, and no others of those that used it."""
    # Two batches that use the same number would not see each other's rows: one waits here.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"voucher {voucher}"))))
    rows = connection.execute(
        select(tender_detail, ticket_tender.c.amount, ticket.c.lane, ticket.c.counter)
        .join(ticket, ticket.c.uuid == tender_detail.c.ticket)
        .join(
            ticket_tender,
            (ticket_tender.c.ticket == tender_detail.c.ticket)
            & (ticket_tender.c.number == tender_detail.c.number),
        )
        .where(tender_detail.c.voucher == voucher)
        .order_by(ticket.c.committed, ticket.c.uuid, tender_detail.c.number)
    )
    uses = [
        VoucherUse(
            row.ticket, f"{row.lane}-{row.counter:06d}", row.number,
            row.amount if row.amount < 0 or row.face_value is None else row.face_value,
        )
        for row in rows
    ]  # fmt: skip
    of_this = f"voucher {voucher} "
    words: dict[str, list[str]] = {one.ticket: [] for one in uses}
    for (by, _), reason in used_again(uses).items():
        words[by].append(f"{of_this}{reason}")
    set_flags(connection, of_this, words)
