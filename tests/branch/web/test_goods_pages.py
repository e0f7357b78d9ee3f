"""The pages of goods and stock: what a manager does on them, and what they refuse without losing anything."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from tests.branch.goods.scene import BREAD, MILK, begin, expect, post, received, scan, stock_up
from tests.branch.shop import Shop
from tests.branch.web.conftest import send
from tests.branch.web.test_pages import texts
from tests.papers import papers


def test_an_order_is_received_through_the_pages(shop: Shop, manager: TestClient) -> None:
    stock_up(shop)
    shop.open_day()
    expect(shop, "PO-1", "order", MILK, BREAD)
    assert "PO-1" in texts(manager.get("/goods").text)
    assert "牛奶 Milk 1 l" in texts(manager.get("/goods/deliveries/PO-1").text)
    _, page = send(manager, "/goods/answer", document="PO-1")
    (draft,) = set(re.findall(r"/goods/drafts/([0-9a-f-]{36})/scan", page))
    status, page = send(manager, f"/goods/drafts/{draft}/scan", code="5*16901028075838")
    assert (status, "5 case of 5 ✓" in texts(page) or "5 case of 5 As expected" in texts(page)) == (
        200,
        True,
    )
    send(manager, f"/goods/drafts/{draft}/scan", code="18*bread")
    _, page = send(manager, f"/goods/drafts/{draft}/scan", code="4/bread")
    assert "Broken: 4" in texts(page)
    _, page = send(manager, f"/goods/drafts/{draft}/scan", code="7*nobody-knows")
    assert "nobody-knows 7 Item unknown here" in texts(page)
    for wrong in ("x*bread", "0*bread", "1000000*bread", "1.2345*bread"):
        status, page = send(manager, f"/goods/drafts/{draft}/scan", code=wrong)
        assert status == 422
        assert "at most 999,999" in texts(page)
        assert f'value="{wrong}"' in page
    for field, wrong in (("quantity", "many"), ("quantity", "-1"), ("cost", "1,5")):
        fields = {"quantity": "1", "damaged": "0", "cost": "", field: wrong}
        status, page = send(manager, f"/goods/drafts/{draft}/lines/2", **fields)
        assert (status, f"“{wrong}”" in texts(page)) == (422, True)
    status, page = send(
        manager, f"/goods/drafts/{draft}/lines/2", quantity="18", damaged="2", cost="36.00"
    )
    assert "$36.00" in texts(page)
    assert "the rest is still to come" in texts(page)
    status, page = send(manager, f"/goods/drafts/{draft}/post", rest="done")
    assert status == 200
    shown = texts(page)
    assert "Goods receipt N001-R-000001" in shown
    assert "Items that were unknown: 1" in shown
    assert "$156.00" in shown
    status, page = send(manager, f"/goods/drafts/{draft}/post", rest="done")
    assert (status, "N001-R-000001" in texts(page)) == (404, True)
    (uuid,) = set(re.findall(r"/goods/documents/([0-9a-f-]{36})/document.pdf", shown_html(manager)))
    papers(manager, f"/goods/documents/{uuid}/document.pdf", "goods-receipt")
    status, _ = send(manager, f"/goods/documents/{uuid}/resolve")
    assert status == 409


def shown_html(manager: TestClient) -> str:
    """The one document that was posted."""
    return manager.get("/goods/documents/N001-R-000001").text


def test_goods_are_begun_discarded_and_looked_up(shop: Shop, manager: TestClient) -> None:
    stock_up(shop)
    shop.open_day()
    received(shop, "30*milk", milk=3000)
    status, page = send(manager, "/goods/begin", kind="transfer_out", partner_transfer_out="N003")
    assert (status, "is closed" in texts(page)) == (409, True)
    assert send(manager, "/goods/begin", kind="stocktake")[0] == 422
    _, page = send(manager, "/goods/begin", kind="write_off")
    (draft,) = set(re.findall(r"/goods/drafts/([0-9a-f-]{36})/scan", page))
    send(manager, f"/goods/drafts/{draft}/scan", code="2*milk", reason="expired")
    status, page = send(manager, f"/goods/drafts/{draft}/scan", code="2*nothing", reason="expired")
    assert (status, "is unknown here: key the item code" in texts(page)) == (422, True)
    assert send(manager, f"/goods/drafts/{draft}/discard", reason="")[0] == 409
    _, page = send(manager, f"/goods/drafts/{draft}/note", reason="after the fair")
    assert 'value="after the fair"' in page
    assert send(manager, f"/goods/drafts/{draft}/discard", reason="not ours")[0] == 200
    assert manager.get(f"/goods/drafts/{draft}").status_code == 404

    page = texts(manager.get("/stock?q=6901028075831").text)
    assert "牛奶 Milk 1 l" in page
    assert "$33.90" in page
    assert "No item fits" in texts(manager.get("/stock?q=nothing").text)
    page = texts(manager.get("/stock/milk").text)
    assert "N001-R-000001" in page
    assert manager.get("/stock/nothing").status_code == 404
    assert manager.get("/stock/milk?at=now&reference=a&number=1").status_code == 400
    assert manager.get("/goods/documents?at=now&uuid=x").status_code == 400
    assert manager.get("/goods/documents?kind=receipt").status_code == 200
    assert manager.get("/goods/documents/nothing").status_code == 404
    assert manager.get("/goods/deliveries/nothing").status_code == 404


def test_lists_go_on_where_they_ended(shop: Shop, manager: TestClient) -> None:
    stock_up(shop)
    shop.open_day()
    for _ in range(52):
        draft = begin(shop, "receipt")
        scan(shop, draft, "milk")
        post(shop, draft)
        shop.clock.pass_minutes(1)
    for path in ("/goods/documents", "/stock/milk"):
        first = manager.get(path).text
        (further,) = re.findall(r'href="([^"]+)" rel="next"', first)
        second = manager.get(further.replace("&amp;", "&")).text
        assert second.count("N001-R-00000") == 2, path
