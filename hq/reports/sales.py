"""Consolidated sales: what was sold in a range of business dates, by one dimension.

    sales    = the amounts of the lines that count, so every dimension adds up to the same total
    list     = list price × quantity per line, rounded as `schemas.domain.quantity.extend` does
    discount = list − sales

Voided lines count for nothing. Late and flagged tickets count as they came (rules 23 and 24);
`SalesReport.completeness` says so, and is read in the caller's transaction beside the figures.
All amounts are minor units, all quantities thousandths; no float is touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    tuple_,
)

from hq.completeness import Completeness, assess
from hq.reports.branches import KnownBranch
from hq.reports.categories import ancestor, category_names, category_paths
from schemas.tables.staff import staff
from schemas.tables.tickets import IS_RECEIPT, ticket, ticket_line

Dimension = Literal["branch", "day", "hour", "category", "item", "operator"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
Column = Literal["key", "tickets", "lines", "quantity", "list_amount", "discounts", "sales"]
COLUMNS: tuple[Column, ...] = get_args(Column)

#: Of a line without a category, which is one whose item was unknown to its lane.
NO_CATEGORY = ""
_NO_NAME = cast(literal(None), Text)
_BY_TICKET = {
    "branch": ticket.c.branch,
    "day": cast(ticket.c.posted, Text),
    "hour": func.lpad(cast(ticket.c.local_hour, Text), 2, literal("0")),
    "operator": ticket.c.operator,
}


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
    grouped = _grouped(query)
    names = _names(connection, query)
    wanted = connection.execute(_page(query, grouped)).all()
    rows = wanted if query.limit is None else wanted[: query.limit]
    following = None
    if len(wanted) > len(rows):
        following = (str(getattr(rows[-1], query.sort)), str(rows[-1].key))
    return SalesReport(
        query=query,
        rows=tuple(
            SalesRow(row.key, names.get(row.key) or row.name or row.key, _figures(row))
            for row in rows
        ),
        total=_figures(connection.execute(_total(query)).one()),
        completeness=assess(connection, query.branches, query.first, query.last, now),
        following=following,
    )


def in_range(branches: Sequence[KnownBranch], first: date, last: date) -> ColumnElement[bool]:
    """The tickets, and their corrections, that are posted to these dates of these branches."""
    return and_(
        ticket.c.posted.between(first, last),
        ticket.c.branch.in_([one.branch for one in branches]),
    )


def _list_amount() -> ColumnElement[int]:
    """List price × quantity ÷ 1000, half away from zero (rule 1).

    In whole numbers throughout: PostgreSQL's own `sign` of one is a float, and its `round` halves
    to even on those.
    """
    product = ticket_line.c.list_price * ticket_line.c.quantity
    rounded = (2 * func.abs(product, type_=BigInteger) + 1000) // 2000
    return case((product < 0, -rounded), else_=rounded)


def _sums() -> list[ColumnElement[Any]]:
    return [
        func.count().filter(IS_RECEIPT).label("lines"),
        func.sum(ticket_line.c.quantity).label("quantity"),
        func.sum(_list_amount()).label("list_amount"),
        func.sum(ticket_line.c.amount).label("sales"),
    ]


def _counted_lines(query: SalesQuery) -> ColumnElement[bool]:
    return and_(in_range(query.branches, query.first, query.last), ~ticket_line.c.voided)


def _grouped(query: SalesQuery) -> Subquery:
    if query.dimension == "item":
        grouped = _by_line(query, ticket_line.c.item, func.max(ticket_line.c.name))
    elif query.dimension == "category":
        grouped = _by_category(query)
    else:
        grouped = _by_ticket(query, _BY_TICKET[query.dimension])
    raw = grouped.subquery("grouped")
    return select(raw, (raw.c.list_amount - raw.c.sales).label("discounts")).subquery("figures")


def _by_line(query: SalesQuery, key: ColumnElement[Any], name: ColumnElement[Any]) -> Select[Any]:
    return (
        select(
            key.label("key"),
            name.label("name"),
            func.count(ticket_line.c.ticket.distinct()).filter(IS_RECEIPT).label("tickets"),
            *_sums(),
        )
        .join_from(ticket_line, ticket, ticket.c.uuid == ticket_line.c.ticket)
        .where(_counted_lines(query))
        .group_by(key)
    )


def _by_category(query: SalesQuery) -> Select[Any]:
    own = func.coalesce(ticket_line.c.category, NO_CATEGORY)
    if query.level is None:
        return _by_line(query, own, _NO_NAME)
    paths = category_paths()
    key = func.coalesce(ancestor(paths, query.level), own)
    by_line = _by_line(query, key, _NO_NAME)
    return by_line.outerjoin(paths, paths.c.category == ticket_line.c.category)


def _per_ticket(query: SalesQuery) -> Subquery:
    return (
        select(ticket_line.c.ticket, *_sums())
        .join_from(ticket_line, ticket, ticket.c.uuid == ticket_line.c.ticket)
        .where(_counted_lines(query))
        .group_by(ticket_line.c.ticket)
        .subquery("per_ticket")
    )


def _by_ticket(query: SalesQuery, key: ColumnElement[Any]) -> Select[Any]:
    return _totals(query, key.label("key"), _NO_NAME.label("name")).group_by(key)


def _total(query: SalesQuery) -> Select[Any]:
    return _totals(query)


def _totals(query: SalesQuery, *before: ColumnElement[Any]) -> Select[Any]:
    """Sums over tickets; one without a line that counts is a ticket all the same."""
    lines = _per_ticket(query)
    return (
        select(
            *before,
            func.count().filter(IS_RECEIPT).label("tickets"),
            *(
                func.coalesce(func.sum(lines.c[name]), 0).label(name)
                for name in ("lines", "quantity", "list_amount", "sales")
            ),
        )
        .select_from(ticket)
        .outerjoin(lines, lines.c.ticket == ticket.c.uuid)
        .where(in_range(query.branches, query.first, query.last))
    )


def _page(query: SalesQuery, grouped: Subquery) -> Select[Any]:
    """One page by keyset: what follows the last row seen, however many rows came before it."""
    place = tuple_(grouped.c[query.sort], grouped.c.key)
    statement = select(grouped)
    if query.after is not None:
        value: Any = query.after[0] if query.sort == "key" else int(query.after[0])
        mark = tuple_(literal(value), literal(query.after[1]))
        statement = statement.where(place < mark if query.descending else place > mark)
    order = [grouped.c[query.sort], grouped.c.key]
    statement = statement.order_by(*(o.desc() if query.descending else o.asc() for o in order))
    return statement if query.limit is None else statement.limit(query.limit + 1)


def _figures(row: Row[Any]) -> Figures:
    return Figures(
        row.tickets, int(row.lines), int(row.quantity), int(row.list_amount), int(row.sales)
    )


def _names(connection: Connection, query: SalesQuery) -> dict[str, str]:
    if query.dimension == "branch":
        return {one.branch: one.name for one in query.branches}
    if query.dimension == "category":
        return category_names(connection)
    if query.dimension == "operator":
        rows = connection.execute(select(staff.c.operator, staff.c.name))
        return {row[0]: row[1] for row in rows}
    return {}
