"""Labels of scales at the till's page: scanned by a wedge scanner, decided by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import violations
from tests.browser.test_till import amounts, expect_total, keyed
from tests.pos_frontend.running import RunningLane, serving, write_settings
from tests.pos_frontend.shop import CHAIN, MILK, load, make_lane
from tests.pos_frontend.test_labels import FOR_839, GTIN, GTINS, LAYOUTS, MILK_GTIN, OF_1234, STALE

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLane]:
    """Give a lane whose chain has scales, with its branch away."""
    directory = tmp_path_factory.mktemp("scales")
    make_lane(directory / "data")
    load(directory / "data", {CHAIN: [*LAYOUTS, *GTINS]})
    with serving(write_settings(directory)) as running:
        with running.client() as client:
            client.sign_in("C1", "1111")
            client.open_shift(20000)
        yield running


@pytest.mark.parametrize(
    ("language", "stale", "told", "key"),
    [
        ("zh_CN", "旧价标签，按标签金额 −0.39", "标签金额 8.00，现价应为 8.39", "按现价重算"),
        ("en", "Old label, printed amount −0.39", "it says 8.00, by the price in force it is 8.39",
         "Re-price label"),
    ],
)  # fmt: skip
def test_a_stale_label_is_shown_and_repriced_by_a_key(
    lane: RunningLane, page: Page, tmp_path: Path, language: str, stale: str, told: str, key: str
) -> None:
    with lane.client() as client:
        client.ask("language", language=language)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{lane.address['url']}/")
    page.wait_for_selector("#keys [data-name=pay]")
    for code in (OF_1234, FOR_839, MILK):
        keyed(page, code)
    expect_total(page, "20.28")
    assert not page.locator(".key.wanted").is_visible()
    keyed(page, STALE)
    page.locator("#message", has_text=told).wait_for()
    expect_total(page, "28.28")
    assert page.inner_text("tr.selected .why") == stale
    assert key in page.inner_text(".key.wanted")
    assert violations(page) == []
    page.screenshot(path=tmp_path / f"stale-{language}.png")
    page.keyboard.press("F12")
    expect_total(page, "28.67")
    assert amounts(page) == ["8.39", "8.39", "3.50", "8.39"]
    page.keyboard.press("F12")
    expect_total(page, "28.28")
    page.keyboard.press("ArrowUp")
    page.wait_for_selector(".key.wanted", state="detached")
    page.keyboard.press("F10")
    page.keyboard.press("Enter")
    page.wait_for_selector(".last")
    with lane.client() as client:
        assert client.state["last"]["total"] == 2828


def test_a_label_that_cannot_be_read_is_refused_in_words(lane: RunningLane, page: Page) -> None:
    with lane.client() as client:
        client.ask("language", language="en")
    page.goto(f"{lane.address['url']}/")
    page.wait_for_selector("#keys [data-name=pay]")
    wrong = FOR_839[:-1] + str((int(FOR_839[-1]) + 1) % 10)
    keyed(page, wrong)
    said = f"The label's check digit is wrong: {wrong}; scan it again"
    page.locator('#message[data-kind="error"]', has_text=said).wait_for()


def bracketed(page: Page, text: str) -> None:
    """Key text with its brackets above 9 and 0, where shift is held for them."""
    for char in text:
        page.keyboard.press({"(": "Shift+Digit9", ")": "Shift+Digit0"}.get(char, char))
    page.keyboard.press("Enter")


def test_gs1_barcodes_are_scanned_and_expired_ones_refused(
    lane: RunningLane, page: Page, tmp_path: Path
) -> None:
    """A wedge scanner sends Ctrl and ] for the separator behind a value without a length."""
    with lane.client() as client:
        client.ask("language", language="zh_CN")
    page.goto(f"{lane.address['url']}/")
    page.wait_for_selector("#keys [data-name=pay]")
    page.keyboard.type(f"]C101{GTIN}3922839")
    page.keyboard.press("Control+]")
    keyed(page, "3103001234")
    expect_total(page, "8.39")
    bracketed(page, f"(01){MILK_GTIN}(17)260302(10)A.B-12")
    expect_total(page, "11.89")
    page.keyboard.press("F10")
    bracketed(page, f"(01){MILK_GTIN}(17)260301(10)L7")
    said = "纯牛奶 1L 已于 2026-03-01 过期（批次 L7），不可销售；请下架"
    page.locator('#message[data-kind="error"]', has_text=said).wait_for()
    page.screenshot(path=tmp_path / "expired.png")
    assert amounts(page) == ["8.39", "3.50"]
