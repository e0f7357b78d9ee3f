"""What was paid with: tenders in a range of business dates, cash net of the change given (rule 5).

    taken − change = sales + rounding

so the report ends in the sales of `hq.reports.sales`, and its rows are those of a day's control
totals. Only cash gives change. Amounts are minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, select

from hq.completeness import Completeness, assess
from hq.reports.branches import KnownBranch
from hq.reports.sales import in_range
from schemas.tables.tickets import ticket, ticket_tender


@dataclass(frozen=True, slots=True)
class TenderRow:
    """One kind of tender: tickets paid with it, payments, what was taken, what was given back."""

    kind: str
    tickets: int
    payments: int
    taken: int
    change: int

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
            func.count(),
            func.coalesce(func.sum(ticket.c.total), 0),
            func.coalesce(func.sum(ticket.c.rounding), 0),
            func.coalesce(func.sum(ticket.c.change), 0),
        ).where(chosen)
    ).one()
    rows = _taken(connection, chosen)
    if change:
        # Change without cash is a flagged ticket; its change is shown all the same.
        rows.setdefault("cash", (0, 0, 0))
    made = [
        TenderRow(kind, count, payments, amount, int(change) if kind == "cash" else 0)
        for kind, (count, payments, amount) in rows.items()
    ]
    return TenderReport(
        branches=branches,
        first=first,
        last=last,
        rows=tuple(sorted(made, key=lambda row: (-row.net, row.kind))),
        tickets=tickets,
        sales=int(totals),
        rounding=int(rounding),
        completeness=assess(connection, branches, first, last, now),
    )


def _taken(connection: Connection, chosen: ColumnElement[bool]) -> dict[str, tuple[int, int, int]]:
    """Of each kind: tickets, payments, amount."""
    kinds = connection.execute(
        select(
            ticket_tender.c.kind,
            func.count(ticket_tender.c.ticket.distinct()).label("tickets"),
            func.count().label("payments"),
            func.sum(ticket_tender.c.amount).label("taken"),
        )
        .join_from(ticket_tender, ticket, ticket.c.uuid == ticket_tender.c.ticket)
        .where(chosen)
        .group_by(ticket_tender.c.kind)
    )
    return {row.kind: (row.tickets, row.payments, int(row.taken)) for row in kinds}
