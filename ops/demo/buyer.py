"""HQ people at the console: a price change drafted, approved by a second person, published."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from ops.demo.chain import PINS
from ops.demo.person import Person
from schemas.domain.money import format_amount

BUYER, APPROVER, REGION = "HQ-BUYER", "HQ-APPROVER", "HQ-REGION"


def put_through(address: str, document: str) -> None:
    """Approve and publish a draft, as the second person."""
    with Person(address, APPROVER, PINS[APPROVER]) as approver:
        page = f"/price-changes/{document}"
        approver.submit(f"{page}/approve", {}, page=page)
        approver.submit(f"{page}/publish", {}, page=page)


def draft_change(address: str, title: str, audience: str, prices: Sequence[tuple[str, int]]) -> str:
    """Draft a change of list prices from now on, as the buyer; answers the document's code."""
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(("item", "unit", "tier", "price"))
    writer.writerows((item, "piece", "", format_amount(price)) for item, price in prices)
    with Person(address, BUYER, PINS[BUYER]) as buyer:
        answer = buyer.submit(
            "/price-changes/new",
            {"title": title, "audience": audience, "starts": "", "ends": "", "typed": "",
             "zone": "America/New_York"},
            files={"file": ("change.csv", rows.getvalue().encode())},
        )  # fmt: skip
    return str(answer.url).rpartition("/")[2]
