"""A branch that is told of pick-up orders."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from replication.streams import CHAIN_FEED, branch_feed
from schemas.domain.pickup import hash_code
from schemas.wire.pickup import PickupLine, PickupOrder
from schemas.wire.records import Item, Unit
from tests.branch.shop import CODE, Shop, publish

W = "W000000000001"
CUSTOMERS_CODE = "123456"


def order(
    shop: Shop, number: str = W, *, withdrawn: Literal["", "cancelled", "expired"] = "",
    payment: Literal["online", "till"] = "till",
) -> None:  # fmt: skip
    """Headquarters tells the branch of an order of milk and soap, and the branch hears it."""
    lines = [
        PickupLine(order=number, number=place, item=item, name=item.capitalize(), unit="piece",
                   quantity=quantity)
        for place, (item, quantity) in enumerate((("milk", 2000), ("soap", 3000)), 1)
    ]  # fmt: skip
    header = PickupOrder(
        order=number, client="web", client_key="k1", reference="1017", placed=shop.clock(),
        until=shop.clock() + timedelta(days=1), payment=payment, total=1600, rows=2,
        code_hash=hash_code(number, CUSTOMERS_CODE), withdrawn=withdrawn,
    )  # fmt: skip
    with shop.headquarters.engine.begin() as connection:
        publish(connection, branch_feed(CODE), *lines, header)
    shop.runner.fetch_once()


def stock_up(shop: Shop) -> None:
    """Let the branch know what it sells."""
    goods = [Item(item=item, name=item.capitalize(), category="", unit="piece")
             for item in ("milk", "soap", "bread")]  # fmt: skip
    with shop.headquarters.engine.begin() as connection:
        publish(connection, CHAIN_FEED, *goods, Unit(item="bread", unit="case", factor=6000))
    shop.runner.fetch_once()
