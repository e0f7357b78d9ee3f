"""Suppliers (供应商): whom the chain buys from, known to every branch; see `hq.import_suppliers`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from schemas.tables.catalogue import delivery, supplier


@dataclass(frozen=True, slots=True)
class KnownSupplier:
    """A supplier by its code; nothing more is bought from one that is closed."""

    supplier: str
    name: str
    closed: bool


def every(connection: Connection) -> dict[str, KnownSupplier]:
    """All of them by their codes, in that order."""
    row = supplier.c
    query = select(row.supplier, row.name, row.closed).order_by(row.supplier)
    return {one.supplier: KnownSupplier(*one) for one in connection.execute(query)}


def orders(connection: Connection) -> dict[str, int]:
    """How many orders were sent that name each supplier, those that were taken back left out."""
    row = delivery.c
    query = (
        select(row.partner, func.count())
        .where(row.direction == "order", ~row.withdrawn)
        .group_by(row.partner)
    )
    return {one[0]: one[1] for one in connection.execute(query)}
