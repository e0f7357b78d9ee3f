"""Cards and payment codes at the till's page, by keyboard, with the simulated terminal beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pos_frontend.devices.simulated_terminal import SimulatedTerminal
from tests.browser.axe import violations
from tests.browser.test_till import expect_total, keyed
from tests.pos_frontend.running import RunningLane, serving, until, write_settings
from tests.pos_frontend.shop import BREAD, MILK, make_lane
from tests.pos_frontend.terminals import terminal_served

if TYPE_CHECKING:
    from playwright.sync_api import Page

_CODE = "134567890123456789"


@pytest.fixture(scope="module")
def terminal() -> SimulatedTerminal:
    """Give what the terminal remembers."""
    return SimulatedTerminal()


@pytest.fixture(scope="module")
def lane(
    tmp_path_factory: pytest.TempPathFactory, terminal: SimulatedTerminal
) -> Iterator[RunningLane]:
    """Give a lane with a terminal, and a cashier at it."""
    directory = tmp_path_factory.mktemp("terminal")
    make_lane(directory / "data")
    with terminal_served(terminal) as port:
        more = f'[terminal]\nkind = "simulated"\nport = {port}\n'
        with serving(write_settings(directory, more=more)) as running:
            with running.client() as client:
                client.sign_in("C1", "1111")
                client.open_shift(20000)
            yield running


def shows(page: Page, words: str) -> None:
    page.locator(".last-label", has_text=words).wait_for()


def told(page: Page, words: str) -> None:
    page.locator("#message", has_text=words).wait_for()


def shot(page: Page, directory: Path, name: str) -> None:
    """Take a picture in both languages; the page is in Chinese again afterwards."""
    for language, other in (("zh-CN", "en"), ("en", "zh-CN")):
        assert violations(page) == []
        page.screenshot(path=directory / f"{name}-{language}.png")
        page.keyboard.press("F8")
        page.wait_for_selector(f'html[lang="{other}"]')


def at_the_till(lane: RunningLane, page: Page) -> None:
    """Open the page of a till that somebody is at."""
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{lane.address['url']}/")
    page.wait_for_selector("#keys [data-name=pay]")


def test_cards_and_codes_by_keyboard(
    lane: RunningLane, terminal: SimulatedTerminal, page: Page, tmp_path: Path
) -> None:
    at_the_till(lane, page)

    # The customer does not act; the cashier gives the terminal up and the basket stands.
    keyed(page, MILK)
    keyed(page, BREAD)
    expect_total(page, "12.49")
    page.keyboard.press("F10")
    terminal.next = "wait"
    page.keyboard.press("F2")
    shows(page, "请顾客在终端上付款")
    shot(page, tmp_path, "pending")
    keyed(page, MILK)  # nothing is sold meanwhile
    page.locator('#message[data-kind="error"]').wait_for()
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys [data-name=card]")

    # It is declined.
    terminal.next = "decline"
    page.keyboard.press("F2")
    told(page, "被拒绝")
    shot(page, tmp_path, "declined")

    # A part by a scanned code, whose answer is lost; the rest in cash.
    terminal.next = "lose_answer"
    page.keyboard.type("5.00")
    page.keyboard.press("F4")
    page.wait_for_selector(".prompt")
    shot(page, tmp_path, "code")
    keyed(page, _CODE)
    expect_total(page, "7.49")
    shot(page, tmp_path, "split")
    page.keyboard.press("Enter")
    page.wait_for_selector(".last")
    with lane.client() as client:
        kinds = [(one["kind"], one["amount"]) for one in client.state["last"]["tenders"]]
    assert kinds == [("qr", 500), ("cash", 749)]
    assert [amount for _, amount in terminal.charged] == [500]


def test_a_manager_calls_unpaid_what_the_terminal_does_not_know(
    lane: RunningLane, terminal: SimulatedTerminal, page: Page, tmp_path: Path
) -> None:
    at_the_till(lane, page)
    charged, voided = len(terminal.charged), len(terminal.voided)
    keyed(page, MILK)
    expect_total(page, "3.50")
    page.keyboard.press("F10")
    terminal.next = "hang"
    page.keyboard.press("F2")
    shows(page, "终端没有这笔支付的记录")
    shot(page, tmp_path, "missing")
    page.keyboard.press("F4")
    for answer in ("1", "M1", "9999"):
        keyed(page, answer)
    page.wait_for_selector("#keys [data-name=card]")
    page.keyboard.press("F2")
    page.wait_for_selector(".last:not(.terminal)")
    assert [amount for _, amount in terminal.charged[charged:]] == [350]

    # A part is paid, the basket is cancelled, the terminal gives it back.
    keyed(page, MILK)
    expect_total(page, "3.50")
    page.keyboard.press("F10")
    page.keyboard.type("1")
    page.keyboard.press("F2")
    expect_total(page, "2.50")
    page.keyboard.press("Escape")
    expect_total(page, "3.50")
    until(lambda: len(terminal.voided) == voided + 1)
    page.locator(".sign.bad", has_text="未结支付").wait_for(state="detached")


def test_a_payment_that_stays_open_is_shown_until_it_is_settled(
    tmp_path: Path, terminal: SimulatedTerminal, page: Page
) -> None:
    make_lane(tmp_path / "data")
    with terminal_served(terminal) as port:
        settings = write_settings(tmp_path, more=f'[terminal]\nkind = "simulated"\nport = {port}\n')
        with serving(settings) as lane:
            with lane.client() as client:
                client.sign_in("C1", "1111")
                client.open_shift(20000)
                client.scan(MILK)
                client.tender("card", 100)
                until(lambda: client.look()["state"] == "tendering")
            lane.process.kill()
            lane.process.wait()
    with serving(settings) as lane:  # the terminal is unplugged now
        page.set_viewport_size({"width": 1366, "height": 768})
        page.goto(f"{lane.address['url']}/")
        for answer in ("C1", "1111"):
            page.wait_for_selector(".prompt")
            keyed(page, answer)
        expect_total(page, "2.50")  # the payment is still in the basket
        page.keyboard.press("F6")
        keyed(page, "")
        page.locator(".sign.bad", has_text="未结支付：1").wait_for()
        page.wait_for_selector(".key.wanted")
        page.keyboard.press("F6")
        page.wait_for_selector(".terminal")
        page.locator(".sign.bad", has_text="支付终端：未连接").wait_for()
        assert violations(page) == []
        page.screenshot(path=tmp_path / "open.png")
        page.keyboard.press("F4")
        for answer in ("2", "M1", "9999"):
            keyed(page, answer)
        page.locator(".sign.bad", has_text="未结支付").wait_for(state="detached")
        page.screenshot(path=tmp_path / "settled.png")
