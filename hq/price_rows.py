"""The rows of a price document: kept with it, and checked against the catalogue in one statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass

from sqlalchemy import Connection, and_, exists, select

from schemas.tables.bulk import replace_rows
from schemas.tables.catalogue import item, unit
from schemas.tables.headquarters import price_document_row

_COLUMNS = ("document", "item", "unit", "tier", "price")


@dataclass(frozen=True, slots=True)
class PriceCell:
    """The price of an item in a unit for a tier (everyone when empty), in minor units."""

    item: str
    unit: str
    tier: str
    price: int


def write(connection: Connection, document: str, cells: Sequence[PriceCell]) -> None:
    """Keep the rows of a document; no two are for the same item, unit and tier."""
    rows = [(document, *astuple(cell)) for cell in cells]
    replace_rows(connection, price_document_row, _COLUMNS, rows)


def read(
    connection: Connection, document: str, *, limit: int | None = None, after: str = ""
) -> list[PriceCell]:
    """The rows of a document by item, unit and tier, or the first of them behind item `after`."""
    row = price_document_row.c
    query = (
        select(row.item, row.unit, row.tier, row.price)
        .where(row.document == document, row.item > after)
        .order_by(row.item, row.unit, row.tier)
        .limit(limit)
    )
    return [PriceCell(*values) for values in connection.execute(query)]


def unsold(connection: Connection, document: str) -> tuple[str, str] | None:
    """The first item and unit of a document that the catalogue does not have; None when it has all."""
    row = price_document_row.c
    base = exists().where(and_(item.c.item == row.item, item.c.unit == row.unit))
    further = exists().where(and_(unit.c.item == row.item, unit.c.unit == row.unit))
    query = select(row.item, row.unit).where(row.document == document, ~base, ~further).limit(1)
    found = connection.execute(query.order_by(row.item)).one_or_none()
    return None if found is None else (found.item, found.unit)


def names(connection: Connection, items: Collection[str]) -> dict[str, str]:
    """What items are called, by code."""
    query = select(item.c.item, item.c.name).where(item.c.item.in_(items))
    return {row.item: row.name for row in connection.execute(query)}
