"""Vouchers, foreign money and refunds to the original tender, by keyboard alone, with a terminal beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pos_frontend.devices.simulated_terminal import SimulatedTerminal
from schemas.wire.records import ExchangeRate
from tests.browser.test_till import expect_total, keyed
from tests.browser.test_till_terminal import at_the_till, shot, told
from tests.pos_frontend.running import RunningLane, serving, write_settings
from tests.pos_frontend.shop import BREAD, CHAIN, LONG_AGO, MILK, load, make_lane
from tests.pos_frontend.terminals import terminal_served

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def terminal() -> SimulatedTerminal:
    """Give what the terminal remembers."""
    return SimulatedTerminal()


@pytest.fixture
def lane(tmp_path: Path, terminal: SimulatedTerminal) -> Iterator[RunningLane]:
    """Give a lane with a terminal that takes dollars and yen, and a cashier at it."""
    make_lane(tmp_path / "data")
    rates = [
        ExchangeRate(currency=code, local_currency="CNY", starts=LONG_AGO, rate=rate)
        for code, rate in (("USD", 7_123_400), ("JPY", 47_800))
    ]
    load(tmp_path / "data", {CHAIN: rates})
    with terminal_served(terminal) as port:
        more = f'[terminal]\nkind = "simulated"\nport = {port}\n'
        with serving(write_settings(tmp_path, more=more)) as running:
            with running.client() as client:
                client.sign_in("C1", "1111")
                client.open_shift(20000)
            yield running


def answers(page: Page, *texts: str) -> None:
    for text in texts:
        page.wait_for_selector(".prompt")
        keyed(page, text)


def again(page: Page) -> None:
    """Press Enter for the next part; at once it would be the same press."""
    page.wait_for_timeout(400)
    page.keyboard.press("Enter")


def tenders(lane: RunningLane) -> list[tuple[str, int]]:
    with lane.client() as client:
        return [(one["kind"], one["amount"]) for one in client.state["last"]["tenders"]]


def test_tenders_by_keyboard_alone(
    lane: RunningLane, terminal: SimulatedTerminal, page: Page, tmp_path: Path
) -> None:
    at_the_till(lane, page)
    split(page, tmp_path)
    assert tenders(lane) == [("voucher", 200), ("card", 300), ("foreign", 14247)]
    refund(page, terminal, tmp_path)
    assert tenders(lane) == [("card", -300), ("cash", -200), ("cash", -749)]
    assert [amount for _, amount in terminal.refunded] == [300]


def split(page: Page, tmp_path: Path) -> None:
    """A voucher, a card and dollars; gone back once after the total."""
    keyed(page, MILK)
    keyed(page, BREAD)
    expect_total(page, "12.49")
    page.keyboard.press("F10")
    shot(page, tmp_path, "pay")
    page.keyboard.press("F5")
    page.wait_for_selector(".prompt")
    shot(page, tmp_path, "voucher")
    answers(page, "2", "V-1")
    expect_total(page, "10.49")
    page.keyboard.press("Escape")  # everything is given back
    expect_total(page, "12.49")
    page.keyboard.press("F10")
    page.keyboard.type("2")
    page.keyboard.press("F5")
    answers(page, "V-1")
    expect_total(page, "10.49")
    page.keyboard.type("3")
    page.keyboard.press("F2")
    expect_total(page, "7.49")
    page.keyboard.press("F7")
    page.wait_for_selector(".prompt")
    shot(page, tmp_path, "currency")
    answers(page, "2")
    page.locator(".prompt .hint", has_text="USD 1.06").wait_for()
    shot(page, tmp_path, "foreign")
    keyed(page, "20")
    page.wait_for_selector(".last")
    shot(page, tmp_path, "split")


def refund(page: Page, terminal: SimulatedTerminal, tmp_path: Path) -> None:
    """All comes back: the card through the terminal, the voucher in cash by a manager, the rest in cash."""
    page.keyboard.press("End")
    answers(page, "1")
    page.wait_for_selector(".found .selected")
    for total in ("−3.50", "−12.49"):
        page.keyboard.press("Enter")
        answers(page, "", "1", "M1", "9999")  # nobody could be asked: a manager allows it
        expect_total(page, total)
    page.keyboard.press("F10")
    page.locator("#message", has_text="代金券").wait_for()
    shot(page, tmp_path, "plan")
    page.keyboard.press("F3")
    page.wait_for_selector(".prompt")
    shot(page, tmp_path, "why-cash")
    answers(page, "4", "M1", "9999")
    page.locator("#message", has_text="银行卡").wait_for()
    terminal.next = "decline"
    page.keyboard.press("Enter")
    told(page, "终端拒绝退款")
    shot(page, tmp_path, "declined")
    terminal.next = "wait"
    again(page)
    page.locator(".last-label", has_text="终端正在退款").wait_for()
    shot(page, tmp_path, "refunding")
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys [data-name=refund_in_cash]")
    terminal.next = "lose_answer"
    again(page)
    page.locator(".total-tender").get_by_text("银行卡", exact=True).wait_for()
    expect_total(page, "9.49")
    again(page)
    expect_total(page, "7.49")
    shot(page, tmp_path, "rest")
    again(page)
    page.wait_for_selector(".last:not(.terminal)")
    shot(page, tmp_path, "refunded")
