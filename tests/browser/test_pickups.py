"""A pick-up order in the branch's office, by keyboard: picked short with a substitute, laid ready, handed over on
a receipt; one that was cancelled is put back. In a real browser, in both languages.

The pages are looked at by axe-core, and kept as pictures when CHAINWRIGHT_SCREENSHOTS names a folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from branch.pickups import orders, steps
from branch.pickups.steps import Found
from tests.branch.pickups.scene import CUSTOMERS_CODE, W, order, stock_up
from tests.branch.shop import CODE, MANAGER, Shop, piece
from tests.browser.test_branch_day import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

CANCELLED, WAITING = "W000000000002", "W000000000003"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    stock_up(shop)
    shop.open_day()
    for number in (W, CANCELLED, WAITING):
        order(shop, number, payment="online" if number == WAITING else "till")
    return shop


def slip_says(path: Path, language: str) -> bool:
    """Whether an order's slip names it and its lines, and says nothing of the customer's code."""
    page = pypdfium2.PdfDocument(path)[0]
    if folder := os.environ.get("CHAINWRIGHT_SCREENSHOTS"):
        page.render(scale=1).to_pil().save(Path(folder) / f"pickups-slip-{language}.pdf.png")
    text = page.get_textpage().get_text_bounded()
    assert CUSTOMERS_CODE not in text
    named = {"zh": "自提拣货单", "en": "Pick-up slip"}[language]
    return all(words in text for words in (named, W, "1017", "Milk", "Soap"))


def press(page: Page, button: str) -> None:
    """Reach a button by keyboard and press it."""
    page.locator(button).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_order_is_picked_and_fetched_and_another_is_put_back(
    shop: Shop, page: Page, address: str, look: Callable[[str], None], language: str
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, address, language)
    page.goto(f"{address}/pickups")
    assert page.locator("#waiting tbody tr").count() == 3
    look(f"list-{language}")
    page.locator(f"a:has-text('{W}')").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/pickups/{W}")
    page.locator("[name=found-2]").fill("x")
    press(page, "form[action$='/pick'] button")
    assert page.locator("[role=alert]").inner_text()
    assert page.locator("[name=found-2]").input_value() == "x", "what was typed stays"
    page.locator("[name=found-2]").fill("1")
    page.keyboard.press("Tab")
    page.keyboard.type("bread")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    look(f"picking-{language}")
    press(page, "form[action$='/pick'] button")
    look(f"picked-{language}")
    assert "2 × Bread" in page.locator("#goods").inner_text()
    press(page, "form[action$='/ready'] button")
    lane = shop.lane(1)
    lane.open_shift()
    sold = lane.sell(
        piece("milk", 350, 2000), piece("soap", 199, number=2), piece("bread", 420, 2000, number=3)
    )
    lane.push()
    page.locator("[name=code]").fill("000000")
    page.locator("[name=receipt]").fill(sold.receipt)
    press(page, "form[action$='/hand-over'] button")
    assert W in page.locator("[role=alert]").inner_text()
    look(f"refused-{language}")
    page.locator("[name=code]").fill(CUSTOMERS_CODE)
    press(page, "form[action$='/hand-over'] button")
    page.wait_for_url(f"{address}/pickups")

    with shop.engine.connect() as connection:
        assert orders.find(connection, W).state == "handed_over"
    page.goto(f"{address}/pickups/{CANCELLED}")
    press(page, "form[action$='/pick'] button")
    order(shop, CANCELLED, withdrawn="cancelled")
    page.reload()
    look(f"cancelled-{language}")
    assert page.locator("form[action$='/ready']").count() == 0
    press(page, "form[action$='/put-back'] button")
    assert page.locator("#ended tbody tr").count() == 2
    look(f"ended-{language}")
    page.goto(f"{address}/pickups/{W}")
    look(f"history-{language}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_order_is_found_by_a_scan(
    shop: Shop, page: Page, address: str, look: Callable[[str], None], language: str
) -> None:
    """By what is on its slip, and by what the customer shows, which says the customer's code, too."""
    with shop.engine.begin() as connection:
        found = [Found(1, 2000), Found(2, 1000)]
        steps.pick(connection, CODE, W, found, MANAGER, shop.clock())
        steps.lay_ready(connection, CODE, W, MANAGER, shop.clock())
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, address, language)
    page.goto(f"{address}/pickups")
    assert page.evaluate("document.activeElement.id") == "scanned", "a scanner types at once"
    page.keyboard.type("6901234567892")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "6901234567892" in page.locator("[role=alert]").inner_text()
    look(f"scan-refused-{language}")
    page.keyboard.type(W.lower())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("[name=code]").input_value() == ""
    with page.expect_download() as slip:
        page.locator("a[download]").first.press("Enter")
    assert slip_says(slip.value.path(), language)
    page.goto(f"{address}/pickups")
    page.keyboard.type(f"{W}.{CUSTOMERS_CODE}")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("[name=code]").input_value() == CUSTOMERS_CODE
    assert CUSTOMERS_CODE not in page.url
    assert page.evaluate("document.activeElement.id") == "receipt"
    look(f"scanned-{language}")
    lane = shop.lane(1)
    lane.open_shift()
    sold = lane.sell(piece("milk", 350, 2000), piece("soap", 199, number=2))
    lane.push()
    page.keyboard.type(sold.receipt)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    with shop.engine.connect() as connection:
        assert orders.find(connection, W).state == "handed_over"
