"""Facts from journals, written into the tables of tickets, tills, days and lanes.

Branch and headquarters project the same entries with the same code. `write` raises for a fact that
its writer may not state or that contradicts what is held; the caller sets that entry aside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, update

from schemas.domain.attendance import AttendanceClocked
from schemas.domain.correction import TicketCorrected
from schemas.domain.day import (
    DayClosed,
    DayEnded,
    DayOpened,
    DayReopened,
    LaneTotals,
    lane_differences,
    totals_differences,
)
from schemas.domain.exceptions import TillException
from schemas.domain.lane import LaneEnrolled, LaneRevoked
from schemas.domain.member import MemberRegistered
from schemas.domain.period import DayOrderAnswered, TicketsPosted
from schemas.domain.pickup import PickupStepped
from schemas.domain.safe import SafeCounted, SafeMoved
from schemas.domain.stock.document import StockDocument
from schemas.domain.stock.move import StockMoved
from schemas.domain.suspension import BasketResumed, BasketSuspended
from schemas.domain.ticket import Ticket
from schemas.domain.till import (
    BasketCancelled,
    CashMoved,
    CountersMoved,
    PaymentSettled,
    ShiftEnded,
    ShiftOpened,
    TillCounted,
)
from schemas.domain.till_settlement import TerminalSettled, TillAccepted
from schemas.tables import (
    exceptions,
    lane_keys,
    periods,
    pickup_store,
    stock_store,
    suspended_store,
    ticket_store,
    till_store,
)
from schemas.tables.attendance import attendance
from schemas.tables.day_figures import DayFigures, day_figures
from schemas.tables.days import (
    business_day,
    cancelled_basket,
    cash_move,
    counter_move,
    day_reopening,
    day_revision,
    shift,
)
from schemas.tables.fact_error import FactError
from schemas.tables.tickets import ticket
from schemas.wire.entries import Fact

_OF_A_LANE = (
    Ticket, ShiftOpened, ShiftEnded, BasketCancelled, CashMoved, CountersMoved, PaymentSettled,
    TerminalSettled, TillException, BasketSuspended, BasketResumed, MemberRegistered,
)  # fmt: skip

_KEPT_AS_THEY_ARE: Mapping[type[Fact], Table] = {
    ShiftOpened: shift,
    BasketCancelled: cancelled_basket,
    CashMoved: cash_move,
    CountersMoved: counter_move,
    AttendanceClocked: attendance,
}
#: Those that modules of their own write.
_STORES: Mapping[type[Fact], Callable[[Connection, Any], None]] = {
    ShiftEnded: till_store.write,
    TillCounted: till_store.write,
    TillAccepted: till_store.write,
    TerminalSettled: till_store.write,
    SafeMoved: till_store.write,
    SafeCounted: till_store.write,
    LaneEnrolled: lane_keys.write,
    LaneRevoked: lane_keys.write,
    PaymentSettled: exceptions.write,
    TillException: exceptions.write,
    BasketSuspended: suspended_store.write,
    BasketResumed: suspended_store.write,
    StockDocument: stock_store.write_document,
    TicketCorrected: ticket_store.write_correction,
    TicketsPosted: periods.write_posted,
    DayOrderAnswered: periods.write_answer,
    PickupStepped: pickup_store.write,
}


def check_writer(fact: Fact, writer: str, branch: str) -> None:
    """A lane speaks of itself, a branch of itself (invariant 11). Raises FactError."""
    states_itself = fact.branch == branch
    if isinstance(fact, _OF_A_LANE):
        states_itself = states_itself and fact.lane == writer
    elif isinstance(fact, (LaneEnrolled, LaneRevoked)):
        own = fact.lane.startswith(f"{branch}.")
        states_itself = states_itself and writer == branch and own
    elif isinstance(fact, TillCounted):
        states_itself = states_itself and writer in {branch, fact.lane}
    else:
        states_itself = states_itself and writer == branch
    if not states_itself:
        message = (
            f"{writer} wrote a {type(fact).__name__} that {fact.branch} alone may write: {fact}"
        )
        raise FactError(message)


def write(connection: Connection, facts: Iterable[Fact]) -> None:
    """Write facts in their order; runs of tickets are written together, and what they moved."""
    run: list[Ticket] = []
    moved: list[StockMoved] = []
    for fact in facts:
        if isinstance(fact, Ticket):
            run.append(fact)
        elif isinstance(fact, StockMoved):
            # Between any two tickets stands what the first one moved, which needs neither.
            moved.append(fact)
        else:
            _write_runs(connection, run, moved)
            run, moved = [], []
            _STORES.get(type(fact), _write_one)(connection, fact)
    _write_runs(connection, run, moved)


def _write_runs(connection: Connection, run: Sequence[Ticket], moved: Sequence[StockMoved]) -> None:
    ticket_store.write(connection, run)
    stock_store.write_moves(connection, moved)


def _write_one(connection: Connection, fact: Fact) -> None:
    kept_as_it_is = _KEPT_AS_THEY_ARE.get(type(fact))
    if kept_as_it_is is not None:
        connection.execute(insert(kept_as_it_is).values(asdict(fact)))
        return
    match fact:
        case DayOpened():
            _open_day(connection, fact)
        case DayEnded():
            _end_day(connection, fact)
        case DayClosed():
            figures = day_figures(connection, fact.branch, fact.business_date)
            write_close(connection, fact, figures)
        case DayReopened():
            _reopen_day(connection, fact)
        case Ticket():
            ticket_store.write(connection, [fact])
        case MemberRegistered():
            # Members are headquarters' own, which takes them in besides; it moves no figure.
            pass


def _open_day(connection: Connection, fact: DayOpened) -> None:
    state = ticket_store.state_of(connection, fact.branch, fact.business_date)
    if state == "open":
        # A branch that was put back with its line dead opened the date a second time, or a lane's
        # ticket opened it before: both say the same.
        return
    if state is not None:
        message = f"{fact.branch} {fact.business_date} is {state} already"
        raise FactError(message)
    connection.execute(
        insert(business_day).values(
            branch=fact.branch, business_date=fact.business_date, state="open", revision=0,
            opened=fact.at, changed=fact.at,
        )
    )  # fmt: skip


def _end_day(connection: Connection, fact: DayEnded) -> None:
    """End the sales of an open day. One that went further since, before a site knew of this, stays there."""
    state = ticket_store.state_of(connection, fact.branch, fact.business_date)
    if state is None:
        message = f"{fact.branch} {fact.business_date} ended, but its opening is not held here"
        raise FactError(message)
    if state == "open":
        _change_state(connection, fact.branch, fact.business_date, "ended", 0, fact.at)


def write_close(connection: Connection, fact: DayClosed, figures: DayFigures) -> None:
    """Keep the revision with what was recomputed here and where that differs; late entries are in. That
    receipts lack of a lane that was closed without differs from nothing: it is said.
    """
    without = tuple(f"{one.lane}-" for one in fact.absent)
    problems = tuple(one for one in figures.audited.problems if not one.startswith(without))
    totals = figures.totals
    computed = {lane.lane: lane for lane in figures.audited.totals}
    differences = [
        words
        for claimed in fact.lanes
        for words in lane_differences(
            claimed, computed.get(claimed.lane) or LaneTotals(claimed.lane, 0, 0, 0, 0)
        )
    ]
    if totals != fact.totals:
        differences += totals_differences(fact.totals, totals)
    connection.execute(
        insert(day_revision).values(
            branch=fact.branch, business_date=fact.business_date, revision=fact.revision,
            operator=fact.operator, at=fact.at, totals=asdict(fact.totals),
            lanes=[asdict(lane) for lane in fact.lanes], computed=asdict(totals),
            differences=[*differences, *problems], absent=[asdict(one) for one in fact.absent],
        )
    )  # fmt: skip
    _change_state(connection, fact.branch, fact.business_date, "closed", fact.revision, fact.at)
    connection.execute(
        update(ticket)
        .where(ticket.c.branch == fact.branch, ticket.c.business_date == fact.business_date)
        .where(ticket.c.late)
        .values(late=False)
    )


def _reopen_day(connection: Connection, fact: DayReopened) -> None:
    connection.execute(insert(day_reopening).values(asdict(fact)))
    _change_state(connection, fact.branch, fact.business_date, "reopened", fact.revision, fact.at)


def _change_state(
    connection: Connection,
    branch: str,
    business_date: date,
    state: str,
    revision: int,
    at: datetime,
) -> None:
    done = connection.execute(
        update(business_day)
        .where(business_day.c.branch == branch, business_day.c.business_date == business_date)
        .values(state=state, revision=revision, changed=at)
    ).rowcount
    if done != 1:
        message = f"{branch} {business_date} became {state}, but its opening is not held here"
        raise FactError(message)
