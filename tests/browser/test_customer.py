"""The customer's page beside a till that sells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pos_frontend.screen.client import TillClient
from tests.browser.axe import violations
from tests.pos_frontend.running import RunningLane, serving, write_settings
from tests.pos_frontend.shop import BREAD, MILK, make_lane

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[RunningLane]:
    make_lane(tmp_path / "data")
    with serving(write_settings(tmp_path)) as running:
        yield running


@pytest.fixture
def watched(lane: RunningLane, page: Page) -> Iterator[Page]:
    """Give the customer's page of a lane where nobody is yet."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{lane.address['url']}/customer")
    shows(page, "closed")
    yield page
    assert errors == []


def shows(page: Page, mode: str) -> None:
    page.wait_for_function("(mode) => document.body.dataset.mode === mode", arg=mode)


def main_sum(page: Page, amount: str) -> None:
    page.wait_for_function(
        "(amount) => document.querySelector('.sum.main dd')?.textContent === amount", arg=amount
    )


def test_the_customer_follows_the_sale_in_both_languages(watched: Page, lane: RunningLane) -> None:
    with lane.client() as till:
        till.sign_in("C1", "1111")
        till.open_shift(20000)
        for language, greeting in (("zh_CN", "欢迎光临"), ("en", "Welcome")):
            till.ask("language", language=language)
            shows(watched, "welcome" if language == "zh_CN" else "done")
            _buy(watched, till, greeting)
        for _ in range(30):
            till.scan(MILK)
        main_sum(watched, "105.00")
        for one in (watched.locator(".goods tr").last, watched.locator(".sum.main")):
            box = one.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 768
    # Nothing on the page can be pressed, or keyed into.
    assert watched.locator("button, a, input, select, textarea, [tabindex]").count() == 0


def _buy(page: Page, till: TillClient, greeting: str) -> None:
    if page.locator(".greeting-title").count():
        assert page.inner_text(".greeting-title") == greeting
        assert violations(page) == []
    till.scan(MILK)
    till.scan("2010", 1234)
    till.scan(BREAD)
    till.void_line(3)
    till.member("9001")
    main_sum(page, "11.59")
    goods = page.locator(".goods tr").all_inner_texts()
    assert [words.split("\n")[0].split("\t")[0] for words in goods] == ["纯牛奶 1L", "红富士苹果"]
    assert "1.234 kg × 6.80" in goods[1]
    assert violations(page) == []
    till.tender("coupon", 159, "CP-1")
    main_sum(page, "10.00")
    shows(page, "payment")
    assert violations(page) == []
    till.tender("cash", 2000)
    shows(page, "done")
    main_sum(page, "10.00")
    assert violations(page) == []
