"""The self-test page of a lane, by keyboard, with a scale and a display on pseudo-terminals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import violations
from tests.browser.test_till import expect_total, keyed
from tests.pos_frontend.doubles import Glass, mettler, plugged
from tests.pos_frontend.running import RunningLane, serving, until, write_settings
from tests.pos_frontend.shop import MILK, make_lane

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass
class Counter:
    """A lane with its devices; each plug can be pulled by itself."""

    lane: RunningLane
    glass: Glass
    scale_plug: ExitStack
    answer: list[bytes] = field(default_factory=lambda: [mettler("01.234")])


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    make_lane(tmp_path / "data")
    more = "\n".join(
        f'[{table}]\nkind = "{kind}"\nport = "{tmp_path / table}"\n[{table}.framing]\nbits = 8\n'
        for table, kind in (("scale", "mettler_8217"), ("display", "serial"))
    )
    settings = write_settings(tmp_path, more=more)
    glass = Glass()
    with ExitStack() as plugs, ExitStack() as scale_plug:
        plugs.enter_context(plugged(tmp_path / "display", glass.talk))
        made = Counter(RunningLane(tmp_path, None), glass, scale_plug)  # type: ignore[arg-type]
        scale_plug.enter_context(plugged(tmp_path / "scale", lambda _asked: made.answer[0]))
        with serving(settings) as made.lane:
            yield made


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
    assert page.locator(".device .key:disabled").count() == 3
    assert violations(page) == []

    with counter.lane.client() as till:
        till.sign_in("C1", "1111")
        till.open_shift(20000)
    page.goto(url)
    page.wait_for_selector(".key.pay")
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
    until((counter.lane.directory / "data/receipts/N001.03-test.png").exists)
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
    page.wait_for_selector(".key.pay")
    keyed(page, "2010")
    page.wait_for_selector('#message[data-kind="error"]')
    assert "1.234*2010" in page.inner_text("#message")
    assert page.locator(".sign.bad").inner_text() == "Scale: unplugged"
    keyed(page, MILK)
    expect_total(page, "11.89")
    until(lambda: counter.glass.lines[1].endswith("11.89"))
    assert errors == []
