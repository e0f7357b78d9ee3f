"""Purchase prices (进价): what goods are bought for now, one of any unit of each item, without tax.

    imported     the item's purchase price, which replaces the one before
    asked for    what so many of a unit cost, by the factors of both units; rounded once

An item without one has no known cost. It is an agreed price for looking ahead; what goods in stock cost is
the branches' moving average (rule 25), which this neither is nor moves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, select

from schemas.domain.money import divide
from schemas.domain.ticket import SaleLine
from schemas.tables.base import upsert
from schemas.tables.catalogue import item as item_table
from schemas.tables.catalogue import unit as unit_table
from schemas.tables.purchase_prices import purchase_price

_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class PurchasePrice:
    """What one of a unit of an item is bought for, in minor units."""

    item: str
    unit: str
    price: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Purchase prices by item, and the factors of units in thousandths of the base unit."""

    prices: Mapping[str, PurchasePrice]
    factors: Mapping[tuple[str, str], int]

    def of(self, line: SaleLine) -> int | None:
        """What a line's goods are bought for, below nought for a return; None when that is not known."""
        return self.of_quantity(line.item, line.unit, line.quantity)

    def of_quantity(self, item: str, unit: str, quantity: int) -> int | None:
        """The same for so many thousandths of a unit."""
        price = self.prices.get(item)
        sold = self.factors.get((item, unit))
        if (
            price is None
            or sold is None
            or not (bought := self.factors.get((price.item, price.unit)))
        ):
            return None
        return divide(price.price * quantity * sold, _THOUSAND * bought)


def write(
    connection: Connection, changes: Sequence[PurchasePrice], at: datetime, *,
    kept_in: Table = purchase_price,
) -> None:  # fmt: skip
    """Replace the purchase prices of these items."""
    rows = [
        {"item": one.item, "unit": one.unit, "price": one.price, "since": at} for one in changes
    ]
    upsert(connection, kept_in, rows)


def every(connection: Connection, *, kept_in: Table = purchase_price) -> dict[str, PurchasePrice]:
    """All of them, by item."""
    row = kept_in.c
    query = select(row.item, row.unit, row.price)
    return {one.item: PurchasePrice(*one) for one in connection.execute(query)}


def costs(
    connection: Connection, items: Collection[str], *, kept_in: Table = purchase_price
) -> Costs:
    """What is needed to cost lines of these items."""
    row, further = kept_in.c, unit_table.c
    prices = select(row.item, row.unit, row.price).where(row.item.in_(items))
    base = select(item_table.c.item, item_table.c.unit).where(item_table.c.item.in_(items))
    packs = select(further.item, further.unit, further.factor).where(further.item.in_(items))
    factors = {(one.item, one.unit): one.factor for one in connection.execute(packs)}
    factors |= {(one.item, one.unit): _THOUSAND for one in connection.execute(base)}
    return Costs({one.item: PurchasePrice(*one) for one in connection.execute(prices)}, factors)


def known(found: Costs, lines: Iterable[SaleLine]) -> dict[int, int]:
    """The cost of each line that has one, by its number; a voided line has none."""
    costed = ((line.number, found.of(line)) for line in lines if not line.voided)
    return {number: cost for number, cost in costed if cost is not None}
