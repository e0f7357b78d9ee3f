"""What a till is over or short beyond the tolerance: nothing but a second person lets the day close."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from branch import till_acceptance, tills
from branch.day_checks import day_checks
from branch.days import ChecksError
from branch.tills import TillError
from schemas.domain.policy import Policy
from schemas.tables.tills import till_acceptance as held_table
from tests.branch.shop import CODE, DAY, MANAGER, LaneTill, Shop


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """Give a lane whose till is 2.00 short, at a branch where 1.00 is tolerated."""
    shop.set_policy(Policy(tolerance=100))
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell()
    lane.end_shift()
    lane.push()
    shop.count(lane.shift, cash=10_150)
    return lane


def codes(shop: Shop) -> list[str]:
    with shop.engine.connect() as connection:
        found = day_checks(connection, CODE, DAY, shop.clock())
    return [one.code for one in found if one.code.startswith("till")]


def accept(shop: Shop, lane: LaneTill, authority: str = "N001-D", reason: str = "robbed") -> None:
    with shop.engine.begin() as connection:
        till_acceptance.accept(
            connection, CODE, lane.shift, MANAGER, authority, reason, shop.clock()
        )


def test_beyond_the_tolerance_the_day_waits_for_a_second_person(shop: Shop, lane: LaneTill) -> None:
    assert codes(shop) == ["till_beyond"]
    with pytest.raises(ChecksError):
        shop.close_day()
    for authority, reason, why in ((MANAGER, "robbed", "Somebody else"), ("N001-D", " ", "why")):
        with pytest.raises(TillError, match=why):
            accept(shop, lane, authority, reason)
    accept(shop, lane)
    assert codes(shop) == []
    shop.close_day()
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        (row,) = connection.execute(select(held_table))
    assert (row.authority, row.reason, row.differences) == ("N001-D", "robbed", {"cash": -200})


def test_an_acceptance_is_of_one_count(shop: Shop, lane: LaneTill) -> None:
    accept(shop, lane)
    shop.count(lane.shift, "again", cash=10_100)
    assert codes(shop) == ["till_beyond"]
    shop.count(lane.shift, "and again", cash=10_300)
    assert codes(shop) == ["till_short"]
    with pytest.raises(TillError, match="waits for nobody"):
        accept(shop, lane)


def test_without_a_tolerance_a_manager_accepts_alone(shop: Shop, lane: LaneTill) -> None:
    shop.set_policy(Policy())
    assert codes(shop) == ["till_short"]
    with shop.engine.connect() as connection:
        till = tills.find_till(connection, CODE, lane.shift)
        assert not till_acceptance.needs_acceptance(connection, CODE, till)
