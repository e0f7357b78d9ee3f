"""A day that is closed without a lane, and what comes of that lane when it is back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from branch import days
from branch.absent_lanes import Gone
from branch.day_checks import day_checks
from branch.day_state import Day, DayError, find_day
from branch.days import ChecksError
from hq.completeness import assess
from hq.days import day_history
from hq.reports.branches import known_branches
from schemas.domain.day import DayClosed
from schemas.domain.policy import Policy
from schemas.tables.day_figures import day_totals
from schemas.tables.days import day_revision
from schemas.tables.staff import audit
from tests.branch.shop import CODE, DAY, MANAGER, LaneTill, Shop

DEAD = Gone("N001.02", "its disk is dead", "N001-D")


def close(shop: Shop, *gone: Gone, accepted: Sequence[str] = ()) -> DayClosed:
    with shop.engine.begin() as connection:
        return days.close_day(connection, CODE, DAY, MANAGER, shop.clock(), accepted, gone)


def day(shop: Shop) -> Day:
    with shop.engine.connect() as connection:
        found = find_day(connection, CODE, DAY)
    assert found is not None
    return found


def gaps(shop: Shop) -> dict[str, int]:
    """What headquarters' figures of the day lack."""
    with shop.headquarters.engine.connect() as connection:
        known = known_branches(connection, [CODE])
        found = assess(connection, known, DAY, DAY, shop.clock()).by_problem()
    return {problem: of[0].count for problem, of in found.items()}


def a_dead_lane(shop: Shop) -> LaneTill:
    """One lane is counted; of the other two receipts came, the third did not, and its shift runs."""
    shop.open_day()
    lane, dead = shop.lane(1), shop.lane(2)
    shift = lane.open_shift()
    lane.sell()
    lane.end_shift()
    lane.push()
    shop.count(shift, cash=10_350)
    dead.open_shift("C2")
    dead.sell()
    dead.push()
    dead.line.down = True
    dead.sell()
    shop.clock.pass_minutes(60)
    lane.push()
    return dead


def test_a_day_closes_without_a_dead_lane_under_authority_and_again_with_it(shop: Shop) -> None:
    dead = a_dead_lane(shop)
    with pytest.raises(ChecksError, match="cannot be closed yet"):
        close(shop)
    fact = close(shop, DEAD)
    [absent] = fact.absent
    assert (absent.lane, absent.reason, absent.operator, absent.authority) == (
        "N001.02", "its disk is dead", MANAGER, "N001-D",
    )  # fmt: skip
    assert absent.missing == ("shift_running:N001.02-shift-1", "lane_silent:N001.02")
    assert (day(shop).absent, day(shop).late) == (("N001.02",), 0)
    with shop.engine.connect() as connection:
        notes = connection.execute(
            select(audit.c.reason).where(audit.c.act == "day.lane_absent")
        ).scalars()
        assert notes.all() == ["its disk is dead (N001-D)"]
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        held = day_history(connection, CODE, DAY)
        assert held is not None
        assert held.revisions[0].absent == fact.absent
        assert held.revisions[0].differences == ()
    assert gaps(shop) == {"absent": 1}

    dead.line.down = False
    dead.sell()
    dead.end_shift()
    dead.push()
    assert (day(shop).absent, day(shop).late) == (("N001.02",), 2)
    shop.deliver()
    assert gaps(shop) == {"absent": 1, "late": 2}
    with shop.engine.connect() as connection:
        assert day_totals(connection, CODE, DAY).tickets == 4
    shop.reopen_day("lane 2 is back")
    with pytest.raises(ChecksError, match="cannot be closed yet"):
        close(shop)
    shop.count(dead.shift, cash=10_000 + 3 * 350)
    again = close(shop)
    assert (again.revision, again.absent, again.totals.tickets) == (2, (), 4)
    assert (day(shop).absent, day(shop).late) == ((), 0)
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        rows = connection.execute(
            select(day_revision.c.absent, day_revision.c.differences).order_by(
                day_revision.c.revision
            )
        ).all()
        assert [(len(row.absent), row.differences) for row in rows] == [(1, []), (0, [])]
    assert gaps(shop) == {}


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (Gone("N001.02", " ", "N001-D"), "only with a reason"),
        (Gone("N001.02", "dead"), "only if a second person agrees"),
        (Gone("N001.02", "dead", MANAGER), "only if a second person agrees"),
        (Gone("N001.01", "dead", "N001-D"), "Nothing of lane N001.01 stands in the way"),
    ],
)
def test_a_lane_is_left_out_only_as_it_may_be(shop: Shop, gone: Gone, said: str) -> None:
    a_dead_lane(shop)
    with pytest.raises(DayError, match=said):
        close(shop, gone)
    assert day(shop).state == "open"


def test_where_headquarters_asks_for_no_second_person_a_reason_is_enough(shop: Shop) -> None:
    a_dead_lane(shop)
    shop.set_policy(Policy(absent_lane_authority=False))
    assert close(shop, Gone("N001.02", "dead")).absent[0].authority == ""


def test_missing_receipts_and_an_uncounted_till_are_gone_with_their_lane(shop: Shop) -> None:
    shop.open_day()
    dead = shop.lane(1)
    dead.open_shift()
    dead.ticket()
    dead.sell()
    dead.end_shift()
    dead.push()
    with shop.engine.connect() as connection:
        found = {one.code for one in day_checks(connection, CODE, DAY, shop.clock())}
    assert found == {"till_uncounted", "receipts_missing"}
    [absent] = close(shop, Gone(dead.name, "stolen", "N001-D")).absent
    assert absent.missing == (
        "till_uncounted:N001.01-shift-1", "receipts_missing:N001.01-000001",
    )  # fmt: skip
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        differences = connection.execute(select(day_revision.c.differences)).scalar_one()
    assert differences == []
