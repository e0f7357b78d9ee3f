"""Headquarters' exceptions in a real browser, by keyboard: from who stands out to the ticket."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.base import open_postgres
from schemas.tables.kinds import DatabaseKind
from tests.browser.axe import violations
from tests.browser.test_hq_reports import sign_in
from tests.hq.exception_scene import live_a_morning
from tests.hq.reporting_site import console
from tests.postgres import fresh_database
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def address(
    hq_database_server: EmbeddedPostgres, postgres_template: Callable[[DatabaseKind], str]
) -> Iterator[str]:
    """Give the address of headquarters after a made-up morning."""
    with fresh_database(hq_database_server, postgres_template("hq")) as dsn:
        engine = open_postgres(dsn)
        live_a_morning(engine)
        with served(console(engine).application()) as url:
            yield url
        engine.dispose()


def picture(page: Page, name: str) -> None:
    if directory := os.environ.get("CHAINWRIGHT_SCREENSHOTS"):
        page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)


def test_from_who_stands_out_to_the_ticket_by_keyboard_alone(page: Page, address: str) -> None:
    sign_in(page, address, "regional_ops", "中文")
    page.goto(f"{address}/exceptions?from=2026-03-02")
    assert "远高于其他" in page.locator("#summary").inner_text()
    picture(page, "exceptions-zh_CN")
    sign_in(page, address, "regional_ops")
    page.goto(f"{address}/exceptions?from=2026-03-02")
    assert violations(page) == []
    picture(page, "exceptions-en")
    page.locator("#summary tbody tr a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/exceptions?*operator=N001-C1*")
    assert "Override" in page.locator("#summary").inner_text()
    picture(page, "exceptions-of-one-en")
    page.locator("#list a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/*")
    assert "N001.01-" in page.locator("h1").inner_text()
