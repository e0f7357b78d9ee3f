"""Goods at headquarters in a real browser: an order by CSV, seen to arrive and to be received short; a transfer
to a closed branch sent back; what lies where, what was lost, and what the margin is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hq import closing
from hq.web.app import application
from tests.browser.axe import violations
from tests.browser.test_hq_price_change import sign_in
from tests.hq.conftest import NOON, Chain
from tests.hq.conftest import chain as chain  # noqa: PLC0414 - the fixture is used here too
from tests.hq.goods.goods_scene import arrived, line, posted, say, stock_the_chain
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

ORDER = b"item,unit,quantity\n1001,box,20\n1002,piece,55\n"
WRONG = b"item,unit,quantity\n1001,crate,x\n"


@pytest.fixture
def address(chain: Chain) -> Iterator[str]:
    """Give the address of a headquarters that knows suppliers, costs and kinds of branch."""
    stock_the_chain(chain)
    chain.load("taxes", "tax_code,rate\nnone,13.00\n")
    with served(application(chain.hq)) as url:
        yield url


def seen(page: Page, name: str, path: str = "") -> None:
    """Look at a page in both languages, and leave it in English."""
    if path:
        page.goto(path)
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    for language in ("zh-CN", "en"):
        page.get_by_role("button", name="English" if language == "en" else "中文").click()
        page.wait_for_selector(f'html[lang="{language}"]')
        assert violations(page) == [], f"{name} {language}"
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} {language}: {wide} pixels beyond the window"
        if folder:
            page.screenshot(path=Path(folder) / f"goods-{name}-{language}.png", full_page=True)


def test_an_order_by_csv_arrives_and_is_received_short(
    page: Page, address: str, chain: Chain
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, address, "BUY", "900001", "English")
    page.goto(f"{address}/goods")
    page.get_by_role("link", name="New order").first.press("Enter")
    for data, name in ((WRONG, "wrong.csv"), (ORDER, "order.csv")):
        page.locator("[name=branch]").select_option("N002")
        page.locator("[name=expected]").fill("2026-03-05")
        page.locator("[name=file]").set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": data}
        )
        if data is ORDER:
            seen(page, "new")
            page.locator("[name=branch]").select_option("N002")
            page.locator("[name=file]").set_input_files(
                {"name": name, "mimeType": "text/csv", "buffer": data}
            )
        page.get_by_role("button", name="Draft it").press("Enter")
        if data is WRONG:
            page.get_by_text("item 1001 is not sold by crate").wait_for()
    page.wait_for_url("**/goods/G000001")
    page.get_by_role("button", name="Send", exact=True).press("Enter")
    page.get_by_text("G000001 is sent").wait_for()
    answer: dict[str, Any] = {"partner": "S1", "refers_to": "G000001"}
    with chain.hq.engine.begin() as connection:
        arrived(connection, "N002", NOON + timedelta(minutes=1))
    page.reload()
    assert "Arrived" in page.locator("main").inner_text()
    lines = (
        line(1, "1001", 18_000, 43_200, unit="box", factor=24_000, expected=20_000, damaged=1000),
        line(2, "1002", 60_000, 12_000, expected=55_000),
        line(3, "6901234567892", 2000, None, unknown_item=True),
    )
    with chain.hq.engine.begin() as connection:
        say(connection, posted("receipt", "N002", "N002-R-000001", lines,
                               NOON + timedelta(hours=2), **answer))  # fmt: skip
    page.reload()
    said = page.locator("main").inner_text()
    for words in ("short 1", "damaged 1", "over 5", "Unknown item", "Received", "N002-R-000001"):
        assert words in said, words
    seen(page, "document")
    seen(page, "documents", f"{address}/goods")


def test_stock_is_seen_and_goods_without_a_home_are_sent_back(
    page: Page, address: str, chain: Chain
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.on("dialog", lambda dialog: dialog.accept())
    out = (line(1, "1001", 30_000, 3000), line(2, "1002", 4000, None))
    long_ago = NOON - timedelta(days=6)
    with chain.hq.engine.begin() as connection:
        say(
            connection,
            posted("receipt", "N001", "N001-R-000001",
                   (line(1, "1001", 480_000, 48_000), line(2, "1002", 50_000, None))),
            posted("transfer_out", "N001", "N001-O-000001", out, long_ago, partner="N002"),
            posted("transfer_out", "N001", "N001-O-000002", out, partner="N003"),
            posted("write_off", "N001", "N001-W-000001", (line(1, "1001", 2000, 200),)),
        )  # fmt: skip
        closing.close(connection, "N002", "ADMIN", "moved", NOON, ledger=chain.hq.ledger)
    sign_in(page, address, "BUY", "900001", "English")
    seen(page, "franchise", f"{address}/goods/N001-O-000002")
    seen(page, "transit", f"{address}/goods/transit")
    page.locator("#transfers").get_by_role("link", name="N001-O-000001").press("Enter")
    page.get_by_text("Nobody can receive these goods.").wait_for()
    assert page.locator("[name=branch]").input_value() == "N001", "back is proposed first"
    page.locator("[name=reason]").fill("the shop has moved")
    page.get_by_role("button", name="Send on").press("Enter")
    page.get_by_text("N001-O-000001 goes to N001 now").wait_for()
    seen(page, "stock", f"{address}/reports/stock")
    page.locator("table").first.get_by_role("link", name="1001").first.press("Enter")
    page.get_by_text("N001-W-000001").wait_for()
    seen(page, "item")
    seen(page, "variance", f"{address}/reports/stock_variance")
    assert "Write-off" in page.locator("#report").inner_text()
    seen(page, "margins", f"{address}/reports/margins")
    seen(page, "suppliers", f"{address}/suppliers")
