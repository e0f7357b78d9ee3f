"""What the import of goods learnt: suppliers, services, kinds of branch, delivery prices."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hq import catalogue_import, delivery_prices, sites, suppliers
from hq.sites import SiteError
from hq.suppliers import KnownSupplier
from schemas.tables.catalogue import item
from tests.hq.conftest import Chain
from tests.hq.test_web_price_changes import Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture


def test_suppliers_are_told_to_the_chain_and_stay_as_they_are(chain: Chain, open_as: Open) -> None:
    chain.load("suppliers", "supplier,name,closed\nS1,Orchard,\nS2,Dairy,yes\n")
    chain.load("suppliers", "supplier,name\nS1,Orchard Farms\nS2,Old Dairy\n")
    with chain.hq.engine.connect() as connection:
        assert list(suppliers.every(connection).values()) == [
            KnownSupplier("S1", "Orchard Farms", closed=False),
            KnownSupplier("S2", "Old Dairy", closed=True),
        ]
        wrong = catalogue_import.plan(
            connection, "suppliers", b"supplier,name,closed\nS1,A,maybe\nS1,A,no\n",
            member_key=chain.hq.member_key, decimals=2,
        )  # fmt: skip
    assert [str(one) for one in wrong.problems] == [
        "line 2, closed: maybe is neither yes nor no",
        "line 3, supplier: S1 stands in line 2 already",
    ]
    buyer = open_as("BUY", "900001")
    assert "Orchard Farms" in buyer.get("/suppliers").text
    assert "Old Dairy" not in buyer.get("/suppliers?find=orch").text


def test_a_service_stays_one_where_a_file_does_not_say(chain: Chain) -> None:
    head = "item,name,category,unit,tax_code"
    chain.load("items", f"{head},stocked\n1002,Repair,01,piece,none,no\n1003,Tea,01-1,box,,\n")
    chain.load("items", f"{head}\n1002,Repairs,01,piece,none\n")
    with chain.hq.engine.connect() as connection:
        held = connection.execute(select(item.c.item, item.c.name, item.c.stocked)).all()
    assert sorted(tuple(one) for one in held) == [
        ("1001", "苹果", True), ("1002", "Repairs", False), ("1003", "Tea", True)
    ]  # fmt: skip


def test_a_branch_keeps_its_kind_until_another_is_said(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        assert sites.kind_of(connection, "N001", None) == "own"
        assert sites.kind_of(connection, "NEW", None) == "own"
        held = sites.branches(connection)[0]
        record = held.branch.model_copy(update={"branch_kind": "franchise"})
        sites.save_branch(connection, record, held.groups)
        assert sites.kind_of(connection, "N001", None) == "franchise"
        assert sites.kind_of(connection, "N001", "distribution_centre") == "distribution_centre"
        with pytest.raises(SiteError, match="no kind of branch"):
            sites.kind_of(connection, "N001", "kiosk")


def test_delivery_prices_price_any_unit(chain: Chain) -> None:
    chain.load("units", "item,unit,factor\n1001,box,24\n")
    chain.load("delivery_prices", "item,unit,price\n1001,box,24.00\n1002,piece,1.50\n")
    with chain.hq.engine.connect() as connection:
        known = delivery_prices.prices(connection, ["1001", "1002", "1003"])
        plan = catalogue_import.plan(
            connection, "delivery_prices", b"item,unit,price\n1001,box,-1\n",
            member_key=chain.hq.member_key, decimals=2,
        )  # fmt: skip
    assert known.of_quantity("1001", "piece", 3000) == 300
    assert known.of_quantity("1002", "piece", 2000) == 300
    assert known.of_quantity("1003", "box", 1000) is None
    assert [str(one) for one in plan.problems] == [
        "line 2, price: a delivery price is not below nought"
    ]
