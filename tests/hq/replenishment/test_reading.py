"""Sources, quotes and terms out of files: what is kept, what stays, and what is refused by row."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from hq.refusal import RefusalError
from schemas.tables.sourcing import item_source, replenishment_terms, supplier_quote, supplier_terms
from tests.hq.conftest import Chain
from tests.hq.goods.goods_scene import stock_the_chain


def test_the_first_source_is_the_main_one_until_another_is_said_to_be(chain: Chain) -> None:
    stock_the_chain(chain)
    chain.load("item_sources", "item,supplier,unit,price\n1001,S1,box,23.00\n1001,S2,piece,\n")
    chain.load("item_sources", "item,supplier,unit,branch,direct\n1001,S2,piece,N002,yes\n")
    row = item_source.c
    query = select(row.branch, row.supplier, row.price, row.main, row.direct)
    query = query.order_by(row.branch, row.supplier)
    with chain.hq.engine.connect() as connection:
        assert [tuple(one) for one in connection.execute(query)] == [
            ("", "S1", 2300, True, False), ("", "S2", None, False, False),
            ("N002", "S2", None, True, True),
        ]  # fmt: skip
    chain.load("item_sources", "item,supplier,unit,main\n1001,S2,piece,yes\n")
    with chain.hq.engine.connect() as connection:
        mains = connection.execute(select(row.branch, row.supplier).where(row.main)).all()
    assert sorted(tuple(one) for one in mains) == [("", "S2"), ("N002", "S2")]


def test_what_a_file_does_not_say_stays(chain: Chain) -> None:
    stock_the_chain(chain)
    chain.load("supplier_terms", "supplier,lead_days,weekdays,least_amount\nS1,3,531,500.00\n")
    chain.load("supplier_terms", "supplier,lead_days\nS1,4\n")
    head = "item,branch,presentation,maximum,shelf_life_days\n"
    chain.load("replenishment_terms", head + "1001,N002,6,48,\n")
    chain.load("replenishment_terms", "item,branch,minimum\n1001,N002,12\n")
    chain.load("supplier_quotes", "supplier,item,unit,price,starts,ends,quantity\n"
               "S1,1001,box,21.00,2026-03-01,2026-03-31,10\n")  # fmt: skip
    with chain.hq.engine.connect() as connection:
        assert tuple(connection.execute(select(supplier_terms)).one()) == (
            "S1", 4, 1, "135", 50_000, 0
        )  # fmt: skip
        assert tuple(connection.execute(select(replenishment_terms)).one()) == (
            "1001", "N002", 6000, 12_000, 48_000, True, None
        )  # fmt: skip
        assert tuple(connection.execute(select(supplier_quote)).one()) == (
            "S1", "1001", "box", 10_000, date(2026, 3, 1), date(2026, 3, 31), 2100
        )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("item_sources", "item,supplier,unit,branch\n1001,S9,crate,N009\n", "3 problems"),
        ("item_sources", "item,supplier,unit,main\n1001,S1,box,yes\n1001,S2,box,yes\n", "2 problems"),
        ("supplier_terms", "supplier,lead_days,weekdays\nS1,999,8\n", "2 problems"),
        ("supplier_terms", "supplier,lead_days\nS1,\n", "1 problems"),
        ("supplier_holidays", "supplier,closed_on\nS1,soon\n", "1 problems"),
        ("supplier_quotes", "supplier,item,unit,price,starts,ends\nS1,1001,box,-1,2026-03-02,2026-03-01\n", "2 problems"),
        ("service_levels", "category,level\n99,97\n01,100\n", "2 problems"),
        ("replenishment_terms", "item,minimum,maximum\n1001,9,3\n", "1 problems"),
        ("replenishment_terms", "item,adjusting\n1001,no\n", "1 problems"),
        ("served_branches", "branch,centre,lead_days\nN002,N003,1\nN001,N001,1\n", "2 problems"),
        ("replenishment_rules", "up_to,within_percent,may_exceed\n-1,,perhaps\n", "2 problems"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_row(chain: Chain, kind: str, text: str, said: str) -> None:
    stock_the_chain(chain)
    with pytest.raises(RefusalError, match=said):
        chain.load(kind, text)
