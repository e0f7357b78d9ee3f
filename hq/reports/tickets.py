"""The tickets behind a figure: a list by keyset, filtered by whatever a report's row stands for.

Where lines or a tender are asked for, the list says what these come to, which is what the report's row says; the
total of the tickets holds everything else on them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from hq.day_evidence import receipt
from hq.reports.ticket_query import CASH, TicketQuery, fitting, is_tender, of_lines, taken_by
from schemas.tables.tickets import IS_RECEIPT, ticket, ticket_line, ticket_tender


@dataclass(frozen=True, slots=True)
class Lines:
    """What the lines that were asked for come to, and what the promotion took off them, if one was."""

    lines: int
    quantity: int
    sales: int
    discount: int | None


@dataclass(frozen=True, slots=True)
class Payments:
    """What the payments that were asked for come to, less the change where they are cash."""

    payments: int
    net: int


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One ticket of the list; `lines` counts those that were not voided. A correction names the ticket
    that it `corrects`; `posted` is the date in whose figures it counts.
    """

    uuid: str
    receipt: str
    branch: str
    business_date: date
    committed: datetime
    operator: str
    lines: int
    total: int
    late: bool
    flagged: bool
    posted: date
    corrects: str | None


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A page of the list, the youngest first; everything but the rows is of all that fit the query."""

    rows: tuple[TicketRow, ...]
    tickets: int
    total: int
    following: tuple[datetime, str] | None
    lines: Lines | None = None
    payments: Payments | None = None


def tickets(connection: Connection, query: TicketQuery) -> TicketPage:
    """One page of the tickets that fit, and the sums of all of them."""
    conditions = list(fitting(query))
    count, total = connection.execute(
        select(func.count().filter(IS_RECEIPT), func.coalesce(func.sum(ticket.c.total), 0)).where(
            *conditions
        )
    ).one()
    lines = (
        select(func.count())
        .where(ticket_line.c.ticket == ticket.c.uuid, ~ticket_line.c.voided)
        .scalar_subquery()
    )
    place = tuple_(ticket.c.committed, ticket.c.uuid)
    page = select(ticket, lines.label("lines")).where(*conditions)
    if query.after is not None:
        page = page.where(place < query.after)
    page = page.order_by(ticket.c.committed.desc(), ticket.c.uuid.desc()).limit(query.limit + 1)
    found = connection.execute(page).all()
    rows = found[: query.limit]
    following = (rows[-1].committed, rows[-1].uuid) if len(found) > len(rows) else None
    return TicketPage(
        tuple(_row(row) for row in rows), count, int(total), following,
        _lines_asked_for(connection, query, conditions),
        _payments_asked_for(connection, query, conditions),
    )  # fmt: skip


def _lines_asked_for(
    connection: Connection, query: TicketQuery, conditions: list[ColumnElement[bool]]
) -> Lines | None:
    asked = list(of_lines(query))
    if not asked:
        return None
    line = ticket_line.c
    sums = [func.sum(line.quantity), func.sum(line.amount)]
    if query.promotion is not None:
        sums.append(func.sum(taken_by(query.promotion)))
    found = connection.execute(
        select(func.count().filter(IS_RECEIPT), *(func.coalesce(one, 0) for one in sums))
        .join_from(ticket, ticket_line, line.ticket == ticket.c.uuid)
        .where(*conditions, ~line.voided, *asked)
    ).one()
    discount = None if query.promotion is None else int(found[3])
    return Lines(found[0], int(found[1]), int(found[2]), discount)


def _payments_asked_for(
    connection: Connection, query: TicketQuery, conditions: list[ColumnElement[bool]]
) -> Payments | None:
    if query.tender is None:
        return None
    paid = connection.execute(
        select(func.count(), func.coalesce(func.sum(ticket_tender.c.amount), 0))
        .join_from(ticket, ticket_tender, ticket_tender.c.ticket == ticket.c.uuid)
        .where(*conditions, is_tender(query.tender))
    ).one()
    change = 0
    if query.tender == CASH:
        given = select(func.coalesce(func.sum(ticket.c.change), 0)).where(*conditions)
        change = connection.execute(given).scalar_one()
    return Payments(paid[0], int(paid[1]) - int(change))


def _row(row: Any) -> TicketRow:  # noqa: ANN401 - a row of ticket with its count of lines
    return TicketRow(
        uuid=row.uuid,
        receipt=receipt(row.lane, row.counter),
        branch=row.branch,
        business_date=row.business_date,
        committed=row.committed,
        operator=row.operator,
        lines=row.lines,
        total=row.total,
        late=row.late,
        flagged=bool(row.flags),
        posted=row.posted,
        corrects=row.corrects,
    )
