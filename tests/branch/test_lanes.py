from __future__ import annotations

import pytest

from branch import lanes
from branch.lanes import LaneError
from replication.errors import RefusedError
from tests.branch.shop import CODE, MANAGER, Shop


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("N001.01", True),
        ("N001.99", True),
        ("N001.1", False),
        ("N002.01", False),
        ("N001", False),
        ("N001.01.01", False),
        ("N001x01", False),
        ("", False),
    ],
)
def test_a_lane_is_named_after_its_branch(name: str, good: bool) -> None:
    assert lanes.is_lane_name(CODE, name) is good


def test_a_token_is_issued_for_an_own_lane_only(shop: Shop) -> None:
    with shop.engine.begin() as connection:
        token = lanes.issue_token(connection, CODE, "N001.05", MANAGER, shop.clock())
        assert token.count(".") == 1
        with pytest.raises(LaneError, match=r"name it N001\.01"):
            lanes.issue_token(connection, CODE, "N002.05", MANAGER, shop.clock())


def test_a_lane_tells_how_it_stands(shop: Shop) -> None:
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell()
    with shop.engine.connect() as connection:
        (before,) = lanes.lanes(connection, CODE)
    assert (before.heard, before.last_receipt, before.unsent) == (None, None, 0)
    lane.push()
    with shop.engine.connect() as connection:
        (after,) = lanes.lanes(connection, CODE)
    assert (after.heard, after.last_receipt, after.unsent) == (shop.clock(), "N001.01-000001", 0)


@pytest.mark.fault("5", "a revoked key")
def test_a_revoked_lane_is_refused_and_what_it_sent_stays(shop: Shop) -> None:
    lane = shop.lane(1)
    lane.open_shift()
    lane.push()
    with shop.engine.begin() as connection:
        lanes.revoke(connection, lane.name, MANAGER, "stolen", shop.clock())
    lane.sell()
    with pytest.raises(RefusedError, match="was revoked"):
        lane.push()
    with shop.engine.begin() as connection, pytest.raises(LaneError, match="shut out before"):
        lanes.revoke(connection, lane.name, MANAGER, "again", shop.clock())
    with shop.engine.begin() as connection, pytest.raises(LaneError, match="with a reason"):
        lanes.revoke(connection, lane.name, MANAGER, "  ", shop.clock())
