"""What was paid with: tenders in a range of business dates, cash net of the change given (rule 5).

    taken − change = sales + rounding

so the report ends in the sales of `hq.reports.sales`, and its rows are those of a day's control
totals. Only cash gives change. Amounts are minor units.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, select

from hq.completeness import Completeness, assess
from hq.reports.branches import KnownBranch
from hq.reports.sales import in_range
from schemas.tables.tickets import IS_RECEIPT, tender_detail, ticket, ticket_tender


@dataclass(frozen=True, slots=True)
class TenderRow:
    """One kind of tender: tickets paid with it, payments, what was taken, what was given back. Foreign
    money has a row for each `currency`, with what was taken of it in its own minor units.
    """

    kind: str
    tickets: int
    payments: int
    taken: int
    change: int
    currency: str = ""
    foreign: int = 0

    @property
    def net(self) -> int:
        """What stayed."""
        return self.taken - self.change


@dataclass(frozen=True, slots=True)
class TenderReport:
    """Every kind, the largest first, with what ties it to the sales: `net` = `sales` + `rounding`."""

    branches: tuple[KnownBranch, ...]
    first: date
    last: date
    rows: tuple[TenderRow, ...]
    tickets: int
    sales: int
    rounding: int
    completeness: Completeness

    @property
    def payments(self) -> int:
        """All payments."""
        return sum(row.payments for row in self.rows)

    @property
    def taken(self) -> int:
        """All that was taken."""
        return sum(row.taken for row in self.rows)

    @property
    def change(self) -> int:
        """All that was given back."""
        return sum(row.change for row in self.rows)

    @property
    def net(self) -> int:
        """All that stayed."""
        return self.taken - self.change


def tenders(
    connection: Connection,
    branches: tuple[KnownBranch, ...],
    first: date,
    last: date,
    now: datetime,
) -> TenderReport:
    """The tenders of these branches and dates. Call it as `hq.reports.sales.sales`."""
    chosen = in_range(branches, first, last)
    tickets, totals, rounding, change = connection.execute(
        select(
            func.count().filter(IS_RECEIPT),
            func.coalesce(func.sum(ticket.c.total), 0),
            func.coalesce(func.sum(ticket.c.rounding), 0),
            func.coalesce(func.sum(ticket.c.change), 0),
        ).where(chosen)
    ).one()
    rows = _taken(connection, chosen)
    if change and not any(row.kind == "cash" for row in rows):
        # Change is local cash, also where foreign money alone was taken that day.
        rows.append(TenderRow("cash", 0, 0, 0, 0))
    made = [replace(row, change=int(change)) if row.kind == "cash" else row for row in rows]
    return TenderReport(
        branches=branches,
        first=first,
        last=last,
        rows=tuple(sorted(made, key=lambda row: (-row.net, row.kind, row.currency))),
        tickets=tickets,
        sales=int(totals),
        rounding=int(rounding),
        completeness=assess(connection, branches, first, last, now),
    )


def _taken(connection: Connection, chosen: ColumnElement[bool]) -> list[TenderRow]:
    """What was taken of each kind, and of each currency."""
    currency = func.coalesce(tender_detail.c.currency, "")
    kinds = connection.execute(
        select(
            ticket_tender.c.kind,
            currency.label("currency"),
            func.count(ticket_tender.c.ticket.distinct()).filter(IS_RECEIPT).label("tickets"),
            func.count().label("payments"),
            func.sum(ticket_tender.c.amount).label("taken"),
            func.coalesce(func.sum(tender_detail.c.foreign_amount), 0).label("foreign"),
        )
        .join_from(ticket_tender, ticket, ticket.c.uuid == ticket_tender.c.ticket)
        .outerjoin(
            tender_detail,
            (tender_detail.c.ticket == ticket_tender.c.ticket)
            & (tender_detail.c.number == ticket_tender.c.number),
        )
        .where(chosen)
        .group_by(ticket_tender.c.kind, currency)
    )
    return [
        TenderRow(
            row.kind, row.tickets, row.payments, int(row.taken), 0, row.currency, int(row.foreign)
        )
        for row in kinds
    ]
