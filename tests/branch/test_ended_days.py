"""A day whose sales are ended before it is closed: the forgotten close, midnight, a day that ends at three."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from branch import days
from branch.day_feed import announce_facts
from branch.day_state import Day, DayError, find_day, unfinished
from branch.next_steps import next_steps
from schemas.domain.day import DayEnded
from schemas.domain.policy import Policy
from schemas.tables import sales_store
from schemas.tables.catalogue import business_day_record
from schemas.tables.days import business_day
from schemas.tables.tickets import ticket
from tests.branch.shop import CODE, DAY, MANAGER, LaneTill, Shop, load

NEXT = DAY + timedelta(days=1)


def end(shop: Shop) -> DayEnded:
    with shop.engine.begin() as connection:
        return days.end_day(connection, CODE, DAY, MANAGER, shop.clock())


def day(shop: Shop) -> Day:
    with shop.engine.connect() as connection:
        found = find_day(connection, CODE, DAY)
    assert found is not None
    return found


def told(shop: Shop, lane: LaneTill) -> dict[object, str]:
    load(lane.runner)
    with lane.catalogue.connect() as connection:
        rows = connection.execute(select(business_day_record))
        return {row.business_date: row.state for row in rows}


def test_a_forgotten_day_is_ended_the_next_one_opened_and_the_first_closed_in_its_time(
    shop: Shop,
) -> None:
    shop.open_day()
    lane, running = shop.lane(1), shop.lane(2)
    first, second = lane.open_shift(), running.open_shift("C2")
    lane.sell()
    running.sell()
    lane.end_shift()
    for one in (lane, running):
        one.push()
    shop.clock.pass_minutes(20 * 60)
    with shop.engine.connect() as connection:
        assert str(next_steps(connection, CODE, shop.clock())[0].what).startswith(
            "2026-03-02 was never closed"
        )
    with pytest.raises(DayError, match="close it first, or end its sales"):
        shop.open_day(NEXT)
    end(shop)
    assert day(shop).state == "ended"
    with pytest.raises(DayError, match="is not open"):
        end(shop)
    shop.open_day(NEXT)
    assert told(shop, lane) == {DAY: "closed", NEXT: "open"}

    # The shift that ran keeps its date: what it sells meanwhile came in time.
    running.sell()
    lane.business_date = NEXT
    lane.open_shift()
    lane.sell()
    running.end_shift()
    for one in (lane, running):
        one.push()
    with shop.engine.connect() as connection:
        rows = connection.execute(
            select(ticket.c.business_date, ticket.c.late, func.count())
            .group_by(ticket.c.business_date, ticket.c.late)
            .order_by(ticket.c.business_date)
        ).all()
    assert [tuple(row) for row in rows] == [(DAY, False, 3), (NEXT, False, 1)]
    shop.count(first, cash=10_350)
    shop.count(second, cash=10_700)
    assert shop.close_day().totals.tickets == 3
    with shop.engine.connect() as connection:
        assert [one.business_date for one in unfinished(connection, CODE)] == [NEXT]
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        states = connection.execute(
            select(business_day.c.state).order_by(business_day.c.business_date)
        ).scalars()
        assert states.all() == ["closed", "open"]


def test_a_headquarters_that_learns_of_the_end_after_the_close_keeps_the_day_closed(
    shop: Shop,
) -> None:
    shop.open_day()
    fact = end(shop)
    shop.close_day()
    with shop.engine.begin() as connection:
        sales_store.write(connection, [fact])
    assert day(shop).state == "closed"
    assert day(shop).revision == 1


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        # Half past two in New York belongs to the day before, three o'clock to the new one.
        ("2026-03-03T07:30", "2026-03-02"),
        ("2026-03-03T08:00", "2026-03-03"),
        # In the night to 8 March clocks go forward at two: three o'clock is an hour earlier.
        ("2026-03-08T06:59", "2026-03-07"),
        ("2026-03-08T07:00", "2026-03-08"),
    ],
)
def test_a_day_that_ends_at_three_is_proposed_by_its_own_midnight(
    shop: Shop, at: str, expected: str
) -> None:
    shop.set_policy(Policy(day_ends=time(3)))
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    with shop.engine.connect() as connection:
        assert days.next_date(connection, CODE, now).isoformat() == expected


def test_a_day_across_midnight_takes_what_is_sold_after_it(shop: Shop) -> None:
    shop.set_policy(Policy(day_ends=time(3)))
    shop.open_day()
    lane = shop.lane(1)
    shift = lane.open_shift()
    lane.sell()
    shop.clock.now = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
    lane.sell()
    lane.end_shift()
    lane.push()
    with shop.engine.connect() as connection:
        said = [str(one.what) for one in next_steps(connection, CODE, shop.clock())]
    assert said == ["2026-03-02: tills to count: 1."]
    shop.count(shift, cash=10_700)
    assert shop.close_day().totals.tickets == 2


def test_lanes_are_told_the_same_when_the_branch_is_put_back(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.push()
    with shop.engine.begin() as connection:
        announce_facts(connection, CODE, [DayEnded(CODE, DAY, MANAGER, shop.clock())])
    assert told(shop, lane) == {DAY: "closed"}
