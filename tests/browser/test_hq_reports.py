"""Headquarters' reports in a real browser: figures with their chart and export, days, refusals."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.base import open_postgres
from schemas.tables.kinds import DatabaseKind
from tests.browser.axe import violations
from tests.hq.reporting_site import PASSWORD, console, live_a_week, speak
from tests.postgres import fresh_database
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

WEEK = "from=2026-03-02&to=2026-03-04"


@pytest.fixture(scope="module")
def address(
    hq_database_server: EmbeddedPostgres, postgres_template: Callable[[DatabaseKind], str]
) -> Iterator[str]:
    """Give the address of headquarters after a made-up week; the tests only read."""
    with fresh_database(hq_database_server, postgres_template("hq")) as dsn:
        engine = open_postgres(dsn)
        speak(engine)
        live_a_week(engine)
        with served(console(engine).application()) as url:
            yield url
        engine.dispose()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Give what the browser complained about: violations of the policy, failed scripts."""
    heard: list[str] = []
    page.on(
        "console", lambda message: heard.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def sign_in(page: Page, address: str, operator: str, language: str = "English") -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name=language).click()
    page.locator("[name=operator]").fill(operator)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("details.who, .error")


def test_sales_with_chart_table_and_export_say_the_same(
    page: Page, address: str, complaints: list[str]
) -> None:
    sign_in(page, address, "regional_ops")
    page.goto(f"{address}/reports/sales?{WEEK}&by=branch")
    page.wait_for_selector(".chart[data-drawn] canvas")
    drawn = page.evaluate(
        "JSON.parse(document.querySelector('.chart').dataset.chart).series[0].data"
    )
    cells = page.locator("#report tbody tr:not(.total) td:nth-child(7)").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    content = Path(download.value.path()).read_text("utf-8-sig")
    exported = [row["Sales (CNY)"] for row in csv.DictReader(io.StringIO(content)) if row["Code"]]
    assert len(drawn) == 3
    assert [f"{one // 100:,}.{one % 100:02}" for one in drawn] == cells
    assert [text.replace(",", "") for text in cells] == exported
    assert download.value.suggested_filename.endswith("2026-03-02_2026-03-04.csv")
    assert complaints == []


def test_a_report_is_sorted_narrowed_and_followed_to_a_ticket(page: Page, address: str) -> None:
    sign_in(page, address, "regional_ops")
    page.goto(f"{address}/reports/sales?{WEEK}&by=item")
    page.get_by_role("link", name="Tickets", exact=True).click()
    page.wait_for_selector("th[aria-sort=descending] >> text=Tickets")
    page.get_by_label("Branch", exact=True).select_option("N002")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**branch=N002**")
    page.locator("#report tbody th a").first.click()
    page.wait_for_url("**/tickets?**")
    page.locator("tbody th a").first.click()
    page.wait_for_url("**/tickets/*")
    assert page.get_by_text("Both hashes agree with what is held").is_visible()


def test_the_day_board_leads_to_a_day_that_is_checked(page: Page, address: str) -> None:
    sign_in(page, address, "regional_ops")
    page.goto(f"{address}/days")
    board = page.locator("#board")
    assert board.get_by_text("Re-closed").count() == 1
    assert board.get_by_text("1 late").count() == 1
    board.get_by_role("link", name="Re-closed").click()
    assert page.locator("#revisions mark").count() > 0
    page.get_by_role("link", name="Check now").click()
    assert page.get_by_text("Checked now: everything agrees.").is_visible()


def test_the_replication_page_refreshes_itself(page: Page, address: str) -> None:
    sign_in(page, address, "administrator")
    page.goto(f"{address}/replication")
    page.evaluate("document.querySelector('#replication p.quiet').textContent = 'from before'")
    page.get_by_text("from before").wait_for(state="detached")
    assert page.locator("#sites tbody tr").count() == 4


@pytest.mark.parametrize("path", ["/reports/sales", "/days", "/replication"])
def test_a_branch_manager_is_refused(page: Page, address: str, path: str) -> None:
    sign_in(page, address, "branch_manager")
    answer = page.goto(f"{address}{path}")
    assert answer is not None
    assert answer.status == 403
    assert page.get_by_text("This is not yours to open").is_visible()


@pytest.mark.parametrize("language", ["中文", "English"])
@pytest.mark.parametrize(
    "path",
    [
        "/tickets",
        "/days",
        "/days/N002/2026-03-03?check=now",
        "/replication",
    ],
)
def test_axe_finds_nothing(
    page: Page, address: str, complaints: list[str], path: str, language: str
) -> None:
    sign_in(page, address, "regional_ops", language)
    page.goto(f"{address}{path}")
    assert violations(page) == []
    assert complaints == []


@pytest.mark.parametrize("language", ["中文", "English"])
def test_axe_finds_nothing_on_a_ticket(page: Page, address: str, language: str) -> None:
    sign_in(page, address, "regional_ops", language)
    page.goto(f"{address}/tickets")
    page.locator("tbody th a").first.click()
    page.wait_for_url("**/tickets/*")
    assert violations(page) == []
