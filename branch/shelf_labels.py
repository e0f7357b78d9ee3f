"""Labels for what changes on the shelves of this branch on one day, by its own clock.

What is compared is the list price as the day begins with that as it ends: whatever was published for the day, in
any audience that reaches the branch, comes to one label per item and unit, and to none where it costs the same.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from schemas.domain.price_movement import movements
from schemas.tables import shelf_prices
from schemas.tables.catalogue import price_change
from schemas.tables.shelf_prices import ShelfPrice

_MOMENT = timedelta(microseconds=1)


def changing(connection: Connection, on: date, zone: str) -> list[ShelfPrice]:
    """What changes on a date, by item and unit."""
    begins, ends = _bounds(on, zone)
    feeds = list(connection.execute(select(price_change.c.stream).distinct()).scalars())
    items = shelf_prices.touched(connection, feeds, begins, ends)
    rows = shelf_prices.price_rows(connection, feeds, items)
    return shelf_prices.described(connection, movements(rows, begins, ends))


def _bounds(on: date, zone: str) -> tuple[datetime, datetime]:
    """The last moment before the day and its own last one."""
    first, after = (
        datetime.combine(day, time(), ZoneInfo(zone)) for day in (on, on + timedelta(days=1))
    )
    return first - _MOMENT, after - _MOMENT
