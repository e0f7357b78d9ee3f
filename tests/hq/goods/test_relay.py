"""Transfers are told to whom they were sent to, once; sold to a franchise; sent on when nobody is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hq import closing
from hq.goods import document as goods
from hq.goods import relay
from hq.goods.document import GoodsError
from hq.goods.open_goods import expected_by_item, on_the_way, pairs
from schemas.domain.stock.document import StockDocument
from schemas.tables.goods import franchise_delivery
from schemas.wire.delivery import Delivery, DeliveryLine
from tests.hq.conftest import ADMIN, NOON, Chain
from tests.hq.goods.goods_scene import MONDAY, line, posted, say, stock_the_chain, told

OUT = "N001-O-000001"


def sent(to: str, number: str = OUT) -> StockDocument:
    """N001 sends ten of one item, and three of another whose cost nobody knows."""
    lines = (line(1, "1001", 10_000, 1000), line(2, "1002", 3000, None))
    return posted("transfer_out", "N001", number, lines, partner=to)


def header(partner: str = "N001", *, withdrawn: bool = False, rows: int = 2) -> Delivery:
    return Delivery(
        document=OUT, direction="transfer", partner=partner, expected=MONDAY, rows=rows,
        withdrawn=withdrawn,
    )  # fmt: skip


def test_an_own_branch_is_told_at_the_senders_value_and_once(chain: Chain) -> None:
    stock_the_chain(chain)
    with chain.hq.engine.begin() as connection:
        say(connection, sent("N002"))
        relay.take(connection, [sent("N002")])
        assert told(connection, "N002") == [
            DeliveryLine(document=OUT, number=1, item="1001", unit="piece", factor=1000,
                         quantity=10_000, value=1000),
            DeliveryLine(document=OUT, number=2, item="1002", unit="piece", factor=1000,
                         quantity=3000, value=None),
            header(),
        ]  # fmt: skip
        assert connection.execute(select(franchise_delivery)).all() == []
        with pytest.raises(GoodsError, match="on their way"):
            goods.withdraw(connection, OUT, ADMIN, "why", NOON)


def test_goods_are_in_transit_until_they_are_received_finally(chain: Chain) -> None:
    stock_the_chain(chain)
    with chain.hq.engine.begin() as connection:
        say(connection, sent("N002"))
        (pair,) = pairs(connection, ())
        assert (pair.sender, pair.branch, pair.value, pair.unvalued) == ("N001", "N002", 1000, 1)
        part = (line(1, "1001", 4000, 400, expected=10_000, damaged=1000),)
        answer: dict[str, Any] = {"partner": "N001", "refers_to": OUT}
        say(connection, posted("transfer_in", "N002", "N002-I-000001", part, final=False, **answer))
        left = connection.execute(expected_by_item("transfer").select()).all()
        assert sorted(tuple(one) for one in left) == [
            ("N002", "1001", 5000, 500), ("N002", "1002", 3000, 0)
        ]  # fmt: skip
        (one,) = on_the_way(connection, ("N002",))
        assert (one.document, one.lines, one.value, one.unvalued) == (OUT, 2, 500, 1)
        assert on_the_way(connection, ("N003",)) == []
        assert on_the_way(connection, (), after=(one.sent, one.document)) == []
        rest = (line(2, "1002", 3000, None, expected=3000),)
        later = NOON + timedelta(hours=1)
        say(connection, posted("transfer_in", "N002", "N002-I-000002", rest, later, **answer))
        assert on_the_way(connection, ()) == []


def test_a_franchise_buys_at_the_delivery_price(chain: Chain) -> None:
    stock_the_chain(chain)
    with chain.hq.engine.begin() as connection:
        say(connection, sent("N003"))
        lines = [one for one in told(connection, "N003") if isinstance(one, DeliveryLine)]
        assert [one.value for one in lines] == [1500, None]
        row = franchise_delivery.c
        query = select(row.branch, row.item, row.quantity, row.cost, row.price).order_by(row.number)
        assert [tuple(one) for one in connection.execute(query)] == [
            ("N003", "1001", 10_000, 1000, 1500), ("N003", "1002", 3000, None, None)
        ]  # fmt: skip
        (pair,) = pairs(connection, ())
        assert pair.value == 1000, "on the way they are worth what they cost"

    chain.load("delivery_prices", "item,unit,price\n1001,piece,1.60\n1002,piece,4.00\n")
    with chain.hq.engine.begin() as connection:
        relay.send_on(connection, OUT, "N003", ADMIN, "prices were missing", NOON)
        assert [one[2:] for one in connection.execute(query)] == [
            (10_000, 1000, 1600), (3000, None, 1200)
        ]  # fmt: skip


def test_to_a_closed_branch_it_stops_and_is_sent_on(chain: Chain) -> None:
    stock_the_chain(chain)
    with chain.hq.engine.begin() as connection:
        closing.close(connection, "N002", "ADMIN", "moved", NOON, ledger=chain.hq.ledger)
        say(connection, sent("N002"))
        assert goods.find(connection, OUT).state == "stopped"
        assert told(connection, "N002") == []
        assert [one.state for one in on_the_way(connection, ())] == ["stopped"]
        with pytest.raises(GoodsError, match="N002 is closed"):
            relay.send_on(connection, OUT, "N002", ADMIN, "again", NOON)
        with pytest.raises(GoodsError, match="Say why"):
            relay.send_on(connection, OUT, "N001", ADMIN, "", NOON)
        relay.send_on(connection, OUT, "N001", ADMIN, "send it back", NOON)
        assert told(connection, "N001", "delivery") == [header()]
        back = (line(1, "1001", 10_000, 1000), line(2, "1002", 3000, None))
        say(connection, posted("transfer_in", "N001", "N001-I-000001", back, partner="N001",
                               refers_to=OUT))  # fmt: skip
        assert on_the_way(connection, ()) == []
        with pytest.raises(GoodsError, match="nothing is left"):
            relay.send_on(connection, OUT, "N003", ADMIN, "why not", NOON)


def test_what_is_left_goes_on_and_the_franchise_pays_what_it_received(chain: Chain) -> None:
    stock_the_chain(chain)
    with chain.hq.engine.begin() as connection:
        say(connection, sent("N003"))
        part = (line(1, "1001", 4000, 600, expected=10_000),)
        say(connection, posted("transfer_in", "N003", "N003-I-000001", part, partner="N001",
                               refers_to=OUT, final=False))  # fmt: skip
        relay.send_on(connection, OUT, "N003", ADMIN, "told once more", NOON)
        lines = [one for one in told(connection, "N003") if isinstance(one, DeliveryLine)]
        assert [(one.number, one.quantity, one.value) for one in lines] == [
            (1, 10_000, 1500), (2, 3000, None)
        ], "the branch takes away by itself what it has received"  # fmt: skip
        closing.close(connection, "N003", "ADMIN", "gone", NOON, ledger=chain.hq.ledger)
        relay.send_on(connection, OUT, "N002", ADMIN, "it closed", NOON)
        assert told(connection, "N003", "delivery") == [header(withdrawn=True)]
        lines = [one for one in told(connection, "N002") if isinstance(one, DeliveryLine)]
        assert [(one.number, one.quantity, one.value) for one in lines] == [
            (1, 6000, 600), (2, 3000, None)
        ]  # fmt: skip
        row = franchise_delivery.c
        query = select(row.branch, row.item, row.quantity, row.cost, row.price)
        assert [tuple(one) for one in connection.execute(query)] == [
            ("N003", "1001", 4000, 400, 600)
        ]  # fmt: skip


def test_a_number_given_twice_keeps_both(chain: Chain) -> None:
    stock_the_chain(chain)
    copy = sent("N002", "N001-O-000002")
    twin = StockDocument(
        **{name: getattr(copy, name) for name in copy.__slots__} | {"document": OUT}
    )
    with chain.hq.engine.begin() as connection:
        say(connection, sent("N002"), twin)
        assert len(on_the_way(connection, ())) == 2


def test_the_rest_of_a_pack_comes_in_pieces(chain: Chain) -> None:
    stock_the_chain(chain)
    box = {"unit": "box", "factor": 24_000}
    with chain.hq.engine.begin() as connection:
        out = (line(1, "1001", 2000, 4800, **box),)
        say(connection, posted("transfer_out", "N001", OUT, out, partner="N002"))
        answer: dict[str, Any] = {"partner": "N001", "refers_to": OUT, "final": False}
        first = (line(1, "1001", 1500, 3600, expected=2000, **box),)
        say(connection, posted("transfer_in", "N002", "N002-I-000001", first, **answer))
        rest = (line(1, "1001", 5000, 500, expected=12_000),)
        say(connection, posted("transfer_in", "N002", "N002-I-000002", rest, **answer))
        left = connection.execute(expected_by_item("transfer").select()).all()
        assert [tuple(one) for one in left] == [("N002", "1001", 7000, 700)]
        relay.send_on(connection, OUT, "N001", ADMIN, "send it back", NOON)
        lines = [one for one in told(connection, "N001") if isinstance(one, DeliveryLine)]
        assert [(one.unit, one.factor, one.quantity, one.value) for one in lines] == [
            ("piece", 1000, 7000, 700)
        ]  # fmt: skip
