"""Best sellers, promotions and price discrepancies against lists made by hand, which share no code with the product."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert
from starlette.testclient import TestClient

from schemas.domain.ticket import Discount, SaleLine
from schemas.tables.catalogue import item
from schemas.tables.headquarters import price_document, price_document_row
from schemas.tables.sourcing import item_source
from tests.hq.day_builder import BranchDay, lanes_of, line, state
from tests.hq.reporting.test_forms import read_csv, read_json

#: Away from the week that everybody reads.
FIRST = date(2026, 2, 2)
DAYS = "from=2026-02-02&to=2026-02-06"
SHARED = {"stream": "feed:chain", "generation": 1}
#: Branch, day, item, list price, quantity, discounts by promotion, and the price change whose price it was sold at.
SOLD: tuple[tuple[str, int, str, int, int, dict[str, int], str], ...] = (
    ("N001", 0, "A", 500, 3000, {"P1": 100}, "OLD"),
    ("N001", 0, "B", 1000, 1000, {}, "OLD"),
    ("N001", 1, "A", 500, 1000, {}, "OLD"),
    ("N001", 1, "A", 450, 2000, {"P1": 40, "P2": 5}, "NEW"),
    ("N001", 1, "D", 80, 1000, {}, "OLD"),
    ("N002", 1, "A", 500, 4000, {"P2": 200}, "OLD"),
    ("N002", 1, "B", 1000, 2000, {"P2": 300}, "OLD"),
    ("N002", 2, "A", 500, -1000, {}, "OLD"),
    ("N002", 2, "C", 120, 5000, {}, "OLD"),
    ("N003", 2, "A", 480, 1000, {}, "OWN"),
    ("N003", 3, "C", 120, 6000, {"P1": 20}, "OLD"),
    ("N003", -4, "C", 120, 50000, {}, "OLD"),
    ("N003", -4, "A", 500, 1000, {}, "OLD"),
)
CATEGORY = {"A": "01-001", "B": "01-002", "C": "02-001", "D": "02-001"}
SUPPLIER = {"A": "S1", "C": "S1", "B": "S2"}
#: The new price holds from the second day at noon UTC of the day before: before any ticket of it.
SINCE = datetime(2026, 2, 2, 18, tzinfo=UTC)
NEW_PRICE = 450


def _line(row: tuple[str, int, str, int, int, dict[str, int], str]) -> SaleLine:
    _, _, code, price, quantity, taken, document = row
    plain = line(code, price, quantity=quantity, category=CATEGORY[code])
    discounts = tuple(Discount("promotion", amount, one, rule=one) for one, amount in taken.items())
    amount = price * quantity // 1000 - sum(taken.values())
    return SaleLine(
        number=0, item=code, name=plain.name, unit="piece", quantity=quantity, list_price=price,
        amount=amount, category=CATEGORY[code], discounts=discounts, price_document=document,
    )  # fmt: skip


def _amount(row: tuple[str, int, str, int, int, dict[str, int], str]) -> int:
    return row[3] * row[4] // 1000 - sum(row[5].values())


@pytest.fixture(scope="module")
def traded(engine: Engine, days: list[BranchDay]) -> None:
    """Every line of the list on a ticket of its own, with a voided twin that counts for nothing."""
    del days
    lived: dict[tuple[str, int], BranchDay] = {}
    lanes = {branch: lanes_of(branch) for branch in ("N001", "N002", "N003")}
    for row in sorted(SOLD, key=lambda one: one[1]):
        key = row[0], row[1]
        if key not in lived:
            lived[key] = BranchDay(row[0], FIRST + timedelta(days=row[1]), lanes[row[0]])
        sold = _line(row)
        voided = line(row[2], row[3], quantity=row[4], category=CATEGORY[row[2]], voided=True)
        lived[key].sell(0, sold, voided, hour=12)
    with engine.begin() as connection:
        connection.execute(
            insert(item),
            [SHARED | {"key": code, "item": code, "name": f"Item {code}", "category": category,
                       "unit": "piece", "tax_code": ""} for code, category in CATEGORY.items()],
        )  # fmt: skip
        connection.execute(
            insert(item_source),
            [{"item": code, "branch": "", "supplier": supplier, "unit": "", "code": "", "main": True,
              "direct": False} for code, supplier in SUPPLIER.items()],
        )  # fmt: skip
        for number, (document, audience, starts, code, price) in enumerate((
            ("OLD", "feed:chain", SINCE - timedelta(days=90), "A", 500),
            ("OWN", "feed:branch:N003", SINCE - timedelta(days=80), "A", 480),
            ("NEW", "feed:chain", SINCE, "A", NEW_PRICE),
        )):  # fmt: skip
            connection.execute(
                insert(price_document).values(
                    document=document, title=f"Change {document}", audience=audience, starts=starts,
                    state="published", drafted_by="x", drafted=starts, published=starts,
                    publication=number + 1, number=number + 1, row_count=1,
                )
            )  # fmt: skip
            connection.execute(
                insert(price_document_row).values(
                    document=document, item=code, unit="piece", tier="", price=price
                )
            )
    state(engine, *lived.values())


def _ranked(
    rows: list[int], figure: str, of: dict[str, str] | None = None
) -> list[tuple[str, int]]:
    sums: dict[str, int] = defaultdict(int)
    for place in rows:
        row = SOLD[place]
        key = row[2] if of is None else of.get(row[2], "")
        sums[key] += _amount(row) if figure == "sales" else row[4]
    return sorted(sums.items(), key=lambda one: (-one[1], one[0]))


WITHIN = [n for n, row in enumerate(SOLD) if row[1] >= 0]
EARLIER = [n for n, row in enumerate(SOLD) if row[1] < 0]


@pytest.mark.usefixtures("traded")
@pytest.mark.parametrize("measure", ["sales", "quantity"])
@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("by=item", lambda _: True),
        ("by=item&category=02", lambda row: row[2] in {"C", "D"}),
        ("by=item&supplier=S1", lambda row: row[2] in {"A", "C"}),
        ("by=item&branch=N002", lambda row: row[0] == "N002"),
        ("by=supplier", lambda _: True),
    ],
)
def test_best_sellers(regional: TestClient, measure: str, asked: str, kept: object) -> None:
    assert callable(kept)
    of = SUPPLIER if "by=supplier" in asked else None
    expected = _ranked([n for n in WITHIN if kept(SOLD[n])], measure, of)
    before = _ranked([n for n in EARLIER if kept(SOLD[n])], measure, of)
    ranks = {key: place for place, (key, _) in enumerate(before, 1)}
    whole = sum(value for _, value in expected)
    address = f"/reports/best_sellers.json?{DAYS}&{asked}&measure={measure}"
    found = read_json(regional, f"{address}&compare=period")
    so_far = 0
    assert len(found["rows"]) == len(expected)
    for place, (row, (key, value)) in enumerate(zip(found["rows"], expected, strict=True), 1):
        limit = next((one for one, most in (("A", 0.8), ("B", 0.95)) if so_far < most * whole), "C")
        so_far += value
        assert (row["key"], row["rank"], row["value"]) == ([key], place, value)
        assert row["share"] == {"part": value, "whole": whole}
        assert row["cumulative"] == {"part": so_far, "whole": whole}
        assert row["class"] == limit
        was = ranks.get(key)
        assert row["rank_before"] == was
        assert row["rank_change"] == (None if was is None else was - place)
    pages, next_page = [], f"{address}&rows=1"
    while next_page:
        page = read_json(regional, next_page)
        pages += [row["key"] for row in page["rows"]]
        next_page = page["next"]
    assert pages == [[key] for key, _ in expected]
    file = read_csv(regional, address.replace(".json", ".csv"))
    assert [one[0] for one in file[1:-1]] == [key for key, _ in expected]


@pytest.mark.usefixtures("traded")
@pytest.mark.parametrize("by2", ["", "branch", "day"])
def test_promotions(regional: TestClient, by2: str) -> None:
    expected: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for branch, day, _, price, quantity, taken, _ in (SOLD[n] for n in WITHIN):
        for promotion, amount in taken.items():
            other = {"": (), "branch": (branch,), "day": (str(FIRST + timedelta(days=day)),)}[by2]
            row = expected[promotion, *other]
            row[0] += 1
            row[1] += amount
            row[2] += price * quantity // 1000 - sum(taken.values())
    told = read_json(regional, f"/reports/promotions.json?{DAYS}&by2={by2}")
    found = {
        tuple(row["key"]): [row["receipts"], row["discount"], row["sales"]] for row in told["rows"]
    }
    assert found == expected
    assert told["total"]["discount"] == sum(one[1] for one in expected.values())


@pytest.mark.usefixtures("traded")
@pytest.mark.parametrize("by", ["change", "branch"])
def test_price_discrepancies(regional: TestClient, by: str) -> None:
    """Sold of A past the new price: not before it held, not what came back, not at a branch's own price."""
    past = [
        row for row in SOLD
        if row[1] >= 1 and row[2] == "A" and row[4] > 0 and row[6] == "OLD"
    ]  # fmt: skip
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for branch, _, _, price, quantity, _, _ in past:
        row = expected["NEW" if by == "change" else branch]
        row[0] += 1
        row[1] += quantity
        row[2] += (NEW_PRICE - price) * quantity // 1000
    assert len(past) == 2
    told = read_json(regional, f"/reports/price_discrepancies.json?{DAYS}&by={by}")
    found = {
        row["key"][0]: [row["lines"], row["quantity"], row["difference"]] for row in told["rows"]
    }
    assert found == expected
    assert told["total"]["lines"] == 2
