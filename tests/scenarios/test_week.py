"""A store's week. Every story ends with cash, stock, journals and headquarters' figures as the model has them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from branch import days
from branch.absent_lanes import Gone
from branch.day_state import DayError, find_day
from branch.days import ChecksError
from schemas.domain.policy import Policy
from tests.branch.shop import CODE, MANAGER
from tests.scenarios.store import Store


def cut_off(connection: Connection) -> None:
    """End the database's process of a transaction that is not committed."""
    process = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with connection.engine.begin() as other:
        other.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})


def test_monday_a_normal_day(store: Store) -> None:
    """A day like any other.

    08:00  the day is opened, 60 bottles of milk come at 2.40, 20 loaves at 2.90
           lane 1 sells 8 milk and 3 bread, for cash and by card; one milk comes back; 100.00 go to the safe
           lane 2 sells a bottle of wine of which nobody knows the cost
    21:00  both end, are counted, lane 2 lacks 1.00; the day is closed.
    """
    store.opens()
    order = store.is_to_receive(14_400, milk=60)
    store.receives(order, {"milk": 14_400}, milk=60)
    order = store.is_to_receive(5_800, bread=20)
    store.receives(order, {"bread": 5_800}, bread=20)
    first, second = store.starts(1), store.starts(2, "C2")
    store.sells(first, milk=5, bread=3)
    store.sells(first, "card", milk=3)
    store.sells(first, milk=-1)
    store.picks_up(first, 1_000)
    store.sells(second, wine=1)
    store.ends(first, second)
    store.counts(first)
    store.counts(second, short=100)
    assert store.closes() == 1
    store.agrees()
    assert store.model.goods["milk"].quantity == 53_000
    assert store.model.goods["milk"].value == 12_720


def test_tuesday_a_lane_is_dead(store: Store) -> None:
    """Lane 2 dies with a running shift; the day closes without it. It comes back, and the day is closed again."""
    store.opens()
    first, second = store.starts(1), store.starts(2, "C2")
    store.sells(first, milk=2)
    store.sells(second, bread=1)
    second.push()
    second.line.down = True
    store.sells(second, wine=2)
    store.ends(first)
    store.counts(first)
    with pytest.raises(ChecksError, match="cannot be closed yet"):
        store.closes()
    gone = Gone(second.name, "no power", "C2")
    assert store.closes(without=(gone,)) == 1
    store.agrees()

    second.line.down = False
    second.end_shift()
    store.arrives()
    with store.shop.engine.connect() as connection:
        day = find_day(connection, CODE, store.day)
    assert day is not None
    assert (day.state, day.late) == ("closed", 1)
    store.agrees()
    store.reopens("lane 2 is back")
    store.counts(second)
    assert store.closes() == 2
    store.agrees()


def test_wednesday_is_closed_twice(store: Store) -> None:
    """A receipt was rung twice, another was paid by card and keyed as cash, and a till was counted wrong."""
    store.opens()
    lane = store.starts(1)
    store.sells(lane, milk=4)
    twice = store.sells(lane, bread=2)
    store.sells(lane, bread=2)
    by_card = store.sells(lane, wine=1)
    store.ends(lane)
    store.counts(lane, short=840 + 1_900)
    assert store.closes() == 1
    store.agrees()

    store.reopens("rung twice, and a card keyed as cash")
    store.post_voids(twice, "rung twice")
    store.exchanges(by_card, "cash", "card", "it was a card")
    store.counts(lane, "corrected")
    assert store.closes() == 2
    store.agrees()
    assert store.model.first[store.day].gross - store.model.figures(store.day).gross == 840


def test_thursday_the_close_was_forgotten(store: Store) -> None:
    """Nobody closed. The next morning sales of yesterday end, the new day opens at once, and is closed first."""
    store.opens()
    lane = store.starts(1)
    store.sells(lane, milk=1)
    store.ends(lane)
    yesterday, shift = store.day, lane.shift
    store.next_day()
    with pytest.raises(DayError, match="is still open"):
        store.opens()
    with store.shop.engine.begin() as connection:
        days.end_day(connection, CODE, yesterday, MANAGER, store.shop.clock())
    store.opens()
    lane = store.starts(1)
    store.sells(lane, milk=2, bread=1)
    store.counts(lane, shift=shift)
    assert store.closes(yesterday) == 1
    store.sells(lane, bread=1)
    store.ends(lane)
    store.counts(lane)
    assert store.closes() == 1
    store.agrees()


def test_friday_goes_on_past_midnight(store: Store) -> None:
    """The store's day ends at three: what is sold at one in the morning is Friday's."""
    store.shop.set_policy(Policy(day_ends=store.shop.clock().time().replace(hour=3, minute=0)))
    store.opens()
    lane = store.starts(1)
    store.sells(lane, milk=1)
    store.shop.clock.now += timedelta(hours=13)
    store.sells(lane, wine=1)
    with store.shop.engine.connect() as connection:
        proposed = days.next_date(connection, CODE, store.shop.clock())
    assert proposed == store.day + timedelta(days=1)
    store.ends(lane)
    store.counts(lane)
    assert store.closes() == 1
    store.agrees()
    assert store.model.figures(store.day).tickets == 2


def test_saturday_is_counted_while_lanes_sell(store: Store) -> None:
    """Three bottles are missing. One more is sold between the count and its approval, and a lane that was dead
    sends a sale of before the count when all is approved.
    """
    store.opens()
    order = store.is_to_receive(9_600, milk=40)
    store.receives(order, {"milk": 9_600}, milk=40)
    first, second = store.starts(1), store.starts(2, "C2")
    store.sells(first, milk=5)
    store.arrives()
    second.line.down = True
    store.sells(second, milk=2)
    stocktake = store.begins_stocktake("Saturday")
    store.shop.clock.pass_minutes(5)
    # 40 came, 5 and 2 were sold, 3 are missing.
    store.counts_goods(stocktake, milk=30)
    store.shop.clock.pass_minutes(5)
    store.sells(first, milk=1)
    store.arrives()
    store.approves(stocktake)
    second.line.down = False
    store.ends(first, second)
    store.counts(first)
    store.counts(second)
    assert store.closes() == 1
    # In whatever order it was heard of: 29 are there, and 3 of 2.40 were lost.
    store.model.is_counted("milk", 29_000)
    store.agrees()
    assert store.model.reasons["stocktake"] == -720


def test_sunday_a_delivery_is_short(store: Store) -> None:
    """Ordered were 50 bottles at 2.40, of which two were sold before; 44 came."""
    store.opens()
    lane = store.starts(1)
    store.sells(lane, milk=2)
    store.arrives()
    order = store.is_to_receive(12_000, milk=50)
    store.receives(order, {"milk": 10_560}, milk=44)
    store.sells(lane, milk=4)
    store.ends(lane)
    store.counts(lane)
    assert store.closes() == 1
    store.agrees()
    assert (store.model.goods["milk"].quantity, store.model.goods["milk"].value) == (38_000, 9_120)
    assert store.model.reasons["variance"] == -480


def test_the_power_is_cut_at_the_close(store: Store) -> None:
    """The database goes away before the close is committed: the day is open as before, and closes once."""
    store.opens()
    lane = store.starts(1)
    store.sells(lane, milk=3)
    store.ends(lane)
    store.counts(lane)
    with pytest.raises(OperationalError):
        store.closes(before_commit=cut_off)
    with store.shop.engine.connect() as connection:
        day = find_day(connection, CODE, store.day)
    assert day is not None
    assert (day.state, day.revision) == ("open", 0)
    assert store.closes() == 1
    store.agrees()
