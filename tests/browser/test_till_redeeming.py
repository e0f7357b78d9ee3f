"""Points and stored value by keyboard alone: with headquarters there, and with it away: out of a
grant, and without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hq.redemption import policies, terms
from hq.redemption.policies import Policy
from pos_frontend.grants import LaneGrants
from replication.clock import system_clock
from schemas.tables.base import open_sqlite
from schemas.tables.kinds import DatabaseKind
from tests.browser.test_till import expect_total, keyed
from tests.browser.test_till_terminal import at_the_till, shot
from tests.hq import redeeming as ledger
from tests.pos_frontend.chain import Above, above_the_lane
from tests.pos_frontend.running import RunningLane, serving, until, write_settings
from tests.pos_frontend.shop import BREAD, LANE, MILK, NOON, make_lane

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def above(new_database: Callable[[DatabaseKind], str], tmp_path: Path) -> Iterator[Above]:
    """Give headquarters that knows the member, with 1000 points for 10.00 and 50.00 of stored value."""
    make_lane(tmp_path / "data")
    with above_the_lane(new_database, tmp_path / "data") as standing:
        hq = standing.headquarters
        ledger.member(hq, ledger.ANN)
        ledger.load(hq, 5_000)
        ledger.earn(hq, 1_000)
        with hq.begin() as connection:
            terms.set_terms(connection, 100, 100, 10, "ADMIN", NOON)
            policy = Policy("", "stored_value", 800, 800, 5)
            policies.set_policy(connection, policy, "ADMIN", system_clock())
        yield standing


@pytest.fixture
def lane(above: Above, tmp_path: Path) -> Iterator[RunningLane]:
    """Give a lane below it, and a cashier at it."""
    with serving(write_settings(tmp_path, above.address)) as running:
        with running.client() as client:
            client.sign_in("C1", "1111")
            client.open_shift(20000)
        yield running


def said(page: Page, kind: str, words: str) -> None:
    page.locator(f'#message[data-kind="{kind}"]', has_text=words).wait_for()


def fill(page: Page) -> None:
    for code in (MILK, BREAD):
        keyed(page, code)
    page.keyboard.press("F1")
    page.wait_for_selector(".prompt")
    keyed(page, ledger.ANN)
    expect_total(page, "12.19")
    page.keyboard.press("F10")


def asked(page: Page, key: str, words: str) -> None:
    """Press a key until the balance is there: on a busy machine headquarters may be late."""
    while True:
        page.keyboard.press(key)
        page.wait_for_function(
            "() => /\\d|离线|OFFLINE/.test(document.querySelector('.prompt .hint')?.innerText ?? '')"
        )
        if words in page.locator(".prompt .hint").inner_text():
            return
        page.keyboard.press("Escape")


def pays(page: Page, total: str, ask: Callable[[], None]) -> None:
    """Ask until it pays: a busy headquarters may be late, which the page then says."""
    while True:
        ask()
        # What was said before goes with the next picture.
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        page.wait_for_function(
            "(total) => document.querySelector('.total-amount').textContent === total"
            " || document.querySelector('#message').dataset.kind === 'error'",
            arg=total,
        )
        if page.inner_text(".total-amount") == total:
            return


def tenders(lane: RunningLane) -> list[tuple[str, int]]:
    with lane.client() as client:
        return [(one["kind"], one["amount"]) for one in client.state["last"]["tenders"]]


def granted(tmp_path: Path) -> bool:
    """Whether the lane has asked for a grant by itself, and holds it."""
    engine = open_sqlite(str(tmp_path / "data" / "journal.db"))
    held = LaneGrants(engine, LANE).held()
    engine.dispose()
    return [one.grant.amount for one in held] == [800]


def test_points_and_stored_value_by_keyboard_alone(
    lane: RunningLane, above: Above, page: Page, tmp_path: Path
) -> None:
    at_the_till(lane, page)
    online(page, tmp_path)
    assert tenders(lane) == [("points", 250), ("stored_value", 500), ("cash", 469)]
    all_of_it(page)
    assert tenders(lane) == [("stored_value", 1219)]
    until(lambda: granted(tmp_path))
    above.branch_desk.close()
    offline(page, tmp_path)
    assert tenders(lane) == [("stored_value", 800), ("cash", 419)]


def online(page: Page, tmp_path: Path) -> None:
    # Without a member there is nobody whose points these could be.
    keyed(page, MILK)
    expect_total(page, "3.50")
    page.keyboard.press("F10")
    page.keyboard.press("F11")
    said(page, "error", "会员")
    page.keyboard.press("F6")
    page.wait_for_selector(".prompt")
    page.keyboard.press("Enter")
    expect_total(page, "0.00")

    fill(page)

    def with_points() -> None:
        asked(page, "F11", "1000 积分，可抵 10.00")
        shot(page, tmp_path, "balance")
        keyed(page, "2.50")
        page.keyboard.press("Enter")  # once more: it takes nothing in cash

    def at_once() -> None:
        page.keyboard.type("5")
        page.keyboard.press("F12")

    pays(page, "9.69", with_points)
    said(page, "good", "积分抵现 2.50")
    pays(page, "4.69", at_once)
    said(page, "good", "余额可付 45.00")
    page.keyboard.press("F12")
    said(page, "error", "Esc")
    page.wait_for_timeout(400)  # at once it would be the same press
    page.keyboard.press("Enter")
    page.wait_for_selector(".last")


def all_of_it(page: Page) -> None:
    """Stored value pays everything, which ends the sale."""
    fill(page)

    def as_much_as_is_due() -> None:
        asked(page, "F12", "45.00")
        page.keyboard.press("Enter")

    pays(page, "0.00", as_much_as_is_due)
    page.wait_for_selector(".last")
    said(page, "good", "余额可付 32.81")


def offline(page: Page, tmp_path: Path) -> None:
    fill(page)
    asked(page, "F12", "8.00")
    shot(page, tmp_path, "grant")
    page.keyboard.press("Enter")
    said(page, "warn", "离线")
    expect_total(page, "4.19")
    shot(page, tmp_path, "granted")
    page.keyboard.press("Enter")
    page.wait_for_selector(".last")
    # It is used up.
    fill(page)
    asked(page, "F12", "离线")
    page.keyboard.press("Enter")
    said(page, "error", "其他方式")
    shot(page, tmp_path, "refused")
