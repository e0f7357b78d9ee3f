"""The reports of a range: each on the page, on paper, as a receipt and as CSV, with what it lacks."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from schemas.domain.ticket import TenderLine
from tests.branch.shop import DAY, Shop, piece
from tests.branch.web.test_pages import texts
from tests.papers import papers


@pytest.fixture(autouse=True)
def sold(shop: Shop) -> None:
    """Two lanes and two cashiers; the first till is counted."""
    shop.open_day()
    first, second = shop.lane(1), shop.lane(2)
    first.open_shift("C1")
    second.open_shift("C2")
    first.sell(piece("milk", 350, 2000))
    shop.clock.pass_minutes(60)
    second.sell(piece("bread", 420), tenders=(TenderLine("card", 420),))
    first.end_shift()
    for lane in (first, second):
        lane.push()
    shop.count(first.shift, cash=10_700)


@pytest.mark.parametrize(
    ("what", "lane", "shown", "hidden"),
    [
        ("item", "", ["Milk", "$7.00", "62.5%", "Bread", "$11.20"], []),
        ("item", "N001.02", ["Bread", "$4.20", "100.0%"], ["Milk"]),
        ("hour", "", ["12:00", "13:00", "$11.20"], []),
        ("operator", "", ["收银员一", "Cashier Two"], []),
        ("history", "", ["N001.01", "N001.02", "exact", "Shift running"], []),
    ],
)
def test_a_report_in_every_form(
    manager: TestClient, what: str, lane: str, shown: list[str], hidden: list[str]
) -> None:
    query = f"what={what}&from={DAY}&to={DAY}&lane={lane}&operator="
    page = texts(manager.get(f"/reports?{query}").text)
    table = page.split("The newest day")[0]
    assert [one for one in shown if one not in table] == []
    assert [one for one in hidden if one in table] == []
    assert "These figures are not complete." in page
    for address, paper in ((f"/reports.pdf?{query}", "a4"),
                           (f"/reports.pdf?{query}&paper=receipt", "receipt")):  # fmt: skip
        papers(manager, address, f"{what}-{paper}")
    csv = manager.get(f"/reports.csv?{query}").content.decode("utf-8-sig")
    assert len(csv.splitlines()) > 1


def test_a_range_that_is_none_is_refused(manager: TestClient) -> None:
    answer = manager.get("/reports?from=2026-03-05&to=2026-03-01")
    assert answer.status_code == 422
    assert "at most 92 days" in texts(answer.text)


def test_x_and_z_come_as_receipts_too(shop: Shop, manager: TestClient) -> None:
    del shop
    for letter in ("x", "z"):
        address = f"/tills/N001.01-shift-1/{letter}.pdf?paper=receipt"
        papers(manager, address, f"till-{letter}-receipt")
