"""A lane's machine replaced, a lane retired: what that asks for, and what it leaves."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from branch import lane_changes, lanes
from branch.day_checks import day_checks
from branch.lane_changes import Change
from branch.lanes import LaneError
from schemas.tables.link import enrolment_token
from schemas.tables.tickets import ticket
from tests.branch.shop import CODE, DAY, MANAGER, Shop


def test_a_lane_that_has_not_sent_everything_is_not_replaced_by_mistake(shop: Shop) -> None:
    lane = shop.lane(1)
    lane.push()
    lane.open_shift()
    lane.runner.report_once()
    ledger, now = shop.branch.ledger, shop.clock()
    with shop.engine.begin() as connection:
        with pytest.raises(LaneError, match="had not sent 1 entries"):
            lane_changes.replace(
                connection, CODE, Change(lane.name, MANAGER, "clicks"), now, ledger=ledger
            )
        with pytest.raises(LaneError, match="only with a reason"):
            lane_changes.retire(
                connection, CODE, Change(lane.name, MANAGER, " ", may_stay=True), now, ledger=ledger
            )
    with shop.engine.begin() as connection:
        change = Change(lane.name, MANAGER, "clicks", may_stay=True)
        first = lane_changes.replace(connection, CODE, change, now, ledger=ledger)
    # Replaced once more: the token of before lets nobody in.
    with shop.engine.begin() as connection:
        second = lane_changes.replace(connection, CODE, change, now, ledger=ledger)
        tokens = connection.execute(select(enrolment_token.c.token)).scalars().all()
        past = lane_changes.history(connection, lane.name)
    assert tokens == [second.partition(".")[0]] != [first.partition(".")[0]]
    assert [one.act for one in past].count("lane.replace") == 2
    assert {one.reason for one in past if one.act == "lane.replace"} == {"clicks"}


def test_a_retired_lane_keeps_its_receipts_and_is_warned_of_no_more(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(1)
    shift = lane.open_shift()
    sold = lane.sell()
    lane.end_shift()
    lane.push()
    shop.count(shift, cash=10_000 + sold.total)
    shop.clock.pass_minutes(60)
    with shop.engine.begin() as connection:
        before = {one.code for one in day_checks(connection, CODE, DAY, shop.clock())}
        change = Change(lane.name, MANAGER, "sold")
        lane_changes.retire(connection, CODE, change, shop.clock(), ledger=shop.branch.ledger)
        after = {one.code for one in day_checks(connection, CODE, DAY, shop.clock())}
        held = connection.execute(select(func.count()).select_from(ticket)).scalar_one()
        (listed,) = lanes.lanes(connection, CODE)
    assert before - after == {"lane_silent"}
    assert held == 1
    assert listed.revoked == shop.clock()
    shop.close_day()
