"""One ticket in full: what was sold, why each line costs what it costs (rule 16), how it was paid,
what its lane counted with it, and the way it came through the chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, select

from hq.day_evidence import receipt
from hq.reports.ticket_journey import Journey, journey_of
from schemas.domain.quantity import extend
from schemas.domain.ticket import Control, Discount, Returned, TenderLine
from schemas.tables.corrections import HeldCorrection, of_ticket
from schemas.tables.tender_store import tenders_of
from schemas.tables.ticket_lookup import returns_of
from schemas.tables.tickets import ticket, ticket_line


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A line; `list_amount` is list price × quantity, `discounts` lead from it to `amount`."""

    number: int
    item: str
    name: str
    unit: str
    quantity: int
    list_price: int
    list_amount: int
    discounts: tuple[Discount, ...]
    amount: int
    tax: int
    price_document: str | None
    unknown_item: bool
    voided: bool
    returned: Returned | None


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """The ticket as it rests here. `journey` is None when no journal entry of it is held. `corrections` are
    those of the ticket, or of the one that this `corrects`.
    """

    uuid: str
    receipt: str
    branch: str
    lane: str
    business_date: date
    committed: datetime
    operator: str
    member: str | None
    shift: str
    lines: tuple[TicketLine, ...]
    tenders: tuple[TenderLine, ...]
    total: int
    rounding: int
    change: int
    control: Control
    provisional: bool
    late: bool
    posted: date
    corrects: str | None
    corrections: tuple[HeldCorrection, ...]
    flags: tuple[str, ...]
    journey: Journey | None


def find_ticket(connection: Connection, uuid: str, branches: Sequence[str]) -> TicketDetail | None:
    """The ticket, or None when there is none under this identity at these branches."""
    row = connection.execute(
        select(ticket).where(ticket.c.uuid == uuid, ticket.c.branch.in_(branches))
    ).one_or_none()
    if row is None:
        return None
    return TicketDetail(
        uuid=row.uuid,
        receipt=receipt(row.lane, row.counter),
        branch=row.branch,
        lane=row.lane,
        business_date=row.business_date,
        committed=row.committed,
        operator=row.operator,
        member=row.member,
        shift=row.shift,
        lines=_lines(connection, uuid),
        tenders=tenders_of(connection, uuid),
        total=row.total,
        rounding=row.rounding,
        change=row.change,
        control=Control(row.control_tickets, row.control_gross, row.control_grand_total),
        provisional=row.provisional,
        late=row.late,
        posted=row.posted,
        corrects=row.corrects,
        corrections=tuple(of_ticket(connection, row.corrects or uuid)),
        flags=tuple(row.flags),
        journey=journey_of(connection, uuid, row.lane, row.committed),
    )


def _lines(connection: Connection, uuid: str) -> tuple[TicketLine, ...]:
    query = select(ticket_line).where(ticket_line.c.ticket == uuid).order_by(ticket_line.c.number)
    returns = returns_of(connection, uuid)
    rows = connection.execute(query).mappings()
    return tuple(_line(row, returns.get(row["number"])) for row in rows)


def _line(row: RowMapping, returned: Returned | None) -> TicketLine:
    return TicketLine(
        number=row["number"],
        item=row["item"],
        name=row["name"],
        unit=row["unit"],
        quantity=row["quantity"],
        list_price=row["list_price"],
        list_amount=extend(row["list_price"], row["quantity"]),
        discounts=tuple(Discount(**one) for one in row["discounts"]),
        amount=row["amount"],
        tax=row["tax"],
        price_document=row["price_document"],
        unknown_item=row["unknown_item"],
        voided=row["voided"],
        returned=returned,
    )


def unlike_written(detail: TicketDetail) -> bool:
    """Whether what is held here is no longer what the lane wrote into its journal."""
    written = detail.journey.written if detail.journey else None
    if written is None:
        return False
    here = (
        detail.branch, detail.business_date, detail.total, detail.rounding, detail.change,
        [(line.number, line.item, line.quantity, line.amount, line.voided) for line in detail.lines],
        [(tender.kind, tender.amount) for tender in detail.tenders],
    )  # fmt: skip
    there = (
        written.branch, written.business_date, written.total, written.rounding, written.change,
        [(line.number, line.item, line.quantity, line.amount, line.voided)
         for line in sorted(written.lines, key=lambda line: line.number)],
        [(tender.kind, tender.amount) for tender in written.tenders],
    )  # fmt: skip
    return here != there
