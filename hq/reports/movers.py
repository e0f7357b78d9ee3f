"""Items that sell slowly or not at all: what lies in branches beside what was sold of it in a range.

stocked      the items that lie in one of these branches now
sold         thousandths of base units that left stock for sales in the range, less what came back
last sold    the business date of the last sale ever
cover        the days for which what lies there lasts at the rate of the range
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, Connection, and_, cast, func, select

from replication.streams import CHAIN_FEED
from schemas.domain.money import divide
from schemas.tables.catalogue import item as item_table
from schemas.tables.stock import stock_move, stock_on_hand

_SOLD = ("sale", "post_void")


@dataclass(frozen=True, slots=True)
class Mover:
    """One item over all branches asked for; `days` is the length of the range."""

    item: str
    name: str
    category: str
    branches: int
    on_hand: int
    value: int
    sold: int
    last_sold: date | None
    days: int

    @property
    def cover(self) -> int | None:
        """Days; None where nothing was sold, and so for ever."""
        return divide(self.on_hand * self.days, self.sold) if self.sold > 0 else None


def movers(connection: Connection, branches: Sequence[str], first: date, last: date) -> list[Mover]:
    """Every item that lies there."""
    held, move = stock_on_hand.c, stock_move.c
    lying = (
        select(
            held.item, func.count().label("branches"),
            cast(func.sum(held.quantity), BigInteger).label("on_hand"),
            cast(func.sum(held.value), BigInteger).label("value"),
        )
        .where(held.branch.in_(branches), held.quantity > 0)
        .group_by(held.item)
        .subquery("lying")
    )  # fmt: skip
    of_sales = [move.branch.in_(branches), move.reason.in_(_SOLD)]
    sold = (
        select(
            move.item,
            cast(
                -func.coalesce(func.sum(move.quantity).filter(move.business_date <= last), 0), BigInteger
            ).label("sold"),
            func.max(move.business_date).filter(move.quantity < 0).label("last_sold"),
        )
        .where(*of_sales, move.business_date >= first)
        .group_by(move.item)
        .subquery("sold")
    )  # fmt: skip
    # Looked for item by item, and of those alone that nobody bought since: all sales ever are too many to read.
    before = (
        select(func.max(move.business_date))
        .where(*of_sales, move.item == lying.c.item, move.quantity < 0)
        .correlate(lying)
        .scalar_subquery()
    )
    query = (
        select(
            lying.c.item, func.coalesce(item_table.c.name, lying.c.item),
            func.coalesce(item_table.c.category, ""), lying.c.branches, lying.c.on_hand,
            lying.c.value, func.coalesce(sold.c.sold, 0),
            func.coalesce(sold.c.last_sold, before),
        )
        .outerjoin(sold, sold.c.item == lying.c.item)
        .outerjoin(
            item_table,
            and_(item_table.c.stream == CHAIN_FEED, item_table.c.key == lying.c.item),
        )
    )  # fmt: skip
    days = (last - first).days + 1
    return [Mover(*row, days) for row in connection.execute(query)]
