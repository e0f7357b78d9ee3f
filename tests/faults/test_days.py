"""Days that are closed while their journals are on their way, and clocks that do what clocks do: in
the end lanes, branch and headquarters hold the same tickets, and the day's figures agree.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from branch.day_state import find_day
from hq.days import verify_day
from replication import quarantine
from replication.errors import LinkDownError, RefusedError
from replication.testing import Faults
from schemas.domain.ticket import Ticket
from schemas.tables.days import business_day, day_revision
from schemas.tables.journal import journal_entry
from schemas.tables.tickets import ticket
from tests.branch.shop import CODE, DAY, ZONE, LaneTill, Shop, piece

BAD_LINE = Faults(lost=0.2, unanswered=0.2, repeated=0.2, stale=0.2, damaged=0.1, cut=0.1)


def deliver(shop: Shop, turns: int = 1) -> None:
    """Let the branch's link go on, whatever its line does to it."""
    for _ in range(turns):
        try:
            shop.runner.push_once()
        except (LinkDownError, RefusedError):
            shop.runner.greet_again()


def all_delivered(shop: Shop) -> None:
    shop.line.faults = Faults()
    shop.line.down = False
    shop.runner.greet_again()
    deliver(shop, 3)


def held(engine: Engine) -> list[tuple[str, str, date, int, datetime]]:
    """The tickets of a site, one by one."""
    with engine.connect() as connection:
        rows = connection.execute(select(ticket).order_by(ticket.c.uuid))
        return [(r.uuid, r.lane, r.business_date, r.total, r.committed) for r in rows]


def sold(lanes: Iterable[LaneTill]) -> list[tuple[str, str, date, int, datetime]]:
    every: list[Ticket] = sorted(
        (one for lane in lanes for one in lane.sold), key=lambda one: one.uuid
    )
    return [(t.uuid, t.lane, t.business_date, t.total, t.committed) for t in every]


def revisions(engine: Engine, on: date = DAY) -> list[tuple[int, int, int]]:
    """Revision, tickets and gross of a day, as a site holds them."""
    query = select(day_revision).where(day_revision.c.business_date == on)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(day_revision.c.revision))
        return [(r.revision, r.computed["tickets"], r.computed["gross"]) for r in rows]


def assert_agreed(shop: Shop, lanes: Iterable[LaneTill], *days: date) -> None:
    """Ticket by ticket at every site, entry by entry, and the days' control totals."""
    above = shop.headquarters.engine
    assert held(shop.engine) == held(above) == sold(lanes)
    with shop.engine.connect() as here, above.connect() as there:
        wrote = select(journal_entry.c.hash).where(journal_entry.c.stream == f"journal:{CODE}")
        ordered = wrote.order_by(journal_entry.c.sequence)
        assert here.execute(ordered).scalars().all() == there.execute(ordered).scalars().all()
        for on in days or (DAY,):
            assert verify_day(there, CODE, on) == ()
        assert quarantine.count_waiting(here) == quarantine.count_waiting(there) == 0


@pytest.mark.fault("10", "a day re-closed while its journals are in flight, twice")
@pytest.mark.fault("10", "a late lane's tickets arriving between the two")
@pytest.mark.parametrize("seed", range(3))
def test_a_day_is_re_closed_twice_while_its_journals_are_in_flight(shop: Shop, seed: int) -> None:
    rng = random.Random(seed)
    shop.line._random.seed(seed)
    shop.line.faults = BAD_LINE
    shop.open_day()
    lanes = [shop.lane(number) for number in (1, 2, 3)]
    shifts = [lane.open_shift() for lane in lanes]
    for number, lane in enumerate(lanes):
        for _ in range(rng.randint(3, 9)):
            lane.sell(piece("milk", 350))
        lane.end_shift()
        if number == 0:
            lane.push()
            shop.count(shifts[0], cash=10_000 + lane.gross)
            silent = [f"lane_silent:{one.name}" for one in lanes[1:]]
            shop.close_day(DAY, *silent)
        else:
            # The late lane's tickets come between one close and the next.
            deliver(shop, rng.randint(0, 2))
            lane.push()
            shop.reopen_day(f"{lane.name} was without a line")
            deliver(shop, rng.randint(0, 2))
            shop.count(shifts[number], cash=10_000 + lane.gross)
            shop.close_day(DAY, *silent[number:])
        deliver(shop, rng.randint(0, 3))
    all_delivered(shop)
    assert_agreed(shop, lanes)
    counts = [len(lane.sold) for lane in lanes]
    wanted = [(n, sum(counts[:n]), 350 * sum(counts[:n])) for n in (1, 2, 3)]
    assert revisions(shop.engine) == revisions(shop.headquarters.engine) == wanted


@pytest.mark.fault("10", "a close before its sales")
def test_a_close_that_comes_before_its_sales_is_completed_by_the_next_one(shop: Shop) -> None:
    shop.open_day()
    first, late = shop.lane(1), shop.lane(2)
    counted = first.open_shift()
    first.sell()
    first.end_shift()
    first.push()
    uncounted = late.open_shift()
    late.sell(piece("wine", 900))
    late.end_shift()
    shop.count(counted, cash=10_350)
    shop.close_day(DAY, f"lane_silent:{late.name}")
    deliver(shop)
    late.push()
    deliver(shop)
    with shop.headquarters.engine.connect() as connection:
        assert verify_day(connection, CODE, DAY) != (), "what came after its close is told"
    with shop.engine.connect() as connection:
        day = find_day(connection, CODE, DAY)
        assert day is not None
        assert day.late == 1
    shop.reopen_day("the wine came late")
    shop.count(uncounted, cash=10_900)
    shop.close_day()
    all_delivered(shop)
    assert_agreed(shop, [first, late])
    assert revisions(shop.headquarters.engine) == [(1, 1, 350), (2, 2, 1250)]


@pytest.mark.fault("10", "two re-closes that race")
@pytest.mark.parametrize("seed", range(2))
def test_two_re_closes_that_race_are_one_at_headquarters_too(shop: Shop, seed: int) -> None:
    from tests.branch.test_days import at_once

    shop.open_day()
    lane = shop.lane(seed + 1)
    shift = lane.open_shift()
    lane.sell()
    lane.end_shift()
    lane.push()
    shop.count(shift, cash=10_350)
    shop.close_day()
    shop.reopen_day("counted anew")
    raised = at_once(shop.close_day, shop.close_day, lambda: deliver(shop))
    assert sum(one is None for one in raised[:2]) == 1, raised
    all_delivered(shop)
    assert_agreed(shop, [lane])
    assert revisions(shop.headquarters.engine) == [(1, 1, 350), (2, 1, 350)]


@pytest.mark.fault("7", "the clock jumping by hours and years")
@pytest.mark.parametrize(
    "jump",
    [timedelta(hours=5), timedelta(hours=-5), timedelta(days=3650), timedelta(days=-3650)],
    ids=["hours-ahead", "hours-back", "years-ahead", "years-back"],
)
def test_a_clock_that_jumps_changes_no_order_and_no_day(shop: Shop, jump: timedelta) -> None:
    """The lanes' and the branch's clock jumps in the middle of the day, and is set right later."""
    shop.open_day()
    lane = shop.lane(1)
    shift = lane.open_shift()
    lane.sell(piece("milk", 350))
    lane.push()
    deliver(shop)
    right = shop.clock.now
    shop.clock.now += jump
    lane.sell(piece("bread", 420))
    lane.push()
    deliver(shop)
    shop.runner.report_once()
    shop.clock.now = right + timedelta(minutes=10)
    lane.sell(piece("wine", 900))
    lane.end_shift()
    lane.push()
    shop.count(shift, cash=10_000 + 350 + 420 + 900)
    shop.close_day()
    all_delivered(shop)
    assert_agreed(shop, [lane])
    assert revisions(shop.headquarters.engine) == [(1, 3, 1670)]
    with shop.headquarters.engine.connect() as connection:
        order = connection.execute(
            select(ticket.c.counter, ticket.c.business_date).order_by(ticket.c.counter)
        )
        assert [tuple(row) for row in order] == [(n, DAY) for n in (1, 2, 3)]


NIGHTS = {
    # Half past one comes twice, and half past two not at all.
    "autumn": (date(2026, 10, 31), ("04:30", "05:30", "06:30", "07:30")),
    "spring": (date(2026, 3, 7), ("05:30", "06:00", "06:30", "06:59")),
}


@pytest.mark.fault("7", "a daylight-saving night")
@pytest.mark.fault("7", "a business day that ends at 03:00")
@pytest.mark.parametrize("season", NIGHTS)
def test_a_business_day_that_ends_at_three_in_a_daylight_saving_night(
    shop: Shop, season: str
) -> None:
    """A shop that sells past midnight: every ticket of the night belongs to the evening's date, in the
    order in which it was sold, and the next day begins when the manager opens it at three.
    """
    evening, sales = NIGHTS[season]
    morning, zone = evening + timedelta(days=1), ZoneInfo(ZONE)
    shop.clock.now = datetime.combine(evening, time(20), zone).astimezone(UTC)
    shop.open_day(evening)
    lane = shop.lane(1)
    lane.business_date = evening
    shift = lane.open_shift()
    lane.sell()
    for at in sales:
        shop.clock.now = datetime.combine(morning, time.fromisoformat(at), UTC)
        assert shop.clock.now.astimezone(zone).date() == morning
        lane.sell()
        lane.push()
        deliver(shop)
    lane.end_shift()
    lane.push()
    shop.count(shift, cash=10_000 + lane.gross)
    shop.clock.now = datetime.combine(morning, time(3), zone).astimezone(UTC)
    lane.push()
    shop.close_day(evening)
    shop.open_day(morning)
    lane.business_date, lane.tickets, lane.gross = morning, 0, 0
    second = lane.open_shift()
    lane.sell()
    lane.end_shift()
    lane.push()
    shop.count(second, cash=10_350)
    shop.close_day(morning)
    all_delivered(shop)
    assert_agreed(shop, [lane], evening, morning)
    above = shop.headquarters.engine
    assert revisions(above, evening) == [(1, 5, 5 * 350)]
    assert revisions(above, morning) == [(1, 1, 350)]
    with above.connect() as connection:
        dates = connection.execute(
            select(ticket.c.counter, ticket.c.business_date).order_by(ticket.c.committed)
        )
        assert [tuple(row) for row in dates] == [*((n, evening) for n in range(1, 6)), (6, morning)]
        states = connection.execute(select(business_day.c.state)).scalars().all()
        assert states == ["closed", "closed"]
