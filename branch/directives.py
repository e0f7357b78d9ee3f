"""What headquarters orders a branch to do, carried out by the branch itself: to reopen a day (rule 23),
and to keep nothing back for a pick-up order that it wants no more.

    order arrived, no answer kept    what is done, in one transaction
    the day is closed                day.reopened by who ordered it, and the answer `carried_out`
    it is not, not known, or locked  the answer that says so
    an answer is kept                nothing: it is done
    a cancelled pick-up order that   the answer that its goods are on the shelves; what somebody picked
      nobody touched                 waits for a person
    the branch was restored          nothing, until its journal came back: the answer may be in it

What the line brings is only kept; it is carried out on a thread of its own, because whoever changes a day
locks it first and the feed last. A restart looks at once, so nothing is forgotten, and done twice it
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Row, select

from branch import days, own_journal
from branch.day_state import DayError, find_day, lock_day
from branch.pickups import orders, steps
from replication import recovery
from replication.clock import Clock
from replication.errors import RefusedError
from replication.looking import Looking
from replication.streams import journal_of
from schemas.domain.period import DayOrderAnswered, OrderOutcome
from schemas.tables.catalogue import day_order
from schemas.tables.periods import day_order_answer

_log = structlog.get_logger(__name__)


def looking(engine: Engine, branch: str, clock: Clock) -> Looking:
    """The one who carries orders out. A look costs a scan of a few rows."""

    def look() -> None:
        carry_out(engine, branch, clock())
        put_back(engine, branch, clock())

    return Looking("directives", look)


def carry_out(engine: Engine, branch: str, now: datetime) -> int:
    """Do what has no answer yet, the oldest first, each in a transaction of its own; how many."""
    with engine.connect() as connection:
        waiting = _waiting(connection)
        if not waiting or not _is_whole(connection, branch):
            return 0
    for one in waiting:
        with engine.begin() as connection:
            outcome = _reopen(connection, branch, one, now)
            if outcome is not None:
                answer = DayOrderAnswered(branch, one.business_date, one.number, outcome, now)
                own_journal.state(connection, branch, answer, now)
    return len(waiting)


def put_back(engine: Engine, branch: str, now: datetime) -> int:
    """Answer for pick-up orders that headquarters wants no more and nobody touched; of how many."""
    with engine.connect() as connection:
        if not orders.withdrawn_untouched(connection) or not _is_whole(connection, branch):
            return 0
    return steps.answer_withdrawn(engine, branch, now)


def _is_whole(connection: Connection, branch: str) -> bool:
    """Whether all that this branch ever stated is here: after a restore the answer may be on its way back."""
    try:
        recovery.require_whole(connection, journal_of(branch))
    except RefusedError as error:
        _log.info("directives_wait", why=str(error))
        return False
    return True


def _waiting(connection: Connection) -> Sequence[Row[Any]]:
    answered = select(day_order_answer.c.number)
    query = select(day_order).where(day_order.c.number.not_in(answered))
    return connection.execute(query.order_by(day_order.c.ordered, day_order.c.number)).all()


def _reopen(
    connection: Connection, branch: str, order: Row[Any], now: datetime
) -> OrderOutcome | None:
    """What became of the order; None when another did it meanwhile."""
    if find_day(connection, branch, order.business_date) is None:
        return "no_day"
    day = lock_day(connection, branch, order.business_date)
    if order.number not in {one.number for one in _waiting(connection)}:
        return None
    if day.state != "closed":
        return "not_closed"
    reason = f"{order.reason} (order {order.number} of headquarters)"
    try:
        days.reopen_day(connection, branch, order.business_date, order.operator, reason, now)
    except DayError:
        # It is closed and there is a reason: what is left is the lock.
        return "locked"
    return "carried_out"
