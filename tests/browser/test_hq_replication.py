"""The replication page over a chain in trouble: a forked, a lagging and a quarantined branch.

Kept as pictures when CHAINWRIGHT_SCREENSHOTS names a folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hq.web.app import application
from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.kinds import DatabaseKind
from tests.browser.axe import violations
from tests.hq.link_scene import Scene, troubled
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def scene(
    hq_database_server: EmbeddedPostgres,
    postgres_template: Callable[[DatabaseKind], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """Give a chain at the end of a bad morning."""
    with troubled(hq_database_server, postgres_template, tmp_path_factory.mktemp("scene")) as made:
        yield made


@pytest.fixture(scope="module")
def address(scene: Scene) -> Iterator[str]:
    """Give the address of its headquarters."""
    with served(application(scene.chain.hq)) as url:
        yield url


def sign_in(page: Page, address: str, language: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name=language).click()
    page.locator("[name=operator]").fill("ADMIN")
    page.locator("[name=password]").fill("secret1")
    page.keyboard.press("Enter")
    page.wait_for_selector("details.who")


def keep(page: Page, name: str, language: str) -> None:
    """Keep a picture of the page if somebody wants it."""
    if folder := os.environ.get("CHAINWRIGHT_SCREENSHOTS"):
        page.screenshot(
            path=Path(folder) / f"{name}-{'en' if language == 'English' else 'zh_CN'}.png"
        )


def fits(page: Page) -> bool:
    """Whether nothing of the page has to be scrolled to sideways, its tables included."""
    wide = """() => [document.documentElement, ...document.querySelectorAll("div.table")]
      .filter((one) => one.scrollWidth > one.clientWidth).length"""
    return bool(page.evaluate(wide) == 0)


@pytest.mark.parametrize("language", ["English", "中文"])
def test_a_forked_a_lagging_and_a_quarantined_branch_are_seen(
    page: Page, address: str, language: str
) -> None:
    sign_in(page, address, language)
    page.goto(f"{address}/replication?open=N002")
    alarms = page.locator("#alarms tbody tr")
    assert [row.locator("th").inner_text() for row in alarms.all()] == [
        "N002.01", "N003", "N003", "N004.01", "N004.02",
    ]  # fmt: skip
    assert page.locator("#sites tbody tr").count() == 6
    assert fits(page)
    assert violations(page) == []
    keep(page, "replication", language)


@pytest.mark.parametrize("language", ["English", "中文"])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/replication/sites/N003", "replication-site"),
        ("/replication/sites/N002.01", "replication-lane"),
        ("/replication/entry?entry=N002.01%204", "replication-entry"),
        ("/replication/quarantine", "quarantine"),
        ("/replication?state=parked", "replication-parked"),
    ],
)
def test_every_page_of_the_link_fits_and_axe_finds_nothing(
    page: Page, address: str, language: str, path: str, name: str
) -> None:
    sign_in(page, address, language)
    answer = page.goto(f"{address}{path}")
    assert answer is not None
    assert answer.status == 200
    assert fits(page)
    assert violations(page) == []
    keep(page, name, language)


def test_what_was_unfolded_and_narrowed_stays_so_through_a_refresh(
    page: Page, address: str
) -> None:
    sign_in(page, address, "English")
    page.goto(f"{address}/replication")
    page.get_by_label("Show").select_option("parked")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="2 of 2 connected").click()
    page.wait_for_url("**open=N004*")
    assert page.locator("#sites tbody tr").count() == 4, "two branches, the lanes of one"
    page.evaluate("document.querySelector('#replication p.quiet').textContent = 'from before'")
    page.get_by_text("from before").wait_for(state="detached")
    assert page.locator("#sites tbody tr").count() == 4


def test_a_fork_is_followed_from_its_alarm_and_set_down(page: Page, address: str) -> None:
    sign_in(page, address, "English")
    page.goto(f"{address}/replication")
    page.locator("#alarms").get_by_role("link", name="N002.01").click()
    page.wait_for_url("**/sites/N002.01")
    entry = page.locator("article.parked")
    assert entry.get_by_role("button", name="Try again").count() == 0, "a fork is not applied"
    entry.locator("h3 a").click()
    page.wait_for_url("**/entry?**")
    assert page.get_by_text("Fork: another entry of its number is held").is_visible()
    page.locator("[name=reason]").fill("the copy's own, compared with the till roll")
    page.get_by_role("button", name="Set down").click()
    page.wait_for_url("**/quarantine")
    assert page.get_by_text("is set down.").is_visible()
    page.goto(f"{address}/replication")
    assert "N002.01" not in page.locator("#alarms").inner_text()


def test_a_failed_retry_says_why_and_leaves_the_entry(page: Page, address: str) -> None:
    sign_in(page, address, "English")
    page.goto(f"{address}/replication/sites/N004.01")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("cannot be applied and waits on").wait_for()
    assert page.get_by_text("does not know entries of kind 'loyalty.earned'").is_visible()
