"""The lines of a goods document: what, how much, and what it is worth.

Quantities are thousandths of the line's unit, values minor units without tax.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, insert, select

from hq import purchase_prices
from hq.refusal import RefusalError
from replication.console.languages import msgid
from schemas.domain.money import divide
from schemas.tables.catalogue import item as item_table
from schemas.tables.catalogue import unit as unit_table
from schemas.tables.goods import goods_line
from schemas.wire.delivery import DeliveryLine

#: No line is of more than so many units.
MOST = 999_999_000
_THOUSAND = 1000

_NO_ROWS = msgid("A document of goods needs at least one line.")
_UNSOLD = msgid(
    "The catalogue has no item %(item)s in units of %(unit)s: import it, or drop the row."
)
_SERVICE = msgid("Item %(item)s is a service, of which there is no stock: drop the row.")
_TWICE = msgid("Item %(item)s, unit %(unit)s stands twice: put the two together.")
_QUANTITY = msgid("Item %(item)s: a quantity is more than nought and at most 999,999.")


class LineError(RefusalError):
    """Lines that a document cannot have."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line as it is asked for; `agreed` is the price of one of the unit where one is agreed for this order."""

    item: str
    unit: str
    quantity: int
    agreed: int | None = None


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """A line of a document. One of the unit is `factor` thousandths of the base unit; `value` is what it is
    told to cost, `cost` what it was worth where it left; None where nobody knows. `agreed` is the price of one of
    the unit that was agreed for this order alone.
    """

    number: int
    item: str
    unit: str
    factor: int
    quantity: int
    value: int | None = None
    cost: int | None = None
    agreed: int | None = None

    @property
    def base(self) -> int:
        """The quantity in thousandths of the base unit."""
        return divide(self.quantity * self.factor, _THOUSAND)

    def in_unit(self, base: int) -> int:
        """A quantity in base units as one of the line's unit, rounded to thousandths: to be shown."""
        return divide(base * _THOUSAND, self.factor)

    def part(self, base: int, base_unit: str) -> GoodsLine:
        """So much of the line, given in base units, and its part of the values, rounded once. What is no
        whole number of thousandths of the line's unit is told in the base unit.
        """
        if base == self.base:
            return self
        told = replace(self, value=_part(self.value, base, self.base),
                       cost=_part(self.cost, base, self.base))  # fmt: skip
        if base * _THOUSAND % self.factor:
            return replace(told, unit=base_unit, factor=_THOUSAND, quantity=base)
        return replace(told, quantity=base * _THOUSAND // self.factor)

    def told(self, document: str) -> DeliveryLine:
        """The line as a branch is told it."""
        return DeliveryLine(
            document=document, number=self.number, item=self.item, unit=self.unit,
            factor=self.factor, quantity=self.quantity, value=self.value,
        )  # fmt: skip


def _part(value: int | None, quantity: int, whole: int) -> int | None:
    return None if value is None else divide(value * quantity, whole)


def made_of(connection: Connection, wanted: Sequence[Wanted]) -> list[GoodsLine]:
    """Lines that are known to the catalogue, numbered, without a value. Raises LineError."""
    if not wanted:
        raise LineError(_NO_ROWS)
    items = {one.item for one in wanted}
    base = select(item_table.c.item, item_table.c.unit, item_table.c.stocked)
    packs = select(unit_table.c.item, unit_table.c.unit, unit_table.c.factor)
    held = connection.execute(base.where(item_table.c.item.in_(items))).all()
    services = {one.item for one in held if not one.stocked}
    factors = {(one.item, one.unit): one.factor
               for one in connection.execute(packs.where(unit_table.c.item.in_(items)))}  # fmt: skip
    factors |= {(one.item, one.unit): _THOUSAND for one in held}
    lines: list[GoodsLine] = []
    seen: set[tuple[str, str]] = set()
    for number, one in enumerate(wanted, 1):
        place = (one.item, one.unit)
        if place not in factors:
            raise LineError(_UNSOLD, item=one.item, unit=one.unit)
        if one.item in services:
            raise LineError(_SERVICE, item=one.item)
        if place in seen:
            raise LineError(_TWICE, item=one.item, unit=one.unit)
        if not 0 < one.quantity <= MOST:
            raise LineError(_QUANTITY, item=one.item)
        seen.add(place)
        lines.append(
            GoodsLine(number, one.item, one.unit, factors[place], one.quantity, agreed=one.agreed)
        )
    return lines


def at_purchase_price(connection: Connection, lines: Sequence[GoodsLine]) -> list[GoodsLine]:
    """What the lines are bought for: at the price agreed for the order, else at the purchase price of now."""
    found = purchase_prices.costs(connection, {one.item for one in lines})
    return [
        replace(
            one,
            value=found.of_quantity(one.item, one.unit, one.quantity)
            if one.agreed is None
            else divide(one.agreed * one.quantity, _THOUSAND),
        )
        for one in lines
    ]


def write(connection: Connection, document: str, lines: Sequence[GoodsLine]) -> None:
    """Let these be the lines of a document."""
    connection.execute(delete(goods_line).where(goods_line.c.document == document))
    rows = [
        {
            "document": document, "number": one.number, "item": one.item, "unit": one.unit,
            "factor": one.factor, "quantity": one.quantity, "value": one.value, "cost": one.cost,
            "agreed": one.agreed,
        }
        for one in lines
    ]  # fmt: skip
    connection.execute(insert(goods_line), rows)


def read(connection: Connection, document: str) -> list[GoodsLine]:
    """The lines of a document in their order."""
    row = goods_line.c
    query = select(
        row.number,
        row.item,
        row.unit,
        row.factor,
        row.quantity,
        row.value,
        row.cost,
        row.agreed,
    ).where(row.document == document)
    return [GoodsLine(*one) for one in connection.execute(query.order_by(row.number))]


def base_units(connection: Connection, items: Collection[str]) -> dict[str, str]:
    """The base units of these items, those that the catalogue has."""
    query = select(item_table.c.item, item_table.c.unit).where(item_table.c.item.in_(items))
    return {one[0]: one[1] for one in connection.execute(query)}


def item_names(connection: Connection, items: Collection[str]) -> dict[str, str]:
    """The names of these items, those that the catalogue has."""
    query = select(item_table.c.item, item_table.c.name).where(item_table.c.item.in_(items))
    return {one[0]: one[1] for one in connection.execute(query)}
