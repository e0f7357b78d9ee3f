"""The corrections of tickets as they rest, read alike by branch and headquarters.

Their figures stand in the tables of tickets, who made them and why in `ticket_correction`; together they
are the correction again, as far as what corrects the same ticket next must know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from schemas.domain.correction import CorrectionKind
from schemas.domain.ticket import TenderLine
from schemas.tables.tender_store import tenders_of
from schemas.tables.tickets import ticket, ticket_correction


@dataclass(frozen=True, slots=True)
class HeldCorrection:
    """A correction of a receipt: what it changed, by whom, under whose authority besides, when and why."""

    uuid: str
    kind: CorrectionKind
    ticket: str
    receipt: str
    branch: str
    business_date: date
    operator: str
    authority: str
    reason: str
    at: datetime
    total: int
    rounding: int
    change: int
    tenders: tuple[TenderLine, ...]


def of_ticket(connection: Connection, uuid: str) -> list[HeldCorrection]:
    """Every correction of a ticket, the oldest first."""
    return _read(connection, ticket_correction.c.ticket == uuid)


def of_day(connection: Connection, branch: str, business_date: date) -> list[HeldCorrection]:
    """Every correction of a day, the oldest first."""
    one = ticket_correction.c
    return _read(connection, one.branch == branch, one.business_date == business_date)


def _read(connection: Connection, *conditions: ColumnElement[bool]) -> list[HeldCorrection]:
    rows = connection.execute(
        select(
            ticket_correction, ticket.c.lane, ticket.c.counter, ticket.c.total, ticket.c.rounding,
            ticket.c.change,
        )
        .join(ticket, ticket.c.uuid == ticket_correction.c.uuid)
        .where(*conditions)
        .order_by(ticket_correction.c.at, ticket_correction.c.uuid)
    ).all()  # fmt: skip
    return [_held(row, tenders_of(connection, row.uuid)) for row in rows]


def _held(row: Row[Any], tenders: Sequence[TenderLine]) -> HeldCorrection:
    return HeldCorrection(
        row.uuid, row.kind, row.ticket, f"{row.lane}-{row.counter:06d}", row.branch,
        row.business_date, row.operator, row.authority, row.reason, row.at, row.total, row.rounding,
        row.change, tuple(tenders),
    )  # fmt: skip
