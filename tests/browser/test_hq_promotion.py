"""A promotion in a real browser, by keyboard alone: drafted, simulated, approved, published."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hq.web.app import application
from tests.browser.axe import violations
from tests.browser.keyboard import tab_to
from tests.browser.test_hq_price_change import sign_in
from tests.hq.conftest import Chain
from tests.hq.conftest import chain as chain  # noqa: PLC0414 - the fixture is used here too
from tests.hq.day_builder import MONDAY, BranchDay, lanes_of, line, state
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page


Look = Callable[..., None]


@pytest.fixture
def address(chain: Chain) -> Iterator[str]:
    """Give a headquarters where N001 sold apples and tea on a Monday, and what apples are bought for."""
    day = BranchDay("N001", MONDAY, lanes_of("N001", 1))
    for _ in range(3):
        day.sell(0, line("1001", 1000, quantity=2000, category="01-1", name="苹果"))
    day.sell(0, line("1003", 3000, category="01-1", name="茶"))
    state(chain.hq.engine, day)
    chain.load("costs", "item,unit,cost\n1001,piece,6.00\n")
    with served(application(chain.hq)) as url:
        yield url


@pytest.fixture
def look(page: Page) -> Look:
    """Give what holds a page in a language against the rules of access, and takes its picture."""
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")

    def at(name: str, language: str = "") -> None:
        if language:
            page.get_by_role("button", name=language).click()
            page.locator(f".languages button[aria-pressed=true]:has-text('{language}')").wait_for()
        if folder:
            file = f"hq-promotion-{name}-{page.locator('html').get_attribute('lang')}.png"
            page.screenshot(path=Path(folder) / file, full_page=True)
        assert violations(page) == [], name

    return at


def fill(page: Page, name: str, text: str) -> None:
    """Go to a field and type over what stands in it."""
    tab_to(page, f"[name='{name}']")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def coupon_and_gift(page: Page, address: str, look: Look) -> None:
    """A gift for a coupon, in its form and simulated."""
    page.goto(f"{address}/promotions/new?kind=coupon_off")
    look("coupon")
    page.goto(f"{address}/promotions/new?kind=spend_gift")
    given = (
        ("title", "满20赠茶"),
        ("minimum", "20"),
        ("item", "1003"),
        ("unit", "box"),
        ("quantity", "1"),
    )
    for name, text in (*given, ("coupon", "SPRING")):
        fill(page, name, text)
    look("gift")
    page.keyboard.press("Enter")
    page.wait_for_url("**/promotions/S0*")
    said = page.locator("main").inner_text()
    assert "1 box of 1003 茶 for nothing, from ¥20.00 spent on" in said
    assert "with a coupon of the kind SPRING" in said
    look("gift-draft")
    tab_to(page, "[name='presented']")
    page.keyboard.press("Space")
    tab_to(page, "form[action$='/simulation'] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/simulation?**presented=**")
    assert "as if everybody presented one of the kind SPRING" in page.locator("main").inner_text()
    look("gift-simulation")
    look("gift-simulation", "中文")
    page.get_by_role("button", name="English").click()


def test_from_the_kind_to_the_tills_without_a_mouse(page: Page, address: str, look: Look) -> None:
    """The language is switched on the way; every step of the work itself is done with keys."""
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, address, "BUY", "900001", "中文")
    page.goto(f"{address}/promotions/new")
    look("kinds")
    page.goto(f"{address}/promotions/new?kind=mix_and_match")
    look("mix")
    look("mix", "English")
    coupon_and_gift(page, address, look)
    page.goto(f"{address}/promotions/new")
    tab_to(page, "a[href$='kind=nth_off']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/promotions/new?kind=nth_off")
    for name, text in (("title", "第二件半价"), ("nth", "2"), ("percent", "50"), ("items", "4711")):
        fill(page, name, text)
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert "no item 4711" in page.get_by_role("alert").inner_text()
    look("form")
    fill(page, "items", "1001")
    tab_to(page, "main .form button.primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/promotions/S000002")
    said = page.locator("main")
    assert "of every 2 units the cheapest at 50% off" in said.inner_text()
    look("draft")
    look("draft", "中文")
    assert "每 2 件中最便宜的一件减价 50%" in said.inner_text()
    tab_to(page, "form[action$='/simulation'] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/simulation?**")
    figures = page.locator("dl.figures").inner_text()
    assert "¥15.00" in figures
    assert "¥75.00" in figures
    assert "¥9.00" in figures, "60.00 of apples that are bought for 36.00, and 15.00 off"
    look("simulation")
    look("simulation", "English")

    sign_in(page, address, "APP", "900002", "中文")
    page.goto(f"{address}/promotions/S000002")
    for step in ("approve", "publish"):
        tab_to(page, f"form[action$='/{step}'] button")
        page.keyboard.press("Enter")
        page.locator(f"form[action$='/{step}']").wait_for(state="detached")
    assert "已下发" in page.locator(".facts").nth(1).inner_text()
    look("published")
    page.goto(f"{address}/promotions?state=published")
    assert "S000002" in page.locator("table").inner_text()
    look("list", "English")
    page.goto(f"{address}/promotions/S000002/effect")
    look("effect")
