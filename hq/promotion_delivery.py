"""The delivery grid of a promotion: where its record is, and whether its time has come there.

Its number is that of its newest record in the feed, which a withdrawal is too. Weekdays and hours, which each
branch's own clock decides, are not in the grid: active means between begin and end.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from hq.delivery import Grid, Told, grid_of
from hq.promotions import Document
from schemas.tables.feed import feed_record


def promotion_grid(connection: Connection, held: Document, now: datetime) -> Grid:
    """The grid of a promotion that was published; of another it is empty."""
    row = feed_record.c
    number = connection.execute(
        select(row.number).where(
            row.stream == held.audience, row.kind == "promotion", row.key == held.promotion
        )
    ).scalar()
    if number is None:
        return Grid(())
    period = held.offer.period
    told = Told(held.audience, number, period.starts, period.ends, held.state == "withdrawn")
    return grid_of(connection, told, now)
