"""Prices below cost or of a thin margin: judged row by row, and approved below cost only with a reason."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from hq import items, margin_effect, price_changes, price_checks
from hq.audit import notes_on
from hq.items import ItemQuery
from hq.margin_effect import MarginError
from hq.margin_floors import Floor
from hq.price_changes import BELOW_COST, PriceChangeError
from hq.price_checks import Check, Counts
from schemas.tables.stock import stock_on_hand
from tests.hq.conftest import APPROVER, BUYER, NOON, Chain


def drafted(chain: Chain, rows: str) -> str:
    document = chain.load("prices", f"item,unit,tier,price\n{rows}", BUYER)
    assert document is not None
    return document


def judged(
    chain: Chain, document: str, branches: tuple[str, ...] = ("N001", "N002")
) -> list[Check]:
    with chain.hq.engine.connect() as connection:
        return list(price_checks.checks(connection, document, branches))


@pytest.fixture
def priced(chain: Chain) -> Chain:
    """Give a chain that buys apples at 2.00 a piece by the box of 12, and knows what tea cost its branches."""
    chain.load("taxes", "tax_code,rate\nnone,13\n")
    chain.load("units", "item,unit,factor\n1001,box,12\n")
    chain.load("costs", "item,unit,cost\n1001,box,24\n")
    chain.load("minimum_margins", "category,margin\n01,20\n01-1,\n")
    with chain.hq.engine.begin() as connection:
        rows = [("N001", 90, 3000), ("N002", 30, 1000), ("N003", 99_000, 1000)]
        connection.execute(
            insert(stock_on_hand),
            [{"branch": branch, "item": "1003", "quantity": 0, "value": 0, "cost_value": value,
              "cost_quantity": quantity} for branch, value, quantity in rows],
        )  # fmt: skip
    return chain


@pytest.mark.parametrize(
    ("row", "net", "cost", "margin", "verdict"),
    [
        # 2.26 with 13 % tax in it is 2.00, what it costs: no margin, but not below.
        ("1001,piece,,2.26", 200, 200, 0, "thin"),
        ("1001,piece,,2.25", 199, 200, -50, "below"),
        ("1001,piece,,2.83", 250, 200, 2000, "fine"),
        ("1001,piece,,2.82", 250, 200, 2000, "fine"),
        ("1001,piece,,2.80", 248, 200, 1935, "thin"),
        ("1001,piece,gold,2", 177, 200, -1299, "below"),
        ("1001,box,,33.90", 3000, 2400, 2000, "fine"),
        ("1002,piece,,1", 88, None, None, "unknown"),
        # Nobody buys it by a known price: what lies in the branches cost 0.30 on average; it bears no tax.
        ("1003,box,,0.30", 30, 30, 0, "thin"),
        ("1003,box,,0", 0, 30, None, "below"),
    ],
)
def test_a_row_is_judged(
    priced: Chain, row: str, net: int, cost: int | None, margin: int | None, verdict: str
) -> None:
    (found,) = judged(priced, drafted(priced, row + "\n"))
    assert (found.net, found.cost, found.margin, found.verdict) == (net, cost, margin, verdict)
    assert found.floor == 2000
    assert found.averaged == row.startswith("1003")


def test_below_cost_is_approved_with_a_reason_alone(priced: Chain) -> None:
    document = drafted(priced, "1001,piece,,2\n1001,box,,40\n1002,piece,,5\n")
    assert price_checks.count(judged(priced, document)) == Counts(unknown=1, below=1, fine=1)
    with priced.hq.engine.begin() as connection:
        for reason in ("", " "):
            with pytest.raises(PriceChangeError, match="1 prices of P000001 are below cost"):
                price_changes.approve(connection, document, APPROVER, NOON, reason)
        price_changes.approve(connection, document, APPROVER, NOON, "end of season ")
        assert price_changes.find(connection, document).state == "approved"
        (kept,) = notes_on(connection, BELOW_COST, document)
    assert (kept.operator, kept.at, kept.reason) == ("APP", NOON, "end of season")


def test_prices_in_force_are_held_against_the_least_margin_of_their_category(priced: Chain) -> None:
    """2.82 for what costs 2.00 leaves just enough, a box for 33.00 does not; of what nobody bought nothing is known."""
    for number, rows in enumerate(
        ("1001,piece,,2.80\n1002,piece,,1\n1003,box,,300\n", "1001,piece,,2.82\n")
    ):
        document = drafted(priced, rows + ("1001,box,,33.00\n" if number == 0 else ""))
        with priced.hq.engine.begin() as connection:
            price_changes.approve(connection, document, APPROVER, NOON)
            price_changes.publish(connection, document, APPROVER, NOON)
    with priced.hq.engine.begin() as connection:
        found = {(one.item, one.unit): one.verdict
                 for one in price_checks.in_force(connection, NOON)}  # fmt: skip
        assert found == {
            ("1001", "box"): "thin", ("1001", "piece"): "fine", ("1002", "piece"): "unknown",
            ("1003", "box"): "fine",
        }  # fmt: skip

        def below(**asked: object) -> list[str]:
            query = ItemQuery(below=True, **asked)  # type: ignore[arg-type]
            return [one.item for one in items.find(connection, query, NOON)]

        def counted(instead: Floor | None = None) -> dict[str, tuple[int | None, int, int]]:
            shown = margin_effect.standings(connection, NOON, instead)
            return {one.category: (one.holds, one.priced, one.below) for one in shown}

        assert below() == below(category="01-1") == ["1001"]
        assert below(after="1001") == below(find="1003") == []
        assert counted() == {"01": (2000, 2, 1), "01-1": (2000, 2, 1)}
        assert counted(Floor("01-1", 9700)) == {"01": (2000, 2, 2), "01-1": (9700, 2, 2)}
        assert counted(Floor("01", None)) == {"01": (None, 2, 0), "01-1": (None, 2, 0)}
        assert below() == ["1001"], "looking changes nothing"
        margin_effect.set_floor(connection, Floor("01-1", margin_effect.read(" 97 %")), BUYER, NOON)
        assert below(limit=1) == ["1001", "1003"], "one more than a page"
        (kept,) = notes_on(connection, "margin.set", "01-1")
        assert (kept.operator, kept.reason) == ("BUY", "none -> 97.00 %")
        for typed in ("x", "100", "-1", "1.234"):
            with pytest.raises(MarginError, match="is no margin"):
                margin_effect.read(typed)
        with pytest.raises(MarginError, match="no category 77"):
            counted(Floor("77", 1))
