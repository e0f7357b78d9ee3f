"""A period that headquarters locked: nothing in it is reopened, and what comes late counts elsewhere."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from branch import directives
from branch.day_state import DayError, find_day
from hq.days import verify_day
from replication import epochs
from replication.streams import branch_feed, journal_of
from schemas.tables.day_figures import day_totals
from schemas.tables.days import day_reopening
from schemas.tables.periods import day_order_answer
from schemas.tables.tickets import ticket
from schemas.wire import records
from tests.branch.shop import CODE, DAY, LaneTill, Shop, load, publish

NEXT = DAY + timedelta(days=1)


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """A lane that sold once; its day is closed, and a second sale of that day is still with it."""
    shop.open_day()
    made = shop.lane(1)
    made.open_shift()
    made.sell()
    made.end_shift()
    made.push()
    shop.count(made.shift, cash=10_350)
    shop.close_day()
    made.sell()
    return made


def lock(shop: Shop, through: date = DAY) -> None:
    with shop.headquarters.engine.begin() as connection:
        publish(
            connection, branch_feed(CODE),
            records.PeriodLock(
                through=through, operator="FIN", reason="month end", published=shop.clock()
            ),
        )  # fmt: skip
    load(shop.runner)


def order(shop: Shop, number: str = "1", on: date = DAY) -> None:
    with shop.headquarters.engine.begin() as connection:
        publish(
            connection, branch_feed(CODE),
            records.DayOrder(
                number=number, business_date=on, operator="HQ-OPS", reason="a count is missing",
                ordered=shop.clock(),
            ),
        )  # fmt: skip
    load(shop.runner)


def carry_out(shop: Shop) -> int:
    return directives.carry_out(shop.engine, CODE, shop.clock())


def gross(shop: Shop, on: date) -> list[int]:
    """What the day sold for, at the branch and at headquarters."""
    shop.deliver()
    found = []
    for engine in (shop.engine, shop.headquarters.engine):
        with engine.connect() as connection:
            found.append(day_totals(connection, CODE, on).gross)
    return found


def test_a_locked_date_is_not_reopened_and_who_locked_it_is_told(
    shop: Shop, lane: LaneTill
) -> None:
    lock(shop)
    with pytest.raises(DayError, match="that FIN locked through 2026-03-02"):
        shop.reopen_day("too late")
    order(shop)
    assert carry_out(shop) == 1
    with shop.engine.connect() as connection:
        assert connection.execute(select(day_order_answer.c.outcome)).scalars().all() == ["locked"]


@pytest.mark.parametrize("opened_first", [True, False])
def test_what_comes_late_for_a_locked_date_counts_on_the_first_open_day(
    shop: Shop, lane: LaneTill, opened_first: bool
) -> None:
    """It keeps its own date; the locked date stays as it was closed, at both sites."""
    lock(shop)
    if opened_first:
        shop.open_day(NEXT)
    lane.push()
    if not opened_first:
        assert gross(shop, DAY) == [700, 700]
        shop.open_day(NEXT)
    assert gross(shop, DAY) == [350, 350]
    assert gross(shop, NEXT) == [350, 350]
    for engine in (shop.engine, shop.headquarters.engine):
        with engine.connect() as connection:
            row = connection.execute(select(ticket).where(ticket.c.counter == 2)).one()
            assert (row.business_date, row.posted, row.late) == (DAY, NEXT, False)
            day = find_day(connection, CODE, DAY)
            assert day is not None
            assert day.late == 0
    shop.close_day(NEXT)
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        assert verify_day(connection, CODE, DAY) == ()
        assert verify_day(connection, CODE, NEXT) == ()


def test_what_comes_late_for_a_date_that_is_not_locked_counts_on_it(
    shop: Shop, lane: LaneTill
) -> None:
    lock(shop, DAY - timedelta(days=1))
    shop.open_day(NEXT)
    lane.push()
    assert gross(shop, DAY) == [700, 700]


def test_an_order_of_headquarters_reopens_the_day_once_by_its_person(
    shop: Shop, lane: LaneTill
) -> None:
    order(shop)
    assert [carry_out(shop), carry_out(shop)] == [1, 0]
    order(shop, "2")
    order(shop, "3", NEXT)
    assert carry_out(shop) == 2
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        (made,) = connection.execute(select(day_reopening)).all()
        assert (made.operator, made.reason) == (
            "HQ-OPS", "a count is missing (order 1 of headquarters)",
        )  # fmt: skip
        query = select(day_order_answer.c.outcome).order_by(day_order_answer.c.number)
        assert connection.execute(query).scalars().all() == ["carried_out", "not_closed", "no_day"]


def test_an_order_is_carried_out_as_the_server_starts(shop: Shop, lane: LaneTill) -> None:
    order(shop)
    working = directives.looking(shop.engine, CODE, shop.clock)
    working.start()
    working.stop()
    with shop.engine.connect() as connection:
        day = find_day(connection, CODE, DAY)
    assert day is not None
    assert day.state == "reopened"


def test_a_restored_branch_waits_for_its_journal_before_it_carries_out(
    shop: Shop, lane: LaneTill
) -> None:
    """Its answer may be in what headquarters holds of it."""
    order(shop)
    with shop.engine.begin() as connection:
        epochs.begin(connection, journal_of(CODE), "put back", shop.clock())
    assert carry_out(shop) == 0
    shop.runner.greet_again()
    shop.runner.push_once()
    assert carry_out(shop) == 1
