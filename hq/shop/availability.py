"""What a shop may sell: of each branch and item what is on hand, less what is kept back, less its buffer.

    asked                    answered
    without a cursor         everything, page by page, and a cursor
    with one                 what changed since, page by page, and the next cursor

All pages of one answer belong to the first page's cursor, which is what to ask with the next time: a change
between two pages is told again by it. A change may be told twice, and none is left out. A reservation that
lapsed counts no more at once, and is told as a change within seconds.

Figures are as old as their branch: `hq.reports.stock.positions` says when it was last heard of, how much it
then had not sent, and what waits here in quarantine (invariant 8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, and_, cast, func, or_, select, tuple_

from hq.shop import cursor
from hq.shop.clients import Client
from hq.shop.holds import counts
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import item as item_table
from schemas.tables.shop import shop_hold, shop_item
from schemas.tables.stock import stock_on_hand


@dataclass(frozen=True, slots=True)
class AvailabilityQuery:
    """What is asked: `after` is the branch and item last seen, `changed` a transaction of a cursor."""

    branches: Sequence[str]
    items: Sequence[str] = ()
    changed: int | None = None
    after: tuple[str, str] | None = None
    limit: int = 500


@dataclass(frozen=True, slots=True)
class Available:
    """An item of a branch, in thousandths of `unit`: nothing of it is below nought but what is on hand."""

    branch: str
    item: str
    unit: str
    on_hand: int
    committed: int
    available: int


def available(
    connection: Connection, client: Client, query: AvailabilityQuery, now: datetime
) -> list[Available]:
    """One more than a page of what fits, by branch and item; call it in one snapshot."""
    held, locked = stock_on_hand.c, shop_item.c
    kept = (
        select(shop_hold.c.branch, shop_hold.c.item, func.sum(shop_hold.c.quantity).label("kept"))
        .where(shop_hold.c.branch.in_(query.branches), counts(now))
        .group_by(shop_hold.c.branch, shop_hold.c.item)
        .subquery("kept")
    )
    statement = (
        select(
            held.branch, held.item, item_table.c.unit, held.quantity,
            cast(func.coalesce(kept.c.kept, 0), BigInteger).label("committed"),
        )
        .join(item_table, and_(item_table.c.stream == CHAIN_FEED, item_table.c.key == held.item))
        .outerjoin(kept, and_(kept.c.branch == held.branch, kept.c.item == held.item))
        .where(held.branch.in_(query.branches), item_table.c.stocked)
        .order_by(held.branch, held.item)
        .limit(query.limit + 1)
    )  # fmt: skip
    if query.items:
        statement = statement.where(held.item.in_(query.items))
    if query.after is not None:
        statement = statement.where(tuple_(held.branch, held.item) > query.after)
    if query.changed is not None:
        statement = statement.outerjoin(
            shop_item, and_(locked.branch == held.branch, locked.item == held.item)
        ).where(or_(held.changed >= query.changed, locked.changed >= query.changed))
    return [
        Available(
            row.branch,
            row.item,
            row.unit,
            row.quantity,
            row.committed,
            max(0, row.quantity - row.committed - client.buffer),
        )
        for row in connection.execute(statement)
    ]


def since(connection: Connection, client: Client, written: str | None) -> int | None:
    """The transaction that a cursor names. Raises CursorError."""
    return None if written is None else cursor.read(connection, client, written)
