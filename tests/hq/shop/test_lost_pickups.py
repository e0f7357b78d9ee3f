"""Pick-up orders that headquarters lost and a branch still holds; and those that are long over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from hq import lost_pickups
from hq.lost_pickups import LostPickupError
from hq.shop import holds, orders_buried
from hq.surplus import bundle_of
from replication.streams import branch_feed
from schemas.tables.feed import feed_record
from schemas.tables.shop import shop_hold, shop_line, shop_order
from schemas.wire.pickup import PickupOrder
from schemas.wire.records import BODIES
from tests.hq.conftest import ADMIN, NOON, Chain
from tests.hq.goods.goods_scene import say
from tests.hq.shop.shop_scene import OnlineShop, stepped, stock_up, told

FEED = branch_feed("N001")


def records(chain: Chain) -> tuple[PickupOrder, list[Any]]:
    (header,) = told(chain)
    row = feed_record.c
    query = select(row.body).where(row.stream == FEED, row.kind == "pickup_line", ~row.deleted)
    with chain.hq.engine.connect() as connection:
        bodies = connection.execute(query.order_by(row.number)).scalars().all()
    return header, [BODIES["pickup_line"].model_validate_json(bytes(one)) for one in bodies]


def test_an_order_that_was_lost_is_followed_again(chain: Chain) -> None:
    stock_up(chain)
    shop = OnlineShop(chain)
    _, before = shop.order("o1")
    order = before["order"]
    header, lines = records(chain)
    assert bundle_of("pickup_order", order) == bundle_of("pickup_line", f"{order}/1")
    with chain.hq.engine.begin() as connection:
        for table in (shop_order, shop_line, shop_hold):
            connection.execute(delete(table))
        # What its branch does meanwhile is kept, and counts when the order is known.
        say(connection, stepped(order, 1, "picked"), stepped(order, 2, "ready"))
        with pytest.raises(LostPickupError, match="told 0"):
            lost_pickups.take_back(connection, FEED, order, header, [], ADMIN, NOON)
        with pytest.raises(LostPickupError, match="no header"):
            lost_pickups.take_back(connection, FEED, order, None, lines, ADMIN, NOON)
        lost_pickups.take_back(connection, FEED, order, header, lines, ADMIN, NOON)
        with pytest.raises(LostPickupError, match="another order"):
            lost_pickups.take_back(connection, FEED, order, header, lines, ADMIN, NOON)
    assert records(chain) == (header, lines)
    status, after = shop.order("o1")
    assert (status, after["order"], after["state"], after["code"]) == (200, order, "ready", "")
    gone = header.model_copy(update={"withdrawn": "cancelled"})
    with chain.hq.engine.begin() as connection:
        lost_pickups.take_back(connection, FEED, order, gone, [], ADMIN, NOON)
    assert shop.ask("GET", "/orders/o1")[1]["state"] == "cancelling"


def test_an_order_that_is_long_over_leaves_the_feed(chain: Chain) -> None:
    stock_up(chain)
    shop = OnlineShop(chain)
    order = shop.order("o1")[1]["order"]
    shop.order("o2")
    later = NOON + orders_buried.KEPT + timedelta(hours=1)
    with chain.hq.engine.begin() as connection:
        assert orders_buried.bury(connection, later) == 0
        say(connection, stepped(order, 1, "given_back"))
        assert orders_buried.bury(connection, later) == 2
        assert orders_buried.bury(connection, later) == 0
        assert holds.committed_by_item(connection, "N001", NOON, ["1001"]).get("1001", 0) == 2000
    assert shop.ask("GET", "/orders/o1")[1]["state"] == "given_back"
