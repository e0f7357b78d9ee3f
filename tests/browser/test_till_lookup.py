"""A cashier looks receipts up at the page itself, with nothing but a keyboard and a scanner."""

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
from tests.pos_frontend.shop import MILK, make_lane

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def above(new_database: Callable[[DatabaseKind], str], tmp_path: Path) -> Iterator[Above]:
    """Give a branch and headquarters that hold receipts of another branch."""
    make_lane(tmp_path / "data")
    with above_the_lane(new_database, tmp_path / "data") as standing:
        hold(standing.headquarters, far_ticket(7, lines=4), far_ticket(8, lines=40))
        yield standing


@pytest.fixture
def lane(above: Above, tmp_path: Path) -> Iterator[RunningLane]:
    with serving(write_settings(tmp_path, above.address)) as running:
        yield running


@pytest.fixture(params=["zh_CN", "en"])
def till(lane: RunningLane, page: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Give the till's page with a cashier at it, in each language."""
    with lane.client() as client:
        client.sign_in("C1", "1111")
        client.open_shift(20000)
        client.ask("language", language=request.param)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{lane.address['url']}/")
    page.wait_for_selector("#keys [data-name=pay]")
    yield page
    assert errors == []


def look_up(page: Page, key: str) -> str:
    """Look up by its key; the title of what was found, or not."""
    page.keyboard.press("F11")
    page.wait_for_selector(".prompt")
    keyed(page, key)
    page.wait_for_selector(".found:not(.pending)")
    return page.inner_text(".found-title")


def test_receipts_are_looked_up_by_keyboard_alone(
    till: Page, lane: RunningLane, above: Above, tmp_path: Path
) -> None:
    assert f"{FAR}-000007" in look_up(till, f"{FAR}-7")
    assert till.inner_text(".found-shop") == "城东二店"
    assert "hq" in till.inner_text(".found-note")
    assert "264.00" in till.inner_text(".found-sums")
    assert violations(till) == []
    till.keyboard.press("F7")
    copy = lane.directory / f"data/receipts/{FAR}-000007.copy.png"
    until(copy.exists)
    till.keyboard.press("Escape")
    till.wait_for_selector(".found", state="detached")

    # A receipt's barcode is scanned, with a sale under way; the sale stands behind it and goes on.
    keyed(till, MILK)
    expect_total(till, "3.50")
    keyed(till, f"{FAR}-000008")
    till.wait_for_selector(".found.found .found-lines")
    lines = till.locator(".found-lines")
    assert lines.locator("tr").count() == 40
    assert violations(till) == []
    till.keyboard.press("ArrowDown")
    till.wait_for_function("() => document.querySelector('.found-lines').scrollTop > 0")
    keyed(till, MILK)
    expect_total(till, "7.00")
    till.wait_for_selector(".found", state="detached")

    # So is its QR code, which holds the ticket's uuid.
    keyed(till, "00000000-0000-4000-8000-000000000007")
    till.wait_for_function(
        "(number) => document.querySelector('.found')?.textContent.includes(number)",
        arg=f"{FAR}-000007",
    )

    assert f"{FAR}-000009" in look_up(till, f"{FAR}-9")
    assert f"{FAR}-000008" in till.inner_text(".found-note")
    assert till.locator(".found.none").count() == 1
    assert violations(till) == []

    # Headquarters goes away: what is said is what the branch knows, and says so.
    above.headquarters_desk.close()
    assert "N001" in look_up(till, f"{FAR}-7")
    assert till.locator(".found.partial").count() == 1
    assert violations(till) == []
    keyed(till, "milk")
    till.wait_for_selector('#message[data-kind="error"]')
    till.keyboard.press("NumpadDivide")
    keyed(till, "nonsense")
    till.wait_for_function(
        "() => document.querySelector('#message').textContent.includes('nonsense')"
    )
    till.keyboard.press("F10")
    till.keyboard.press("Enter")
    till.wait_for_selector(".last")
    assert look_up(till, "1").endswith("N001.03-000001")
