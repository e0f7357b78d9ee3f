"""A branch manager closes a day, re-opens it and closes it again, in a real browser.

The pages are looked at by axe-core, and kept as pictures when CHAINWRIGHT_SCREENSHOTS names a folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from schemas.domain.ticket import TenderLine
from schemas.tables.days import day_revision
from tests.branch.shop import DAY, MANAGER, PASSWORD, LaneTill, Shop, piece

if TYPE_CHECKING:
    from playwright.sync_api import Page

GOODS = (("milk", 350), ("bread", 420), ("wine", 1_290), ("rice", 2_580), ("soap", 199))


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.runner.report_once()
    return shop


def sell(shop: Shop) -> list[LaneTill]:
    """Three lanes: one sells a morning and an afternoon, one sells, one is idle."""
    shop.open_day()
    first, second, third = (shop.lane(number) for number in (1, 2, 3))
    for lane, operator in ((first, "C1"), (second, "C2"), (third, "C1")):
        lane.open_shift(operator)
    for number in range(24):
        name, price = GOODS[number % 5]
        lane = (first, second)[number % 2]
        kind = ("cash", "card", "cash")[number % 3]
        line = piece(name, price, 1000 * (1 + number % 3))
        lane.sell(line, tenders=(TenderLine("card" if kind == "card" else "cash", line.amount),))
        shop.clock.pass_minutes(7)
    for lane in (first, second, third):
        lane.push()
    return [first, second, third]


def sign_in(page: Page, address: str, language: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name={"zh": "中文", "en": "English"}[language]).click()
    page.get_by_label({"zh": "操作员", "en": "Operator"}[language]).fill(MANAGER)
    page.get_by_label({"zh": "密码", "en": "Password"}[language]).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")


def count(page: Page, address: str, shift: str, **amounts: str) -> None:
    """Count a till through its form, by keyboard."""
    page.goto(f"{address}/tills/{shift}")
    for kind in ("cash", "card", "coupon", "qr", "voucher"):
        page.locator(f"#{kind}").fill(amounts.get(kind, "0"))
    if "reason" in amounts:
        page.locator("#reason").fill(amounts["reason"])
    page.locator("#qr").press("Enter")
    page.wait_for_selector(".message")


def taken(lane: LaneTill, kind: str) -> int:
    return sum(one.amount for sold in lane.sold for one in sold.tenders if one.kind == kind)


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_day_is_closed_and_re_closed(
    shop: Shop, page: Page, address: str, look: Callable[[str], None], language: str
) -> None:
    lanes = sell(shop)
    sign_in(page, address, language)
    look(f"today-{language}")
    lost = lanes[1].ticket(piece("soap", 199))
    lanes[1].sell(piece("rice", 2_580))
    lanes[0].cancel()
    lanes[0].move_cash("no_sale", 0)
    for lane in lanes:
        lane.end_shift()
        lane.push()
    page.goto(f"{address}/tills")
    look(f"tills-{language}")
    page.goto(f"{address}/exceptions")
    assert page.locator("#list tbody tr").count() == 2
    look(f"exceptions-{language}")
    page.goto(f"{address}/tills/{lanes[0].shift}")
    look(f"count-{language}")
    page.goto(f"{address}/day")
    assert "N001.02-000013" in page.locator("main").inner_text()
    look(f"day-blocked-{language}")
    count(page, address, lanes[0].shift, cash=money(10_000 + taken(lanes[0], "cash") - 500),
          card=money(taken(lanes[0], "card")))  # fmt: skip
    look(f"till-settled-{language}")
    lanes[1].state(lost)
    lanes[1].push()
    count(page, address, lanes[1].shift, cash=money(10_000 + taken(lanes[1], "cash")),
          card=money(taken(lanes[1], "card")))  # fmt: skip
    count(page, address, lanes[2].shift, cash="100.00")
    page.goto(f"{address}/day")
    look(f"day-ready-{language}")
    for box in page.locator("input[name=accept]").all():
        box.check()
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("form.close button").click()
    page.wait_for_url(f"{address}/days/{DAY}")
    look(f"day-closed-{language}")

    page.locator("#reason").fill(
        "Five dollars lay under the drawer" if language == "en" else "钱箱下找到五元"
    )
    page.locator("form[action$=reopen] button").click()
    page.wait_for_selector(".message")
    shop.clock.pass_minutes(30)
    for lane in lanes:
        lane.push()
    count(page, address, lanes[0].shift, cash=money(10_000 + taken(lanes[0], "cash")),
          card=money(taken(lanes[0], "card")),
          reason="Found under the drawer" if language == "en" else "在钱箱下找到")  # fmt: skip
    page.goto(f"{address}/day?date={DAY}")
    page.locator("form.close button").click()
    page.wait_for_url(f"{address}/days/{DAY}")
    assert page.locator("#revisions thead th.number").count() == 2
    look(f"revisions-{language}")
    page.goto(f"{address}/days")
    look(f"days-{language}")
    with shop.engine.connect() as connection:
        rows = connection.execute(select(day_revision).order_by(day_revision.c.revision)).all()
    assert [row.totals["over_short"]["cash"] for row in rows] == [-500, 0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_lanes_are_admitted_and_entries_decided(
    shop: Shop, page: Page, address: str, look: Callable[[str], None], language: str
) -> None:
    lanes = sell(shop)
    lanes[0].state(lanes[0].sold[0])
    lanes[0].push()
    shop.lane(4)
    sign_in(page, address, language)
    page.goto(f"{address}/lanes")
    page.locator("form[action='/lanes/token'] button").click()
    page.wait_for_selector("code.token")
    assert re.fullmatch(r"[0-9a-f]+\.[0-9a-f]+", page.locator("code.token").inner_text())
    look(f"lanes-{language}")
    page.locator("#parked input[name=reason]").fill("sent twice")
    page.locator("#parked button[value=release]").click()
    page.wait_for_selector(".message")
    assert page.locator("#parked").count() == 0


def test_a_cashier_is_shown_who_may(shop: Shop, page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in")
    page.locator("#operator").fill("C1")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("section.error")
    assert "403" in page.locator("section.error").inner_text()
