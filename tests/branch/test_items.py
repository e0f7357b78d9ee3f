"""Rules 7, 8, 10: what a code stands for at the branch, whoever asks."""

from __future__ import annotations

import pytest

from branch import items
from branch.items import FoundItem, LabelRefusedError
from replication.streams import CHAIN_FEED, branch_feed
from schemas.wire import records
from tests.branch.goods.scene import goods
from tests.branch.shop import CODE, Shop, load, publish

AMOUNT = records.LabelLayout(
    layout="priced", prefix="22", item_digits=5, value="amount", value_digits=5
)
CASE = FoundItem("milk", "牛奶 Milk 1 l", "food", "case", 12_000, "piece", stocked=True)
PIECE = FoundItem("milk", "牛奶 Milk 1 l", "food", "piece", 1000, "piece", stocked=True)
PEELED = FoundItem("apple", "Peeled here", "local", "kg", 1000, "kg", True, 1234)


def test_what_a_code_stands_for(shop: Shop) -> None:
    here = records.Item(item="apple", name="Peeled here", category="local", unit="kg")
    with shop.headquarters.engine.begin() as connection:
        told = [
            *goods(),
            AMOUNT,
            records.Barcode(barcode="00000000000059", item="milk", unit="box"),
        ]
        publish(connection, CHAIN_FEED, *told)
        publish(connection, branch_feed(CODE), here)
    load(shop.runner)
    with shop.engine.connect() as connection:
        assert items.find(connection, "16901028075838") == CASE
        assert items.find(connection, "milk") == PIECE
        assert items.find(connection, "59") == PIECE, "nobody told of a box"
        assert items.find(connection, "2100042012349") == PEELED, "the branch's own feed speaks"
        assert items.find(connection, "nothing") is None
        assert items.find(connection, "2199999012342") is None, "a label of an item nobody knows"
        with pytest.raises(LabelRefusedError, match=r"bears no weight: key it, as 1.234\*apple"):
            items.find(connection, "2200042012346")
        with pytest.raises(LabelRefusedError, match="does not read: scan it again"):
            items.find(connection, "2100042012340")
        assert items.of_codes(connection, ["milk", "nothing"]) == {"milk": PIECE}
        assert items.categories(connection) == {"food": ("食品 Food", "")}
