"""An online shop before a headquarters whose branches have goods; what branches state is stated as they would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hq.bootstrap import Headquarters
from hq.settings import ShopSettings
from hq.shop import clients
from hq.shop.api.routes import routes
from replication.streams import branch_feed
from schemas.domain.pickup import Picked, PickupStep, PickupStepped
from schemas.tables.feed import feed_record
from schemas.wire.pickup import PickupOrder
from tests.hq.conftest import NOON, Chain
from tests.hq.goods.goods_scene import line, posted, say

UNTIL = NOON + timedelta(hours=2)
TOMORROW = NOON + timedelta(days=1)


def stock_up(chain: Chain) -> None:
    """N001 has 10 of 1001 and 5 of 1002, N002 has 4 of 1001."""
    with chain.hq.engine.begin() as connection:
        for branch, goods in (("N001", (("1001", 10), ("1002", 5))), ("N002", (("1001", 4),))):
            lines = [line(place, item, quantity * 1000, quantity * 100)
                     for place, (item, quantity) in enumerate(goods, 1)]  # fmt: skip
            say(connection, posted("receipt", branch, f"{branch}-R-000001", lines))


def unhurried(headquarters: Headquarters) -> Headquarters:
    """The same, before which a shop may ask as often as a test likes."""
    often = ShopSettings(requests_per_minute=1_000_000)
    return replace(headquarters, settings=headquarters.settings.model_copy(update={"shop": often}))


class OnlineShop:
    """A shop that asks over the real doors."""

    def __init__(self, chain: Chain, code: str = "web", *branches: str, buffer: int = 0) -> None:
        self.chain = chain
        with chain.hq.engine.begin() as connection:
            self.secret = clients.make(
                connection, code, f"Shop {code}", branches, buffer, "ADMIN", NOON
            )
        self.doors = TestClient(Starlette(routes=routes(unhurried(chain.hq))))

    def ask(
        self, method: str, path: str, body: object = None, **query: str | int | None
    ) -> tuple[int, Any]:
        """What is answered: the status and the JSON."""
        answer = self.doors.request(
            method, f"/shop/v1{path}", params={name: one for name, one in query.items() if one},
            content=None if body is None else json.dumps(body),
            headers={"Authorization": f"Bearer {self.secret}"},
        )  # fmt: skip
        return answer.status_code, answer.json()

    def reserve(self, key: str, branch: str = "N001", until: datetime = UNTIL, **items: int) -> Any:  # noqa: ANN401 - JSON
        """Ask for goods to be kept back; `i1001=2` is two of item 1001."""
        body = {"branch": branch, "until": until.isoformat(), "lines": lines(items)}
        return self.ask("PUT", f"/reservations/{key}", body)

    def order(self, key: str, **changes: object) -> Any:  # noqa: ANN401 - JSON
        """Place an order of two of 1001 at N001, or what `changes` says."""
        body = ORDER | changes
        if "reservation" in changes:
            del body["branch"], body["lines"]
        return self.ask("PUT", f"/orders/{key}", body)

    def available(self, item: str = "1001", branch: str = "N001") -> int:
        """What the shop is told of an item."""
        _, told = self.ask("GET", "/availability", branch=branch, item=item)
        return int(told["available"][0]["available"])


def lines(items: Mapping[str, int]) -> list[dict[str, object]]:
    """Lines of a request."""
    return [{"item": one[1:], "quantity": pieces * 1000} for one, pieces in items.items()]


ORDER: dict[str, object] = {
    "branch": "N001", "until": TOMORROW.isoformat(), "payment": "till", "total": 500,
    "reference": "1017", "lines": lines({"i1001": 2}),
}  # fmt: skip


def stepped(
    order: str, number: int, step: PickupStep, *found: Picked, branch: str = "N001",
    receipt: int = 0, at: datetime = NOON,
) -> PickupStepped:  # fmt: skip
    """A step as a branch states it."""
    return PickupStepped(
        f"{order}-{branch}-{number}-{step}", branch, order, number, step, f"{branch}-M", at, found,
        receipt_lane=f"{branch}.01" if receipt else "", receipt_counter=receipt,
    )  # fmt: skip


def told(chain: Chain, branch: str = "N001") -> list[PickupOrder]:
    """The orders that a branch's feed holds."""
    row = feed_record.c
    query = select(row.body).where(row.stream == branch_feed(branch), row.kind == "pickup_order")
    with chain.hq.engine.connect() as connection:
        bodies = connection.execute(query.order_by(row.number)).scalars()
        return [PickupOrder.model_validate_json(bytes(one)) for one in bodies]
