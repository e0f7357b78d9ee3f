"""A whole shift with nothing but a keyboard, from the float to the cashier's own count."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from pos_frontend import databases
from schemas.domain.till import BasketCancelled, CashMoved, TillCounted
from schemas.tables.base import reading
from schemas.tables.journal import journal_entry
from schemas.wire import entries
from tests.browser.pictures import look
from tests.browser.test_till import expect_total, keyed
from tests.browser.test_till_keys import says
from tests.pos_frontend.running import serving, until, write_settings
from tests.pos_frontend.shop import BREAD, CHAIN, MILK, load, make_lane
from tests.pos_frontend.test_labels import PACKS

if TYPE_CHECKING:
    from playwright.sync_api import Page

CASE = "16901234567899"


def facts(data: Path) -> list[entries.Fact]:
    engine = databases.journal_reader(data)
    with reading(engine) as connection:
        rows = connection.execute(select(journal_entry).order_by(journal_entry.c.sequence)).all()
    engine.dispose()
    return [entries.decode(row.kind, row.version, bytes(row.body)) for row in rows]


def shot(page: Page, name: str) -> None:
    def switch(language: str) -> None:
        if page.locator("html").get_attribute("lang") != language:
            page.keyboard.press("F8")

    look(page, f"shift-{name}", switch)


def test_a_shift_from_its_float_to_its_count_by_keyboard_alone(page: Page, tmp_path: Path) -> None:
    data = tmp_path / "data"
    make_lane(data)
    load(data, {CHAIN: PACKS})
    with serving(write_settings(tmp_path)) as lane:
        page.goto(f"{lane.address['url']}/")
        says(page, ".prompt", "工号")
        keyed(page, "C1")
        keyed(page, "1111")
        says(page, ".prompt", "备用金")
        keyed(page, "200")
        page.wait_for_selector("#keys [data-name=pay]")
        sell(page)
        move_money(page, data)
        page.keyboard.press("Shift+F9")
        says(page, "#message", "读数")
        count(page)
        told = facts(data)
        page.close()
    (counted,) = [one for one in told if isinstance(one, TillCounted)]
    # 200.00 float, 21.48 taken, 20.00 in and 7.50 out: 98 fen are short.
    assert counted.counted == {"cash": 23_300, "card": 350, "coupon": 0, "qr": 0, "voucher": 0}
    assert [one.amount for one in told if isinstance(one, BasketCancelled)] == [899]
    kept = sorted(path.name.split("-")[1] for path in (data / "receipts").iterdir())
    assert {"x", "z"} <= set(kept)
    if folder := os.environ.get("CHAINWRIGHT_SCREENSHOTS"):
        shutil.copytree(data / "receipts", Path(folder) / "paper", dirs_exist_ok=True)


def sell(page: Page) -> None:
    """A sale by card; out of a payment and into it again; a case of milk that is voided, and a basket that
    is cancelled.
    """
    keyed(page, MILK)
    expect_total(page, "3.50")
    page.keyboard.press("F10")
    page.wait_for_selector(".total.paying")
    page.keyboard.press("F2")
    page.wait_for_selector(".last")
    keyed(page, f"2*{BREAD}")
    expect_total(page, "17.98")
    page.keyboard.press("F10")
    keyed(page, "5")
    says(page, "#total", "12.98")
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('.total.paying')")
    keyed(page, MILK)
    expect_total(page, "21.48")
    page.keyboard.press("F10")
    keyed(page, "50")
    says(page, ".last-amount", "28.52")
    keyed(page, BREAD)
    keyed(page, CASE)
    expect_total(page, "47.99")
    page.keyboard.press("F3")
    expect_total(page, "8.99")
    page.keyboard.press("F6")
    says(page, ".prompt", "取消")
    page.keyboard.press("Enter")
    page.wait_for_selector("#keys [data-name=suspended]")


def move_money(page: Page, data: Path) -> None:
    """Money in, and money out, which a manager allows."""
    page.keyboard.press("F12")
    for answer in ("3", "20", "1"):
        keyed(page, answer)
    page.wait_for_selector('#message[data-kind="good"]')
    page.keyboard.press("F12")
    for answer in ("4", "7.5", "1", "M1", "9999"):
        keyed(page, answer)
    until(lambda: sum(isinstance(one, CashMoved) for one in facts(data)) == 2)


def count(page: Page) -> None:
    """The end of the shift, counted by whoever was at the till."""
    page.keyboard.press("F9")
    says(page, ".prompt", "结束")
    page.keyboard.press("Enter")
    says(page, ".prompt", "备用金")
    shot(page, "cash")
    keyed(page, "233")
    says(page, ".prompt", "银行卡")
    shot(page, "card")
    keyed(page, "3.5")
    for what in ("券", "扫码", "代金券"):
        says(page, ".prompt", what)
        page.keyboard.press("Enter")
    says(page, ".prompt", "工号")
