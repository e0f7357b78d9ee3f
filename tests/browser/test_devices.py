"""The self-test page of a lane, by keyboard, with its devices on pseudo-terminals and a socket; and a scan
burst while a question is open. Kept as pictures when CHAINWRIGHT_SCREENSHOTS names a folder.
"""

from __future__ import annotations

import os
import tty
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pos_frontend.devices.simulated_printer import SimulatedPrinter
from tests.browser.axe import violations
from tests.browser.test_till import expect_total, keyed
from tests.pos_frontend.doubles import Glass, mettler, plugged
from tests.pos_frontend.printers import printer_served
from tests.pos_frontend.running import RunningLane, serving, until, write_settings
from tests.pos_frontend.shop import BREAD, MILK, make_lane

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass
class Counter:
    """A lane with its devices; each plug can be pulled by itself."""

    lane: RunningLane
    glass: Glass
    scale_plug: ExitStack
    printer: SimulatedPrinter
    scan: Callable[[str], int]
    answer: list[bytes] = field(default_factory=lambda: [mettler("01.234")])


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    make_lane(tmp_path / "data")
    more = "\n".join(
        f'[{table}]\nkind = "{kind}"\nport = "{tmp_path / table}"\n[{table}.framing]\nbits = 8\n'
        for table, kind in (
            ("scale", "mettler_8217"), ("display", "serial"), ("scanner", "serial"),
        )
    )  # fmt: skip
    glass, printer = Glass(), SimulatedPrinter()
    with ExitStack() as plugs, ExitStack() as scale_plug:
        port = plugs.enter_context(printer_served(printer))
        more += f'\n[printer]\nkind = "network"\nhost = "127.0.0.1"\nport = {port}'
        settings = write_settings(tmp_path, more=more)
        plugs.enter_context(plugged(tmp_path / "display", glass.talk))
        scan = plugs.enter_context(scanner_at(tmp_path / "scanner"))
        lane = RunningLane(tmp_path, None)  # type: ignore[arg-type]
        made = Counter(lane, glass, scale_plug, printer, scan)
        scale_plug.enter_context(plugged(tmp_path / "scale", lambda _asked: made.answer[0]))
        with serving(settings) as made.lane:
            yield made


@contextmanager
def scanner_at(name: Path) -> Iterator[Callable[[str], int]]:
    """Have a scanner at `name`; gives what scans codes, each ended by CR and LF."""
    near, far = os.openpty()
    tty.setraw(far)
    name.symlink_to(os.ttyname(far))
    yield lambda codes: os.write(near, codes.replace(" ", "\r\n").encode() + b"\r\n")
    os.close(near)
    os.close(far)


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("CHAINWRIGHT_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"devices-{name}.png")


def says(page: Page, selector: str, words: str) -> None:
    page.wait_for_function(
        "([selector, words]) => document.querySelector(selector)?.textContent.includes(words)",
        arg=[selector, words],
    )


def condition(page: Page, place: int, words: str) -> None:
    page.wait_for_function(
        "([place, words]) => document.querySelectorAll('.device .sign')[place]?.textContent === words",
        arg=[place, words],
    )


def result(page: Page, place: int, words: str) -> None:
    page.wait_for_function(
        "([place, words]) => document.querySelectorAll('.result')[place]?.textContent === words",
        arg=[place, words],
    )


def weigh_in(page: Page) -> None:
    """Key what is weighed, again while the scale's double was too slow to answer."""
    keyed(page, "2010")
    line, refusal = page.locator("#lines tr"), page.locator('#message[data-kind="error"]')
    line.or_(refusal).wait_for()
    if not line.count():
        page.keyboard.press("Escape")
        refusal.wait_for(state="detached")
        weigh_in(page)


def read_weight(page: Page) -> str:
    page.keyboard.press("F3")
    return page.locator(".result").nth(2).inner_text()


def test_the_devices_are_tried_from_the_till(counter: Counter, page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    url = counter.lane.address["url"]

    # Nobody is signed in: it is shown how the devices do, and nothing can be tried.
    page.goto(f"{url}/devices")
    for place in range(3):
        condition(page, place, "正常")
    assert page.locator(".device .key:disabled").count() == 4
    condition(page, 3, "未配置")
    condition(page, 4, "正常")
    assert violations(page) == []

    with counter.lane.client() as till:
        till.sign_in("C1", "1111")
        till.open_shift(20000)
    page.goto(url)
    page.wait_for_selector("#keys [data-name=pay]")
    weigh_in(page)
    expect_total(page, "8.39")  # 1.234 kg from the scale
    page.keyboard.press("Home")
    page.wait_for_selector(".device .key:not(:disabled)")
    until(lambda: read_weight(page) == "1.234 kg")
    page.keyboard.press("F2")
    result(page, 1, "测试文字已显示，请查看显示屏")
    until(lambda: counter.glass.lines[1] == "12345678901234567890")
    page.keyboard.press("F1")
    result(page, 0, "测试小票已送出，请查看打印机")
    until(lambda: len(counter.printer.printed) == 1)
    counter.scan(BREAD)
    result(page, 4, BREAD)
    picture(page, "zh")
    _paper_runs_out_and_a_receipt_breaks_off(counter, page)
    page.keyboard.press("F8")
    result(page, 0, "The test receipt is queued: look at the paper")
    assert violations(page) == []

    # The scale is pulled out: the sale behind the page stands, and goes on without it.
    counter.scale_plug.close()
    condition(page, 2, "unplugged")
    assert page.locator(".result").nth(2).inner_text() == ""
    keyed(page, MILK)
    page.wait_for_selector('#message[data-kind="error"]')
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys [data-name=pay]")
    _a_burst_while_a_question_is_open(counter, page)
    keyed(page, "2010")
    page.wait_for_selector('#message[data-kind="error"]')
    assert "1.234*2010" in page.inner_text("#message")
    assert page.locator(".sign.bad").inner_text() == "Scale: unplugged"
    keyed(page, MILK)
    expect_total(page, "11.89")
    until(lambda: counter.glass.lines[1].endswith("11.89"))
    assert errors == []


def _paper_runs_out_and_a_receipt_breaks_off(counter: Counter, page: Page) -> None:
    """The printer's errors are shown, live; what broke off is printed as a copy."""
    counter.printer.fault = "no_paper"
    page.keyboard.press("F1")
    condition(page, 0, "缺纸")
    counter.printer.fault = "breaks_off"
    until(lambda: len(counter.printer.torn) == 1)
    counter.printer.fault = "none"
    # A test receipt that broke off is no loss; a slip is.
    with counter.lane.client() as till:
        till.ask("cancel")
        counter.printer.fault = "breaks_off"
        till.ask("move_cash", movement="loan", amount="10", reason="找零")
    says(page, ".doubtful", "N001.03-loan-")
    picture(page, "broken-off")
    assert violations(page) == []
    counter.printer.fault = "none"
    page.keyboard.press("F5")
    until(lambda: any(b"COPY" in one for one in counter.printer.printed))
    condition(page, 0, "正常")
    page.wait_for_selector(".doubtful", state="detached")


def _a_burst_while_a_question_is_open(counter: Counter, page: Page) -> None:
    """Nothing is lost, nothing is in the wrong field: it waits, and is sold in its order."""
    keyed(page, MILK)
    expect_total(page, "3.50")
    lines = page.locator("#lines tr")
    page.keyboard.press("F4")
    page.keyboard.type("1")
    counter.scan(" ".join([MILK, BREAD] * 10))
    says(page, "#message", "20 scanned")
    assert (lines.count(), page.inner_text("#echo")) == (1, "1")
    picture(page, "burst")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect_total(page, "128.40")
    assert lines.count() == 21
    # Goods are not a receipt that is looked up, nor an amount that is paid.
    page.keyboard.press("F11")
    counter.scan(MILK)
    says(page, "#message", "1 scanned")
    page.keyboard.press("Escape")
    expect_total(page, "131.90")
    page.keyboard.press("F10")
    counter.scan("1002")
    expect_total(page, "140.89")
    page.keyboard.type("2*")
    counter.scan(MILK)
    expect_total(page, "147.89")
    with counter.lane.client() as till:
        till.ask("cancel")
    page.wait_for_function("() => !document.querySelector('#lines tr')")
    keyed(page, "1.234*2010")
    expect_total(page, "8.39")
