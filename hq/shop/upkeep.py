"""What headquarters does for online shops by itself, every few seconds.

    found                                              done, each in a transaction of its own
    a reservation lapsed                               its holds are removed, so that shops are told
    an order whose last instant has passed, no end     cancelled as expired: the branch puts the goods back
    an order handed over, its receipt is here by now   its goods are kept back no more

All of it is found anew at every look: a restart forgets nothing, and done twice it changes nothing.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import Engine, select

from hq.shop import holds, orders, pickups
from hq.shop.wanted import ShopError
from replication.clock import Clock
from replication.looking import Looking
from schemas.domain.pickup import ENDS
from schemas.tables.shop import shop_order

_log = structlog.get_logger(__name__)
#: Who cancels what expired.
BY_ITSELF = "headquarters"


def looking(engine: Engine, clock: Clock) -> Looking:
    """The one who does it."""
    return Looking("shop upkeep", lambda: look(engine, clock()))


def look(engine: Engine, now: datetime) -> int:
    """Do what there is to do; how much it was."""
    with engine.connect() as connection:
        lapsed = holds.lapsed(connection, now)
        overdue = connection.execute(
            select(shop_order.c.order)
            .where(shop_order.c.until <= now, shop_order.c.withdrawn == "")
            .where(shop_order.c.state.not_in(ENDS))
            .order_by(shop_order.c.until, shop_order.c.order)
        ).scalars()
        expired = list(overdue)
        settled = pickups.receipts_here(connection, now)
    for holder in [*lapsed, *settled]:
        with engine.begin() as connection:
            holds.let_go(connection, holder)
    for order in expired:
        try:
            with engine.begin() as connection:
                orders.cancel(connection, order, "expired", BY_ITSELF, "", now)
        except ShopError:
            _log.info("shop_order_fetched_at_last", order=order)
    return len(lapsed) + len(settled) + len(expired)
