"""A cashier at the page itself, with nothing but a keyboard and a scanner that acts like one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from pos_frontend import databases
from schemas.domain.till import CashMoved
from schemas.tables.base import reading
from schemas.tables.journal import journal_entry
from schemas.wire import entries
from tests.browser.axe import checksums_hold, violations
from tests.pos_frontend.running import RunningLane, serving, until, write_settings
from tests.pos_frontend.shop import BREAD, MILK, make_lane

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Keys as a scanner sends them: 20 codes of 12 digits and their Enters in `length` ms.
BURST = """async ([codes, length]) => {
  const keys = codes.flatMap((code) => [...code, "Enter"]);
  const began = performance.now();
  for (const [place, key] of keys.entries()) {
    while (performance.now() - began < (place * length) / keys.length) {
      await new Promise((resolve) => queueMicrotask(resolve));
    }
    if (place % 13 === 0) await new Promise((resolve) => { const c = new MessageChannel();
      c.port1.onmessage = resolve; c.port2.postMessage(0); });
    const code = key === "Enter" ? "Enter" : `Digit${key}`;
    document.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true,
      cancelable: true }));
  }
  return performance.now() - began;
}"""


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLane]:
    """Give a lane that knows the little shop, with its branch away."""
    directory = tmp_path_factory.mktemp("till")
    make_lane(directory / "data")
    with serving(write_settings(directory)) as running:
        yield running


@pytest.fixture
def till(lane: RunningLane, page: Page) -> Iterator[Page]:
    """Give the till's page, in Chinese, with a cashier at it and no basket."""
    with lane.client() as client:
        if client.state["state"] == "signed_out":
            client.sign_in("C1", "1111")
        if client.state["state"] == "opening":
            client.open_shift(20000)
        if client.state["basket"]["lines"]:
            client.cancel()
        client.ask("language", language="zh_CN")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{lane.address['url']}/")
    page.wait_for_selector("#keys [data-name=pay]")
    yield page
    assert errors == []


def keyed(page: Page, text: str) -> None:
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def amounts(page: Page) -> list[str]:
    return page.locator("#lines td.amount").all_inner_texts()


def expect_total(page: Page, total: str) -> None:
    page.wait_for_function(
        "(total) => document.querySelector('.total-amount').textContent === total", arg=total
    )


def test_a_sale_by_keyboard_alone(till: Page, lane: RunningLane) -> None:
    keyed(till, MILK)
    keyed(till, f"3*{BREAD}")
    keyed(till, "1.5*2010")
    expect_total(till, "40.67")
    till.keyboard.press("ArrowUp")
    till.wait_for_selector("tr.selected:nth-child(2)")
    till.keyboard.press("F3")
    expect_total(till, "13.70")
    till.keyboard.press("F1")
    keyed(till, "9001")
    expect_total(till, "13.40")
    keyed(till, "31415")
    till.wait_for_selector('#message[data-kind="error"]')
    till.keyboard.press("F2")
    keyed(till, "2")
    expect_total(till, "15.40")
    till.keyboard.type("1.5")
    till.keyboard.press("F4")
    keyed(till, "2")
    keyed(till, "M1")
    keyed(till, "9999")
    expect_total(till, "14.90")
    till.keyboard.press("Shift+F4")
    for answer in ("10%", "2", "M1", "9999"):
        keyed(till, answer)
    expect_total(till, "13.41")
    till.keyboard.press("Shift+F4")
    for answer in ("0", "2", "M1", "9999"):
        keyed(till, answer)
    expect_total(till, "14.90")
    till.keyboard.press("F10")
    till.keyboard.type("4.9")
    till.keyboard.press("F2")
    expect_total(till, "10.00")
    till.wait_for_timeout(350)
    keyed(till, "20")
    till.wait_for_selector(".last-amount")
    assert till.inner_text(".last-amount") == "10.00"
    with lane.client() as client:
        assert client.state["last"]["total"] == 1490


def test_a_burst_of_scans_loses_none_and_keeps_their_order(till: Page) -> None:
    codes = [MILK, BREAD, BREAD, MILK, BREAD] * 4
    took = till.evaluate(BURST, [codes, 60])
    assert took < 1000
    till.wait_for_selector("#lines tr:nth-child(20)")
    expected = ["3.50" if code == MILK else "8.99" for code in codes]
    assert amounts(till) == expected
    assert till.inner_text("#echo") == ""


def test_enter_pressed_twice_on_payment_makes_one_ticket(till: Page, lane: RunningLane) -> None:
    with lane.client() as client:
        before = client.state["status"]["unsent"]
        receipt = (client.state["last"] or {"receipt": "-0"})["receipt"]
        keyed(till, MILK)
        expect_total(till, "3.50")
        till.keyboard.press("F10")
        till.keyboard.press("Enter")
        till.keyboard.press("Enter")
        till.wait_for_selector(".last-amount", state="attached")
        till.keyboard.press("Enter")
        till.wait_for_timeout(600)
        after = client.look()
        assert int(after["last"]["receipt"].split("-")[1]) == int(receipt.split("-")[1]) + 1
        assert after["status"]["unsent"] == before + 1
        assert after["basket"]["lines"] == []


def test_the_language_changes_at_once(till: Page) -> None:
    keyed(till, MILK)
    expect_total(till, "3.50")
    assert "收款" in till.inner_text("#keys")
    till.keyboard.press("F8")
    till.wait_for_function("() => document.documentElement.lang === 'en'")
    till.wait_for_function("() => document.querySelector('#keys').textContent.includes('Pay')")
    assert "Total" in till.inner_text("#total")
    assert amounts(till) == ["3.50"]
    till.keyboard.press("F8")
    till.wait_for_function("() => document.querySelector('#keys').textContent.includes('收款')")


def test_an_input_method_does_not_eat_digits(till: Page) -> None:
    till.evaluate(
        """(code) => {
          for (const digit of code) {
            document.dispatchEvent(new KeyboardEvent("keydown",
              { key: "Process", code: `Digit${digit}`, bubbles: true, cancelable: true }));
          }
          document.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter" }));
        }""",
        MILK,
    )
    expect_total(till, "3.50")


def test_a_code_scanned_into_a_payment_is_a_scan(till: Page) -> None:
    keyed(till, MILK)
    expect_total(till, "3.50")
    till.keyboard.press("F10")
    keyed(till, BREAD)
    expect_total(till, "12.49")


def test_a_page_of_another_origin_cannot_drive_the_till(page: Page, lane: RunningLane) -> None:
    url = lane.address["url"].replace("http", "ws") + "/till?token=" + lane.address["token"]
    page.goto("about:blank")
    outcome = page.evaluate(
        """(url) => new Promise((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => resolve("open");
          socket.onclose = () => resolve("refused");
        })""",
        url,
    )
    assert outcome == "refused"


def movements(lane: RunningLane) -> list[tuple[str, int, str]]:
    """What went through the drawer without a sale, in the lane's journal."""
    engine = databases.journal_reader(lane.directory / "data")
    with reading(engine) as connection:
        bodies = connection.execute(
            select(journal_entry.c.body)
            .where(journal_entry.c.kind == "cash.moved")
            .order_by(journal_entry.c.sequence)
        ).scalars()
        facts = [entries.decode("cash.moved", 1, body) for body in bodies]
    engine.dispose()
    return [
        (one.movement, one.amount, one.authority) for one in facts if isinstance(one, CashMoved)
    ]


def test_the_drawer_without_a_sale_by_keyboard_alone(till: Page, lane: RunningLane) -> None:
    till.keyboard.press("F12")
    till.wait_for_selector(".choices")
    for answer in ("1", "600", "1"):
        keyed(till, answer)
    till.wait_for_selector('#message[data-kind="good"]')
    till.keyboard.press("F12")
    # A no-sale has no amount, and needs a manager.
    for answer in ("5", "2", "M1", "9999"):
        keyed(till, answer)
    until(lambda: len(movements(lane)) == 2)
    assert movements(lane) == [("pickup", 60_000, "C1"), ("no_sale", 0, "M1")]
    till.keyboard.press("F12")
    till.wait_for_selector(".choices")
    assert violations(till) == []
    till.keyboard.press("Escape")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("scene", ["empty", "lines", "prompt", "pay", "done", "error"])
def test_no_rule_of_wcag_is_broken(
    till: Page, lane: RunningLane, scene: str, language: str
) -> None:
    with lane.client() as client:
        client.ask("language", language=language)
        if scene != "empty":
            client.scan(MILK)
            client.scan(BREAD, 2000)
            client.unknown_item("777", 1250)
            client.void_line(3)
            client.member("9001")
            till.wait_for_selector("#lines .why")
    if scene == "prompt":
        till.keyboard.press("F4")
        keyed(till, "2")
        till.wait_for_selector(".choices")
    if scene in {"pay", "done"}:
        till.keyboard.press("F10")
        till.wait_for_selector(".total.paying")
    if scene == "done":
        till.keyboard.press("Enter")
        till.wait_for_selector(".last")
    if scene == "error":
        keyed(till, "31415")
        till.wait_for_selector('#message[data-kind="error"]')
    assert violations(till) == []


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_key_lies_within_the_screen(till: Page, lane: RunningLane, language: str) -> None:
    below = """() => [...document.querySelectorAll('.key')].map((one) => one.getBoundingClientRect())
      .filter((place) => place.bottom > innerHeight).length"""
    with lane.client() as client:
        client.ask("language", language=language)
        assert till.evaluate(below) == 0
        client.scan(MILK)
    expect_total(till, "3.50")
    assert till.evaluate(below) == 0
    till.keyboard.press("F10")
    till.wait_for_selector(".total.paying")
    assert till.evaluate(below) == 0


def test_the_sign_in_breaks_no_rule_of_wcag(page: Page, tmp_path: Path) -> None:
    make_lane(tmp_path / "data")
    with serving(write_settings(tmp_path)) as lane:
        page.goto(f"{lane.address['url']}/")
        page.wait_for_selector(".prompt")
        assert violations(page) == []
        keyed(page, "C1")
        keyed(page, "1234")
        page.wait_for_selector('#message[data-kind="error"]')
        keyed(page, "C1")
        keyed(page, "1111")
        page.wait_for_function("() => document.body.dataset.state === 'opening'")
        assert violations(page) == []


def test_axe_is_what_was_released() -> None:
    assert checksums_hold()
