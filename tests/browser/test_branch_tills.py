"""A manager counts tills by denomination, accepts a difference with a second person, keeps the safe and reads
the reports: in a real browser, by keyboard, in both languages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from replication.credentials import hash_secret
from replication.streams import branch_feed
from schemas.domain.policy import Policy
from schemas.domain.ticket import TenderLine
from schemas.domain.till import ShiftOpened
from schemas.domain.till_settlement import BatchTotal, TerminalSettled
from schemas.tables.days import till_count
from schemas.tables.tills import safe_count, safe_move, till_acceptance
from schemas.wire import records
from tests.branch.shop import (
    CODE,
    DAY,
    LaneTill,
    Shop,
    load,
    piece,
    publish,
)
from tests.browser.test_branch_day import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECOND, PIN = "N001-D", "2468"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    deputy = records.Operator(
        operator=SECOND, name="副店长 Deputy", role="branch_manager", pin_hash=hash_secret(PIN)
    )
    with shop.headquarters.engine.begin() as connection:
        publish(connection, branch_feed(CODE), deputy)
    load(shop.runner)
    shop.runner.report_once()
    return shop


def sold(shop: Shop) -> LaneTill:
    """One lane whose till goes on with a second cashier; its terminal tells 3.00 where 3.50 was taken."""
    shop.set_policy(Policy(tolerance=100, count_safe=True, till_by="lane"))
    shop.open_day()
    lane = shop.lane(1)
    first = lane.open_shift("C1")
    lane.sell(piece("milk", 350, 2000))
    lane.sell(piece("bread", 350), tenders=(TenderLine("card", 350),))
    shop.clock.pass_minutes(90)
    lane.end_shift()
    lane.shift, lane.operator = "second", "C2"
    lane.state(ShiftOpened("second", CODE, lane.name, "C2", DAY, shop.clock(), 0, continues=first))
    lane.sell(piece("soap", 199))
    lane.end_shift()
    for shift, totals in ((first, (BatchTotal("card", 1, 300),)), ("second", ())):
        lane.state(
            TerminalSettled(shift, CODE, lane.name, DAY, "C2", shop.clock(), "settled", totals)
        )
    lane.push()
    return lane


def keys(page: Page, *typed: str) -> None:
    """Type into one field after the other, going on by Tab."""
    for text in typed:
        page.keyboard.type(text)
        page.keyboard.press("Tab")


def wait_for_the_first_field(page: Page) -> None:
    """The browser gives it the focus with its first frame, which may come after the page has loaded."""
    page.wait_for_function("document.activeElement?.id === 'cash-10000'")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_tills_safe_and_reports(
    shop: Shop, page: Page, address: str, look: Callable[[str], None], language: str
) -> None:
    lane = sold(shop)
    sign_in(page, address, language)
    page.goto(f"{address}/tills")
    assert page.locator("main tbody tr").count() == 1
    look(f"tills-{language}")
    count_the_till(page, address, lane, look, language)
    accept_with_a_second_person(page, look, language)
    keep_the_safe(page, address, look, language)
    page.goto(f"{address}/day")
    assert page.locator("main tr.bad").count() == 0
    for what in ("item", "hour", "operator", "history"):
        page.goto(f"{address}/reports?what={what}&from={DAY}&to={DAY}&lane=&operator=")
        assert page.locator("#report tbody tr").count() > 0
        look(f"report-{what}-{language}")
    with shop.engine.connect() as connection:
        (counted,) = connection.execute(select(till_count))
        (accepted,) = connection.execute(select(till_acceptance))
        (moved,) = connection.execute(select(safe_move))
        (in_safe,) = connection.execute(select(safe_count))
    # 100.00 float and 8.99 taken, 105.50 found.
    assert (counted.shift, counted.counted["cash"], counted.counted["card"]) == (
        "second",
        10_550,
        350,
    )
    assert (accepted.authority, accepted.differences) == (SECOND, {"cash": -349})
    assert (moved.amount, moved.slip) == (5_000, "B-4711")
    assert in_safe.counted == {"cash": 20_000}


def count_the_till(
    page: Page, address: str, lane: LaneTill, look: Callable[[str], None], language: str
) -> None:
    """By denomination: what is typed is added up at once."""
    page.goto(f"{address}/tills/{lane.shift}")
    wait_for_the_first_field(page)
    keys(page, "1", "", "", "", "1", "", "", "1")
    assert page.locator(".sum output").inner_text() == "105.50"
    look(f"count-{language}")
    page.locator("#cash").press("Tab")
    keys(page, "3.50", "0", "0")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message")


def accept_with_a_second_person(page: Page, look: Callable[[str], None], language: str) -> None:
    look(f"beyond-{language}")
    page.locator("#why").fill("The drawer was robbed" if language == "en" else "钱箱被盗")
    page.locator("#why").press("Tab")
    keys(page, SECOND)
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    page.wait_for_selector(".message")
    look(f"accepted-{language}")


def keep_the_safe(page: Page, address: str, look: Callable[[str], None], language: str) -> None:
    """A deposit, and a count by denomination."""
    page.goto(f"{address}/safe")
    page.locator("#amount").focus()
    keys(page, "50.00")
    page.keyboard.type("B-4711")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message")
    page.goto(f"{address}/safe/count")
    wait_for_the_first_field(page)
    page.keyboard.type("2")
    look(f"safe-count-{language}")
    page.keyboard.press("Enter")
    page.wait_for_selector("#counts")
    look(f"safe-{language}")
