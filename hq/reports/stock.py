"""What lies in the branches: on hand, its value without and with tax, in transit, on order, last moved.

    value           what the branches booked (rule 25), never recomputed here
    value with tax  the value and the tax of it by the item's rate, rounded once; of a sum once for each
                    branch and rate, as the branch's own page does
    in transit,     what documents of goods still let the branch expect; see `hq.goods.open_goods`
    on order
    unvalued        moves whose cost nobody knew: their goods are in no value

Quantities are thousandths of the base unit, values minor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from hq.goods.open_goods import expected_by_item
from hq.parked import parked_entries
from hq.reports.branches import KnownBranch
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import item as item_table
from schemas.tables.catalogue import tax as tax_table
from schemas.tables.link import site_status
from schemas.tables.stock import stock_move, stock_on_hand

Only = Literal["", "negative", "uncosted", "expected"]
_WHOLE_RATE = 10_000


@dataclass(frozen=True, slots=True)
class StockQuery:
    """What is asked: `find` is a part of a code or a name; `after` the branch and item last seen."""

    branches: tuple[KnownBranch, ...]
    find: str = ""
    item: str = ""
    only: Only = ""
    after: tuple[str, str] | None = None
    limit: int | None = 100


@dataclass(frozen=True, slots=True)
class StockRow:
    """One item in one branch."""

    branch: str
    item: str
    name: str
    unit: str
    quantity: int
    value: int
    with_tax: int
    in_transit: int
    on_order: int
    costed: bool


@dataclass(frozen=True, slots=True)
class StockTotals:
    """Of all rows that fit: values, how many there are, below nought, without a known cost; `unvalued` moves."""

    rows: int
    value: int
    with_tax: int
    negative: int
    uncosted: int
    in_transit: int
    on_order: int
    unvalued: int


@dataclass(frozen=True, slots=True)
class StockPage:
    """A page; `last_moved` by branch and item."""

    rows: tuple[StockRow, ...]
    totals: StockTotals
    last_moved: dict[tuple[str, str], datetime]
    following: tuple[str, str] | None


def stock(connection: Connection, query: StockQuery) -> StockPage:
    """One page of what fits, and the sums of all of it; call it in one snapshot."""
    fitting = _fitting(query)
    row = fitting.c
    wanted = select(fitting).order_by(row.branch, row.item)
    if query.after is not None:
        wanted = wanted.where(tuple_(row.branch, row.item) > query.after)
    if query.limit is not None:
        wanted = wanted.limit(query.limit + 1)
    found = connection.execute(wanted).all()
    page = found if query.limit is None else found[: query.limit]
    rows = tuple(StockRow(*one[:-1]) for one in page)
    following = (rows[-1].branch, rows[-1].item) if len(found) > len(rows) else None
    return StockPage(rows, _totals(connection, query, fitting), _moved(connection, rows), following)


def with_tax(value: ColumnElement[Any], rate: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value and the tax of it, half away from zero (rules 1 and 2); in whole numbers throughout."""
    part = value * func.coalesce(rate, 0)
    rounded = (2 * func.abs(part, type_=BigInteger) + _WHOLE_RATE) // (2 * _WHOLE_RATE)
    return value + case((part < 0, -rounded), else_=rounded)


@dataclass(frozen=True, slots=True)
class AsOf:
    """How far headquarters holds what a branch did: when it was last heard of, how many entries it then had not
    sent, and how many wait here in quarantine. None where it was never heard of.
    """

    branch: str
    heard: datetime | None
    pending: int | None
    parked: int

    @property
    def is_whole(self) -> bool:
        """Whether all that the branch had done by then is in the figures."""
        return self.heard is not None and self.pending == 0 and self.parked == 0


def positions(connection: Connection, branches: Sequence[KnownBranch]) -> list[AsOf]:
    """Of each branch how far it is held here; a lane's entries count as sent once its branch has them."""
    codes = [one.branch for one in branches]
    query = select(site_status.c.site, site_status.c.received, site_status.c.status)
    heard = {
        row.site: (row.received, int(row.status.get("pending", 0)))
        for row in connection.execute(query.where(site_status.c.site.in_(codes)))
    }
    parked: dict[str, int] = {}
    for one in parked_entries(connection, codes):
        parked[one.branch] = parked.get(one.branch, 0) + 1
    found = []
    for code in codes:
        at, pending = heard.get(code, (None, None))
        found.append(AsOf(code, at, pending, parked.get(code, 0)))
    return found


def _fitting(query: StockQuery) -> Subquery:
    """Every branch and item that fits, also what is expected and was never there."""
    held, moving, ordered = stock_on_hand.c, expected_by_item("transfer"), expected_by_item("order")
    codes = [one.branch for one in query.branches]
    known = select(held.branch, held.item, held.quantity, held.value, held.cost_quantity)
    nothing = literal(0, BigInteger)
    new = [
        select(one.c.branch, one.c.item, nothing, nothing, nothing)
        .outerjoin(stock_on_hand, and_(held.branch == one.c.branch, held.item == one.c.item))
        .where(held.item.is_(None), one.c.branch.in_(codes))
        for one in (moving, ordered)
    ]
    # Of what is both on its way and on order, but was never there, one row.
    absent = union_all(*new).subquery("absent")
    absent_once = select(absent).distinct()
    every = union_all(known.where(held.branch.in_(codes)), absent_once).subquery("every")
    each = every.c
    incoming, on_order = func.coalesce(moving.c.quantity, 0), func.coalesce(ordered.c.quantity, 0)
    columns: list[ColumnElement[Any]] = [
        each.branch, each.item, func.coalesce(item_table.c.name, each.item).label("name"),
        func.coalesce(item_table.c.unit, "").label("unit"), each.quantity, each.value,
        with_tax(each.value, tax_table.c.rate).label("with_tax"),
        incoming.label("in_transit"), on_order.label("on_order"),
        (each.cost_quantity > 0).label("costed"),
        func.coalesce(tax_table.c.rate, 0).label("rate"),
    ]  # fmt: skip
    statement = (
        select(*columns)
        .select_from(every)
        .outerjoin(
            item_table,
            and_(item_table.c.stream == CHAIN_FEED, item_table.c.key == each.item),
        )
        .outerjoin(
            tax_table,
            and_(tax_table.c.stream == CHAIN_FEED, tax_table.c.key == item_table.c.tax_code),
        )
        .outerjoin(moving, and_(moving.c.branch == each.branch, moving.c.item == each.item))
        .outerjoin(ordered, and_(ordered.c.branch == each.branch, ordered.c.item == each.item))
    )
    return _narrowed(statement, query, every, incoming, on_order).subquery("fitting")


def _narrowed(
    statement: Select[Any], query: StockQuery, every: Subquery, incoming: ColumnElement[Any],
    on_order: ColumnElement[Any],
) -> Select[Any]:  # fmt: skip
    each = every.c
    if query.item:
        statement = statement.where(each.item == query.item)
    if query.find:
        statement = statement.where(
            or_(each.item.icontains(query.find, autoescape=True),
                item_table.c.name.icontains(query.find, autoescape=True))
        )  # fmt: skip
    match query.only:
        case "negative":
            return statement.where(each.quantity < 0)
        case "uncosted":
            return statement.where(each.cost_quantity == 0, each.quantity != 0)
        case "expected":
            return statement.where(incoming + on_order > 0)
    return statement


def _totals(connection: Connection, query: StockQuery, fitting: Subquery) -> StockTotals:
    row = fitting.c
    by_rate = (
        select(
            row.rate, func.count().label("rows"),
            cast(func.sum(row.value), BigInteger).label("value"),
            func.count().filter(row.quantity < 0).label("negative"),
            func.count().filter(~row.costed, row.quantity != 0).label("uncosted"),
            func.count().filter(row.in_transit > 0).label("in_transit"),
            func.count().filter(row.on_order > 0).label("on_order"),
        )
        .group_by(row.branch, row.rate)
        .subquery("by_rate")
    )  # fmt: skip
    each = by_rate.c
    sums = [each.rows, each.value, with_tax(each.value, each.rate), each.negative, each.uncosted,
            each.in_transit, each.on_order]  # fmt: skip
    found = connection.execute(
        select(*(cast(func.coalesce(func.sum(one), 0), BigInteger) for one in sums))
    ).one()
    moves = select(func.count()).where(
        stock_move.c.value.is_(None),
        stock_move.c.branch.in_([one.branch for one in query.branches]),
    )
    if query.item:
        moves = moves.where(stock_move.c.item == query.item)
    unvalued = connection.execute(moves).scalar_one()
    return StockTotals(
        rows=found[0], value=found[1], with_tax=found[2], negative=found[3], uncosted=found[4],
        in_transit=found[5], on_order=found[6], unvalued=unvalued,
    )  # fmt: skip


def _moved(connection: Connection, rows: Sequence[StockRow]) -> dict[tuple[str, str], datetime]:
    """When each of the rows moved last."""
    if not rows:
        return {}
    move = stock_move.c
    query = (
        select(move.branch, move.item, func.max(move.at))
        .where(tuple_(move.branch, move.item).in_([(one.branch, one.item) for one in rows]))
        .group_by(move.branch, move.item)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}
