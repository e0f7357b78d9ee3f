"""What a close finds, and what headquarters' policy makes of it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from branch.day_checks import day_checks
from schemas.domain.policy import Policy
from schemas.tables.link import site_status
from tests.branch.shop import CODE, DAY, Shop


def found(shop: Shop) -> dict[str, bool]:
    with shop.engine.connect() as connection:
        return {one.code: one.blocking for one in day_checks(connection, CODE, DAY, shop.clock())}


def test_headquarters_says_what_stops_what_warns_and_what_is_not_told(shop: Shop) -> None:
    shop.open_day()
    lane, silent = shop.lane(1), shop.lane(2)
    shift = lane.open_shift()
    lane.sell()
    lane.push()
    assert found(shop) == {"shift_running": True, "lane_silent": False}
    # No choice lets receipts or money be closed over.
    shop.set_policy(Policy(checks={"lane_silent": "ignore", "shift_running": "warn"}))
    assert found(shop) == {"shift_running": True}
    lane.end_shift()
    lane.push()
    shop.count(shift, cash=10_000)
    assert found(shop) == {"till_short": False}
    shop.set_policy(Policy(checks={"till_short": "stop", "lane_silent": "stop"}))
    assert found(shop) == {"till_short": True, "lane_silent": True}
    silent.push()
    assert found(shop) == {"till_short": True}


def test_a_lane_whose_clock_is_wrong_is_told(shop: Shop) -> None:
    shop.open_day()
    shop.lane(1).push()
    before = shop.clock() - timedelta(minutes=7)
    with shop.engine.begin() as connection:
        connection.execute(update(site_status).values(received=before))
        told = [str(one) for one in day_checks(connection, CODE, DAY, shop.clock())]
    assert [one.partition(":")[0] for one in told] == [
        "The clock of lane N001.01 is ahead by 7 minutes"
    ]
