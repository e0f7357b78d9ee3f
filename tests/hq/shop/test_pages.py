"""The pages of online orders: who looks after some branches sees their orders and no others'."""

from __future__ import annotations

from hq.shop import views
from hq.shop.views import OrderQuery
from tests.hq.conftest import Chain
from tests.hq.shop.shop_scene import OnlineShop, stock_up
from tests.hq.test_regions import PLACES, REGIONS, of_region
from tests.hq.test_web_price_changes import Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - the fixture is used here too


def test_who_looks_after_a_region_sees_the_orders_of_its_branches(
    chain: Chain, open_as: Open
) -> None:
    stock_up(chain)
    chain.load("regions", REGIONS)
    chain.load("branch_regions", PLACES)
    of_region(chain, "north")
    shop = OnlineShop(chain)
    own = shop.order("k1")[1]["order"]
    other = shop.order("k2", branch="N002", note="ring twice")[1]["order"]
    regional = open_as("REG", "900003")
    for path in ("/shop", "/shop?branch=N001", "/shop?show=over"):
        answer = regional.get(path)
        assert answer.status_code == 200, path
        assert "N002" not in answer.text, path
        assert other not in answer.text, path
    assert own in regional.get("/shop").text
    assert own not in regional.get("/shop?branch=N002").text
    assert other not in regional.get("/shop?branch=N002").text
    assert regional.get(f"/shop/orders/{own}").status_code == 200
    refused = regional.get(f"/shop/orders/{other}")
    assert refused.status_code == 404
    assert "ring twice" not in refused.text
    for order in (own, other):
        answer = regional.post(f"/shop/orders/{order}/cancel", reason="x")
        assert answer.status_code == 403, "who reads does not cancel"
    assert regional.get("/shop/keys").status_code == 403
    stock = regional.get("/items/one/1001").text
    assert "N001" in stock
    assert "N002" not in stock, "nor what another region has of an item"
    of_region(chain, "south")
    assert other in regional.get("/shop").text
    assert own not in regional.get("/shop").text
    with chain.hq.engine.connect() as connection:
        held = views.newest(connection, OrderQuery(), None, over=False)
    assert {one.state for one in held} == {"accepted"}
