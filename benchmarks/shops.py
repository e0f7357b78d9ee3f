"""Branches as sources of tickets: what their lanes sold, and the transaction that takes it in.

The lanes' journals exist only as far as a branch relays them: numbers, chains and control totals go
on from ticket to ticket as on a till, and the branch's database takes each ticket in as its own code
does, rows and journal in one transaction. `keep_bare` writes the same rows and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, Engine

from benchmarks.sales import AT, committing
from branch import own_journal, stock
from replication import identity, journal
from replication.identity import Identity
from replication.journal import Draft, Head
from replication.streams import journal_of
from schemas.domain.day import DayClosed
from schemas.domain.ticket import Control, Ticket
from schemas.tables import sales_store
from schemas.tables.day_figures import day_totals
from schemas.tables.lane_audit import audit
from schemas.wire import entries
from schemas.wire.canonical import instant
from schemas.wire.entry import GENESIS, Entry, entry_hash

#: Sales are made by number; so many apart, no two branches make the same one.
_APART = 10_000_000


@dataclass(slots=True)
class _Lane:
    """Where a lane stands: in its journal, in its receipts, and in its sums of one date."""

    site: str
    epoch: str = field(default_factory=identity.new_epoch)
    sequence: int = 0
    hash: bytes = GENESIS
    counter: int = 0
    business_date: date | None = None
    control: Control = field(default_factory=lambda: Control(0, 0, 0))


@dataclass(frozen=True, slots=True)
class Sold:
    """A ticket, as the draft that its branch appends, and as the entry that its lane sends."""

    ticket: Ticket
    draft: Draft
    entry: Entry


class Shop:
    """One branch with its lanes, on the database behind `engine`."""

    def __init__(self, number: int, engine: Engine, who: Identity, *, lanes: int = 2) -> None:
        self.engine = engine
        self.identity = who
        self.stream = journal_of(who.site)
        self._next = number * _APART
        self._lanes = [_Lane(f"{who.site}.{lane:02}") for lane in range(1, lanes + 1)]

    def sell(self, count: int, business_date: date) -> list[Sold]:
        """Sell so many tickets at the lanes in turn; nothing is written yet."""
        return [self._sell(business_date) for _ in range(count)]

    def _sell(self, business_date: date) -> Sold:
        self._next += 1
        lane = self._lanes[self._next % len(self._lanes)]
        sold = committing(self._next, lane.site, business_date)
        total = sold.sale.totals.total
        if lane.business_date != business_date:
            lane.business_date = business_date
            lane.control = Control(0, 0, lane.control.grand_total)
        before = lane.control
        lane.control = Control(before.tickets + 1, before.gross + total, before.grand_total + total)
        lane.counter += 1
        ticket = sold.ticket(lane.counter, lane.control)
        entry = _chained(lane, ticket)
        return Sold(
            ticket,
            Draft(entry.kind, entry.version, entry.committed, entry.body, entry.as_origin()),
            entry,
        )

    def keep(self, connection: Connection, sold: Sequence[Sold]) -> None:
        """Take tickets in: their rows, what they moved, and last the branch's journal, once for both."""
        tickets = [one.ticket for one in sold]
        sales_store.write(connection, tickets)
        stated = stock.book_sales(connection, self.identity.site, tickets, AT)
        journal.append(connection, self.stream, [*stated, *(one.draft for one in sold)])

    def keep_bare(self, connection: Connection, sold: Sequence[Sold]) -> None:
        """Write the rows alone, of the tickets and of what they moved."""
        tickets = [one.ticket for one in sold]
        sales_store.write(connection, tickets)
        if (moved := stock.costed(connection, self.identity.site, tickets, AT)) is not None:
            sales_store.write(connection, [moved])

    def close_day(self, business_date: date) -> None:
        """State the day's control totals, which headquarters compares with what it holds."""
        branch = self.identity.site
        with self.engine.begin() as connection:
            totals = day_totals(connection, branch, business_date)
            lanes = audit(connection, branch, business_date).totals
            fact = DayClosed(branch, business_date, 1, f"{branch}-M1", AT, totals, lanes)
            own_journal.state(connection, branch, fact, AT)

    def head(self) -> Head:
        """Where its journal ends."""
        with self.engine.connect() as connection:
            return journal.head_of(connection, self.stream)


def _chained(lane: _Lane, ticket: Ticket) -> Entry:
    kind, version = entries.kind_of(ticket)
    body, committed = entries.encode(ticket), instant(AT)
    lane.sequence += 1
    stream, previous = journal_of(lane.site), lane.hash
    lane.hash = entry_hash(
        stream, lane.epoch, lane.sequence, kind, version, committed, previous, body
    )
    return Entry(
        stream, lane.epoch, lane.sequence, kind, version, committed, previous, body, lane.hash
    )
