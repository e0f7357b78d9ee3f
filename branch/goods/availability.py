"""What a branch has of its goods (库存): on hand, in transit, on order, what that is worth, and what is low.

    on hand      the sum of the moves (现存)
    in transit   what other branches have sent and nobody received here yet (在途)
    on order     what was ordered and has not come (在订)
    low          fewer on hand than the least that headquarters wants there: that of the branch itself
                 before a group's before the chain's

All of it is read as it is at this moment; quantities are thousandths of the base unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Table,
    and_,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import distinct_on

from branch import items
from branch.goods.deliveries import deliveries
from schemas.domain.barcode import normalise
from schemas.domain.money import divide
from schemas.domain.stock.posting import base_quantity
from schemas.tables.audience import level
from schemas.tables.catalogue import barcode, category, stock_minimum, tax
from schemas.tables.catalogue import item as item_table
from schemas.tables.stock import stock_document, stock_on_hand

PAGE = 50
Only = Literal["", "low", "negative", "uncosted"]
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is of an item. `value` is without tax, `rate` the tax rate in basis points; `cost` is what
    one of the base unit costs on the average, None where nobody ever knew.
    """

    item: str
    name: str
    unit: str
    category: str
    quantity: int
    value: int
    cost: int | None
    rate: int
    minimum: int
    in_transit: int = 0
    on_order: int = 0

    @property
    def with_tax(self) -> int:
        """The value with tax, derived once from the value without."""
        return self.value + divide(self.value * self.rate, _WHOLE)

    @property
    def is_low(self) -> bool:
        """Whether fewer are there than there should be."""
        return self.quantity < self.minimum


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items: by text in name, code or barcode, by category, by what stands out; `after` an item."""

    text: str = ""
    category: str = ""
    only: Only = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Underway:
    """What is on its way per item, in base units."""

    in_transit: Mapping[str, int] = field(default_factory=dict)
    on_order: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Totals:
    """What all goods of a branch are worth, and how many items stand out."""

    items: int
    value: int
    with_tax: int
    low: int
    negative: int
    uncosted: int


def underway(connection: Connection, branch: str) -> Underway:
    """What is on its way to a branch."""
    coming: dict[str, dict[str, int]] = {"transfer": {}, "order": {}, "send": {}}
    for delivery in deliveries(connection, branch):
        sums = coming[delivery.direction]
        for line in delivery.lines:
            sums[line.item] = sums.get(line.item, 0) + base_quantity(line.quantity, line.factor)
    return Underway(coming["transfer"], coming["order"])


def stock(connection: Connection, branch: str, wanted: Wanted) -> list[Stock]:
    """The items that fit by their code, `PAGE` of them and one more where there are more."""
    held = _held(branch)
    condition = and_(true(), *_conditions(connection, held, wanted))
    query = select(held).where(condition).order_by(held.c.item).limit(PAGE + 1)
    coming = underway(connection, branch)
    return [_stock(row, coming) for row in connection.execute(query)]


def stock_of(connection: Connection, branch: str, code: str) -> Stock | None:
    """One item; None where it is neither known nor ever moved."""
    held = _held(branch)
    row = connection.execute(select(held).where(held.c.item == code)).one_or_none()
    return None if row is None else _stock(row, underway(connection, branch))


def totals(connection: Connection, branch: str) -> Totals:
    """The sums over all items; tax is derived once for each rate."""
    held = _held(branch).c
    rows = connection.execute(
        select(
            held.rate, func.count().filter(held.quantity != 0), func.sum(held.value),
            *(func.count().filter(_stands_out(held, only)) for only in _OUT),
        ).group_by(held.rate)
    ).all()  # fmt: skip
    value = sum(int(row[2]) for row in rows)
    taxes = sum(divide(int(row[2]) * row[0], _WHOLE) for row in rows)
    low, negative, uncosted = (sum(row[place] for row in rows) for place in (3, 4, 5))
    return Totals(sum(row[1] for row in rows), value, value + taxes, low, negative, uncosted)


def below_nought(
    connection: Connection, branch: str, most: int
) -> tuple[list[tuple[str, str, int]], int]:
    """The items of which more went than came: code, name and quantity of `most` of them, and how many there
    are. None at a branch that never posted a document: it keeps no stock here.
    """
    held = stock_on_hand.c
    negative = and_(held.branch == branch, held.quantity < 0)
    keeps = select(stock_document.c.uuid).where(stock_document.c.branch == branch)
    number = connection.execute(select(func.count()).where(negative, keeps.exists())).scalar_one()
    if not number:
        return [], 0
    query = select(held.item, held.quantity).where(negative)
    worst = connection.execute(query.order_by(held.quantity, held.item).limit(most)).all()
    known = items.of_codes(connection, [row.item for row in worst])
    names = {code: one.name for code, one in known.items()}
    return [(row.item, names.get(row.item, row.item), row.quantity) for row in worst], number


def count_low(connection: Connection, branch: str) -> int:
    """How many items are fewer than headquarters wants there."""
    least = _speaking(stock_minimum, "item")
    own = stock_on_hand.c
    held = and_(own.branch == branch, own.item == least.c.item)
    query = (
        select(func.count())
        .select_from(least.outerjoin(stock_on_hand, held))
        .where(func.coalesce(own.quantity, 0) < least.c.minimum)
    )
    return connection.execute(query).scalar_one()


def categories(connection: Connection) -> list[tuple[str, str]]:
    """Every category: code and name."""
    speaking = _speaking(category, "category")
    query = select(speaking.c.category, speaking.c.name).order_by(speaking.c.category)
    return [(row.category, row.name) for row in connection.execute(query)]


_OUT: tuple[Only, ...] = ("low", "negative", "uncosted")


def _held(branch: str) -> FromClause:
    """Every item that is known or was moved, with what there is of it."""
    known, least, rates = (
        _speaking(item_table, "item"),
        _speaking(stock_minimum, "item"),
        _speaking(tax, "tax_code"),
    )
    own = select(stock_on_hand).where(stock_on_hand.c.branch == branch).subquery()
    code = func.coalesce(known.c.item, own.c.item)
    return (
        select(
            code.label("item"),
            func.coalesce(known.c.name, code).label("name"),
            func.coalesce(known.c.unit, "").label("unit"),
            func.coalesce(known.c.category, "").label("category"),
            func.coalesce(own.c.quantity, 0).label("quantity"),
            func.coalesce(own.c.value, 0).label("value"),
            func.coalesce(own.c.cost_value, 0).label("cost_value"),
            func.coalesce(own.c.cost_quantity, 0).label("cost_quantity"),
            func.coalesce(rates.c.rate, 0).label("rate"),
            func.coalesce(least.c.minimum, 0).label("minimum"),
        )
        .select_from(
            known.join(own, own.c.item == known.c.item, full=True)
            .outerjoin(least, least.c.item == func.coalesce(known.c.item, own.c.item))
            .outerjoin(rates, rates.c.tax_code == known.c.tax_code)
        )
        .where(or_(known.c.stocked.is_(None), known.c.stocked, own.c.quantity != 0))
        .subquery()
    )


def _speaking(table: Table, key: str) -> Any:  # noqa: ANN401 - a subquery
    """Of the rows of one key, that of the feed which speaks."""
    column = table.c[key]
    return select(table).ext(distinct_on(column)).order_by(column, level(table).desc()).subquery()


def _conditions(
    connection: Connection, held: FromClause, wanted: Wanted
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.text:
        scanned = select(barcode.c.item).where(barcode.c.barcode == normalise(wanted.text))
        conditions.append(
            or_(
                held.c.item == wanted.text,
                held.c.item.in_(connection.execute(scanned).scalars().all()),
                held.c.name.icontains(wanted.text, autoescape=True),
            )
        )
    elif not wanted.category and not wanted.only:
        # Without a question, what there is and not all that there could be.
        conditions.append(or_(held.c.quantity != 0, held.c.minimum > 0, held.c.cost_quantity > 0))
    if wanted.category:
        conditions.append(held.c.category == wanted.category)
    if wanted.only:
        conditions.append(_stands_out(held.c, wanted.only))
    if wanted.after:
        conditions.append(held.c.item > wanted.after)
    return conditions


def _stands_out(held: Any, only: Only) -> ColumnElement[bool]:  # noqa: ANN401 - its columns
    found: dict[Only, ColumnElement[bool]] = {
        "low": held.quantity < held.minimum,
        "negative": held.quantity < 0,
        "uncosted": and_(held.quantity != 0, held.cost_quantity == 0),
    }
    return found[only]


def _stock(row: Row[Any], coming: Underway) -> Stock:
    cost = None
    if row.quantity > 0 and row.value > 0:
        cost = divide(row.value * 1000, row.quantity)
    elif row.cost_quantity:
        cost = divide(row.cost_value * 1000, row.cost_quantity)
    plain = Stock(
        row.item, row.name, row.unit, row.category, int(row.quantity), int(row.value), cost,
        row.rate, row.minimum,
    )  # fmt: skip
    return replace(
        plain,
        in_transit=coming.in_transit.get(row.item, 0),
        on_order=coming.on_order.get(row.item, 0),
    )
