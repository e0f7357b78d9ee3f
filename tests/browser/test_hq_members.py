"""The pages of members in a real browser, by keyboard alone, in both languages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hq.web.app import application
from tests.browser.axe import violations
from tests.browser.keyboard import tab_to
from tests.browser.test_hq_price_change import sign_in
from tests.browser.test_hq_promotion import fill
from tests.hq.conftest import Chain
from tests.hq.conftest import chain as chain  # noqa: PLC0414 - the fixture is used here too
from tests.hq.test_web_members import sell
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

FILE = (
    "member,name,tier,phone,email,card,birthday\n"
    "9001,张三丰,gold,13800138000,a@example.org,8888 0001,1990-03-02\n"
    "9002,李四,,13900139000,,,\n9003,张三,silver,13800138000,,,\n"
)


@pytest.fixture
def address(chain: Chain) -> Iterator[str]:
    chain.load("members", FILE)
    sell(chain, "9001")
    with served(application(chain.hq)) as url:
        yield url


def look(page: Page, name: str) -> None:
    """Hold a page against the rules of access, and take its picture."""
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    if folder:
        file = f"hq-members-{name}-{page.locator('html').get_attribute('lang')}.png"
        page.screenshot(path=Path(folder) / file, full_page=True)
    assert violations(page) == [], name


def test_found_seen_and_merged_without_a_mouse(page: Page, address: str) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, address, "ADMIN", "secret1", "中文")
    page.goto(f"{address}/members")
    look(page, "list")
    page.goto(f"{address}/members/new")
    look(page, "new")
    page.goto(f"{address}/members")
    fill(page, "typed", "+86 138 0013 8000")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="9003").wait_for()
    assert page.get_by_role("link", name="9002").count() == 0
    assert "13800138000" not in page.content()
    tab_to(page, "a[href$='member=9003']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/members/one?member=9003")
    fill(page, "reason", "同一人")
    tab_to(page, "#into")
    assert page.locator("#into").input_value() == "9001"
    tab_to(page, "#merge-reason")
    page.keyboard.insert_text("同一人")
    page.keyboard.press("Enter")
    page.wait_for_url("**/members/one?member=9001")
    assert "张**" in page.locator("main").inner_text()
    look(page, "masked")
    page.goto(f"{address}/members/tiers")
    look(page, "tiers")
    tab_to(page, "#tier")
    for typed in ("gold", "金卡", "1", "10"):
        page.keyboard.insert_text(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("等级 gold 已保存").wait_for()
    page.goto(f"{address}/members/one?member=9001")
    tab_to(page, "#tier-reason")
    page.keyboard.insert_text("记者")
    page.keyboard.press("Enter")
    page.get_by_text("人工保留：记者").wait_for()
    look(page, "held")
    page.goto(f"{address}/members/tiers?tier=gold")
    look(page, "tier")
    page.goto(f"{address}/members/one?member=9001")
    tab_to(page, "form[action$='/open'] button")
    page.keyboard.press("Enter")
    page.get_by_text("张三丰").first.wait_for()
    look(page, "open")
    page.get_by_role("button", name="English").click()
    page.locator("html[lang=en]").wait_for()
    page.goto(f"{address}/members/one?member=9001")
    look(page, "masked")
    page.goto(f"{address}/members/tiers")
    look(page, "tiers")
