"""The pages of redemption and coupons in a real browser, by keyboard alone, in both languages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hq.redemption import policies, terms
from hq.redemption.policies import Policy
from hq.web.app import application
from tests.browser.axe import violations
from tests.browser.keyboard import tab_to
from tests.browser.test_hq_price_change import sign_in
from tests.browser.test_hq_promotion import fill
from tests.hq.conftest import NOON, Chain
from tests.hq.conftest import chain as chain  # noqa: PLC0414 - the fixture is used here too
from tests.hq.redeeming import ANN
from tests.hq.test_web_redemption import grant, scene
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def address(chain: Chain) -> Iterator[str]:
    with chain.hq.engine.begin() as connection:
        terms.set_terms(connection, 100, 100, 10, "ADMIN", NOON)
        for one in (
            Policy("", "stored_value", 10_000, 3000, 5), Policy("N002", "coupon", 20, 2, 30),
        ):  # fmt: skip
            policies.set_policy(connection, one, "ADMIN", NOON)
    scene(chain)
    grant(chain, "N002.01")
    with served(application(chain.hq)) as url:
        yield url


def look(page: Page, name: str) -> None:
    """Hold a page against the rules of access, and take its picture."""
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    if folder:
        file = f"hq-{name}-{page.locator('html').get_attribute('lang')}.png"
        page.screenshot(path=Path(folder) / file, full_page=True)
    assert violations(page) == [], name


def test_settled_offered_and_issued_without_a_mouse(page: Page, address: str) -> None:
    sign_in(page, address, "ADMIN", "secret1", "中文")
    page.goto(f"{address}/members/redemption")
    look(page, "redemption")
    tab_to(page, "td summary")
    page.keyboard.press("Enter")
    look(page, "redemption-settling")
    fill(page, "reason", "现金补交")
    page.keyboard.press("Enter")
    page.get_by_text("没有超额抵用").wait_for()
    for field, text in (("#policy-amount", "50"), ("#cap", "10.50"), ("#policy-days", "3")):
        tab_to(page, field)
        page.keyboard.insert_text(text)
    page.keyboard.press("Enter")
    page.get_by_role("cell", name="10.50").wait_for()
    page.goto(f"{address}/members/one?member={ANN}")
    look(page, "member-accounts")
    page.goto(f"{address}/promotions/coupons")
    look(page, "coupons-none")
    fill(page, "kind", "SPRING")
    fill(page, "count", "12")
    page.keyboard.press("Enter")
    page.get_by_text("已发放 12 张").wait_for()
    look(page, "coupons")
    page.get_by_role("button", name="English").click()
    page.locator("html[lang=en]").wait_for()
    for path in ("members/redemption", "promotions/coupons"):
        page.goto(f"{address}/{path}")
        look(page, path.partition("/")[2])
