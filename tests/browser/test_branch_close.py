"""A branch manager closes a day with a lane gone, and a day that was forgotten, in a real browser.

The pages are looked at by axe-core, and kept as pictures when CHAINWRIGHT_SCREENSHOTS names a folder.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from branch.day_state import find_day
from schemas.domain.policy import Policy
from tests.branch.shop import CODE, DAY, PASSWORD, LaneTill, Shop, piece
from tests.browser.keyboard import tab_to
from tests.browser.test_branch_day import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

LANES = 10


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.runner.report_once()
    return shop


def a_day_of_ten_lanes(shop: Shop) -> list[LaneTill]:
    """All are counted but the last: its line breaks while its shift runs, and a receipt lacks."""
    shop.open_day()
    lanes = [shop.lane(number) for number in range(1, LANES + 1)]
    for number, lane in enumerate(lanes):
        lane.open_shift(("C1", "C2")[number % 2])
        for _ in range(3):
            lane.sell(piece("rice", 2_580))
        if lane is lanes[-1]:
            lane.ticket()
            lane.sell()
        shop.clock.pass_minutes(5)
        lane.push()
    lanes[-1].line.down = True
    shop.clock.pass_minutes(60)
    for lane in lanes[:-1]:
        lane.end_shift()
        lane.push()
        short = 500 if lane is lanes[0] else 0
        shop.count(lane.shift, cash=10_000 + 3 * 2_580 - short)
    return lanes


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_day_closes_without_a_dead_lane_by_keyboard_alone(
    shop: Shop, page: Page, address: str, look: Callable[[str], None], language: str
) -> None:
    lanes = a_day_of_ten_lanes(shop)
    dead = lanes[-1].name
    sign_in(page, address, language)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{address}/day")
    assert page.locator("#shifts tbody tr:not(.total)").count() == LANES
    look(f"close-blocked-{language}")

    tab_to(page, "input[name=accept]")
    page.keyboard.press("Space")
    tab_to(page, "input[name=without]")
    page.keyboard.press("Space")
    tab_to(page, f"input[name='reason-{dead}']")
    page.keyboard.type("硬盘损坏" if language == "zh" else "Its disk is dead")
    tab_to(page, "#authority")
    page.keyboard.type("C1")
    tab_to(page, "#secret")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector(".banner.bad")
    assert page.locator(f"input[name='reason-{dead}']").input_value()
    look(f"close-refused-{language}")
    tab_to(page, "#secret")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/days/{DAY}")
    assert dead in page.locator(".banner.warn").first.inner_text()
    look(f"close-without-{language}")
    with shop.engine.connect() as connection:
        held = find_day(connection, CODE, DAY)
    assert held is not None
    assert (held.state, held.absent) == ("closed", (dead,))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_morning_after_a_forgotten_close(
    shop: Shop, page: Page, address: str, look: Callable[[str], None], language: str
) -> None:
    shop.set_policy(Policy(checks={"lane_silent": "ignore", "till_short": "stop"}))
    shop.open_day()
    lane, running = shop.lane(1), shop.lane(2)
    for one, operator in ((lane, "C1"), (running, "C2")):
        one.open_shift(operator)
        one.sell()
    lane.end_shift()
    for one in (lane, running):
        one.push()
    shop.clock.pass_minutes(20 * 60)
    sign_in(page, address, language)
    page.on("dialog", lambda dialog: dialog.accept())
    look(f"forgotten-{language}")
    tab_to(page, "form[action='/days/end'] button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#open")
    look(f"forgotten-ended-{language}")
    tab_to(page, "#open button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#open", state="detached")
    running.end_shift()
    running.push()
    shop.count(lane.shift, cash=10_000)
    shop.count(running.shift, cash=10_350)
    page.goto(f"{address}/day?date={DAY}")
    assert page.locator("form.close button").count() == 0
    look(f"forgotten-short-{language}")
    shop.count(lane.shift, "found below the drawer", cash=10_350)
    page.goto(f"{address}/day?date={DAY}")
    look(f"forgotten-ready-{language}")
    tab_to(page, "form.close button")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/days/{DAY}")
    with shop.engine.connect() as connection:
        states = [
            held.state
            for date in (DAY, DAY + timedelta(days=1))
            if (held := find_day(connection, CODE, date)) is not None
        ]
    assert states == ["closed", "open"]
