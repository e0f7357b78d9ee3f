"""Labels are made of exactly what a price change changes at a branch as it starts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hq import price_changes, shelf_labels
from hq.price_changes import NewPriceChange
from hq.price_rows import PriceCell
from hq.shelf_labels import LabelError
from replication.streams import CHAIN_FEED, branch_feed, group_feed
from tests.hq.conftest import APPROVER, BUYER, NOON, Chain

TOMORROW = NOON + timedelta(days=1)
NORTH = group_feed("north")


def change(
    chain: Chain, audience: str, starts: datetime, *cells: tuple[str, str, int], ends: datetime | None = None,
    publish: bool = True,
) -> str:  # fmt: skip
    rows = [
        PriceCell(item, "box" if item == "1003" else "piece", tier, price)
        for item, tier, price in cells
    ]
    with chain.hq.engine.begin() as connection:
        document = price_changes.draft(
            connection, NewPriceChange("x", audience, starts, ends, rows), BUYER, NOON
        )
        if publish:
            price_changes.approve(connection, document, APPROVER, NOON)
            price_changes.publish(connection, document, APPROVER, NOON)
    return document


def moved(chain: Chain, document: str, branch: str) -> list[tuple[str, int | None, int]]:
    with chain.hq.engine.connect() as connection:
        held = price_changes.find(connection, document)
        found = shelf_labels.for_change(connection, held, branch)
    return [(one.moved.item, one.moved.old, one.moved.new) for one in found]


@pytest.mark.parametrize("publish", [False, True])
def test_exactly_what_changes_at_a_branch(chain: Chain, publish: bool) -> None:
    """An item that costs the same, one that the branch prices itself, and a tier's price need no label."""
    change(chain, CHAIN_FEED, NOON, ("1001", "", 300), ("1002", "", 400), ("1003", "", 900))
    change(chain, branch_feed("N002"), NOON, ("1001", "", 250))
    document = change(
        chain, CHAIN_FEED, TOMORROW, ("1001", "", 350), ("1002", "", 400), ("1003", "gold", 800),
        publish=publish,
    )  # fmt: skip
    assert moved(chain, document, "N001") == [("1001", 300, 350)]
    assert moved(chain, document, "N002") == []
    later = change(chain, NORTH, TOMORROW, ("1001", "", 340), publish=publish)
    assert moved(chain, later, "N001") == [("1001", 300, 340)]
    with pytest.raises(LabelError, match="does not reach branch N003"):
        moved(chain, later, "N003")


def test_what_had_no_price_has_no_old_one(chain: Chain) -> None:
    document = change(chain, CHAIN_FEED, TOMORROW, ("1001", "", 350))
    assert moved(chain, document, "N001") == [("1001", None, 350)]
    with chain.hq.engine.begin() as connection:
        price_changes.withdraw(connection, document, APPROVER, "wrong", NOON)
    with pytest.raises(LabelError, match="is withdrawn"):
        moved(chain, document, "N001")


def test_chosen_items_in_the_order_in_which_they_are_named(chain: Chain) -> None:
    chain.load("units", "item,unit,factor\n1001,case,12\n")
    chain.load("barcodes", "barcode,item,unit\n6901234567892,1001,piece\n96385074,1001,piece\n")
    change(chain, CHAIN_FEED, NOON, ("1001", "", 300), ("1003", "", 900))
    change(chain, branch_feed("N002"), NOON, ("1001", "", 250))
    change(chain, CHAIN_FEED, TOMORROW, ("1001", "", 999))
    with chain.hq.engine.connect() as connection:
        codes = ["1003", "1001", "1002", "9"]
        at_branch = shelf_labels.for_items(connection, codes, "N002", NOON)
        of_chain = shelf_labels.for_items(connection, codes, "", NOON)
    assert [(one.moved.item, one.moved.new) for one in at_branch.prices] == [
        ("1003", 900),
        ("1001", 250),
    ]
    assert [one.moved.new for one in of_chain.prices] == [900, 300]
    assert at_branch.without == ["1002", "9"]
    apple = at_branch.prices[1]
    assert (apple.name, apple.base_unit, apple.factor, apple.barcode) == (
        "苹果",
        "piece",
        1000,
        "00000096385074",
    )
