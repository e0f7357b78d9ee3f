"""Members at the till's page, with nothing but a keyboard: found, made, and what they earn."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import violations
from tests.browser.test_till import expect_total, keyed
from tests.pos_frontend.running import RunningLane, serving, write_settings
from tests.pos_frontend.shop import (
    BREAD,
    CHAIN,
    LOCAL,
    MILK,
    OWN,
    Bodies,
    a_day,
    branch_records,
    chain_records,
    make_lane,
)
from tests.pos_frontend.test_membership import KEY, MEMBERS, POINT_A_YUAN

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[RunningLane]:
    known: Bodies = {
        CHAIN: [*chain_records(), *MEMBERS, POINT_A_YUAN], OWN: branch_records(), LOCAL: [a_day()],
    }  # fmt: skip
    make_lane(tmp_path / "data", known, KEY)
    with serving(write_settings(tmp_path)) as running:
        yield running


def shown(page: Page, name: str) -> None:
    """What stands on the page passes for everybody; its picture is kept to be looked at."""
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"till-members-{name}.png")
    assert violations(page) == [], name


def test_members_are_found_and_made_without_a_mouse(lane: RunningLane, page: Page) -> None:
    with lane.client() as client:
        client.sign_in("C1", "1111")
        client.open_shift(20000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{lane.address['url']}/")
    page.wait_for_selector("#keys [data-name=pay]")

    keyed(page, MILK)
    expect_total(page, "3.50")
    page.keyboard.press("F1")
    page.wait_for_selector(".prompt, #stage:not([hidden])")
    shown(page, "asked")
    keyed(page, "138 0013 8000")
    expect_total(page, "3.20")
    foot = page.locator(".total-foot")
    assert "张**" in foot.inner_text()
    assert "3 积分" in foot.inner_text()
    shown(page, "found")
    page.keyboard.press("F8")
    page.wait_for_function(
        "() => document.querySelector('.total-foot').innerText.includes('earns')"
    )
    shown(page, "found-en")

    page.keyboard.press("F1")
    keyed(page, "13600000000")
    page.wait_for_function("() => document.body.innerText.includes('Nobody has 13600000000')")
    shown(page, "unknown-en")
    page.keyboard.press("F8")
    page.wait_for_function("() => document.body.innerText.includes('没有会员使用')")
    shown(page, "unknown")
    keyed(page, "Li")
    page.wait_for_function("() => document.querySelector('.total-foot').innerText.includes('L*')")
    keyed(page, BREAD)
    expect_total(page, "12.49")
    page.keyboard.press("F10")
    page.wait_for_selector(".total.paying")
    keyed(page, "")
    page.wait_for_selector(".last")
    with lane.client() as client:
        assert client.state["last"]["points"] == 12
    assert errors == []
