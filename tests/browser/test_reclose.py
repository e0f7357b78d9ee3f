"""A day is reopened, corrected and closed again, and a period is locked: in a real browser, by keyboard.

branch         reopened with a reason; a receipt found by its number and post-voided by two; how another
was paid put right; a till counted again; closed as revision 2, side by side with the first
headquarters   the same day beside it, as first closed and now; its figures exported; the period locked
branch         the day is not reopened any more, and who locked it is told
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from hq import staff
from hq.web.app import build_console
from replication.credentials import hash_secret
from schemas.domain.ticket import TenderLine
from tests.branch.shop import (
    CODE,
    DAY,
    MANAGER,
    PASSWORD,
    LaneTill,
    Shop,
    load,
    piece,
)
from tests.hq.day_builder import describe
from tests.hq.reporting_site import headquarters
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

Look = Callable[[str], None]


@pytest.fixture
def above(shop: Shop) -> Iterator[str]:
    """Give the address of headquarters, where FIN keeps the books and ADMIN may do anything."""
    hashed = hash_secret(PASSWORD)
    people = [
        staff.Employee("FIN", "王会计", "finance", password_hash=hashed),
        staff.Employee("ADMIN", "Administrator", "administrator", password_hash=hashed),
    ]
    with shop.headquarters.engine.begin() as connection:
        describe(connection, CODE, zone="America/New_York")
        staff.save(connection, people)
    with served(build_console(headquarters(shop.headquarters.engine)).application()) as url:
        yield url


def sign_in(page: Page, address: str, operator: str, language: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name={"zh": "中文", "en": "English"}[language]).click()
    page.locator("#operator").fill(operator)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("details.who")


def keyed(page: Page, form: str, **fields: str) -> None:
    """Fill a form's fields and press its button by keyboard."""
    for name, text in fields.items():
        field = page.locator(f"{form} [name={name}]")
        field.focus()
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)
    page.locator(f"{form} button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".message")


def first_close(shop: Shop) -> LaneTill:
    """Four receipts: one was rung up twice, of one the tender was keyed wrongly; counted 5.00 short."""
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece("wine", 1_290))
    lane.sell(piece("rice", 2_580), tenders=(TenderLine("card", 2_580),))
    lane.sell(piece("rice", 2_580), tenders=(TenderLine("card", 2_580),))
    lane.sell(piece("soap", 199), tenders=(TenderLine("cash", 500),), change=301)
    lane.end_shift()
    lane.push()
    shop.count(lane.shift, cash=10_989, card=5_160)
    shop.close_day(DAY, *_warnings(shop))
    shop.clock.pass_minutes(30)
    lane.push()
    return lane


def _warnings(shop: Shop) -> list[str]:
    from branch.day_checks import day_checks

    with shop.engine.connect() as connection:
        return [one.key for one in day_checks(connection, CODE, DAY, shop.clock())]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_day_is_corrected_and_closed_again_and_then_locked(
    shop: Shop, page: Page, address: str, above: str, look: Look, language: str
) -> None:
    lane = first_close(shop)
    words = {
        "zh": ("扫了两遍", "录错付款方式", "钱箱下找到"),
        "en": ("Twice", "Keyed wrongly", "Found"),
    }
    twice, wrong, found = words[language]
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, address, MANAGER, language)
    page.goto(f"{address}/days/{DAY}")
    keyed(page, "form[action$=reopen]", reason=twice)
    page.locator("[name=receipt]").fill(lane.sold[2].receipt)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/tickets/{lane.sold[2].uuid}")
    look(f"ticket-{language}")
    keyed(page, "#void", why=twice, authority="C1", secret=PASSWORD)
    look(f"voided-{language}")
    page.goto(f"{address}/tickets/{lane.sold[3].uuid}")
    exchange = "form[action$=exchange]"
    keyed(page, exchange, was="cash", paid="card", amount="1.99", reason=wrong)
    page.goto(f"{address}/tills/{lane.shift}")
    counted = {"cash": "112.90", "card": "27.79", "coupon": "0", "qr": "0", "voucher": "0"}
    keyed(page, "form[action^='/tills/']", **counted, reason=found)
    page.goto(f"{address}/days/{DAY}")
    assert page.locator("#changes tbody tr").count() == 3
    look(f"corrected-{language}")
    page.goto(f"{address}/day?date={DAY}")
    for box in page.locator("input[name=accept]").all():
        box.check()
    page.locator("form.close button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/days/{DAY}")
    assert page.locator("#revisions thead th.number").count() == 2
    look(f"side-by-side-{language}")
    shop.deliver()
    _at_headquarters(page, above, look, language)
    load(shop.runner)
    page.goto(f"{address}/days/{DAY}")
    assert page.locator("form[action$=reopen]").count() == 0
    assert "FIN" in page.locator("section.banner").last.inner_text()
    look(f"locked-{language}")


def _at_headquarters(page: Page, above: str, look: Look, language: str) -> None:
    sign_in(page, above, "FIN", language)
    page.goto(f"{above}/days/{CODE}/{DAY}")
    assert page.locator("#revisions thead th.number").count() == 3
    assert page.locator("#corrections tbody tr").count() == 3
    look(f"hq-day-{language}")
    page.goto(f"{above}/reports/sales?from={DAY}&to={DAY}")
    page.locator("details.note summary").focus()
    page.keyboard.press("Enter")
    look(f"hq-sales-{language}")
    page.goto(f"{above}/day-ledger")
    look(f"hq-ledger-{language}")
    keyed(page, "form[action$=export]")
    assert page.locator("#exports tbody tr").count() == 1
    file, again = (page.request.get(f"{above}/day-ledger/1.csv").body() for _ in range(2))
    assert file == again
    assert f"1,{CODE},{DAY},2,sales,,40.69,CNY,new".encode() in file
    keyed_lock = {"audience": "feed:chain", "through": DAY.isoformat(), "reason": "三月"}
    page.goto(f"{above}/periods")
    keyed(page, "form[action$=lock]", **keyed_lock)
    assert page.locator("#locks tbody tr").count() == 1
    look(f"hq-periods-{language}")


def test_headquarters_orders_a_day_to_be_reopened(
    shop: Shop, page: Page, above: str, look: Look
) -> None:
    first_close(shop)
    shop.deliver()
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, above, "ADMIN", "zh")
    page.goto(f"{above}/days/{CODE}/{DAY}")
    keyed(page, "form[action$=order]", reason="少点一个钱箱")
    assert page.locator("#orders tbody tr").count() == 1
    look("hq-order-zh")
