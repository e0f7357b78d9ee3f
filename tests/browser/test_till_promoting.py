"""Coupons and gifts by keyboard alone: presented, taken off, put in, charged, paid, and what the paper says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schemas.domain.promotion.effect import CouponOff, SpendGift
from schemas.domain.promotion.promotion import Promotion, Who
from tests.browser.test_till import expect_total, keyed
from tests.browser.test_till_terminal import at_the_till, shot, told
from tests.pos_frontend.running import RunningLane, serving, write_settings
from tests.pos_frontend.shop import BREAD, CHAIN, MILK, chain_records, load, make_lane
from tests.pos_frontend.test_offers import record
from tests.schemas.domain.promotion.offers import offer

if TYPE_CHECKING:
    from playwright.sync_api import Page


def named(
    name: str, title: str, effect: CouponOff | SpendGift, who: Who | None = None
) -> Promotion:
    made = offer(name, effect, who=who, mode="compound")
    return Promotion(**{**{one: getattr(made, one) for one in made.__slots__}, "title": title})


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[RunningLane]:
    """Give a lane with its branch away, that knows two kinds of coupons and a gift, and a cashier at it."""
    make_lane(tmp_path / "data")
    offers = [
        named("S1", "春季满减券", CouponOff(1500, 200), Who(coupon="SPRING")),
        named("S2", "会员专享券", CouponOff(0, 500), Who(coupon="ONCE", single_use=True)),
        named("S3", "满15元赠牛奶", SpendGift(1500, "1001", "piece")),
    ]
    load(tmp_path / "data", {CHAIN: [*chain_records(), *(record(one) for one in offers)]})
    with serving(write_settings(tmp_path)) as running:
        with running.client() as client:
            client.sign_in("C1", "1111")
            client.open_shift(20000)
        yield running


def test_coupons_and_gifts_by_keyboard_alone(lane: RunningLane, page: Page, tmp_path: Path) -> None:
    at_the_till(lane, page)
    keyed(page, BREAD)
    keyed(page, "SPRING-7Q2M94KX")
    page.locator(".due.wait", has_text="满 15.00 可用").wait_for()
    keyed(page, "ONCE-12345678")
    told(page, "ONCE-****5678 已取下")
    keyed(page, BREAD)
    expect_total(page, "15.98")
    page.locator(".due.good", has_text="SPRING-****94KX").wait_for()
    page.locator(".due.gift", has_text="赠 纯牛奶 1L × 1").wait_for()
    shot(page, tmp_path, "due")
    keyed(page, MILK)
    page.locator("tr", has_text="满15元赠牛奶").locator(".tag", has_text="赠品").wait_for()
    expect_total(page, "15.98")
    taken_off_and_charged(page, tmp_path)
    paid(lane, page)


def taken_off_and_charged(page: Page, tmp_path: Path) -> None:
    keyed(page, "SPRING-2")
    page.locator(".due", has_text="每单限用一张").wait_for()
    page.keyboard.press("Shift+F7")
    page.wait_for_selector(".prompt")
    shot(page, tmp_path, "which")
    keyed(page, "2")
    page.locator(".due", has_text="每单限用一张").wait_for(state="detached")
    page.keyboard.press("Shift+F7")  # the only one left
    expect_total(page, "17.98")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("F3")  # one of the breads goes
    told(page, "不再满足赠送条件")
    expect_total(page, "12.49")
    page.locator(".tag", has_text="赠品条件未满足").wait_for()
    shot(page, tmp_path, "charged")
    keyed(page, BREAD)
    expect_total(page, "17.98")


def paid(lane: RunningLane, page: Page) -> None:
    """A coupon in payment: one of an offer is presented, any other pays an amount as it always did."""
    page.keyboard.press("F10")
    page.keyboard.press("F3")
    keyed(page, "SPRING-3")
    expect_total(page, "15.98")
    page.keyboard.press("F10")
    page.keyboard.press("F3")
    keyed(page, "CP-77")
    page.locator(".prompt", has_text="优惠券金额").wait_for()
    keyed(page, "5")
    expect_total(page, "10.98")
    page.keyboard.press("Enter")
    page.wait_for_selector(".last-amount, .last-label")
    with lane.client() as client:
        last = client.state["last"]
    assert (last["total"], [one["kind"] for one in last["tenders"]]) == (1598, ["coupon", "cash"])
