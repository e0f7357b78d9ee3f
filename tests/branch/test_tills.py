from __future__ import annotations

import pytest

from branch import tills
from branch.tills import Till, TillError
from tests.branch.shop import CODE, DAY, LaneTill, Shop


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """Give a lane that sold for 3.50, with a float of 100.00; its shift has not ended."""
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell()
    lane.push()
    return lane


def only_till(shop: Shop) -> Till:
    with shop.engine.connect() as connection:
        (till,) = tills.tills(connection, CODE, DAY)
        return till


def test_what_a_till_should_hold_is_hidden_until_it_is_counted(shop: Shop, lane: LaneTill) -> None:
    lane.end_shift()
    lane.push()
    before = only_till(shop)
    assert (before.state, before.expected, before.over_short) == ("to_count", None, None)
    shop.count(lane.shift, cash=10_360)
    after = only_till(shop)
    assert after.state == "settled"
    assert after.expected == {"cash": 10_350}
    assert after.over_short == {"card": 0, "cash": 10, "coupon": 0}
    assert after.difference == 10


def test_a_running_shift_is_not_counted(shop: Shop, lane: LaneTill) -> None:
    with pytest.raises(TillError, match="is still running: end it there first"):
        shop.count(lane.shift, cash=10_350)


def test_a_second_count_says_why_and_both_stay(shop: Shop, lane: LaneTill) -> None:
    lane.end_shift()
    lane.push()
    shop.count(lane.shift, cash=10_000)
    with pytest.raises(TillError, match="say why it is counted again"):
        shop.count(lane.shift, cash=10_350)
    shop.count(lane.shift, "a roll of coins", cash=10_350)
    till = only_till(shop)
    assert [(one.counted["cash"], one.reason) for one in till.counts] == [
        (10_000, ""),
        (10_350, "a roll of coins"),
    ]
    assert till.difference == 0


def test_a_count_names_every_tender_and_nothing_below_nought(shop: Shop, lane: LaneTill) -> None:
    lane.end_shift()
    lane.push()
    with shop.engine.begin() as connection, pytest.raises(TillError, match="every tender"):
        tills.count(connection, CODE, lane.shift, {"cash": 1}, "M", shop.clock())
    with pytest.raises(TillError, match="none below nought"):
        shop.count(lane.shift, cash=-1)


def test_an_unknown_shift_is_named(shop: Shop) -> None:
    with pytest.raises(TillError, match="There is no shift nowhere"):
        shop.count("nowhere", cash=0)
