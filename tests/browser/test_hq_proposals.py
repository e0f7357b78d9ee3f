"""What headquarters lost with its database, on its pages: seen, accepted and dismissed by a person.

Kept as pictures when CHAINWRIGHT_SCREENSHOTS names a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from hq import price_changes, proposals
from hq.price_changes import NewPriceChange
from hq.price_rows import PriceCell
from hq.web.app import application
from ops.embedded_postgres import EmbeddedPostgres
from replication.streams import CHAIN_FEED
from schemas.tables.kinds import DatabaseKind
from tests.browser.axe import violations
from tests.browser.test_hq_replication import fits, keep, sign_in
from tests.hq.conftest import APPROVER, BUYER, NOON, Chain, founded
from tests.hq.test_proposals_pages import number_of, tell_all
from tests.postgres import fresh_database
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def chain(
    hq_database_server: EmbeddedPostgres,
    postgres_template: Callable[[DatabaseKind], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Chain]:
    """Give headquarters after a restore, to which a branch told what it holds."""
    with (
        fresh_database(hq_database_server, postgres_template("hq")) as dsn,
        founded(dsn, tmp_path_factory.mktemp("hq")) as made,
    ):
        with made.hq.engine.begin() as connection:
            cells = [PriceCell("1001", "piece", "", 300)]
            new = NewPriceChange("开业价", CHAIN_FEED, NOON, None, cells)
            document = price_changes.draft(connection, new, BUYER, NOON)
            price_changes.approve(connection, document, APPROVER, NOON)
            price_changes.publish(connection, document, BUYER, NOON)
        tell_all(made)
        yield made


@pytest.fixture(scope="module")
def address(chain: Chain) -> Iterator[str]:
    """Give its address."""
    with served(application(chain.hq)) as url:
        yield url


@pytest.mark.parametrize("language", ["English", "中文"])
def test_every_page_of_a_proposal_fits_and_axe_finds_nothing(
    page: Page, address: str, chain: Chain, language: str
) -> None:
    with chain.hq.engine.connect() as connection:
        numbers = {one.bundle: one.number for one in proposals.bundles(connection)}
    sign_in(page, address, language)
    for path, name in (
        ("/replication", "replication-proposed"),
        ("/replication/proposals", "proposals"),
        (f"/replication/proposals/{numbers['document:P000007']}", "proposal-price-change"),
        (f"/replication/proposals/{numbers['promotion:S000009']}", "proposal-promotion"),
        (f"/replication/proposals/{numbers['tax']}", "proposal-records"),
        (f"/replication/proposals/{numbers['operator:N001-C9']}", "proposal-operator"),
    ):
        answer = page.goto(f"{address}{path}")
        assert answer is not None
        assert answer.status == 200
        keep(page, name, language)
        assert fits(page), path
        assert violations(page) == [], path


def test_a_lost_price_change_is_followed_from_its_alarm_and_accepted(
    page: Page, address: str, chain: Chain
) -> None:
    sign_in(page, address, "English")
    page.goto(f"{address}/replication")
    assert page.get_by_text("wait: 6").is_visible()
    page.get_by_role("link", name="Lost records").click()
    document = number_of(page.content(), "Price change P000007")
    page.get_by_role("link", name="Price change P000007").click()
    page.wait_for_url(f"**/proposals/{document}")
    cells = page.locator("#prices tbody td").all_inner_texts()
    assert cells[-2:] == ["3.00", "3.50"]
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url("**/replication/proposals")
    assert page.get_by_text("Accepted and published again: 2.").is_visible()
    page.get_by_role("link", name="Tax rates").click()
    page.get_by_role("checkbox").first.uncheck()
    page.get_by_label("Reason").fill("never agreed upon")
    page.get_by_role("button", name="Dismiss").click()
    page.wait_for_url("**/replication/proposals")
    decided = page.locator("#decided tbody tr")
    assert decided.count() == 2
    assert "never agreed upon" in page.locator("#decided").inner_text()
    keep(page, "proposals-decided", "English")
    with chain.hq.engine.connect() as connection:
        assert price_changes.find(connection, "P000007").state == "published"
