"""The replenishment in a real browser, by keyboard: a proposal asked for, read, changed, approved by a second
person, sent, and followed until the branch has received it; terms set by page.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hq.web.app import application
from tests.browser.axe import violations
from tests.browser.test_hq_price_change import sign_in
from tests.hq.conftest import NOON, Chain
from tests.hq.conftest import chain as chain  # noqa: PLC0414 - the fixture is used here too
from tests.hq.day_builder import state
from tests.hq.goods.goods_scene import arrived, line, posted, say
from tests.hq.replenishment.scene import TODAY, held, run, set_up, sold, stock
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def address(chain: Chain) -> Iterator[str]:
    """Give a headquarters whose branches need goods: one day was corrected since the night, one is open."""
    days = set_up(chain)
    stock(chain, "N001", {"1001": -440}, TODAY)
    chain.load(
        "supplier_quotes", "supplier,item,unit,price,starts,ends\n"
        "S1,1002,tray,18.50,2026-03-01,2026-03-31\nS2,1002,tray,17.00,2026-03-01,2026-03-31\n",
    )  # fmt: skip
    chain.load("replenishment_terms", "item,branch,presentation,shelf_life_days\n1002,N002,12,30\n")
    run(chain)
    late = days[TODAY - timedelta(days=3)]
    late.reopen("a till was forgotten")
    sold(late, {"1002": 12})
    late.count(correction=True, reason="counted again")
    late.close()
    last = days[TODAY - timedelta(days=1)]
    last.reopen("to be corrected")
    state(chain.hq.engine, late, last)
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
            picture = Path(folder) / f"replenishment-{name}-{language}.png"
            page.screenshot(path=picture, full_page=True)


def _add_and_ask_why(page: Page, address: str) -> None:
    """Put in an item that nobody is named to have, and read why it was not proposed."""
    page.locator("[name=item]").fill("1003")
    page.locator("[name=quantity]").fill("5")
    page.locator("[name=add_reason]").fill("for the feast, too")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    page.get_by_text("Item 1003 is added").wait_for()
    page.get_by_role("link", name="Why is an item not proposed?").press("Enter")
    page.locator("[name=item]").fill("1003")
    page.locator("[name=item]").press("Enter")
    page.get_by_text("Items without a source").wait_for()
    seen(page, "why-not")
    seen(page, "why", f"{address}/replenishment/why?branch=N002&item=1002")
    assert page.locator("#arithmetic").count() == 1


def test_a_proposal_is_read_changed_approved_and_followed_to_receipt(
    page: Page, address: str, chain: Chain
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, address, "BUY", "900001", "English")
    page.goto(f"{address}/goods")
    page.get_by_role("link", name="Replenishment", exact=True).press("Enter")
    page.get_by_role("button", name="Propose now").press("Enter")
    page.get_by_text("proposals are to be decided").wait_for()
    seen(page, "list", f"{address}/replenishment")
    proposal = held(chain, "N002", "S1")
    page.get_by_role("link", name=proposal.code).press("Enter")
    page.wait_for_url(f"**/replenishment/{proposal.proposal}")
    said = page.locator("main").inner_text()
    for words in ("was closed again (revision 2)", "open again for corrections", "lower quote: S2",
                  "demand corrected"):  # fmt: skip
        assert words in said, words
    seen(page, "proposal")
    page.locator("#lines").get_by_role("link", name="1002").press("Enter")
    page.locator("#arithmetic").wait_for()
    seen(page, "line")
    page.locator("[name=quantity]").fill("7")
    page.locator("[name=reason]").fill("the street has a feast on Saturday")
    page.get_by_role("button", name="Change", exact=True).press("Enter")
    page.get_by_text("what was proposed stays beside it").wait_for()
    assert page.get_by_role("button", name="Approve and send").count() == 0
    _add_and_ask_why(page, address)
    seen(page, "terms", f"{address}/replenishment/terms?kind=item_sources")
    page.goto(f"{address}/replenishment/terms?kind=supplier_terms&key=S1")
    page.locator("[name=least_amount]").fill("100.00")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_text("Saved.").wait_for()

    page.context.clear_cookies()
    sign_in(page, address, "APP", "900002", "English")
    page.goto(f"{address}/replenishment/{proposal.proposal}")
    assert "the street has a feast" in page.locator("#lines").inner_text()
    page.get_by_role("button", name="Approve and send").press("Enter")
    page.get_by_text("G000001 is sent").wait_for()
    with chain.hq.engine.begin() as connection:
        arrived(connection, "N002", NOON + timedelta(minutes=1))
    page.reload()
    assert "Arrived" in page.locator("#followed").inner_text()
    came = (line(1, "1002", 7000, 12_950, unit="tray", factor=10_000, expected=7000),)
    with chain.hq.engine.begin() as connection:
        say(connection, posted("receipt", "N002", "N002-R-000001", came,
                               NOON + timedelta(hours=2), partner="S1", refers_to="G000001"))  # fmt: skip
    page.reload()
    assert "Received" in page.locator("#followed").inner_text()
    seen(page, "received")
    sent = held(chain, "N003", "N001")
    seen(page, "send", f"{address}/replenishment/{sent.proposal}")
    seen(page, "all", f"{address}/replenishment?state=")
