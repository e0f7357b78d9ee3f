"""The pages in a real browser: under their own policy, with htmx and charts at work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from replication.console.app import Console
from tests.replication.console.conftest import PASSWORD
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def address(console: Console) -> Iterator[str]:
    """Give the address of the site, served on a port of its own."""
    with served(console.application()) as url:
        yield url


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Give what the browser complained about: violations of the policy, failed scripts."""
    heard: list[str] = []
    page.on(
        "console", lambda message: heard.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/report")
    page.get_by_role("button", name="中文").click()
    page.get_by_label("操作员").fill("u1")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/report")


def test_a_report_with_its_charts_breaks_no_rule_of_its_own(
    page: Page, address: str, complaints: list[str]
) -> None:
    sign_in(page, address)
    page.wait_for_selector(".chart[data-drawn] canvas")
    assert page.locator(".chart[data-drawn]").count() == 2
    page.locator(".chart").first.hover()
    page.wait_for_timeout(200)
    assert complaints == []


def test_htmx_puts_a_part_and_a_refusal_where_they_belong(
    page: Page, address: str, complaints: list[str]
) -> None:
    sign_in(page, address)
    page.get_by_role("button", name="Touch").click()
    page.wait_for_selector("#part .touched")
    assert page.locator("#part").inner_text() == "收银员一"
    page.get_by_role("button", name="Refuse").click()
    page.wait_for_selector("#part .banner.bad")
    assert "已有他人先行操作" in page.locator("#part").inner_text()
    # The browser itself reports an answer of 409; nothing else may be wrong.
    assert all("409" in complaint for complaint in complaints)


def test_a_form_works_in_both_languages(page: Page, address: str, complaints: list[str]) -> None:
    sign_in(page, address)
    page.get_by_role("button", name="English").click()
    page.get_by_role("link", name="Price changes").click()
    page.get_by_label("New price").fill("12.50")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "Saved 12.50."
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator("details.who summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    assert complaints == []
