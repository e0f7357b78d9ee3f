"""From a report's row to the tickets behind it: what the list says of them is what the row says."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import Engine, insert
from starlette.testclient import TestClient

from schemas.domain.ticket import TenderLine
from schemas.tables.catalogue import member
from schemas.tables.sourcing import item_source
from tests.hq.day_builder import MONDAY, BranchDay, lanes_of, line, state
from tests.hq.reporting.test_forms import read_json
from tests.hq.test_promotion_effect import promoted

WEEK = "from=2026-03-02&to=2026-03-08&branch=N001"
SHARED = {"stream": "feed:chain", "generation": 1}


@pytest.fixture(scope="module")
def sold(engine: Engine, days: list[BranchDay]) -> None:
    """Give what the week lacks: members, a promotion, a supplier, foreign-looking lines of two kinds on a ticket."""
    del days
    with engine.begin() as connection:
        connection.execute(
            insert(member),
            [SHARED | {"key": code, "member": code, "tier": tier, "sealed": "", "merged": ""}
             for code, tier in (("m1", "gold"), ("m2", ""))],
        )  # fmt: skip
        connection.execute(
            insert(item_source).values(
                item="A", branch="", supplier="S1", unit="", code="", main=True, direct=False
            )
        )
    day = BranchDay("N001", MONDAY + timedelta(days=4), lanes_of("N001"))
    first = promoted(line("A", 1000, quantity=2000), ("P1", 150))
    day.sell(0, first, line("B", 777), member="m1", hour=9)
    day.sell(0, line("A", 1000), member="m2", hour=10, tenders=(TenderLine("cash", 2000),))
    day.sell(0, promoted(line("B", 777), ("P1", 7), ("P2", 70)), hour=9)
    state(engine, day)


def listed(client: TestClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", answer.text)))


def links(client: TestClient, report: str) -> list[str]:
    """Where the rows of a report lead, in their order."""
    table = client.get(report).text.partition('id="report"')[2].partition("<tbody>")[2]
    return [unescape(one) for one in re.findall(r'<th scope="row"[^>]*><a href="([^"]+)"', table)]


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize(
    ("report", "asked"),
    [
        ("sales", "by=weekday"),
        ("sales", "by=hour"),
        ("sales", "by=operator"),
        ("sales", "by=tier"),
        ("sales", "by=item"),
        ("sales", "by=category&level=1"),
        ("sales", "by=category&level="),
        ("sales", "by=item&supplier=S1"),
        ("sales", "by=item&by2=day"),
        ("sales", "by=week&by2=day"),
        ("sales", "by=supplier&by2=branch"),
        ("sales", "by=weekday&category=01"),
        ("promotions", "by=promotion"),
        ("promotions", "by=promotion&by2=weekday"),
        ("tenders", "by=tender"),
    ],
)  # fmt: skip
def test_the_list_says_what_the_row_says(regional: TestClient, report: str, asked: str) -> None:
    address = f"/reports/{report}?{WEEK}&sort=key&order=up&{asked}"
    rows = read_json(regional, address.replace(f"/{report}?", f"/{report}.json?"))["rows"]
    leading = links(regional, address)
    assert len(rows) == len(leading)
    for row, link in zip(rows, leading, strict=True):
        assert link.startswith("/tickets?"), link
        said = listed(regional, link)
        if report == "tenders":
            assert f"{_amount(row['net'])} less change" in said
            continue
        found = re.search(r"sales (¥[\d,.-]+)", said) or re.search(r"tickets, (¥[\d,.-]+)", said)
        assert found, said
        assert found[1].rstrip(".") == _amount(row["sales"]), (row, link)
        if row["receipts"] is not None:
            assert f"{row['receipts']:,} tickets" in said, (row, link)
        if report == "promotions":
            assert f"the promotion took off {_amount(row['discount'])}" in said


def _amount(minor: int) -> str:
    return f"¥{minor / 100:,.2f}"


@pytest.mark.usefixtures("sold")
def test_a_supplier_leads_to_its_items_and_no_region_to_its_branches(regional: TestClient) -> None:
    (supplier,) = [
        one for one in links(regional, f"/reports/sales?{WEEK}&by=supplier") if "S1" in one
    ]
    assert "by=item" in supplier
    (tickets,) = links(regional, supplier)
    assert "supplier=S1" in tickets
    assert "item=A" in tickets
    (region,) = links(regional, "/reports/sales?from=2026-03-02&to=2026-03-04&by=region")
    assert region.startswith("/reports/sales?")
    assert region.count("branch=N00") == 4


@pytest.mark.parametrize("query", ["weekday=8", "weekday=0", "hour=24", "level=x", "weekday=³"])
def test_a_filter_that_is_none_is_refused(regional: TestClient, query: str) -> None:
    assert regional.get(f"/tickets?{query}").status_code == 422


@pytest.mark.usefixtures("sold")
def test_who_has_no_tier_is_listed(regional: TestClient) -> None:
    said = listed(regional, f"/tickets?{WEEK}&tier=&member=m2")
    assert "Member tier: Without a tier" in said
    assert "1 tickets" in said
