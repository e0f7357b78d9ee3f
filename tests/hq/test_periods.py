"""Locked periods and orders to reopen a day, as headquarters gives them, and what it knows of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from hq import day_orders, periods
from hq.days import day_history
from replication.console.users import User
from replication.streams import CHAIN_FEED, branch_feed
from schemas.domain.day import DayClosed, DayOpened, DayReopened, DayTotals
from schemas.domain.period import DayOrderAnswered
from schemas.tables import sales_store
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream
from schemas.tables.link import position_report
from schemas.wire.entries import Fact
from tests.hq.conftest import ADMIN, NOON, Chain

DAY = date(2026, 2, 27)
FINANCE = User("FIN", "Finance", "finance")
OF_N001 = User("FIN1", "Finance", "finance", ("N001",))
TOTALS = DayTotals(0, 0, {"cash": 0}, {})


def stated(chain: Chain, *facts: Fact) -> None:
    with chain.hq.engine.begin() as connection:
        sales_store.write(connection, facts)


def opened(chain: Chain) -> None:
    stated(chain, DayOpened("N001", DAY, "N001-M", NOON))


def closed(chain: Chain, revision: int = 1, hours: int = 0) -> None:
    at = NOON + timedelta(hours=hours)
    stated(chain, DayClosed("N001", DAY, revision, "N001-M", at, TOTALS, ()))


def lock(chain: Chain, through: date, audience: str = CHAIN_FEED, actor: User = FINANCE) -> None:
    with chain.hq.engine.begin() as connection:
        periods.lock(connection, audience, through, actor, "month end", NOON)


def unlock(chain: Chain, through: date, actor: User = ADMIN, reason: str = "too early") -> None:
    with chain.hq.engine.begin() as connection:
        periods.unlock(connection, CHAIN_FEED, through, actor, reason, NOON)


def locked(chain: Chain, branch: str = "N001") -> date | None:
    with chain.hq.engine.connect() as connection:
        held = periods.in_force(connection, branch)
    return None if held is None else held.through


def test_a_lock_moves_forward_and_an_administrator_takes_it_back(chain: Chain) -> None:
    lock(chain, date(2026, 1, 31))
    with pytest.raises(periods.PeriodError, match="is locked through 2026-01-31 already"):
        lock(chain, date(2026, 1, 31))
    lock(chain, DAY)
    lock(chain, date(2026, 2, 28), branch_feed("N001"), OF_N001)
    assert (locked(chain), locked(chain, "N002")) == (date(2026, 2, 28), DAY)
    with pytest.raises(periods.PeriodError, match="administrator alone"):
        unlock(chain, date(2025, 12, 31), FINANCE)
    with pytest.raises(periods.PeriodError, match="Say why"):
        unlock(chain, date(2025, 12, 31), reason=" ")
    with pytest.raises(periods.PeriodError, match="nothing to take back"):
        unlock(chain, DAY)
    unlock(chain, date(2025, 12, 31))
    assert locked(chain, "N002") == date(2025, 12, 31)


def test_what_is_not_over_or_not_closed_or_not_theirs_is_not_locked(chain: Chain) -> None:
    opened(chain)
    with pytest.raises(periods.PeriodError, match="Not closed yet: N001 2026-02-27"):
        lock(chain, DAY)
    with pytest.raises(periods.PeriodError, match="is not over yet"):
        lock(chain, NOON.date())
    with pytest.raises(periods.PeriodError, match="outside your own"):
        lock(chain, date(2026, 1, 31), actor=OF_N001)


def test_a_day_that_its_branch_changed_after_the_lock_is_told(chain: Chain) -> None:
    opened(chain)
    closed(chain)
    lock(chain, DAY)
    for is_broken in (False, True):
        with chain.hq.engine.connect() as connection:
            history = day_history(connection, "N001", DAY)
            assert history is not None
            assert periods.broken(connection, history) is is_broken
        at = NOON + timedelta(hours=1)
        if not is_broken:
            stated(chain, DayReopened("N001", DAY, 1, "N001-M", "had not heard", at))


def test_an_order_is_followed_from_its_sending_to_the_next_close(chain: Chain) -> None:
    opened(chain)
    with pytest.raises(day_orders.OrderError, match="is not closed"):
        give(chain)
    closed(chain)
    with pytest.raises(day_orders.OrderError, match="Say why"):
        give(chain, " ")
    number = give(chain)
    assert seen(chain) == "sent"
    with pytest.raises(day_orders.OrderError, match="FIN ordered 2026-02-27 of N001"):
        give(chain)
    arrive(chain)
    assert seen(chain) == "arrived"
    at = NOON + timedelta(hours=1)
    stated(chain, DayReopened("N001", DAY, 1, "FIN", "a count is missing", at),
           DayOrderAnswered("N001", DAY, number, "carried_out", at))  # fmt: skip
    assert seen(chain) == "carried_out"
    closed(chain, 2, 2)
    assert seen(chain) == "reclosed"


def test_a_refused_order_says_so_and_a_locked_day_is_not_ordered(chain: Chain) -> None:
    opened(chain)
    closed(chain)
    stated(chain, DayOrderAnswered("N001", DAY, give(chain), "not_closed", NOON))
    assert seen(chain) == "refused"
    lock(chain, DAY)
    with pytest.raises(day_orders.OrderError, match="that FIN locked through 2026-02-27"):
        give(chain)


def give(chain: Chain, reason: str = "a count is missing") -> str:
    with chain.hq.engine.begin() as connection:
        return day_orders.give(connection, "N001", DAY, FINANCE, reason, NOON)


def seen(chain: Chain) -> str:
    with chain.hq.engine.connect() as connection:
        return day_orders.orders(connection, "N001", DAY)[-1].state


def arrive(chain: Chain) -> None:
    """The branch reports that it stands where the order is."""
    feed = branch_feed("N001")
    with chain.hq.engine.begin() as connection:
        epoch = connection.execute(select(stream.c.epoch).where(stream.c.name == feed)).scalar()
        number = connection.execute(
            select(feed_record.c.number).where(feed_record.c.kind == "day_order")
        ).scalar()
        connection.execute(
            insert(position_report).values(
                site="N001", stream=feed, epoch=epoch, through=number, applied_at=NOON,
                received=NOON,
            )
        )  # fmt: skip
