"""Whether prices are below cost, or leave less than their category should (`hq.margin_floors`): those of a change,
or the chain's list prices that are in force.

    cost       of one of the unit, without tax: the purchase price of the item, else the moving average of the
               branches that the change reaches, weighted by what each last made it of (rule 25)
    margin     what is left of the price without its tax (rule 2) after the cost, in basis points of that price

    verdict    when
    unknown    nobody knows a cost
    below      the price without tax is less than the cost: whoever approves must say why
    thin       the margin is less than its category's least: shown, and may be approved
    fine       anything else

Costs are those of now; a change that was published is shown as it would be judged now. Of prices in force the
average is that of all branches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import distinct_on

from hq import margin_floors
from replication.streams import CHAIN_FEED
from schemas.domain.money import divide
from schemas.domain.tax import tax_in_gross
from schemas.tables.catalogue import item, price, price_change, tax, unit
from schemas.tables.headquarters import price_document_row
from schemas.tables.purchase_prices import purchase_price
from schemas.tables.stock import stock_on_hand

Verdict = Literal["unknown", "below", "thin", "fine"]
_BASE = 1000
_WHOLE = 10_000
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Check:
    """A row of a price change as it is judged: amounts in minor units, margin and floor in basis points."""

    item: str
    unit: str
    tier: str
    category: str
    net: int
    cost: int | None
    averaged: bool
    floor: int | None

    @property
    def margin(self) -> int | None:
        """What is left of the price; None of a price of nothing, or where nobody knows the cost."""
        if self.cost is None or self.net <= 0:
            return None
        return divide((self.net - self.cost) * _WHOLE, self.net)

    @property
    def verdict(self) -> Verdict:
        """See the top of this module."""
        if self.cost is None:
            return "unknown"
        if self.net < self.cost:
            return "below"
        margin = self.margin
        return "thin" if self.floor is not None and (margin or 0) < self.floor else "fine"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of a change are judged how."""

    unknown: int = 0
    below: int = 0
    thin: int = 0
    fine: int = 0


def checks(
    connection: Connection, document: str, branches: Collection[str], *,
    items: Collection[str] | None = None,
) -> Iterator[Check]:  # fmt: skip
    """The rows of a change, or those of some items, judged; `branches` are those that it reaches."""
    row = price_document_row.c
    priced = select(row.item, row.unit, row.tier, row.price).where(row.document == document)
    if items is not None:
        priced = priced.where(row.item.in_(items))
    floors, parents = margin_floors.every(connection), margin_floors.parents(connection)
    query = _query(priced, stock_on_hand.c.branch.in_(branches))
    for one in connection.execute(query.execution_options(yield_per=_AT_ONCE)):
        yield _judged(one, floors, parents)


def in_force(
    connection: Connection, at: datetime, *, items: Select[str] | None = None, after: str = "",
    floors: Mapping[str, int] | None = None,
) -> Iterator[Check]:  # fmt: skip
    """The chain's list prices judged, of all items or those that `items` selects, behind the code `after`.

    `floors` may stand for the least margins that are held.
    """
    row, change = price.c, price_change.c
    document = and_(change.stream == row.stream, change.document == row.document)
    priced = (
        select(row.item, row.unit, row.tier, row.price)
        .ext(distinct_on(row.item, row.unit))
        .join(price_change, document)
        .where(
            row.stream == CHAIN_FEED, row.tier == "", row.item > after, ~change.withdrawn,
            change.starts <= at, or_(change.ends.is_(None), change.ends > at),
        )
        # As `schemas.domain.pricing` ranks them, within one audience.
        .order_by(row.item, row.unit, change.published.desc(), row.price, row.document.desc())
    )  # fmt: skip
    if items is not None:
        priced = priced.where(row.item.in_(items))
    floors = margin_floors.every(connection) if floors is None else floors
    parents = margin_floors.parents(connection)
    query = _query(priced, true()).execution_options(yield_per=_AT_ONCE)
    for one in connection.execute(query):
        yield _judged(one, floors, parents)


def count(found: Iterable[Check]) -> Counts:
    """How many of them are judged how."""
    sums = {"unknown": 0, "below": 0, "thin": 0, "fine": 0}
    for one in found:
        sums[one.verdict] += 1
    return Counts(**sums)


def _judged(row: Row[Any], floors: Mapping[str, int], parents: Mapping[str, str]) -> Check:
    net = row.price - tax_in_gross(row.price, row.rate or 0)
    sold = _BASE if row.unit == row.base else row.factor
    cost, averaged = None, False
    if sold and row.bought_for is not None:
        bought = _BASE if row.bought_unit == row.base else row.bought_factor
        cost = divide(row.bought_for * sold, bought) if bought else None
    if sold and cost is None and row.stock_quantity:
        cost, averaged = divide(int(row.stock_value) * sold, int(row.stock_quantity)), True
    floor = margin_floors.floor_of(row.category or "", floors, parents)
    return Check(
        row.item, row.unit, row.tier, row.category or "", net, cost, averaged, floor
    )  # fmt: skip


def _query(priced: Select[str, str, str, int], of_branches: ColumnElement[bool]) -> Any:  # noqa: ANN401 - a wide select
    rows, sold, bought = priced.subquery("priced"), unit.alias("sold"), unit.alias("bought")
    row = rows.c
    held = stock_on_hand.c
    stock = (
        select(
            held.item, cast(func.sum(held.cost_value), BigInteger).label("value"),
            cast(func.sum(held.cost_quantity), BigInteger).label("quantity"),
        )
        .where(of_branches, held.cost_quantity > 0)
        .group_by(held.item)
        .subquery("stock")
    )  # fmt: skip
    return (
        select(
            row.item, row.unit, row.tier, row.price, item.c.unit.label("base"), item.c.category,
            tax.c.rate, sold.c.factor, purchase_price.c.price.label("bought_for"),
            purchase_price.c.unit.label("bought_unit"), bought.c.factor.label("bought_factor"),
            stock.c.value.label("stock_value"), stock.c.quantity.label("stock_quantity"),
        )
        # By their keys: right for the planner, too, when what was imported a moment ago has no statistics.
        .outerjoin(item, and_(item.c.stream == CHAIN_FEED, item.c.key == row.item))
        .outerjoin(tax, and_(tax.c.stream == CHAIN_FEED, tax.c.key == item.c.tax_code))
        .outerjoin(sold, and_(sold.c.item == row.item, sold.c.unit == row.unit))
        .outerjoin(purchase_price, purchase_price.c.item == row.item)
        .outerjoin(
            bought, and_(bought.c.item == row.item, bought.c.unit == purchase_price.c.unit)
        )
        .outerjoin(stock, stock.c.item == row.item)
        .order_by(row.item, row.unit, row.tier)
    )  # fmt: skip
