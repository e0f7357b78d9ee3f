"""Stock compared with headquarters', as of what headquarters has applied, and with the ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

import hq.stock_answers
from branch.stock_verify import verify_stock, verify_sums
from hq import verify as headquarters_verify
from hq.day_answers import ANSWERS
from replication.findings import Report
from schemas.tables.stock import stock_on_hand
from tests.branch.shop import LaneTill, Shop, piece


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """Give a lane whose sales are at headquarters."""
    shop.headquarters._inbound = replace(shop.headquarters._inbound, answers=ANSWERS)
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece(), piece("bread", 200, number=2))
    lane.push()
    shop.deliver()
    return lane


def compare(shop: Shop) -> Report:
    return verify_stock(shop.engine, "N001", shop.runner)


@pytest.mark.parametrize("at_once", [1, 5000])
def test_stock_that_is_equal_is_silent_also_while_sales_are_on_their_way(
    shop: Shop, lane: LaneTill, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(hq.stock_answers, "_AT_ONCE", at_once)
    assert compare(shop) == Report(compared={"stock items": 2})
    lane.sell(piece(), piece("tea", 300, number=2))
    lane.push()
    assert compare(shop).found == ()
    shop.deliver()
    assert compare(shop) == Report(compared={"stock items": 3})


def test_what_differs_is_named_and_left_as_it_is(shop: Shop, lane: LaneTill) -> None:
    del lane
    changed = (
        update(stock_on_hand).where(stock_on_hand.c.item == "bread").values(quantity=7, value=9)
    )
    with shop.headquarters.engine.begin() as connection:
        connection.execute(changed)
    (found,) = compare(shop).found
    assert found.what == "bread: -1000 worth 0 here, 7 worth 9 at headquarters"
    assert verify_sums(shop.engine).found == ()
    there = headquarters_verify.verify(shop.headquarters.engine).found
    assert [(one.where, one.what) for one in there if one.where.endswith("stock")] == [
        ("N001 stock", "bread: 7 worth 9 are held, its moves come to -1000 worth 0: a person must look")
    ]  # fmt: skip
    assert len(compare(shop).found) == 1
