"""Purchase prices: imported, and what lines of any unit of the item are bought for."""

from __future__ import annotations

from sqlalchemy import select

from hq import catalogue_import, purchase_prices
from schemas.domain.ticket import SaleLine
from schemas.tables.feed import feed_record
from schemas.tables.purchase_prices import purchase_price
from tests.hq.conftest import NOON, Chain


def sold(item: str, unit: str, quantity: int) -> SaleLine:
    return SaleLine(1, item, item, unit, quantity, 100, 100)


def test_a_line_costs_its_part_of_what_is_bought(chain: Chain) -> None:
    chain.load("units", "item,unit,factor\n1001,box,24\n1001,pallet,480\n")
    chain.load("costs", "item,unit,cost\n1001,box,10.00\n1002,piece,0.00\n")
    with chain.hq.engine.connect() as connection:
        costs = purchase_prices.costs(connection, ["1001", "1002", "1003"])
    for line, cost in (
        (sold("1001", "piece", 1000), 42),  # 10.00 / 24 = 0.4167
        (sold("1001", "piece", 24_000), 1000),
        (sold("1001", "piece", -3000), -125),
        (sold("1001", "box", 2000), 2000),
        (sold("1001", "pallet", 1000), 20_000),
        (sold("1001", "crate", 1000), None),
        (sold("1002", "piece", 1000), 0),
        (sold("1003", "box", 1000), None),
    ):
        assert costs.of(line) == cost, line


def test_an_import_replaces_them_and_tells_nobody(chain: Chain) -> None:
    with chain.hq.engine.connect() as connection:
        told = connection.execute(select(feed_record.c.number)).all()
    chain.load("costs", "item,unit,cost\n1001,piece,1.00\n1003,box,5.00\n")
    chain.load("costs", "item,unit,cost\n1001,piece,1.10\n1003,box,5.00\n")
    with chain.hq.engine.connect() as connection:
        held = connection.execute(select(purchase_price).order_by(purchase_price.c.item)).all()
        assert [tuple(one) for one in held] == [
            ("1001", "piece", 110, NOON), ("1003", "box", 500, NOON)
        ]  # fmt: skip
        assert connection.execute(select(feed_record.c.number)).all() == told
        wrong = "item,unit,cost\n1001,piece,-1\n1001,box,1\n9,piece,1\n1002,piece,x\n"
        plan = catalogue_import.plan(
            connection, "costs", wrong.encode(), member_key=chain.hq.member_key, decimals=2
        )
    assert [str(one) for one in plan.problems] == [
        "line 2, cost: a purchase price is not below nought",
        "line 3, item: 1001 stands in line 2 already",
        "line 3, unit: item 1001 is not sold by box; import units first",
        "line 4, item: there is no item 9; import items first",
        "line 5, cost: x is no number with at most 2 decimals and a point before them",
    ]
