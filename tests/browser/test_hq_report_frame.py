"""Reports in a real browser: built, charted, compared, drilled, saved, sent and taken away, by keyboard alone."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.base import open_postgres
from schemas.tables.kinds import DatabaseKind
from tests.browser.axe import violations
from tests.browser.keyboard import tab_to
from tests.hq.reporting_site import PASSWORD, console, live_a_week, speak
from tests.postgres import fresh_database
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

WEEK = "from=2026-03-02&to=2026-03-04"
#: Each with what shows it best.
PAGES = {
    "list": "/reports",
    "sales-by-day-compared": "/reports/sales?from=2026-03-03&to=2026-03-04&by=day&compare=period&chart=area",
    "sales-by-branch-and-day": f"/reports/sales?{WEEK}&by=day&by2=branch&chart=bar",
    "sales-by-category": f"/reports/sales?{WEEK}&by=category&level=2",
    "sales-compared": f"/reports/sales?{WEEK}&by=branch&compare=period",
    "sales-compared-all": f"/reports/sales?{WEEK}&by=branch&compare=period&columns=all",
    "best-sellers": f"/reports/best_sellers?{WEEK}&compare=period",
    "tickets-of-a-category": f"/tickets?{WEEK}&category=01&level=1&weekday=1",
    "tokens": "/reports/tokens",
    "margins": f"/reports/margins?{WEEK}&by=branch",
    "footfall": f"/reports/footfall?{WEEK}",
    "tenders": f"/reports/tenders?{WEEK}",
    "cashiers": f"/reports/cashiers?{WEEK}",
    "over-short": f"/reports/over_short?{WEEK}",
    "stock": "/reports/stock",
    "stock-age": "/reports/stock_age",
    "members": f"/reports/members?{WEEK}",
    "gone": f"/reports/sales?{WEEK}&category=99",
}


@pytest.fixture(scope="module")
def address(
    hq_database_server: EmbeddedPostgres, postgres_template: Callable[[DatabaseKind], str]
) -> Iterator[str]:
    """Give the address of headquarters after a made-up week."""
    with fresh_database(hq_database_server, postgres_template("hq")) as dsn:
        engine = open_postgres(dsn)
        speak(engine)
        live_a_week(engine)
        with served(console(engine).application()) as url:
            yield url
        engine.dispose()


@pytest.fixture(autouse=True)
def complaints(page: Page) -> Iterator[None]:
    """Hold the test to a browser that complains about nothing."""
    heard: list[str] = []
    page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.set_viewport_size({"width": 1366, "height": 768})
    yield
    assert heard == []


def sign_in(page: Page, address: str, language: str = "English") -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name=language).click()
    page.locator("[name=operator]").fill("regional_ops")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("details.who")


def choose(page: Page, name: str, text: str) -> None:
    """Choose from a list by typing the beginning of what stands in it."""
    tab_to(page, f"select[name={name}]")
    page.keyboard.type(text)


def test_a_report_is_built_compared_drilled_and_saved_by_keyboard_alone(
    page: Page, address: str
) -> None:
    sign_in(page, address)
    tab_to(page, "nav.menu a[href='/reports']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports")
    tab_to(page, "main a[href='/reports/sales']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/sales")
    tab_to(page, "input[name=from]")
    page.keyboard.type("03032026")
    choose(page, "by", "Day")
    choose(page, "compare", "The period")
    choose(page, "chart", "Areas")
    page.keyboard.press("Enter")
    tab_to(page, "form.filters button")
    page.keyboard.press("Enter")
    page.wait_for_url("**compare=period**")
    page.wait_for_selector(".chart[data-drawn] canvas")
    assert page.locator("section.banner").count() >= 2, "of both ranges what they are missing"
    tab_to(page, "#report tbody th a")
    page.keyboard.press("Enter")
    page.wait_for_url("**by=branch**")
    tab_to(page, "#report tbody th a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets?**")
    tab_to(page, "tbody th a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/*")
    page.goto(f"{address}/reports/sales?{WEEK}&by=item")
    tab_to(page, "details:has(form[action='/reports/saved']) summary")
    page.keyboard.press("Enter")
    tab_to(page, "input[name=name]")
    page.keyboard.type("What sells best")
    choose(page, "range", "Last week")
    page.keyboard.press("Enter")
    tab_to(page, "form[action='/reports/saved'] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/saved/*")
    assert page.get_by_role("status").inner_text() == "“What sells best” is saved."
    tab_to(page, "form[action$='/schedules'] button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#schedules")
    assert violations(page) == []
    _keep(page, "saved")


def test_every_form_says_what_the_page_says(page: Page, address: str) -> None:
    sign_in(page, address)
    page.goto(f"{address}/reports/sales?{WEEK}&by=branch")
    cells = page.locator("#report tbody tr:not(.total) td:nth-child(7)").all_inner_texts()
    shown = [text.replace(",", "") for text in cells]
    content = {form: _taken(page, form) for form in ("CSV", "XLSX", "PDF")}
    rows = csv.DictReader(io.StringIO(content["CSV"].decode("utf-8-sig")))
    assert [row["Sales (CNY)"] for row in rows if row["Code"]] == shown
    sheet = load_workbook(io.BytesIO(content["XLSX"])).worksheets[0]
    place = [cell.value for cell in sheet[1]].index("Sales (CNY)")
    values = [row[place] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [f"{value:.2f}" for value in values[:-1]] == shown
    assert content["PDF"].startswith(b"%PDF")
    leads_to = page.get_by_role("link", name="JSON").get_attribute("href")
    told = json.loads(page.request.get(f"{address}{leads_to}").text())
    assert [f"{row['sales'] / 100:.2f}" for row in told["rows"]] == shown


def _taken(page: Page, form: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=form, exact=True).click()
    return Path(download.value.path()).read_bytes()


@pytest.mark.parametrize("language", ["中文", "English"])
def test_axe_finds_nothing(page: Page, address: str, language: str) -> None:
    sign_in(page, address, language)
    for name, path in PAGES.items():
        page.goto(f"{address}{path}")
        if page.locator(".chart").count():
            page.wait_for_selector(".chart[data-drawn]")
        _keep(page, f"{name}-{'zh' if language == '中文' else 'en'}")
        assert violations(page) == [], name


def _keep(page: Page, name: str) -> None:
    if folder := os.environ.get("CHAINWRIGHT_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"report-{name}.png"), full_page=True)
