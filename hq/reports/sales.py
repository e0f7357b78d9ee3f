"""Consolidated sales: what was sold in a range of business dates, by one dimension.

    sales    = the amounts of the lines that count, so every dimension adds up to the same total
    list     = list price × quantity per line, rounded as `schemas.domain.quantity.extend` does
    discount = list − sales

Voided lines count for nothing. Late and flagged tickets count as they came (rules 23 and 24);
`SalesReport.completeness` says so, and is read in the caller's transaction beside the figures.
All amounts are minor units, all quantities thousandths; no float is touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from sqlalchemy import Connection

from hq.completeness import Completeness
from hq.consolidation import figures as consolidated
from hq.consolidation import question as asked
from hq.reports.branches import KnownBranch

Dimension = Literal["branch", "day", "hour", "category", "item", "operator"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
Column = Literal["key", "tickets", "lines", "quantity", "list_amount", "discounts", "sales"]
COLUMNS: tuple[Column, ...] = get_args(Column)

#: Of a line without a category, which is one whose item was unknown to its lane.
NO_CATEGORY = ""


@dataclass(frozen=True, slots=True)
class SalesQuery:
    """What is asked: `branches` is never widened, so the caller restricts it to a person's scope.

    `level` rolls categories up to that depth, 1 being the top; None leaves them as they were sold.
    `after` is the cursor of the page before, `limit` None for everything.
    """

    branches: tuple[KnownBranch, ...]
    first: date
    last: date
    dimension: Dimension = "branch"
    level: int | None = None
    sort: Column = "sales"
    descending: bool = True
    after: tuple[str, str] | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The columns of the report. `tickets` of several rows do not add up where tickets span rows."""

    tickets: int
    lines: int
    quantity: int
    list_amount: int
    sales: int

    @property
    def discounts(self) -> int:
        """What was taken off the list prices."""
        return self.list_amount - self.sales


@dataclass(frozen=True, slots=True)
class SalesRow:
    """One member of the dimension: its code, its name, which is the code where it has none."""

    key: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class SalesReport:
    """The rows asked for and the total of all rows. `following` is the cursor of the next page."""

    query: SalesQuery
    rows: tuple[SalesRow, ...]
    total: Figures
    completeness: Completeness
    following: tuple[str, str] | None


def sales(connection: Connection, query: SalesQuery, now: datetime) -> SalesReport:
    """Answer a query. Call it in one transaction with REPEATABLE READ for figures that agree."""
    by_key = query.sort == "key"
    found = consolidated.answer(
        connection,
        asked.Question(
            branches=query.branches, first=query.first, last=query.last, by=(query.dimension,),
            level=query.level if query.dimension == "category" else None,
            sort="receipts" if query.sort == "tickets" else query.sort,
            descending=query.descending,
            after=query.after and (query.after[1:] if by_key else query.after),
            limit=query.limit,
        ),
        now,
    )  # fmt: skip
    following = found.following
    return SalesReport(
        query=query,
        rows=tuple(
            SalesRow(one.keys[0], one.names[0], _figures(one.figures)) for one in found.rows
        ),
        total=_figures(found.total),
        completeness=found.completeness,
        following=following and (following[0], following[-1]),
    )


def _figures(found: asked.Figures) -> Figures:
    return Figures(found.receipts or 0, found.lines, found.quantity, found.list_amount, found.sales)
