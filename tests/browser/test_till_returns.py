"""A cashier takes goods back at the page itself, with nothing but a keyboard and a scanner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schemas.tables.kinds import DatabaseKind
from tests.browser.axe import violations
from tests.browser.test_till import expect_total, keyed
from tests.pos_frontend.chain import FAR, Above, above_the_lane, far_ticket, hold
from tests.pos_frontend.running import RunningLane, serving, until, write_settings
from tests.pos_frontend.shop import BREAD, MILK, make_lane

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def above(new_database: Callable[[DatabaseKind], str], tmp_path: Path) -> Iterator[Above]:
    """Give a branch and headquarters that hold receipts of another branch."""
    make_lane(tmp_path / "data")
    with above_the_lane(new_database, tmp_path / "data") as standing:
        hold(standing.headquarters, far_ticket(7, lines=4))
        yield standing


@pytest.fixture
def lane(above: Above, tmp_path: Path) -> Iterator[RunningLane]:
    with serving(write_settings(tmp_path, above.address)) as running:
        yield running


@pytest.fixture
def till(lane: RunningLane, page: Page) -> Iterator[Page]:
    with lane.client() as client:
        client.sign_in("C1", "1111")
        client.open_shift(20000)
    page.set_viewport_size({"width": 1366, "height": 768})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{lane.address['url']}/")
    page.wait_for_selector("#keys [data-name=pay]")
    yield page
    assert errors == []


def shown(page: Page, tmp_path: Path, name: str) -> None:
    """What stands on the page passes for everybody, and is kept to be looked at, in each language."""
    for language in ("zh", "en"):
        page.screenshot(path=tmp_path / f"{name}.{language}.png")
        before = page.inner_text("#keys")
        page.keyboard.press("F8")
        page.wait_for_function(
            "(before) => document.querySelector('#keys').innerText !== before", arg=before
        )
    assert violations(page) == []


def begin(page: Page, receipt: str) -> None:
    page.keyboard.press("End")
    page.wait_for_selector(".prompt")
    keyed(page, receipt)


def test_returns_by_keyboard_alone(
    till: Page, lane: RunningLane, above: Above, tmp_path: Path
) -> None:
    exchange(till, lane, tmp_path)
    above.headquarters_desk.close()
    unchecked(till, tmp_path)


def exchange(till: Page, lane: RunningLane, tmp_path: Path) -> None:
    """With a receipt of another branch: one of its second line, all of its first, and something else."""
    begin(till, f"{FAR}-7")
    till.wait_for_selector(".found.found .selected")
    till.keyboard.press("ArrowDown")
    till.wait_for_selector(".found-lines tr:nth-child(2).selected")
    shown(till, tmp_path, "found")
    till.keyboard.press("Enter")
    till.wait_for_selector(".prompt")
    shown(till, tmp_path, "how-many")
    keyed(till, "1")
    expect_total(till, "−44.00")
    till.keyboard.press("ArrowUp")
    till.wait_for_selector(".found-lines tr:nth-child(1).selected")
    till.keyboard.press("Enter")
    till.wait_for_selector(".prompt")
    till.keyboard.press("Enter")
    expect_total(till, "−132.00")
    keyed(till, BREAD)
    expect_total(till, "−123.01")
    till.wait_for_selector(".found", state="detached")
    shown(till, tmp_path, "exchange")
    till.keyboard.press("F10")
    # A coupon paid a part of it: that comes first, the rest is cash.
    shown(till, tmp_path, "refund")
    till.keyboard.press("Enter")
    expect_total(till, "117.01")
    till.wait_for_timeout(400)  # a second press at once would be the same one
    till.keyboard.press("Enter")
    till.wait_for_selector(".last")
    assert "123.01" in till.inner_text(".last-amount")
    shown(till, tmp_path, "done")
    receipt = lane.directory / "data/receipts/N001.03-000001.png"
    until(receipt.exists)

    # More than is left is refused.
    begin(till, f"{FAR}-7")
    till.wait_for_selector(".found.found .selected")
    till.keyboard.press("Enter")
    till.wait_for_selector(".prompt")
    keyed(till, "2")
    till.wait_for_selector('#message[data-kind="error"]')
    till.keyboard.press("Escape")


def unchecked(till: Page, tmp_path: Path) -> None:
    """Headquarters is away: what was sold here may come back, by a manager."""
    keyed(till, f"2*{MILK}")
    expect_total(till, "7.00")
    till.keyboard.press("F10")
    till.keyboard.press("Enter")
    till.wait_for_selector(".last")
    keyed(till, "N001.03-000002")  # the barcode of its receipt
    till.wait_for_selector(".found.found .found-lines")
    till.keyboard.press("End")
    till.wait_for_selector(".found.unsure .selected")
    shown(till, tmp_path, "unchecked")
    till.keyboard.press("Enter")
    for answer in ("1", "1", "M1", "9999"):
        till.wait_for_selector(".prompt")
        keyed(till, answer)
    expect_total(till, "−3.50")
    till.keyboard.press("Escape")

    # Neither here nor, as far as the branch knows, anywhere: its number goes with what is taken back.
    begin(till, f"{FAR}-8")
    till.wait_for_selector(".found.partial")
    shown(till, tmp_path, "not-found")
    till.keyboard.press("End")
    for answer in (BREAD, "8", "1", "M1", "9999"):
        till.wait_for_selector(".prompt")
        keyed(till, answer)
    expect_total(till, "−11.50")
    assert f"{FAR}-000008" in till.inner_text("#lines")
    shown(till, tmp_path, "without")
    till.keyboard.press("F10")
    till.keyboard.press("Enter")
    till.wait_for_selector(".last")
