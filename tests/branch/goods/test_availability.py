"""On hand, in transit, on order; what is low, oversold or of unknown cost; an item's ledger; the day's checks."""

from __future__ import annotations

from branch.day_checks import day_checks
from branch.goods.availability import Only, Wanted, stock, stock_of, totals
from branch.goods.ledger import ledger
from branch.next_steps import goods_steps
from replication.streams import branch_feed
from schemas.wire.delivery import StockMinimum
from tests.branch.goods.scene import BREAD, MILK, begin, expect, received, scan, stock_up
from tests.branch.shop import CODE, DAY, Shop, load, piece, publish


def test_what_there_is_and_what_is_on_its_way(shop: Shop) -> None:
    stock_up(shop)
    shop.open_day()
    received(shop, "30*milk", milk=3000)
    received(shop, "4*apple")
    expect(shop, "PO-1", "order", MILK, BREAD)
    expect(shop, "N002-O-000001", "transfer", ("milk", "piece", 1000, 6000, 600), partner="N002")
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece("milk", 350, 2000), piece("soap", 199, 3000, 2))
    lane.push()
    with shop.engine.connect() as connection:
        milk = stock_of(connection, CODE, "milk")
        assert milk is not None
        assert (milk.quantity, milk.in_transit, milk.on_order) == (28_000, 6000, 60_000)
        assert (milk.value, milk.with_tax, milk.cost) == (2800, 3164, 100)
        assert stock_of(connection, CODE, "nothing") is None

        def found(
            text: str = "", category: str = "", only: Only = "", after: str = ""
        ) -> list[str]:
            return [
                one.item for one in stock(connection, CODE, Wanted(text, category, only, after))
            ]

        assert found() == ["apple", "milk", "soap"]
        assert found(after="apple") == ["milk", "soap"]
        assert found("牛奶") == found("6901028075831") == found("milk") == ["milk"]
        assert found(category="food") == ["apple", "bread", "milk", "soap"]
        assert found(only="negative") == ["soap"]
        assert found(only="low") == ["soap"]
        assert found(only="uncosted") == ["apple", "soap"]
        sums = totals(connection, CODE)
        assert (sums.items, sums.value, sums.with_tax) == (3, 2800, 3164)
        assert (sums.low, sums.negative, sums.uncosted) == (1, 1, 2)

        lines = ledger(connection, CODE, "milk")
        assert [(one.reason, one.quantity, one.left, one.left_value) for one in lines] == [
            ("sale", -2000, 28_000, 2800), ("receipt", 30_000, 30_000, 3000),
        ]  # fmt: skip
        assert (lines[0].receipt, lines[1].document) == ("N001.01-000001", "N001-R-000001")
        place = (lines[0].at, lines[0].reference, lines[0].number)
        assert ledger(connection, CODE, "milk", place) == lines[1:]


def test_the_least_quantity_of_the_branch_itself_holds(shop: Shop) -> None:
    stock_up(shop)
    with shop.headquarters.engine.begin() as connection:
        publish(connection, branch_feed(CODE), StockMinimum(item="soap", minimum=0))
    load(shop.runner)
    with shop.engine.connect() as connection:
        soap = stock_of(connection, CODE, "soap")
        assert soap is not None
        assert not soap.is_low


def test_a_day_is_not_closed_over_unposted_goods_unseen(shop: Shop) -> None:
    stock_up(shop)
    shop.open_day()
    received(shop, "bread")
    draft = begin(shop, "receipt", "S1")
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece("soap", 199, 3000))
    lane.push()
    with shop.engine.connect() as connection:
        empty = [one.code for one in day_checks(connection, CODE, DAY, shop.clock())]
    assert "receipt_unposted" not in empty
    scan(shop, draft, "milk")
    expect(shop, "PO-1", "order", MILK)
    with shop.engine.connect() as connection:
        steps = [str(one.what) for one in goods_steps(connection, CODE, DAY)]
        told = {one.code: one for one in day_checks(connection, CODE, DAY, shop.clock())}
    assert not told["receipt_unposted"].blocking
    assert told["receipt_unposted"].href == f"/goods/drafts/{draft}"
    assert "肥皂 Soap -3" in str(told["stock_negative"].problem)
    assert steps == [
        "Goods that are counted and not posted: 1.",
        "Deliveries that are due and not received: 1.",
        "Items of which more was sold than came: 1.",
        "Items that are running low: 1.",
    ]
