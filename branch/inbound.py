"""What lanes send, projected at the branch: tickets, shifts and cancelled baskets. The same for what
the branch itself lost with its database and fetches back from headquarters, its lanes' keys with it.

    in one transaction, in this order of locks:
    the dates' rows, shared ─ tickets, shifts ─ the feed, if a date was adopted ─ stock ─ own journal

A close takes the date's row for itself, so an arrival is either in the close's figures or finds the
day closed and is late. An entry that a lane may not write, or that contradicts what is held, raises:
the link parks it with the reason, and what is behind it flows on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial

from sqlalchemy import Connection, select

from branch import day_feed, lane_keys, prior_period, stock
from branch.board import Board
from replication import journal
from replication.apply import Arrival, Inbound
from replication.clock import Clock
from replication.identity import Identity
from replication.journal import Draft
from replication.streams import journal_of
from schemas.domain.attendance import AttendanceClocked
from schemas.domain.correction import TicketCorrected
from schemas.domain.lane import LaneEnrolled, LaneRevoked
from schemas.domain.pickup import PickupStepped
from schemas.domain.stock.move import StockMoved
from schemas.domain.ticket import Ticket
from schemas.tables import sales_store
from schemas.tables.days import business_day
from schemas.tables.fact_error import FactError
from schemas.tables.tickets import ticket
from schemas.wire.entries import Fact, decode

# Who came and went moves no figure of a date: it waits for no close.
_OF_NO_DATE = (LaneEnrolled, LaneRevoked, StockMoved, AttendanceClocked, PickupStepped)
_SURPLUS = "feed.surplus"


def inbound(identity: Identity, clock: Clock, board: Board) -> Inbound:
    """How the branch takes its lanes' journals in, relays them into its own, and shows what came."""
    return Inbound(
        partial(take, identity.site, clock, board), clock, journal_of(identity.site),
        admitted=partial(lane_keys.admitted, identity.site, clock),
        committed=board.committed, reported=board.reported,
    )  # fmt: skip


def take(
    branch: str, clock: Clock, board: Board, connection: Connection, arrivals: Sequence[Arrival]
) -> list[Draft]:
    """Project what lanes sent, say where tickets count that came for a locked date, and show it once it
    is committed. Answers what the branch's journal is to say of it.
    """
    facts = [_read(arrival, branch) for arrival in arrivals]
    tickets = _write(branch, connection, facts)
    now = clock()
    drafts = stock.book_sales(connection, branch, tickets, now)
    prior_period.post(connection, branch, now)
    board.note(connection, facts)
    return drafts


def project(branch: str, clock: Clock, connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Write what arrived into the branch's tables, book its stock and state that. Raises FactError or
    UnreadableEntryError.
    """
    tickets = _write(branch, connection, [_read(arrival, branch) for arrival in arrivals])
    drafts = stock.book_sales(connection, branch, tickets, clock())
    journal.append(connection, journal_of(branch), drafts)


def regain(branch: str, clock: Clock, connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Project what the branch lost and headquarters gave back: its own facts, and its lanes'.

    What it told of feeds was for headquarters alone, and changes nothing here.
    """
    arrivals = [one for one in arrivals if one.entry.kind != _SURPLUS]
    facts = [_read(one, branch) for one in arrivals]
    tickets = _write(branch, connection, facts)
    own = [fact for one, fact in zip(arrivals, facts, strict=True) if one.writer == branch]
    lane_keys.regain(connection, own)
    day_feed.announce_facts(connection, branch, own)
    # Of its own corrections a branch hears only when headquarters gives them back.
    corrected = [one for one in own if isinstance(one, TicketCorrected)]
    stock.book_regained(connection, branch, tickets, corrected, clock())


def _write(branch: str, connection: Connection, facts: Sequence[Fact]) -> list[Ticket]:
    """Write facts into the branch's tables, and answer the tickets among them."""
    dates = {one.business_date for one in facts if not isinstance(one, _OF_NO_DATE)}
    held = _hold_dates(connection, branch, prior_period.concerned(connection, branch, dates))
    tickets = [one for one in facts if isinstance(one, Ticket)]
    _refuse_held(connection, tickets)
    sales_store.write(connection, facts)
    adopted = sorted({one.business_date for one in tickets} - held)
    day_feed.announce(connection, branch, adopted, "open")
    return tickets


def _read(arrival: Arrival, branch: str) -> Fact:
    entry = arrival.entry
    fact = decode(entry.kind, entry.version, entry.body)
    sales_store.check_writer(fact, arrival.writer, branch)
    return fact


def _refuse_held(connection: Connection, tickets: Sequence[Ticket]) -> None:
    """A ticket comes once; its identity is its UUID (rule 21). Raises FactError."""
    held = connection.execute(
        select(ticket.c.uuid).where(ticket.c.uuid.in_([one.uuid for one in tickets]))
    )
    for uuid in held.scalars():
        receipt = next(one.receipt for one in tickets if one.uuid == uuid)
        raise FactError(f"receipt {receipt} ({uuid}) is held here already")


def _hold_dates(connection: Connection, branch: str, dates: Iterable[date]) -> set[date]:
    """Those of the dates that the branch has, held in their state until this transaction ends."""
    query = (
        select(business_day.c.business_date)
        .where(business_day.c.branch == branch, business_day.c.business_date.in_(sorted(dates)))
        .order_by(business_day.c.business_date)
        .with_for_update(read=True)
    )
    return set(connection.execute(query).scalars())
