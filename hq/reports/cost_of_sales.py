"""Cost of sales and margin: what was sold without and with tax, and what it cost where it lay.

    sales       the amounts of the lines that count, as `hq.reports.sales` has them; net of them = less their tax
    cost        the value of the moves that the same tickets made (rule 25), by the item's rate with tax too
    margin      net less cost; with tax, sales less cost with tax
    uncosted    lines' sales whose cost nobody knew: in the sales, in no cost and in no margin

So sales = costed + uncosted, and a margin is of what is costed alone. A service has no stock and costs nothing.
Amounts are minor units, quantities thousandths of the base unit; below nought is what came back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
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
from hq.reports.categories import category_names
from hq.reports.sales import NO_CATEGORY, in_range
from hq.reports.stock import with_tax
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import item as item_table
from schemas.tables.catalogue import tax as tax_table
from schemas.tables.stock import stock_move
from schemas.tables.tickets import ticket, ticket_line

Dimension = Literal["item", "category", "branch", "day"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


@dataclass(frozen=True, slots=True)
class MarginQuery:
    """What is asked; `after` is the margin and the key last seen."""

    branches: tuple[KnownBranch, ...]
    first: date
    last: date
    dimension: Dimension = "item"
    after: tuple[int, str] | None = None
    limit: int | None = 100


@dataclass(frozen=True, slots=True)
class Margin:
    """The figures of a row or of all. `gross` and `net` are of costed sales; `uncosted` is net."""

    quantity: int
    gross: int
    net: int
    cost: int
    cost_with_tax: int
    uncosted: int
    uncosted_lines: int

    @property
    def margin(self) -> int:
        """Without tax."""
        return self.net - self.cost

    @property
    def margin_with_tax(self) -> int:
        """With tax on both sides."""
        return self.gross - self.cost_with_tax


@dataclass(frozen=True, slots=True)
class MarginRow:
    """One member of the dimension."""

    key: str
    name: str
    figures: Margin


@dataclass(frozen=True, slots=True)
class MarginReport:
    """A page of rows, the widest margin first, and the total of all."""

    query: MarginQuery
    rows: tuple[MarginRow, ...]
    total: Margin
    completeness: Completeness
    following: tuple[int, str] | None


def cost_of_sales(connection: Connection, query: MarginQuery, now: datetime) -> MarginReport:
    """Answer a query; call it in one snapshot."""
    sold = _sold(query)
    key = _key(query.dimension, sold)
    names = func.max(sold.c.name) if query.dimension == "item" else func.max(key)
    grouped = (
        select(key.label("key"), names.label("name"), *_sums(sold)).group_by(key).subquery("rows")
    )
    margin = (grouped.c.net - grouped.c.cost).label("margin")
    wanted = select(grouped, margin).order_by(margin.desc(), grouped.c.key.desc())
    if query.after is not None:
        wanted = wanted.where(tuple_(margin, grouped.c.key) < query.after)
    if query.limit is not None:
        wanted = wanted.limit(query.limit + 1)
    found = connection.execute(wanted).all()
    page = found if query.limit is None else found[: query.limit]
    called = _names(connection, query)
    rows = tuple(MarginRow(one.key, called.get(one.key) or one.name, _read(one)) for one in page)
    following = (rows[-1].figures.margin, rows[-1].key) if len(found) > len(rows) else None
    total = _read(connection.execute(select(*_sums(sold))).one())
    completeness = assess(connection, query.branches, query.first, query.last, now)
    return MarginReport(query, rows, total, completeness, following)


def _sold(query: MarginQuery) -> Subquery:
    """Per ticket and item: sales, and the one move that it made of it, if any."""
    line, move = ticket_line.c, stock_move.c
    lines = (
        select(
            ticket.c.uuid, ticket.c.branch, ticket.c.posted, line.item,
            func.max(line.name).label("name"),
            func.max(func.coalesce(line.category, NO_CATEGORY)).label("category"),
            func.count().label("lines"),
            cast(func.sum(line.amount), BigInteger).label("gross"),
            cast(func.sum(line.amount - line.tax), BigInteger).label("net"),
        )
        .join_from(ticket, ticket_line, line.ticket == ticket.c.uuid)
        .where(in_range(query.branches, query.first, query.last), ~line.voided)
        .group_by(ticket.c.uuid, ticket.c.branch, ticket.c.posted, line.item)
        .subquery("lines")
    )  # fmt: skip
    sold = lines.c
    known_item = and_(item_table.c.stream == CHAIN_FEED, item_table.c.key == sold.item)
    # Below nought is what left; a service has no move, and costs nothing.
    for_nothing = case((item_table.c.stocked.is_(False), literal(0, BigInteger)))
    cost = func.coalesce(-move.value, for_nothing)
    return (
        select(
            *(sold[name] for name in ("branch", "posted", "item", "name", "category")),
            sold.lines, sold.gross, sold.net,
            func.coalesce(-move.quantity, 0).label("quantity"), cost.label("cost"),
            with_tax(cost, tax_table.c.rate).label("cost_with_tax"),
        )
        .select_from(lines)
        .outerjoin(
            stock_move,
            and_(move.reference == sold.uuid, move.item == sold.item,
                 move.reason.in_(("sale", "post_void"))),
        )
        .outerjoin(item_table, known_item)
        .outerjoin(
            tax_table,
            and_(tax_table.c.stream == CHAIN_FEED, tax_table.c.key == item_table.c.tax_code),
        )
        .subquery("sold")
    )  # fmt: skip


def _key(dimension: Dimension, sold: Subquery) -> ColumnElement[Any]:
    match dimension:
        case "item":
            return sold.c.item
        case "category":
            return sold.c.category
        case "branch":
            return sold.c.branch
        case "day":
            return cast(sold.c.posted, Text)


def _sums(sold: Subquery) -> list[ColumnElement[Any]]:
    row, costed = sold.c, sold.c.cost.is_not(None)

    def total(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
        summed = func.sum(column).filter(costed)
        return cast(func.coalesce(summed, 0), BigInteger).label(name)

    return [
        cast(func.coalesce(func.sum(row.quantity), 0), BigInteger).label("quantity"),
        total(row.gross, "gross"), total(row.net, "net"), total(row.cost, "cost"),
        total(row.cost_with_tax, "cost_with_tax"),
        cast(func.coalesce(func.sum(row.net).filter(~costed), 0), BigInteger).label("uncosted"),
        cast(func.coalesce(func.sum(row.lines).filter(~costed), 0), BigInteger).label(
            "uncosted_lines"
        ),
    ]  # fmt: skip


def _read(row: Any) -> Margin:  # noqa: ANN401 - a row of the sums
    return Margin(
        row.quantity, row.gross, row.net, row.cost, row.cost_with_tax, row.uncosted,
        row.uncosted_lines,
    )  # fmt: skip


def _names(connection: Connection, query: MarginQuery) -> dict[str, str]:
    if query.dimension == "branch":
        return {one.branch: one.name for one in query.branches}
    return category_names(connection) if query.dimension == "category" else {}
