"""Goods documents that headquarters lost and a branch still holds: taken back, or refused with the way out."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete

from hq import lost_goods
from hq.goods import document as goods
from hq.lost_goods import LostGoodsError
from hq.surplus import bundle_of
from replication.streams import branch_feed
from schemas.tables.goods import goods_document, goods_line
from schemas.wire.delivery import Delivery, DeliveryLine
from tests.hq.conftest import ADMIN, BUYER, NOON, Chain
from tests.hq.goods.goods_scene import stock_the_chain, told
from tests.hq.goods.test_document import ORDER

FEED = branch_feed("N002")


def parts(records: list[Any]) -> tuple[Delivery, list[DeliveryLine]]:
    (header,) = [one for one in records if isinstance(one, Delivery)]
    return header, [one for one in records if isinstance(one, DeliveryLine)]


def test_an_order_that_was_lost_is_followed_again(chain: Chain) -> None:
    stock_the_chain(chain)
    assert bundle_of("delivery", "G000001") == bundle_of("delivery_line", "G000001/2")
    with chain.hq.engine.begin() as connection:
        document = goods.draft(connection, ORDER, BUYER, NOON)
        first = goods.send(connection, document, BUYER, NOON)
        records = told(connection, "N002")
        header, lines = parts(records)
        connection.execute(delete(goods_document))
        connection.execute(delete(goods_line))
        with pytest.raises(LostGoodsError, match="told 2"):
            lost_goods.take_back(connection, FEED, document, header, lines[:2], ADMIN, NOON)
        with pytest.raises(LostGoodsError, match="no header"):
            lost_goods.take_back(connection, FEED, document, None, lines, ADMIN, NOON)
        number = lost_goods.take_back(connection, FEED, document, header, lines, ADMIN, NOON)
        held = goods.find(connection, document)
        assert (held.state, held.branch, held.partner, held.row_count) == ("sent", "N002", "S1", 3)
        assert held.number == number > first
        assert told(connection, "N002") == records
        with pytest.raises(LostGoodsError, match="another document"):
            lost_goods.take_back(connection, FEED, document, header, lines, ADMIN, NOON)
        gone = header.model_copy(update={"withdrawn": True})
        lost_goods.take_back(connection, FEED, document, gone, [], ADMIN, NOON)
        assert goods.find(connection, document).state == "withdrawn"


def test_a_transfer_comes_back_by_itself(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        header = Delivery(document="N001-O-1", direction="transfer", partner="N001",
                          expected=NOON.date(), rows=0)  # fmt: skip
        with pytest.raises(LostGoodsError, match="sender's journal"):
            lost_goods.take_back(connection, FEED, "N001-O-1", header, [], ADMIN, NOON)
