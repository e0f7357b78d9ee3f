"""What was paid with: tenders in a range of business dates, cash net of the change given (rule 5).

    taken − change = sales + rounding

so the report ends in the sales of `hq.reports.sales`, and its rows are those of a day's control
totals. Only cash gives change. Amounts are minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from hq.completeness import Completeness
from hq.consolidation import figures as consolidated
from hq.consolidation.question import Question, Row
from hq.reports.branches import KnownBranch


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
    found = consolidated.answer(connection, Question(branches, first, last, by=("tender",)), now)
    total = found.total
    return TenderReport(
        branches=branches,
        first=first,
        last=last,
        rows=tuple(
            sorted(map(_row, found.rows), key=lambda row: (-row.net, row.kind, row.currency))
        ),
        tickets=total.receipts or 0,
        sales=total.total,
        rounding=total.rounding,
        completeness=found.completeness,
    )


def _row(found: Row) -> TenderRow:
    kind, _, currency = found.keys[0].partition(":")
    figures = found.figures
    return TenderRow(
        kind, figures.receipts or 0, figures.payments, figures.taken, figures.change, currency,
        figures.foreign_amount,
    )  # fmt: skip
