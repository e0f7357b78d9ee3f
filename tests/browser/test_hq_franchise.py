"""Franchise statements in a real browser: rules imported, a statement read, drilled, locked with a reason, and
followed by its difference; a branch put into a region. By keyboard alone, in both languages.
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
from tests.hq.conftest import Chain
from tests.hq.conftest import chain as chain  # noqa: PLC0414 - the fixture is used here too
from tests.hq.franchise.scene import RULES, a_day, late, move
from tests.hq.franchise.test_pages import PEOPLE, TENTH
from tests.hq.goods.goods_scene import line, stock_the_chain
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

WRONG = "rule,kind,audience,category,rate,amount,from,through\nX,royalty,N002,,150,,,\n"


@pytest.fixture
def address(chain: Chain) -> Iterator[str]:
    """Give the address of a headquarters with a franchise that bought and sold in February."""
    stock_the_chain(chain)
    chain.load("operators", PEOPLE)
    chain.load("regions", "region,name\nnorth,华北大区\nsouth,华南大区\n")
    with chain.hq.engine.begin() as connection:
        lines = (line(1, "1001", 10_000, 1000), line(2, "1002", 3000, None))
        move(connection, "transfer_out", "N001", "N001-O-000001", lines, TENTH, partner="N003")
        came = (line(1, "1001", 7000, 1350, expected=10_000, damaged=2000),)
        move(connection, "transfer_in", "N003", "N003-I-000001", came, TENTH + timedelta(days=1),
             partner="N001", refers_to="N001-O-000001")  # fmt: skip
    with served(application(chain.hq)) as url:
        yield url


def seen(page: Page, name: str) -> None:
    """Look at a page in both languages, and leave it in English."""
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    for language in ("zh-CN", "en"):
        page.get_by_role("button", name="English" if language == "en" else "中文").press("Enter")
        page.wait_for_selector(f'html[lang="{language}"]')
        assert violations(page) == [], f"{name} {language}"
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} {language}: {wide} pixels beyond the window"
        if folder:
            page.screenshot(path=Path(folder) / f"franchise-{name}-{language}.png", full_page=True)


def given(page: Page, address: str, text: str) -> None:
    """Upload a file of rules."""
    page.goto(f"{address}/imports?kind=franchise_rules")
    page.locator("[name=file]").set_input_files(
        {"name": "rules.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.locator("main form button").first.press("Enter")


def test_a_franchise_is_settled(page: Page, address: str, chain: Chain) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, address, "ADM", "900009", "English")
    given(page, address, WRONG)
    page.get_by_text("there is no franchised branch N002").wait_for()
    given(page, address, RULES)
    page.get_by_role("button", name="Import", exact=True).press("Enter")
    page.get_by_text("Imported: 7 new").wait_for()
    page.goto(f"{address}/goods")
    page.get_by_role("link", name="Franchise statements").press("Enter")
    page.get_by_role("link", name="Franchise rules").press("Enter")
    seen(page, "rules")

    day = a_day(chain, TENTH, (120_000, 13_805, "02"), (36_000, 3000, "01-1"))
    page.get_by_role("link", name="Franchise statements").first.press("Enter")
    page.get_by_role("link", name="Open statement of N003").press("Enter")
    page.get_by_text("The statement is not complete.").wait_for()
    said = page.locator("main").inner_text()
    for words in ("no price", "1,061.95 × 5.00 %", "2 × 50.00 %", "N003-I-000001"):
        assert words in said, words
    seen(page, "open")
    page.locator("#goods").get_by_role("link", name="N001-O-000001").first.press("Enter")
    page.wait_for_url("**/goods/N001-O-000001")
    page.go_back()
    page.locator("#days").get_by_role("link", name="Tickets of").press("Enter")
    page.get_by_text("2 tickets").wait_for()
    page.go_back()
    page.locator("[name=reason]").fill("the price of 1002 is being agreed")
    page.get_by_role("button", name="Lock the statement").press("Enter")
    page.get_by_text("Statement F000001 is locked").wait_for()
    seen(page, "locked")

    late(chain, day, 10_000)
    page.goto(f"{address}/franchise/open/N003?to=2026-03-01")
    page.locator("#carried").get_by_text("sales changed").first.wait_for()
    assert "1,660.00" in page.locator("#changed").inner_text()
    seen(page, "differences")
    page.locator("#carried").get_by_role("link", name="F000001").first.press("Enter")
    page.wait_for_url("**/franchise/statements/1")
    page.goto(f"{address}/franchise")
    seen(page, "list")
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    for path, language in (("statements/1", "en"), ("open/N003", "zh-CN")):
        page.get_by_role("button", name="English" if language == "en" else "中文").press("Enter")
        page.wait_for_selector(f'html[lang="{language}"]')
        with page.expect_download() as waiting:
            page.evaluate("address => { window.location = address }", f"/franchise/{path}.pdf")
        if folder:
            waiting.value.save_as(Path(folder) / f"franchise-{path.partition('/')[0]}.pdf")


def test_a_region_is_given_and_chosen(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, address, "ADM", "900009", "English")
    page.goto(f"{address}/replication/sites/N003")
    page.locator("[name=region]").select_option("south")
    page.get_by_role("button", name="Put it there").press("Enter")
    page.get_by_text("N003 is put where it belongs").wait_for()
    seen(page, "region")
    page.goto(f"{address}/sales?from=2026-02-10&to=2026-02-10")
    page.locator("[name=region]").select_option("south")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**region=south**")
    seen(page, "sales-of-a-region")
