"""The till and the self-checkout by touch alone; goods come from a scanner, as they do in a shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pos_frontend.devices.simulated_terminal import SimulatedTerminal
from tests.browser.pictures import look
from tests.browser.test_till import expect_total, keyed
from tests.browser.test_till_keys import says
from tests.pos_frontend.running import serving, until, write_settings
from tests.pos_frontend.shop import BREAD, MILK, make_lane
from tests.pos_frontend.terminals import terminal_served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def fingers(chromium: Browser) -> Iterator[Page]:
    """Give an empty page on a screen that is touched."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, has_touch=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert errors == []


def write(page: Page, text: str) -> None:
    """Write on the pad, and hand it over."""
    letters = False
    for char in text:
        if char.isalpha() != letters:
            page.locator(".pad-others .pad-key").first.tap()
            letters = not letters
        page.get_by_role("button", name=char, exact=True).tap()
    if letters:
        page.locator(".pad-others .pad-key").first.tap()
    page.locator(".pad-enter").tap()


def fits(page: Page) -> None:
    """Everything that can be pressed lies on the screen, and nothing lies over it."""
    hidden = page.evaluate("""() => [...document.querySelectorAll("button")].filter((one) => {
      const { width, height, left, top, bottom, right } = one.getBoundingClientRect();
      if (!width || one.disabled || one.closest(".help")) return false;
      const there = document.elementFromPoint(left + width / 2, top + height / 2);
      return bottom > innerHeight || right > innerWidth || !one.contains(there);
    }).map((one) => one.textContent)""")
    assert hidden == []


def by_language_key(page: Page) -> Callable[[str], None]:
    def switch(language: str) -> None:
        if page.locator("html").get_attribute("lang") != language:
            page.locator("#ways [data-name=language]").tap()

    return switch


def test_a_shift_at_the_till_by_touch_alone(fingers: Page, tmp_path: Path) -> None:
    page = fingers
    make_lane(tmp_path / "data")
    with serving(write_settings(tmp_path)) as lane:
        page.goto(f"{lane.address['url']}/")
        page.locator(".prompt").tap()
        write(page, "C1")
        look(page, "touch-pin", by_language_key(page))
        write(page, "1111")
        says(page, ".prompt", "备用金")
        write(page, "200")
        page.wait_for_selector("#keys [data-name=pay]")
        fits(page)

        # A code with its quantity first, on the pad; a line is touched and voided.
        page.locator("#pad-toggle").tap()
        fits(page)
        write(page, "3*1001")
        expect_total(page, "10.50")
        look(page, "touch-pad", by_language_key(page))
        page.locator("#pad-toggle").tap()
        keyed(page, BREAD)
        expect_total(page, "19.49")
        page.locator("#lines tr").first.tap()
        page.wait_for_selector("tr.selected:nth-child(1)")
        page.locator("[data-name=void_line]").tap()
        expect_total(page, "8.99")

        # A dialog with a choice: what another price is for, and by whose authority.
        page.locator("#lines tr").nth(1).tap()
        page.locator("[data-name=override]").tap()
        page.wait_for_selector(".pad")
        fits(page)
        write(page, "8.50")
        fits(page)
        page.locator(".choice").nth(2).tap()
        write(page, "M1")
        write(page, "9999")
        expect_total(page, "8.50")

        # What stands on no button is done from the help.
        page.locator("#ways [data-name=help]").tap()
        page.locator(".help-row", has_text="帮助").first.wait_for()
        page.locator(".help-row:not(:disabled)", has_text="设备").tap()
        says(page, "#title", "设备")
        fits(page)
        page.locator("#ways .key").last.tap()
        page.wait_for_selector("#keys [data-name=pay]")
        page.locator("[data-name=pay]").tap()
        says(page, "#total", "应收")
        fits(page)
        page.locator("#pad-toggle").tap()
        write(page, "20")
        says(page, ".last-amount", "11.50")
        with lane.client() as client:
            assert client.state["last"]["total"] == 850
        page.close()


def shot(page: Page, name: str) -> None:
    look(page, f"self-{name}", lambda tag: page.locator(f'#ways [lang="{tag}"]').tap())
    fits(page)


def staff(page: Page, operator: str, pin: str) -> None:
    page.locator(".key", has_text="店员").last.tap()
    write(page, operator)
    write(page, pin)


def test_a_customer_pays_for_their_goods_by_touch_alone(fingers: Page, tmp_path: Path) -> None:
    page, terminal = fingers, SimulatedTerminal()
    make_lane(tmp_path / "data")
    with terminal_served(terminal) as port:
        more = (
            f'[terminal]\nkind = "simulated"\nport = {port}\n'
            '[self_checkout]\nenabled = true\nbags = "1001"\nages = { bakery = 18 }\n'
        )
        with serving(write_settings(tmp_path, more=more)) as lane:
            page.goto(f"{lane.address['url']}/")
            says(page, ".empty-title", "暂停")
            shot(page, "closed")
            staff(page, "C1", "1111")
            says(page, ".empty-title", "请扫描")
            _goods(page)
            _a_person_comes(page)
            _pays(page, terminal)
            until(lambda: [amount for _, amount in terminal.charged] == [1929])
            with lane.client() as client:
                last = client.state["last"]
                assert [one["kind"] for one in last["tenders"]] == ["qr"]
                assert client.state["operator"]["operator"] == "C1"
            page.close()


def _goods(page: Page) -> None:
    """One is scanned, one weighed under its number, and a bag taken."""
    keyed(page, MILK)
    expect_total(page, "3.50")
    page.locator(".key", has_text="输入编码").tap()
    fits(page)
    write(page, "2010")
    expect_total(page, "10.30")
    page.locator(".key", has_text="购物袋").tap()
    expect_total(page, "13.80")
    shot(page, "goods")


def _a_person_comes(page: Page) -> None:
    """Something for adults: a person takes another line off, and lets the customer go on."""
    keyed(page, BREAD)
    says(page, ".call", "18")
    shot(page, "called")
    keyed(page, MILK)
    says(page, "#message", "请等店员")
    staff(page, "C2", "2222")
    page.wait_for_selector('body[data-state="attended"]')
    shot(page, "attended")
    page.locator(".self-lines tr").nth(2).tap()
    page.locator(".self-lines tr.selected:nth-child(3)").wait_for()
    page.locator(".key", has_text="单品取消").tap()
    expect_total(page, "19.29")
    page.locator(".key", has_text="顾客继续").tap()
    page.wait_for_selector('body[data-state="serving"]')


def _pays(page: Page, terminal: SimulatedTerminal) -> None:
    """The card is declined; then the customer stops, and pays by a code."""
    page.locator(".key.pay").tap()
    terminal.next = "decline"
    page.locator(".key", has_text="银行卡").tap()
    says(page, "#message", "被拒绝")
    shot(page, "pay")
    terminal.next = "wait"
    page.locator(".key", has_text="银行卡").tap()
    says(page, ".empty-title", "支付终端")
    page.locator(".key", has_text="停止").tap()
    page.locator(".key", has_text="付款码").tap()
    keyed(page, "134567890123456789")
    says(page, ".empty-title", "谢谢")
    shot(page, "thanks")
