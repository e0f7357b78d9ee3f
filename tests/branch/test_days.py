"""What a branch's days allow and refuse, and what happens when two do it at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from branch.day_state import DayError, find_day
from branch.days import ChecksError, next_date
from schemas.tables.day_figures import day_totals
from schemas.tables.days import business_day, day_revision
from schemas.tables.journal import journal_entry
from schemas.tables.staff import audit
from schemas.tables.tickets import ticket
from tests.branch.shop import CODE, DAY, Shop, load


def at_once(*acts: Callable[[], object]) -> list[Exception | None]:
    """Do all of it at the same moment: what each raised."""
    barrier = threading.Barrier(len(acts))
    raised: list[Exception | None] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            raised[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def entries(shop: Shop, kind: str) -> int:
    with shop.engine.connect() as connection:
        query = select(func.count()).where(journal_entry.c.kind == kind)
        return connection.execute(query).scalar_one()


def test_at_most_one_day_is_open(shop: Shop) -> None:
    shop.open_day()
    with pytest.raises(DayError, match="2026-03-02 is still open: close it first"):
        shop.open_day(DAY + timedelta(days=1))


def test_a_date_is_opened_once_and_never_before_an_older_one_nor_far_ahead(shop: Shop) -> None:
    shop.open_day()
    shop.close_day()
    with pytest.raises(DayError, match="was opened before: re-open it"):
        shop.open_day()
    with pytest.raises(DayError, match="lies before 2026-03-02"):
        shop.open_day(DAY - timedelta(days=1))
    with pytest.raises(DayError, match="lies beyond tomorrow"):
        shop.open_day(DAY + timedelta(days=2))
    with shop.engine.connect() as connection:
        assert next_date(connection, CODE, shop.clock()) == DAY + timedelta(days=1)
    shop.open_day(DAY + timedelta(days=1))


def test_a_closed_day_may_be_reopened_while_the_next_one_sells(shop: Shop) -> None:
    shop.open_day()
    shop.close_day()
    shop.open_day(DAY + timedelta(days=1))
    shop.reopen_day("a count was wrong")
    assert shop.close_day().revision == 2


@pytest.mark.parametrize("reason", ["", "   "])
def test_reopening_needs_a_reason(shop: Shop, reason: str) -> None:
    shop.open_day()
    shop.close_day()
    with pytest.raises(DayError, match="only with a reason"):
        shop.reopen_day(reason)


def test_only_a_closed_day_is_reopened_and_only_a_day_that_is_there(shop: Shop) -> None:
    with pytest.raises(DayError, match="has no business day"):
        shop.close_day()
    shop.open_day()
    with pytest.raises(DayError, match="is not closed"):
        shop.reopen_day("too early")


@pytest.mark.fault("10", "two re-closes that race")
def test_two_closes_that_race_give_one_revision(shop: Shop) -> None:
    shop.open_day()
    for revision in (1, 2, 3):
        raised = at_once(*[shop.close_day] * 4)
        refusals = [str(one) for one in raised if one is not None]
        assert len(refusals) == 3
        assert all(f"was closed as revision {revision} by" in one for one in refusals), refusals
        assert entries(shop, "day.closed") == revision
        shop.reopen_day(f"round {revision}")
    shop.deliver()


def test_two_openings_that_race_open_one_day(shop: Shop) -> None:
    raised = at_once(shop.open_day, lambda: shop.open_day(DAY + timedelta(days=1)))
    assert sum(one is None for one in raised) == 1, raised
    assert entries(shop, "day.opened") == 1


def test_an_opening_and_an_adoption_that_race_leave_one_day(shop: Shop) -> None:
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell()
    raised = at_once(shop.open_day, lane.push)
    assert raised[1] is None
    assert raised[0] is None or isinstance(raised[0], DayError)
    with shop.engine.connect() as connection:
        assert connection.execute(select(business_day.c.state)).scalars().all() == ["open"]
        assert connection.execute(select(func.count()).select_from(ticket)).scalar_one() == 1


@pytest.mark.fault("10", "a close before its sales")
@pytest.mark.parametrize("seed", range(4))
def test_a_ticket_that_races_a_close_is_in_it_or_late(shop: Shop, seed: int) -> None:
    shop.open_day()
    shop.runner.push_once()
    lane = shop.lane(seed + 1)
    lane.open_shift()
    for _ in range(40):
        lane.sell()
    raised = at_once(lane.push, lambda: shop.close_day(DAY, f"lane_silent:{lane.name}"))
    assert raised[0] is None
    assert raised[1] is None or isinstance(raised[1], ChecksError)
    with shop.engine.connect() as connection:
        day = find_day(connection, CODE, DAY)
        assert day is not None
        assert (day.state, day.late) == (("open", 0) if raised[1] else ("closed", 40))
        assert day_totals(connection, CODE, DAY).tickets == 40
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        differences = connection.execute(select(day_revision.c.differences)).scalars().all()
        assert differences in ([], [[]])


def test_an_accepted_warning_leaves_who_accepted_it(shop: Shop) -> None:
    shop.lane(4)
    shop.open_day()
    with pytest.raises(ChecksError, match=r"Lane N001\.04 has never been heard of"):
        shop.close_day()
    shop.close_day(DAY, "lane_silent:N001.04")
    with shop.engine.connect() as connection:
        noted = connection.execute(select(audit).where(audit.c.act == "day.warning_accepted")).one()
    assert (noted.operator, noted.subject) == ("N001-M", "N001 2026-03-02 revision 1")
    assert "N001.04" in noted.reason


def test_a_silent_lane_and_one_that_still_sends_are_told(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.runner.push_once()
    lane.cancel()
    lane.runner.report_once()
    with pytest.raises(ChecksError, match=r"is still sending; entries to go: 1"):
        shop.close_day()
    shop.clock.pass_minutes(16)
    with pytest.raises(ChecksError, match=r"last heard of .* not yet sent then: 1"):
        shop.close_day()
    lane.push()
    shop.close_day()
    load(lane.runner)
