"""A branch receives goods with a scanner alone, sends some on, and looks at its stock, in a real browser.

The pages are looked at by axe-core, and kept as pictures when CHAINWRIGHT_SCREENSHOTS names a folder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.branch.goods.scene import BREAD, MILK, expect, on_hand, received, stock_up
from tests.branch.shop import Shop, piece
from tests.browser.test_branch_day import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def shop(shop: Shop) -> Shop:
    stock_up(shop)
    shop.open_day()
    return shop


def scan(page: Page, *codes: str) -> None:
    """What a scanner types, with Enter behind it, faster than any answer comes."""
    for code in codes:
        assert page.evaluate("document.activeElement.id") == "code"
        page.keyboard.type(code)
        page.keyboard.press("Enter")
    page.wait_for_selector("form[data-waiting='0']")


def press(page: Page, button: str) -> None:
    """Reach a button by keyboard and press it."""
    page.locator(button).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_order_comes_short_broken_and_with_something_unknown(
    shop: Shop, page: Page, address: str, look: Callable[[str], None], language: str
) -> None:
    received(shop, "6*soap", "10*apple", soap=900, apple=2000)
    expect(shop, "PO-20260302-1", "order", MILK, BREAD)
    expect(shop, "N002-O-000007", "transfer", ("soap", "piece", 1000, 24_000, 3600), partner="N002")
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, address, language)
    page.goto(f"{address}/goods")
    look(f"list-{language}")
    press(page, "#deliveries tbody tr:has-text('PO-20260302-1') button")
    look(f"empty-{language}")
    scan(page, "4*16901028075838", "06901028075831", "18*bread", "2/bread", "6*4006381333931")
    look(f"receiving-{language}")
    page.keyboard.type("ten*bread")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "ten*bread" in page.locator("[role=alert]").inner_text()
    look(f"refused-{language}")
    press(page, "button[name=rest][value=done]")
    assert "N001-R-000002" in page.locator("h1").inner_text()
    look(f"document-{language}")
    assert on_hand(shop)["milk"] == (49_000, 9800)
    assert on_hand(shop)["bread"] == (18_000, 3600)

    shop.clock.pass_minutes(30)
    page.goto(f"{address}/goods")
    press(page, "form:has(input[value=transfer_out]) button")
    scan(page, "12*06901028075831")
    look(f"sending-{language}")
    press(page, "button[name=rest]")
    assert "N001-O-000001" in page.locator("h1").inner_text()

    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece("soap", 199, 8000))
    lane.push()
    page.goto(f"{address}/stock")
    look(f"stock-{language}")
    assert "-2" in page.locator("main").inner_text()
    page.keyboard.type("6901028075831")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("tbody tr").count() == 1
    page.goto(f"{address}/stock/milk")
    look(f"ledger-{language}")


def test_it_works_without_scripts(shop: Shop, page: Page, address: str) -> None:
    """Every scan is a form of its own: nothing depends on a script."""
    sign_in(page, address, "en")
    cookies = page.context.cookies()
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies([{**one} for one in cookies])  # type: ignore[typeddict-item]
    bare = plain.new_page()
    bare.goto(f"{address}/goods")
    bare.locator("form:has(input[value=receipt]) button").press("Enter")
    bare.wait_for_selector("#code")
    bare.locator("#code").fill("3*milk")
    bare.locator("#code").press("Enter")
    bare.wait_for_selector("#lines")
    bare.locator("button[name=rest]").press("Enter")
    bare.wait_for_url("**/goods/documents/**")
    assert on_hand(shop) == {"milk": (3000, 0)}
    plain.close()
