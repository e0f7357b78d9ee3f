"""A cashier sets baskets aside, goes on with those of any lane, and trains, with nothing but a keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from schemas.domain.suspension import BasketSuspended
from schemas.tables.base import open_sqlite
from schemas.tables.journal import journal_entry
from schemas.tables.kinds import DatabaseKind
from tests.browser.axe import violations
from tests.browser.test_till import expect_total, keyed
from tests.golden.make import SUSPENDED_FACTS
from tests.pos_frontend.chain import Above, above_the_lane, hold
from tests.pos_frontend.running import RunningLane, serving, until, write_settings
from tests.pos_frontend.shop import BRANCH, BREAD, DAY, LANE, MILK, make_lane

if TYPE_CHECKING:
    from playwright.sync_api import Page

OTHER = "N001.04"


def of_another_lane(uuid: str, name: str, minutes: int) -> BasketSuspended:
    """What another lane of the branch has set aside."""
    fact = SUSPENDED_FACTS[0]
    assert isinstance(fact, BasketSuspended)
    sold = tuple(line for line in fact.held.lines if line.number in {1, 2})
    return replace(
        fact, uuid=uuid, basket=f"{uuid}-b", branch=BRANCH, lane=OTHER, business_date=DAY, name=name,
        at=datetime.now(UTC) - timedelta(minutes=minutes), amount=1349, lines=2,
        held=replace(fact.held, lines=sold, member=None, tier=""),
    )  # fmt: skip


@pytest.fixture
def above(new_database: Callable[[DatabaseKind], str], tmp_path: Path) -> Iterator[Above]:
    make_lane(tmp_path / "data")
    with above_the_lane(new_database, tmp_path / "data") as standing:
        hold(standing.branch, of_another_lane("s1", "车牌 7788", 3))
        hold(standing.branch, of_another_lane("s2", "", 8))
        yield standing


@pytest.fixture
def settings(above: Above, tmp_path: Path) -> Path:
    return write_settings(tmp_path, above.address)


def open_page(lane: RunningLane, page: Page) -> None:
    page.goto(f"{lane.address['url']}/")
    page.wait_for_selector("#keys .key")


def shown(page: Page, tmp_path: Path, name: str) -> None:
    """What stands on the page passes for everybody, and is kept to be looked at, in each language."""
    for language in ("zh", "en"):
        page.screenshot(path=tmp_path / f"{name}.{language}.png")
        assert page.evaluate(
            "() => document.documentElement.scrollHeight <= innerHeight"
            " && [...document.querySelectorAll('.key, .clock')].map((one) => one.getBoundingClientRect())"
            ".every(({ bottom, right }) => bottom <= innerHeight && right <= innerWidth)"
        ), f"{name} in {language} does not fit"
        before = page.inner_text("#keys")
        page.keyboard.press("F8")
        page.wait_for_function(
            "(before) => document.querySelector('#keys').innerText !== before", arg=before
        )
    assert violations(page) == []


def entries_of(lane: RunningLane) -> int:
    engine = open_sqlite(str(lane.directory / "data/journal.db"))
    with engine.connect() as connection:
        count = connection.execute(select(func.count()).select_from(journal_entry)).scalar_one()
    engine.dispose()
    return int(count)


def test_baskets_are_set_aside_and_trainings_held_by_keyboard_alone(
    settings: Path, above: Above, page: Page, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    with serving(settings) as lane:
        with lane.client() as client:
            client.sign_in("C1", "1111")
            client.open_shift(20000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        open_page(lane, page)
        page.wait_for_selector("#keys [data-name=pay]")
        own(page, tmp_path)
        of_others(page, tmp_path)
        with_the_branch_away(page, above, tmp_path)
        training(page, lane, tmp_path)
        assert errors == []
        lane.process.kill()
        lane.process.wait()
    with serving(settings) as again:
        open_page(again, page)
        page.wait_for_selector(".prompt")
        assert not page.evaluate("() => document.body.hasAttribute('data-training')")
        page.screenshot(path=tmp_path / "killed.zh.png")


def own(page: Page, tmp_path: Path) -> None:
    keyed(page, f"2*{MILK}")
    keyed(page, BREAD)
    expect_total(page, "15.99")
    page.keyboard.press("Insert")
    page.wait_for_selector(".prompt")
    shown(page, tmp_path, "suspend")
    keyed(page, "8801")
    expect_total(page, "0.00")
    page.wait_for_selector('#message[data-kind="good"]')
    # The next customer's goods, set aside without a name.
    keyed(page, MILK)
    expect_total(page, "3.50")
    page.keyboard.press("Insert")
    page.wait_for_selector(".prompt")
    page.keyboard.press("Enter")
    expect_total(page, "0.00")


def listed(page: Page, rows: int) -> None:
    """Ask for the list until the branch has answered: on a busy machine it may be late."""
    page.keyboard.press("Insert")
    while True:
        page.wait_for_selector(".aside .found-note")
        page.wait_for_function(
            "() => !document.querySelector('.aside .found-note').innerText.includes('…')"
        )
        if page.locator(".aside tr").count() == rows:
            return
        page.keyboard.press("Insert")


def resumed(page: Page, total: str) -> None:
    """Go on with the chosen basket, once more while the branch is late."""
    page.keyboard.press("Enter")
    while True:
        page.wait_for_selector('#message:not([data-kind="none"])')
        if page.inner_text(".total-amount") == total:
            return
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)


def of_others(page: Page, tmp_path: Path) -> None:
    shown(page, tmp_path, "between")
    listed(page, 4)
    assert page.locator(".aside .name").all_inner_texts()[1:3] == ["8801", "车牌 7788"]
    shown(page, tmp_path, "list")
    for row in (2, 3):
        page.keyboard.press("ArrowDown")
        page.wait_for_selector(f".aside tr:nth-child({row}).selected")
    resumed(page, "13.49")
    shown(page, tmp_path, "resumed")
    page.keyboard.press("F10")
    page.keyboard.press("Enter")
    page.wait_for_selector(".last")
    # A scan with the list open is sold, and leaves the list.
    listed(page, 3)
    keyed(page, MILK)
    expect_total(page, "3.50")
    page.wait_for_selector(".aside", state="detached")
    page.keyboard.press("F6")
    page.wait_for_selector(".prompt")
    page.keyboard.press("Enter")
    expect_total(page, "0.00")


def with_the_branch_away(page: Page, above: Above, tmp_path: Path) -> None:
    listed(page, 3)
    above.branch_desk.close()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(".aside tr:nth-child(3).selected")
    page.keyboard.press("Enter")  # another lane's
    page.wait_for_selector('#message[data-kind="error"]')
    page.keyboard.press("Insert")
    page.wait_for_selector(".aside.unsure")
    page.wait_for_function("() => document.querySelectorAll('.aside tr').length === 2")
    shown(page, tmp_path, "away")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(".aside tr:nth-child(2).selected")
    page.keyboard.press("Enter")  # its own
    expect_total(page, "15.99")
    page.wait_for_selector('#message[data-kind="warn"]')
    shown(page, tmp_path, "unsure")
    page.keyboard.press("F10")
    page.keyboard.press("Enter")
    page.wait_for_selector(".last")


def training(page: Page, lane: RunningLane, tmp_path: Path) -> None:
    before = entries_of(lane)
    page.keyboard.press("PageUp")
    page.wait_for_selector(".prompt")
    shown(page, tmp_path, "train")
    keyed(page, "M1")
    keyed(page, "9999")
    page.wait_for_selector("body[data-training] .training-band")
    shown(page, tmp_path, "training")
    keyed(page, f"2*{MILK}")
    keyed(page, BREAD)
    expect_total(page, "15.99")
    shown(page, tmp_path, "training-basket")
    page.keyboard.press("F10")
    shown(page, tmp_path, "training-pay")
    keys = page.inner_text("#keys")
    assert "代金券" in keys
    assert "结束练习" in keys
    keyed(page, "20")
    page.wait_for_selector(".last")
    assert f"{LANE}.T-000001" in page.inner_text(".last")
    shown(page, tmp_path, "training-done")
    until((lane.directory / f"data/receipts/{LANE}.T-000001.png").exists)
    page.keyboard.press("F5")
    page.wait_for_selector(".prompt")
    shown(page, tmp_path, "training-signed-out")
    page.keyboard.press("PageUp")
    page.wait_for_selector("body:not([data-training]) .prompt")
    assert page.locator(".training-band").count() == 0
    shown(page, tmp_path, "training-ended")
    assert entries_of(lane) == before
    keyed(page, "C1")
    keyed(page, "1111")
    page.wait_for_selector("#keys [data-name=pay]")
    page.keyboard.press("PageUp")
    page.wait_for_selector(".prompt")
    keyed(page, "M1")
    keyed(page, "9999")
    page.wait_for_selector("body[data-training]")
    keyed(page, MILK)
    expect_total(page, "3.50")
