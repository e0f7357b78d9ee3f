"""A branch's business day as a story, from the lanes' journals to headquarters' tables."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select

from branch.checks import Check
from branch.day_state import DayError, find_day
from branch.days import ChecksError
from replication.errors import LinkDownError
from schemas.domain.ticket import TenderLine
from schemas.tables.catalogue import business_day_record
from schemas.tables.days import day_reopening, day_revision, till_count
from schemas.tables.stock import stock_move, stock_on_hand
from schemas.tables.tickets import ticket
from tests.branch.shop import CODE, DAY, Shop, load, piece


def found(error: pytest.ExceptionInfo[ChecksError]) -> list[str]:
    """The findings of a refused close, in English."""
    return [str(check.problem) for check in error.value.checks]


def codes(checks: tuple[Check, ...]) -> list[str]:
    return [check.code for check in checks]


def revisions(connection: Connection) -> list[tuple[int, int, list[str]]]:
    """Revision, receipts and differences of the day as a site holds them."""
    rows = connection.execute(select(day_revision).order_by(day_revision.c.revision))
    return [(row.revision, row.computed["tickets"], row.differences) for row in rows]


def test_a_day_opens_sells_is_counted_and_closes_and_headquarters_agrees(shop: Shop) -> None:
    shop.open_day()
    first, second = shop.lane(1), shop.lane(2)
    morning = first.open_shift("C1")
    first.sell(piece("milk", 350), piece("bread", 420, number=2))
    first.sell(piece("milk", 350, 2000), tenders=(TenderLine("cash", 1000),), change=300)
    first.sell(piece("wine", 900), tenders=(TenderLine("card", 900),))
    first.end_shift()
    idle = second.open_shift("C2")
    second.end_shift()
    for lane in (first, second):
        lane.push()
    shop.count(morning, cash=10_000 + 770 + 700, card=900)
    shop.count(idle, cash=9_990)
    with pytest.raises(ChecksError) as refused:
        shop.close_day()
    assert found(refused) == ["The till of C2 at N001.02 is short by 0.10"]
    closed = shop.close_day(DAY, *(check.key for check in refused.value.checks))
    assert (closed.revision, closed.totals.tickets, closed.totals.gross) == (1, 3, 2370)
    assert closed.totals.tenders == {"cash": 1470, "card": 900}
    assert closed.totals.over_short == {"cash": -10, "card": 0, "coupon": 0, "qr": 0, "voucher": 0}
    assert [(one.lane, one.tickets) for one in closed.lanes] == [("N001.01", 3), ("N001.02", 0)]

    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        assert revisions(connection) == [(1, 3, [])]


def test_lanes_are_told_of_the_day(shop: Shop) -> None:
    lane = shop.lane(1)
    shop.open_day()
    shop.close_day(DAY, "lane_silent:N001.01")
    shop.reopen_day("the safe was miscounted")
    lane.runner.push_once()
    load(lane.runner)
    with lane.catalogue.connect() as connection:
        told = connection.execute(select(business_day_record)).one()
    assert (told.business_date, told.state) == (DAY, "reopened")


@pytest.mark.fault("10", "a late lane's tickets arriving between the two")
def test_a_late_ticket_counts_at_once_and_a_second_close_holds_it(shop: Shop) -> None:
    shop.open_day()
    first, second = shop.lane(1), shop.lane(2)
    shift = first.open_shift()
    first.sell()
    first.end_shift()
    first.push()
    forgotten = second.open_shift("C2")
    second.sell(piece("cake", 2_000))
    second.end_shift()
    shop.count(shift, cash=10_350)
    shop.close_day(DAY, "lane_silent:N001.02")
    second.push()
    with shop.engine.connect() as connection:
        day = find_day(connection, CODE, DAY)
        assert day is not None
        assert (day.state, day.revision, day.late) == ("closed", 1, 1)
    shop.reopen_day("lane 2 was without a line")
    shop.count(forgotten, cash=12_000)
    assert shop.close_day().revision == 2

    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        assert revisions(connection) == [(1, 1, []), (2, 2, [])]
        reason = connection.execute(select(day_reopening.c.reason)).scalar_one()
        assert reason == "lane 2 was without a line"
        assert connection.execute(select(func.count()).where(ticket.c.late)).scalar_one() == 0


def test_a_missing_receipt_blocks_the_close_and_is_named(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(3)
    shift = lane.open_shift()
    lane.sell()
    lost = [lane.ticket(), lane.ticket(), lane.ticket()]
    lane.sell()
    lane.end_shift()
    lane.push()
    shop.count(shift, cash=10_700)
    with pytest.raises(ChecksError) as refused:
        shop.close_day()
    assert found(refused) == ["Receipts N001.03-000002–000004 have not arrived"]
    lane.state(*lost)
    lane.push()
    shop.count(shift, "three receipts came late", cash=11_750)
    assert shop.close_day().totals.tickets == 5


def test_a_receipt_missing_at_the_end_is_named_by_the_lanes_last_word(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(3)
    shift = lane.open_shift()
    lane.sell()
    lane.ticket()
    lane.end_shift()
    lane.push()
    shop.count(shift, cash=10_350)
    with pytest.raises(ChecksError) as refused:
        shop.close_day()
    assert found(refused) == ["Receipts N001.03-000002 have not arrived"]


def test_a_count_is_corrected_in_a_reopened_day_only(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(1)
    shift = lane.open_shift()
    lane.sell()
    lane.end_shift()
    lane.push()
    shop.count(shift, cash=9_350)
    with pytest.raises(ChecksError) as refused:
        shop.close_day()
    shop.close_day(DAY, *(check.key for check in refused.value.checks))
    with pytest.raises(DayError, match="is closed: re-open the day"):
        shop.count(shift, "a note was stuck", cash=10_350)
    shop.reopen_day("a note was stuck in the drawer")
    shop.count(shift, "a note was stuck", cash=10_350)
    closed = shop.close_day()
    assert (closed.revision, closed.totals.over_short["cash"]) == (2, 0)
    shop.deliver()
    for engine in (shop.engine, shop.headquarters.engine):
        with engine.connect() as connection:
            counts = connection.execute(select(till_count).order_by(till_count.c.number)).all()
            assert [(one.counted["cash"], one.correction) for one in counts] == [
                (9_350, False),
                (10_350, True),
            ]


def test_stock_on_hand_is_what_was_sold_below_nought(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece("milk", 350, 3000), piece("bread", 420, 1000, number=2))
    lane.sell(piece("milk", 350, 1000), piece("milk", 350, 1000, number=2))
    lane.push()
    with shop.engine.connect() as connection:
        rows = connection.execute(select(stock_on_hand).order_by(stock_on_hand.c.item))
        assert [(row.item, row.quantity) for row in rows] == [("bread", -1000), ("milk", -5000)]
        moved = connection.execute(select(func.sum(stock_move.c.quantity))).scalar_one()
        assert moved == -6000


def test_with_headquarters_away_the_branch_closes_and_everything_arrives_once(shop: Shop) -> None:
    shop.line.down = True
    shop.open_day()
    lane = shop.lane(1)
    shift = lane.open_shift()
    lane.sell()
    lane.end_shift()
    lane.push()
    shop.count(shift, cash=10_350)
    shop.close_day()
    with pytest.raises(LinkDownError):
        shop.deliver()
    shop.line.down = False
    shop.deliver()
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        assert revisions(connection) == [(1, 1, [])]
        assert connection.execute(select(func.count()).select_from(ticket)).scalar_one() == 1


def test_a_lane_that_sold_before_the_day_was_opened_opens_it(shop: Shop) -> None:
    lane, other = shop.lane(1), shop.lane(2)
    lane.open_shift()
    lane.sell()
    lane.push()
    with shop.engine.connect() as connection:
        day = find_day(connection, CODE, DAY)
        assert day is not None
        assert day.state == "open"
    other.runner.push_once()
    load(other.runner)
    with other.catalogue.connect() as connection:
        assert connection.execute(select(business_day_record.c.state)).scalar_one() == "open"
    with pytest.raises(DayError, match="is still open"):
        shop.open_day(DAY + timedelta(days=1))
    shop.deliver()
