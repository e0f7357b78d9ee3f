"""Delivery prices (配送价): what a franchised branch pays for one of any unit of an item, without tax (rule 28).

They are kept as purchase prices are, in a table of their own, and nobody below is told of them but by the
value of what is delivered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from hq import purchase_prices
from hq.purchase_prices import Costs, PurchasePrice
from schemas.tables.purchase_prices import delivery_price


def write(connection: Connection, changes: Sequence[PurchasePrice], at: datetime) -> None:
    """Replace the delivery prices of these items."""
    purchase_prices.write(connection, changes, at, kept_in=delivery_price)


def every(connection: Connection) -> dict[str, PurchasePrice]:
    """All of them, by item."""
    return purchase_prices.every(connection, kept_in=delivery_price)


def prices(connection: Connection, items: Collection[str]) -> Costs:
    """What is needed to price lines of these items."""
    return purchase_prices.costs(connection, items, kept_in=delivery_price)
