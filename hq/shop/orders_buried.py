"""Pick-up orders that are long over leave their branch's feed; headquarters keeps them, with what was done.

    ended ──a month passes──▶ header and lines tombstoned

The month is for a branch that was put back from a backup, and for the person who asks what became of one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, select

from hq import publication
from replication.feed import Draft
from replication.streams import branch_feed
from schemas.tables.catalogue import pickup_line, pickup_order
from schemas.tables.shop import shop_order

KEPT = timedelta(days=30)
_ORDERS = 50


def bury(connection: Connection, now: datetime) -> int:
    """Tombstone some orders that are long over; how many records that were."""
    row = shop_order.c
    told = and_(
        pickup_order.c.order == row.order, pickup_order.c.stream == branch_feed("") + row.branch
    )
    dead = connection.execute(
        select(row.order, row.branch)
        .join(pickup_order, told)
        .where(row.ended < now - KEPT)
        .order_by(row.branch, row.order)
        .limit(_ORDERS)
    ).all()
    tombs: dict[str, list[Draft]] = {}
    for one in dead:
        feed = branch_feed(one.branch)
        lines = select(pickup_line.c.key).where(
            pickup_line.c.stream == feed, pickup_line.c.order == one.order
        )
        keys = connection.execute(lines.order_by(pickup_line.c.key)).scalars()
        of_feed = tombs.setdefault(feed, [])
        # The header first: lines alone are inert.
        of_feed.append(publication.tombstone("pickup_order", one.order))
        of_feed += [publication.tombstone("pickup_line", key) for key in keys]
    publication.publish(connection, tombs)
    return sum(len(of_feed) for of_feed in tombs.values())
