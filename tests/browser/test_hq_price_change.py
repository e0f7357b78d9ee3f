"""A price change in a real browser: drafted, approved by another, published, and seen to arrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from hq import price_changes
from hq.web.app import application
from replication.messages import PositionReport, SiteStatus, Status
from schemas.tables.journal import stream
from tests.browser.axe import violations
from tests.hq.conftest import NOON, Chain
from tests.hq.conftest import chain as chain  # noqa: PLC0414 - the fixture is used here too
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

NORTH = "feed:group:north"


@pytest.fixture
def address(chain: Chain) -> Iterator[str]:
    """Give the address of a headquarters without prices."""
    with served(application(chain.hq)) as url:
        yield url


def sign_in(page: Page, address: str, operator: str, pin: str, language: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name=language).click()
    page.locator("[name=operator]").fill(operator)
    page.locator("[name=password]").fill(pin)
    page.keyboard.press("Enter")
    page.wait_for_selector("details.who")


def applied(chain: Chain, document: str, *sites: str) -> None:
    """The sites' own word that they have applied the document."""
    with chain.hq.engine.connect() as connection:
        number = price_changes.find(connection, document).number
    assert number is not None
    epoch = epoch_of(chain)
    for branch in sorted({site.partition(".")[0] for site in sites}):
        below = [site for site in sites if site.partition(".")[0] == branch]
        reports = [
            PositionReport(site=site, stream=NORTH, epoch=epoch, through=number, applied_at=NOON)
            for site in below
        ]
        states = [
            SiteStatus(site=site, parent="hq" if site == branch else branch, clock=NOON, wire=1,
                       pending=0, oldest_unsent=None, quarantine=0)
            for site in below
        ]  # fmt: skip
        chain.hq.link.parent.status(branch, Status(reports=reports, sites=states))


def epoch_of(chain: Chain) -> str:
    with chain.hq.engine.connect() as connection:
        return str(
            connection.execute(select(stream.c.epoch).where(stream.c.name == NORTH)).scalar_one()
        )


@pytest.mark.parametrize("language", ["English", "中文"])
def test_a_change_is_drafted_approved_published_and_turns_green(
    page: Page, address: str, chain: Chain, language: str
) -> None:
    english = language == "English"
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, address, "BUY", "900001", language)
    page.goto(f"{address}/price-changes/new")
    page.locator("[name=title]").fill("Midday")
    page.locator("[name=audience]").select_option(NORTH)
    page.locator("[name=typed]").fill("1001,piece,,3.50\n1002,piece,,4.20")
    assert violations(page) == []
    page.get_by_role("button", name="Draft it" if english else "起草").click()
    page.wait_for_url("**/price-changes/P*")
    document = page.url.rpartition("/")[2]
    assert page.locator(f"form[action$='/{document}/approve']").count() == 0

    sign_in(page, address, "APP", "900002", language)
    page.goto(f"{address}/price-changes/{document}")
    page.locator(f"form[action$='/{document}/approve'] button").click()
    page.locator(f"form[action$='/{document}/publish'] button").click()
    grid = page.locator("#delivery")
    grid.wait_for()
    assert "0 / 2" in grid.inner_text()

    applied(chain, document, "N001", "N001.01")
    grid.get_by_text("2 / 3").wait_for()
    applied(chain, document, "N002", "N002.01")
    grid.get_by_text("4 / 4").wait_for()
    assert "N003" not in grid.inner_text(), "a branch outside the group is not waited for"
    assert ("active" in grid.inner_text().lower()) if english else ("生效" in grid.inner_text())
    assert violations(page) == []


def test_who_may_read_prices_may_not_draft_them(page: Page, address: str) -> None:
    """Regional ops may read a price change, and may not draft one."""
    sign_in(page, address, "REG", "900003", "English")
    answer = page.goto(f"{address}/price-changes/new")
    assert answer is not None
    assert answer.status == 403
