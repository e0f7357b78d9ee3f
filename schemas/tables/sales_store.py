"""Facts from journals, written into the tables of tickets, tills, days and lanes.

Branch and headquarters project the same entries with the same code. `write` raises for a fact that
its writer may not state or that contradicts what is held; the caller sets that entry aside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, insert, select, update

from schemas.domain.day import (
    DayClosed,
    DayOpened,
    DayReopened,
    LaneTotals,
    lane_differences,
    totals_differences,
)
from schemas.domain.exceptions import TillException
from schemas.domain.lane import LaneEnrolled, LaneRevoked
from schemas.domain.member import MemberRegistered
from schemas.domain.safe import SafeCounted, SafeMoved
from schemas.domain.suspension import BasketResumed, BasketSuspended
from schemas.domain.ticket import Discount, SaleLine, TenderLine, Ticket, discrepancies
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
    returns_store,
    suspended_store,
    tender_store,
    till_store,
)
from schemas.tables.bulk import insert_rows
from schemas.tables.day_figures import day_totals, lane_audits
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
from schemas.tables.tickets import ticket, ticket_line, ticket_tender
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
    """Write facts in their order; runs of tickets are written together."""
    run: list[Ticket] = []
    for fact in facts:
        if isinstance(fact, Ticket):
            run.append(fact)
            continue
        _write_tickets(connection, run)
        run = []
        _STORES.get(type(fact), _write_one)(connection, fact)
    _write_tickets(connection, run)


def _write_one(connection: Connection, fact: Fact) -> None:
    kept_as_it_is = _KEPT_AS_THEY_ARE.get(type(fact))
    if kept_as_it_is is not None:
        connection.execute(insert(kept_as_it_is).values(asdict(fact)))
        return
    match fact:
        case DayOpened():
            _open_day(connection, fact)
        case DayClosed():
            _close_day(connection, fact)
        case DayReopened():
            _reopen_day(connection, fact)
        case Ticket():
            _write_tickets(connection, [fact])
        case MemberRegistered():
            # Members are headquarters' own, which takes them in besides; it moves no figure.
            pass


def _write_tickets(connection: Connection, tickets: Sequence[Ticket]) -> None:
    if not tickets:
        return
    states = {
        day: _state_of(connection, *day)
        for day in sorted({(one.branch, one.business_date) for one in tickets})
    }
    for one in tickets:
        if states[one.branch, one.business_date] is None:
            # A lane sold before its branch opened the day: the branch adopts the date (rule 23).
            _adopt_day(connection, one)
            states[one.branch, one.business_date] = "open"
    headers = (
        _ticket_row(one, late=states[one.branch, one.business_date] == "closed") for one in tickets
    )
    insert_rows(connection, ticket, headers)
    lines = (_line_row(one.uuid, line) for one in tickets for line in one.lines)
    insert_rows(connection, ticket_line, lines)
    tenders = (
        _tender_row(one.uuid, number, tender)
        for one in tickets
        for number, tender in enumerate(one.tenders, 1)
    )
    insert_rows(connection, ticket_tender, tenders)
    tender_store.write(connection, tickets)
    returns_store.write(connection, tickets)


def _state_of(connection: Connection, branch: str, business_date: date) -> str | None:
    """The day's state, held as it is until this transaction ends."""
    return connection.execute(
        select(business_day.c.state)
        .where(business_day.c.branch == branch, business_day.c.business_date == business_date)
        .with_for_update(read=True)
    ).scalar()


def _adopt_day(connection: Connection, first: Ticket) -> None:
    connection.execute(
        insert(business_day).values(
            branch=first.branch, business_date=first.business_date, state="open", revision=0,
            opened=first.started, changed=first.started,
        )
    )  # fmt: skip


def _ticket_row(one: Ticket, *, late: bool) -> dict[str, Any]:
    return {
        "uuid": one.uuid,
        "branch": one.branch,
        "lane": one.lane,
        "counter": one.counter,
        "shift": one.shift,
        "business_date": one.business_date,
        "committed": one.committed,
        "local_hour": one.committed.astimezone(ZoneInfo(one.zone)).hour,
        "operator": one.operator,
        "member": one.member,
        "total": one.total,
        "rounding": one.rounding,
        "change": one.change,
        "control_tickets": one.control.tickets,
        "control_gross": one.control.gross,
        "control_grand_total": one.control.grand_total,
        "provisional": one.provisional,
        "late": late,
        "flags": discrepancies(one),
    }


def _line_row(uuid: str, line: SaleLine) -> dict[str, Any]:
    return {
        "ticket": uuid,
        "number": line.number,
        "item": line.item,
        "name": line.name,
        "category": line.category,
        "unit": line.unit,
        "quantity": line.quantity,
        "list_price": line.list_price,
        "amount": line.amount,
        "tax": line.tax,
        "price_document": line.price_document,
        "discounts": [_discount(one) for one in line.discounts],
        "unknown_item": line.unknown_item,
        "voided": line.voided,
    }


# These two are spelled out: `asdict` copies every value deeply, a sixth of a batch's time.
def _discount(one: Discount) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "amount": one.amount,
        "reason": one.reason,
        "rule": one.rule,
        "authority": one.authority,
    }


def _tender_row(uuid: str, number: int, tender: TenderLine) -> dict[str, Any]:
    return {
        "ticket": uuid,
        "number": number,
        "kind": tender.kind,
        "amount": tender.amount,
        "reference": tender.reference,
    }


def rows_of(
    one: Ticket,
) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """What a ticket is at rest: its row, its lines and its tenders. Whether it is late is no matter
    of the ticket, and is False here.
    """
    return (
        _ticket_row(one, late=False),
        [_line_row(one.uuid, line) for line in one.lines],
        [_tender_row(one.uuid, number, tender) for number, tender in enumerate(one.tenders, 1)],
    )


def _open_day(connection: Connection, fact: DayOpened) -> None:
    state = _state_of(connection, fact.branch, fact.business_date)
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


def _close_day(connection: Connection, fact: DayClosed) -> None:
    """Keep the revision with what was recomputed here and where that differs; late entries are in."""
    lanes, problems = lane_audits(connection, fact.branch, fact.business_date)
    totals = day_totals(connection, fact.branch, fact.business_date)
    computed = {lane.lane: lane for lane in lanes}
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
            differences=[*differences, *problems],
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
