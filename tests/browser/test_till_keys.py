"""The till's keys at a lane that has given some of them away: buttons, help, both languages, prices."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest

from schemas.domain.promotion.effect import NthOff, PercentOff
from schemas.domain.promotion.promotion import Who
from tests.browser.pictures import look
from tests.browser.test_till import BURST, amounts, expect_total, keyed
from tests.pos_frontend.running import RunningLane, serving, write_settings
from tests.pos_frontend.shop import (
    BREAD,
    CHAIN,
    LOCAL,
    MILK,
    OWN,
    Bodies,
    a_day,
    branch_records,
    chain_records,
    make_lane,
)
from tests.pos_frontend.test_offers import record
from tests.schemas.domain.promotion.offers import offer

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEYS = """[keys]
void_line = "F4"
override = "F3"
pay = "Delete"
help = "Shift+F12"
price_check = "F10"
"""


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLane]:
    """Give a lane with keys of its own and two promotions, with a cashier at it."""
    directory = tmp_path_factory.mktemp("keys")
    offers = [
        record(offer("第二件半价", NthOff(5000), "1001")),
        record(offer("会员九折", PercentOff(1000), "1001", who=Who(members_only=True))),
    ]
    shop: Bodies = {CHAIN: [*chain_records(), *offers], OWN: branch_records(), LOCAL: [a_day()]}
    make_lane(directory / "data", shop)
    with serving(write_settings(directory, more=KEYS)) as running:
        with running.client() as client:
            client.sign_in("C1", "1111")
            client.open_shift(20000)
        yield running


@pytest.fixture
def till(lane: RunningLane, page: Page) -> Iterator[Page]:
    """Give the till's page, in Chinese, without a basket."""
    with lane.client() as client:
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


def by_key(page: Page, language: str) -> None:
    """Have the till speak a language, by its key."""
    if page.locator("html").get_attribute("lang") != language:
        page.keyboard.press("F8")


def says(page: Page, selector: str, words: str) -> None:
    page.locator(selector, has_text=words).first.wait_for()


def test_keys_are_the_lanes_own_on_buttons_in_words_and_in_the_help(till: Page) -> None:
    keyed(till, MILK)
    keyed(till, BREAD)
    expect_total(till, "12.49")
    assert till.inner_text("#keys [data-name=void_line] kbd") == "F4"
    assert till.inner_text("#keys [data-name=pay] kbd") == "Delete"
    till.keyboard.press("F3")  # where others void a line
    says(till, ".prompt", "新金额")
    till.keyboard.press("Escape")
    till.keyboard.press("F4")
    expect_total(till, "3.50")
    till.keyboard.press("NumpadAdd")  # was taken from the function, and is nobody's now
    till.keyboard.press("Delete")
    says(till, "#total", "应收")

    # The help tells what is possible now, what is not and why, and does it when it is pressed.
    till.keyboard.press("Shift+F12")
    says(till, ".help", "销售时可用")
    look(till, "till-help-pay", partial(by_key, till))
    assert till.locator(".help .help-row:not(:disabled)", has_text="F2").count() == 1
    till.keyboard.press("Escape")
    till.wait_for_selector("#help", state="hidden")
    says(till, "#total", "应收")  # Esc closed the help alone
    till.keyboard.press("Escape")

    # It swallows no scan, and Enter by itself does nothing behind it.
    till.keyboard.press("Shift+F12")
    till.wait_for_selector(".help-panel")
    till.keyboard.press("Enter")
    till.wait_for_selector("#help", state="hidden")
    till.keyboard.press("Shift+F12")
    look(till, "till-help-sell", partial(by_key, till))
    keyed(till, BREAD)
    till.wait_for_selector("#help", state="hidden")
    expect_total(till, "12.49")
    till.keyboard.press("Shift+F12")
    till.locator(".help-row", has_text="整单取消").click()
    says(till, ".prompt", "取消整单")
    till.keyboard.press("Shift+F12")
    till.wait_for_selector(".help-panel")
    # Esc, the language and the help itself.
    assert till.locator(".help-row:not(:disabled)").count() == 3
    till.keyboard.press("Escape")
    till.keyboard.press("Enter")
    expect_total(till, "0.00")
    till.keyboard.press("F4")
    says(till, "#message", "没有这一行")


def test_a_burst_while_something_is_asked_goes_where_it_belongs(till: Page) -> None:
    """A dialog that asks takes the first scan as its answer, all others are sold, in their order."""
    codes = [MILK, BREAD, BREAD, MILK, BREAD] * 2
    till.keyboard.press("Shift+F12")
    till.wait_for_selector(".help-panel")
    assert till.evaluate(BURST, [codes, 30]) < 200
    till.wait_for_selector("#lines tr:nth-child(10)")
    assert till.locator("#lines .code").all_inner_texts() == [
        "1001" if code == MILK else "1002" for code in codes
    ]
    # The price check takes all of it and sells nothing.
    till.keyboard.press("F10")
    till.wait_for_selector(".checking")
    till.evaluate(BURST, [codes, 30])
    says(till, ".checking-name", "全麦面包")
    assert len(amounts(till)) == 10
    till.keyboard.press("Escape")
    # A member is asked for: the first is none, and nobody is registered by a barcode of goods.
    till.keyboard.press("F1")
    till.wait_for_selector(".prompt")
    till.evaluate(BURST, [codes, 30])
    till.wait_for_selector("#lines tr:nth-child(19)")
    assert till.locator("#lines .code").all_inner_texts()[10:] == [
        "1001" if code == MILK else "1002" for code in codes[1:]
    ]
    assert till.inner_text("#echo") == ""


def test_every_word_follows_the_language_dialogs_and_messages_too(till: Page) -> None:
    keyed(till, "31415")
    says(till, "#message", "按 F2 作无码销售")
    till.keyboard.press("F8")
    says(till, "#message", "F2 sells it as an unknown item")
    says(till, "#keys", "Price check")
    keyed(till, MILK)
    expect_total(till, "3.50")
    till.keyboard.press("F3")
    says(till, ".prompt", "New amount")
    keyed(till, "2")
    says(till, ".choices", "Label price differs")
    keyed(till, "9")
    says(till, "#message", "Key something first")
    till.keyboard.press("F8")
    says(till, ".choices", "标价不符")
    says(till, "#message", "请")
    assert till.locator(".prompt", has_text="Label").count() == 0
    look(till, "till-choice", partial(by_key, till))


def test_a_price_is_looked_at_beside_the_basket(till: Page, lane: RunningLane) -> None:
    keyed(till, BREAD)
    till.keyboard.type(MILK)
    till.keyboard.press("F10")
    says(till, ".checking", "第二件半价")
    says(till, ".checking", "3.20")
    look(till, "till-price", partial(by_key, till))
    keyed(till, "4711")
    says(till, "#message", "4711")
    keyed(till, "2010")
    says(till, ".checking", "每公斤")
    till.keyboard.press("F10")
    till.wait_for_selector(".checking", state="detached")
    expect_total(till, "8.99")
    with lane.client() as client:
        assert len(client.state["basket"]["lines"]) == 1


def test_a_customer_looks_at_prices_by_touch(lane: RunningLane, page: Page) -> None:
    page.goto(f"{lane.address['url']}/price")
    says(page, ".checking", "查价")
    look(page, "price-empty", lambda language: press_language(page, language))
    keyed(page, MILK)
    says(page, ".checking", "第二件半价")
    look(page, "price", lambda language: press_language(page, language))
    for char in "2010":
        page.get_by_role("button", name=char, exact=True).click()
    page.locator(".pad-enter").click()
    says(page, ".checking-name", "红富士苹果")
    keyed(page, "4711")
    says(page, "#message", "请询问店员")
    page.wait_for_selector(".checking-name", state="detached")


def press_language(page: Page, language: str) -> None:
    page.locator(f'#ways [lang="{language}"]').click()
