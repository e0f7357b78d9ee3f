"""A manager watches the lanes: a real till sells, is sent a message and acknowledges it, another falls silent.

The branch is served with its link, and the till is a process of its own below it. Pages are looked at by
axe-core, and kept as pictures when CHAINWRIGHT_SCREENSHOTS names a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from branch import lanes
from branch.web.console import back_office
from pos_frontend import enrol as lane_enrolment
from pos_frontend.screen.client import TillClient
from replication.transport.http import HttpTransport
from schemas.wire.moment import Moment
from tests.branch.shop import CODE, MANAGER, PASSWORD, ZONE, Shop, piece
from tests.browser.test_branch_day import sign_in
from tests.pos_frontend.running import RunningLane, serving, until, write_settings
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIRST, SECOND = f"{CODE}.01", f"{CODE}.02"
WORDS = {
    "zh": {"selling": "销售中", "free": "空闲", "silent": "无响应", "unseen": "尚无人阅读", "menu": "收银机监控"},
    "en": {"selling": "Selling", "free": "Free", "silent": "Silent", "unseen": "Seen by nobody yet",
           "menu": "Lane monitor"},
}  # fmt: skip


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Let the clock of the branch stand at this moment, with today open."""
    shop.clock.now = datetime.now(UTC)
    shop.runner.report_once()
    shop.open_day(shop.clock.now.astimezone(ZoneInfo(ZONE)).date())
    return shop


@pytest.fixture
def address(shop: Shop) -> Iterator[str]:
    """Give the address of the branch: its back office, and the link of its lanes."""
    link = shop.branch.link
    link.listener.start()
    with served(back_office(shop.branch).application(link.routes())) as url:
        try:
            yield url
        finally:
            link.bell.close()
    link.listener.stop()
    link.close_inquiries()


@pytest.fixture
def till(shop: Shop, address: str, tmp_path: Path) -> Iterator[RunningLane]:
    """Give the first lane, as a process."""
    with shop.engine.begin() as connection:
        token = lanes.issue_token(connection, CODE, FIRST, MANAGER, shop.clock())
    place = tmp_path / "till"
    place.mkdir()
    lane_enrolment.enrol(
        place / "data", partial(HttpTransport, address), token, lambda: datetime.now(UTC)
    )
    settings = write_settings(place, address, '[printer]\nkind = "none"\n')
    with serving(settings) as running:
        yield running


def cell(page: Page, lane: str, name: str) -> str:
    return page.locator(f'[data-card="{lane}"] [data-cell={name}]').inner_text()


def wait_for(page: Page, lane: str, name: str, words: str) -> None:
    """Wait until a cell holds these words, without the page being loaded again."""
    page.wait_for_function(
        "([lane, name, words]) => document.querySelector(`[data-card='${lane}'] [data-cell=${name}]`)"
        "?.textContent.includes(words)",
        arg=[lane, name, words],
    )


def speak(page: Page, till: RunningLane, look: Callable[..., None], language: str) -> None:
    """Say a word to the first lane by keyboard; it is acknowledged there by keyboard, which shows here."""
    page.locator("#lane").select_option(FIRST)
    page.locator("#text").fill("交班前请到办公室 / see me before you leave")
    page.locator("#text").press("Enter")
    page.wait_for_selector(f"text={WORDS[language]['unseen']}")
    page.evaluate("window.since = 'loaded again'")
    at_till = page.context.new_page()
    at_till.goto(f"{till.address['url']}/")
    at_till.wait_for_selector("#notice:not([hidden])")
    assert "see me before you leave" in at_till.inner_text("#notice")
    look(f"till-{language}", at_till)
    at_till.keyboard.press("Shift+F2")
    at_till.wait_for_selector("#notice", state="hidden")
    seen = "() => document.querySelector('[data-seen]').textContent.includes('收银员一')"
    page.wait_for_function(seen)
    assert page.evaluate("window.since") == "loaded again"
    at_till.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_lanes_are_watched_and_spoken_to(
    shop: Shop,
    page: Page,
    address: str,
    till: RunningLane,
    look: Callable[..., None],
    language: str,
) -> None:
    words = WORDS[language]
    second = shop.lane(2)
    second.business_date = shop.clock().astimezone(ZoneInfo(ZONE)).date()
    second.open_shift("C2")
    second.push()
    sign_in(page, address, language)
    with ExitStack() as stack:
        cashier: TillClient = stack.enter_context(till.client())
        until(lambda: cashier.look()["day"] is not None)
        page.get_by_role("link", name=words["menu"]).press("Enter")
        page.wait_for_selector(".board")
        page.evaluate("window.since = 'loaded once'")
        cashier.sign_in("C1", PASSWORD)
        cashier.open_shift(10_000)
        wait_for(page, FIRST, "state", words["free"])
        cashier.unknown_item("777", 1_290, name="Wine")
        wait_for(page, FIRST, "state", words["selling"])
        assert "12.90" in cell(page, FIRST, "basket")
        # A sale of the other lane stands there too, and its ticket is one key away.
        sold = second.sell(piece("rice", 2_580))
        second.push()
        wait_for(page, SECOND, "last", "25.80")
        assert "25.80" in cell(page, SECOND, "day")
        assert page.evaluate("window.since") == "loaded once"
        link = page.locator(f'[data-card="{SECOND}"] a[data-cell=last]')
        assert link.get_attribute("href") == f"/tickets/{sold.uuid}"
        look(f"two-{language}")
        speak(page, till, look, language)
        # The second says nothing for a minute; the first goes on.
        shop.clock.pass_minutes(1)
        wait_for(page, SECOND, "state", words["silent"])
        wait_for(page, FIRST, "state", words["selling"])
        look(f"silent-{language}")
    page.locator(f'[data-card="{SECOND}"] a[data-cell=last]').press("Enter")
    page.wait_for_url(f"{address}/tickets/{sold.uuid}")
    assert f"{SECOND}-000001" in page.locator("main").inner_text()
    page.go_back()
    page.locator(f'[data-card="{SECOND}"] a.name').press("Enter")
    page.wait_for_url(f"{address}/lanes/{SECOND}")
    look(f"lane-{language}")


@pytest.mark.parametrize("count", [10, 40])
def test_ten_lanes_are_comfortable_and_forty_fit_on_one_screen(
    shop: Shop, page: Page, address: str, look: Callable[..., None], count: int
) -> None:
    board = shop.branch.board
    states = ("selling", "idle", "tendering", "closed", "selling")
    for number in range(1, count + 1):
        lane = shop.lane(number)
        now = shop.clock()
        lane.business_date = now.astimezone(ZoneInfo(ZONE)).date()
        if number % 5:
            lane.open_shift("C2" if number % 2 else "C1")
            lane.sell(piece("rice", 2_580 * number))
        if number % 9 == 0:
            lane.cancel()
        lane.push()
        moment = Moment(
            at=now, since=now - timedelta(seconds=37 * number), state=states[number % 5],
            operator="C1" if number % 5 else "", total=1_299 * number, lines=number % 5 and 12,
            printer="no_paper" if number % 13 == 0 else "ready", unsent=number % 17,
        )  # fmt: skip
        board.moment(lane.name, moment.model_dump_json().encode())
    sign_in(page, address, "zh" if count == 40 else "en")
    page.goto(f"{address}/monitor")
    page.wait_for_selector(".live-state:not(.lost)")
    look(f"{count}-lanes")
    bottom = page.evaluate("document.querySelector('.board').getBoundingClientRect().bottom")
    assert bottom <= 768, f"{count} lanes end at {bottom}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
