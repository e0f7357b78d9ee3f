"""Online shops at headquarters in a real browser: a key is made, its secret shown once, changed and revoked; an
order is seen at its branch and cancelled.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hq.web.app import application
from schemas.domain.pickup import Picked
from tests.browser.axe import violations
from tests.browser.test_hq_price_change import sign_in
from tests.hq.conftest import NOON, Chain
from tests.hq.conftest import chain as chain  # noqa: PLC0414 - the fixture is used here too
from tests.hq.goods.goods_scene import arrived, say
from tests.hq.shop.shop_scene import OnlineShop, stepped, stock_up
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def address(chain: Chain) -> Iterator[str]:
    stock_up(chain)
    with served(application(chain.hq)) as url:
        yield url


def seen(page: Page, name: str, path: str = "", *, stays: bool = False) -> None:
    """Look at a page in both languages, and leave it in English; one that is shown once in English alone."""
    if path:
        page.goto(path)
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    for language in ("en",) if stays else ("zh-CN", "en"):
        if not stays:
            page.get_by_role("button", name="English" if language == "en" else "中文").click()
            page.wait_for_selector(f'html[lang="{language}"]')
        assert violations(page) == [], f"{name} {language}"
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} {language}: {wide} pixels beyond the window"
        if folder:
            page.screenshot(path=Path(folder) / f"shop-{name}-{language}.png", full_page=True)


def test_a_key_is_made_and_an_order_is_cancelled(page: Page, address: str, chain: Chain) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.on("dialog", lambda dialog: dialog.accept())
    shop = OnlineShop(chain)
    ready, waiting = (shop.order(key)[1]["order"] for key in ("o1", "o2"))
    found = Picked(1, "1001", "苹果", 1000), Picked(1, "1002", "梨", 1000)
    with chain.hq.engine.begin() as connection:
        say(connection, stepped(ready, 1, "picked", *found), stepped(ready, 2, "ready"))
        arrived(connection, "N001", NOON + timedelta(minutes=1))
    sign_in(page, address, "ADMIN", "secret1", "English")
    seen(page, "orders", f"{address}/shop")
    page.get_by_role("link", name=ready).press("Enter")
    page.wait_for_url(f"**/shop/orders/{ready}")
    assert "1 × 梨 (1002)" in page.locator("#lines").inner_text()
    seen(page, "order")
    page.goto(f"{address}/shop/orders/{waiting}")
    page.locator("[name=reason]").fill("the customer moved")
    page.get_by_role("button", name="Cancel the order").press("Enter")
    page.get_by_text("The branch has not answered yet.").wait_for()
    seen(page, "cancelling")

    page.goto(f"{address}/shop")
    page.get_by_role("link", name="Keys of online shops").press("Enter")
    page.locator("[name=client]").fill("app")
    page.locator("[name=name]").fill("The app")
    page.locator("[name=buffer]").fill("2")
    page.locator("[name=branch][value=N001]").press("Space")
    page.get_by_role("button", name="Make a key").press("Enter")
    shop.secret = page.locator("#secret code").inner_text()
    seen(page, "secret", stays=True)
    assert shop.available() == 10_000 - 4000 - 2000 + 1000, "one was not found, and is free again"
    page.goto(f"{address}/shop/keys/app")
    assert page.locator("#secret").count() == 0
    page.locator("[name=reason]").fill("the app is gone")
    page.get_by_role("button", name="Revoke the key").press("Enter")
    page.wait_for_url("**/shop/keys")
    assert shop.ask("GET", "/branches")[0] == 401
    seen(page, "keys")
    seen(page, "key", f"{address}/shop/keys/app")
