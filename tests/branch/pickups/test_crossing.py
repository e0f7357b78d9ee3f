"""A shop, headquarters and a branch with the line dead between them: what crosses on the wire ends alike at both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from branch import directives
from branch.pickups import orders, steps
from branch.pickups.orders import PickupError
from branch.pickups.steps import Found
from hq import publication
from hq.shop import clients, holds, upkeep, views
from hq.shop import orders as shop_orders
from hq.shop.clients import Client
from hq.shop.orders import NewOrder
from hq.shop.views import OrderQuery, OrderView
from hq.shop.wanted import ShopError, WantedItem
from replication.streams import CHAIN_FEED
from schemas.wire.delivery import Supplier
from schemas.wire.records import Branch, Item
from tests.branch.goods.scene import received
from tests.branch.shop import CODE, MANAGER, ZONE, Shop, piece


@pytest.fixture
def shop(shop: Shop) -> Shop:
    item = Item(item="milk", name="Milk", category="", unit="piece")
    supplier = Supplier(supplier="S1", name="Dairy")
    branch = Branch(branch=CODE, name="Fuxing Road", zone=ZONE, currency="USD")
    with shop.headquarters.engine.begin() as connection:
        publication.publish(connection, {CHAIN_FEED: [item, branch, supplier]})
        clients.make(connection, "web", "Web", (), 0, "ADMIN", shop.clock())
    shop.runner.fetch_once()
    shop.open_day()
    received(shop, "20*milk", milk=2000)
    shop.deliver()
    return shop


def client(shop: Shop) -> Client:
    with shop.headquarters.engine.connect() as connection:
        return clients.find(connection, "web")


def place(shop: Shop, key: str, pieces: int) -> tuple[str, str]:
    """An order as headquarters accepts it, and the customer's code."""
    new = NewOrder(
        until=shop.clock() + timedelta(days=1), payment="till", total=700, reference=key,
        branch=CODE, wanted=(WantedItem("milk", pieces * 1000),),
    )  # fmt: skip
    with shop.headquarters.engine.begin() as connection:
        order, _ = shop_orders.place(connection, client(shop), key, new, shop.clock())
        return order, shop_orders.find(connection, client(shop), key).code


def cancel(shop: Shop, order: str) -> None:
    with shop.headquarters.engine.begin() as connection:
        shop_orders.cancel(connection, order, "cancelled", "shop:web", "no more", shop.clock())


def at_headquarters(shop: Shop) -> dict[str, tuple[str, str | None]]:
    """State and outcome of a cancellation, by the shop's key."""
    with shop.headquarters.engine.connect() as connection:
        found: list[OrderView] = views.by_change(connection, OrderQuery())
    return {one.row.client_key: (one.state, one.outcome) for one in found}


def kept(shop: Shop) -> int:
    with shop.headquarters.engine.connect() as connection:
        return holds.committed_by_item(connection, CODE, shop.clock(), ["milk"]).get("milk", 0)


def do(shop: Shop, step: Any, *about: Any) -> None:  # noqa: ANN401 - a step and what it takes
    with shop.engine.begin() as connection:
        step(connection, CODE, *about, MANAGER, shop.clock())


def test_what_crosses_on_a_dead_line_ends_alike(shop: Shop) -> None:
    fetched, code = place(shop, "fetched", 2)
    begun, _ = place(shop, "begun", 3)
    untouched, _ = place(shop, "untouched", 4)
    with pytest.raises(ShopError, match="less than was asked"):
        place(shop, "more", 12)
    assert kept(shop) == 9000
    shop.runner.fetch_once()

    shop.line.down = True
    do(shop, steps.pick, fetched, [Found(1, 2000)])
    do(shop, steps.lay_ready, fetched)
    do(shop, steps.pick, begun, [Found(1, 1000)])
    lane = shop.lane(1)
    lane.open_shift()
    sold = lane.sell(piece("milk", quantity=2000))
    lane.push()
    do(shop, steps.hand_over, fetched, code, sold.receipt, "")
    for order in (fetched, begun, untouched):
        cancel(shop, order)
    assert {one for one, _ in at_headquarters(shop).values()} == {"cancelling"}
    assert kept(shop) == 9000, "nobody knows what the branch did"

    shop.line.down = False
    shop.deliver()
    assert at_headquarters(shop) == {
        "fetched": ("handed_over", "too_late"), "begun": ("cancelling", "waiting"),
        "untouched": ("cancelling", "waiting"),
    }  # fmt: skip
    assert kept(shop) == 1000 + 4000, "what was sold is off the stock, what was not found is free"
    shop.runner.fetch_once()
    with shop.engine.connect() as connection:
        assert orders.find(connection, fetched).state == "handed_over"
    assert directives.put_back(shop.engine, CODE, shop.clock()) == 1
    with pytest.raises(PickupError, match="wants order"):
        do(shop, steps.lay_ready, begun)
    do(shop, steps.put_back, begun, "")
    shop.deliver()
    assert at_headquarters(shop) == {
        "fetched": ("handed_over", "too_late"), "begun": ("cancelled", "done"),
        "untouched": ("cancelled", "done"),
    }  # fmt: skip
    assert kept(shop) == 0


def test_what_nobody_fetched_expires_and_is_put_back(shop: Shop) -> None:
    order, _ = place(shop, "late", 2)
    shop.runner.fetch_once()
    do(shop, steps.pick, order, [Found(1, 2000)])
    do(shop, steps.lay_ready, order)
    shop.clock.pass_minutes(24 * 60)
    assert upkeep.look(shop.headquarters.engine, shop.clock()) == 1
    shop.deliver()
    assert at_headquarters(shop) == {"late": ("expiring", "waiting")}
    shop.runner.fetch_once()
    do(shop, steps.put_back, order, "")
    shop.deliver()
    assert at_headquarters(shop) == {"late": ("expired", "done")}
    assert kept(shop) == 0
