"""Exporting master data in the very columns that an import reads, so that importing it changes nothing.

    categories, taxes, items, units, barcodes, suppliers    as the chain's records have them
    prices                                                  the chain's latest published ones
    costs, delivery_prices, minimum_margins                 as headquarters holds them

Rows come in the order of their keys. `of` narrows what is about items to some of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, select, true

from hq import margin_floors
from hq.among import among
from hq.import_prices import latest
from replication.streams import CHAIN_FEED
from schemas.domain.barcode import written
from schemas.domain.money import format_amount
from schemas.domain.quantity import format_quantity
from schemas.tables.catalogue import barcode, category, item, supplier, tax, unit
from schemas.tables.purchase_prices import delivery_price, purchase_price

Cells = tuple[str, ...]
Rows = Callable[[Connection, "Collection[str] | None", int], Iterator[Cells]]
_AT_ONCE = 5_000
_RATE_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Export:
    """The columns of a kind, how many of them are a row's key, and its rows; of items or not."""

    columns: tuple[str, ...]
    keys: int
    rows: Rows
    of_items: bool = True


def every(
    connection: Connection, kind: str, decimals: int, *, of: Collection[str] | None = None
) -> Iterator[Cells]:
    """The rows of a kind; `decimals` are those of amounts. Read them while the connection is open."""
    return EXPORTS[kind].rows(connection, of, decimals)


def _chain(table: Table, *names: str) -> Select[*tuple[Any, ...]]:
    columns = [table.c[name] for name in names]
    return select(*columns).where(table.c.stream == CHAIN_FEED).order_by(*columns[:2])


def _of(table: Table, items: Collection[str] | None) -> ColumnElement[bool]:
    return true() if items is None else among(table.c.item, items)


def _some(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[Cells]:
    found = connection.execute(query.execution_options(yield_per=_AT_ONCE))
    return (tuple(row) for row in found)


def _categories(
    connection: Connection, of: Collection[str] | None, decimals: int
) -> Iterator[Cells]:
    del of, decimals
    return _some(connection, _chain(category, "category", "name", "parent"))


def _taxes(connection: Connection, of: Collection[str] | None, decimals: int) -> Iterator[Cells]:
    del of, decimals
    for code, rate in _some(connection, _chain(tax, "tax_code", "rate")):
        yield code, format_amount(int(rate), _RATE_DECIMALS)


def _items(connection: Connection, of: Collection[str] | None, decimals: int) -> Iterator[Cells]:
    del decimals
    query = _chain(item, "item", "name", "category", "unit", "tax_code", "stocked")
    for *cells, stocked in _some(connection, query.where(_of(item, of))):
        yield (*cells, "yes" if stocked else "no")


def _units(connection: Connection, of: Collection[str] | None, decimals: int) -> Iterator[Cells]:
    del decimals
    query = _chain(unit, "item", "unit", "factor").where(_of(unit, of))
    for code, name, factor in _some(connection, query):
        yield code, name, format_quantity(int(factor))


def _barcodes(connection: Connection, of: Collection[str] | None, decimals: int) -> Iterator[Cells]:
    del decimals
    query = _chain(barcode, "barcode", "item", "unit").where(_of(barcode, of))
    for code, *whose in _some(connection, query):
        yield written(code), *whose


def _prices(connection: Connection, of: Collection[str] | None, decimals: int) -> Iterator[Cells]:
    for key, amount in sorted(latest(connection, of).items()):
        yield *key, format_amount(amount, decimals)


def _suppliers(
    connection: Connection, of: Collection[str] | None, decimals: int
) -> Iterator[Cells]:
    del of, decimals
    for code, name, closed in _some(connection, _chain(supplier, "supplier", "name", "closed")):
        yield code, name, "yes" if closed else "no"


def _agreed(table: Table) -> Rows:
    def rows(connection: Connection, of: Collection[str] | None, decimals: int) -> Iterator[Cells]:
        row = table.c
        query = select(row.item, row.unit, row.price).where(_of(table, of)).order_by(row.item)
        for code, name, price in connection.execute(query):
            yield code, name, format_amount(price, decimals)

    return rows


def _floors(connection: Connection, of: Collection[str] | None, decimals: int) -> Iterator[Cells]:
    del of, decimals
    for code, margin in margin_floors.every(connection).items():
        yield code, format_amount(margin, margin_floors.DECIMALS)


EXPORTS: Mapping[str, Export] = {
    "categories": Export(("category", "name", "parent"), 1, _categories, of_items=False),
    "taxes": Export(("tax_code", "rate"), 1, _taxes, of_items=False),
    "items": Export(("item", "name", "category", "unit", "tax_code", "stocked"), 1, _items),
    "units": Export(("item", "unit", "factor"), 2, _units),
    "barcodes": Export(("barcode", "item", "unit"), 1, _barcodes),
    "prices": Export(("item", "unit", "tier", "price"), 3, _prices),
    "costs": Export(("item", "unit", "cost"), 1, _agreed(purchase_price)),
    "delivery_prices": Export(("item", "unit", "price"), 1, _agreed(delivery_price)),
    "minimum_margins": Export(("category", "margin"), 1, _floors, of_items=False),
    "suppliers": Export(("supplier", "name", "closed"), 1, _suppliers, of_items=False),
}
