"""A branch's journal as headquarters holds it, read from its first entry to its last to work figures out anew.

Entries in quarantine are left out, as they are of the tables. What a keeper asks about again is read again at
its place, so that memory holds the places of a branch's tickets and no tickets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, text

from hq.consolidation.keeper import SALE_REASONS, Keeper, Kept, Moved
from hq.consolidation.partitions import month_of
from replication.position import all_epochs
from replication.streams import journal_of
from schemas.domain.correction import TicketCorrected
from schemas.domain.period import TicketsPosted
from schemas.domain.stock.move import StockMoved
from schemas.domain.ticket import Ticket
from schemas.tables.journal import journal_entry
from schemas.tables.ticket_truth import set_aside
from schemas.wire.entries import decode

_KINDS = ("ticket", "ticket.corrected", "stock.moved", "tickets.posted", "day.closed")
_DATED = ("ticket", "ticket.corrected", "stock.moved")


def facts(
    connection: Connection, branch: str, month: date | None
) -> Iterator[tuple[Row[*tuple[Any, ...]], Kept]]:
    """What a branch's journal says, in its order, without what is set aside; of a month, what is dated in it
    or posted to it, and every close.
    """
    journal, aside = journal_of(branch), set_aside(connection)
    entry = journal_entry.c
    query = select(
        entry.stream, entry.epoch, entry.sequence, entry.kind, entry.version, entry.body
    ).where(entry.stream == journal, entry.kind.in_(_KINDS), entry.standing == "first")
    if month is not None:
        dates = [f"{month:%Y-%m}", *_posted_to(connection, journal, month)]
        dated = [
            text(f"position(:d{number} IN journal_entry.body) > 0").bindparams(
                **{f"d{number}": f'"business_date":"{one}'.encode()}
            )
            for number, one in enumerate(dates)
        ]
        query = query.where(or_(entry.kind.not_in(_DATED), *dated))
    for epoch in _epochs(connection, journal):
        of_epoch = query.where(entry.epoch == epoch).order_by(entry.sequence)
        with connection.execute(of_epoch, execution_options={"yield_per": 1_000}) as rows:
            for row in rows:
                if (row.stream, row.epoch, row.sequence) not in aside:
                    yield row, _read(row)


def _read(row: Row[*tuple[Any, ...]]) -> Kept:
    fact: Any = decode(row.kind, row.version, bytes(row.body))
    made: Kept = fact
    return made


def _posted_to(connection: Connection, journal: str, month: date) -> list[str]:
    """The dates of which tickets are posted to a month."""
    entry = journal_entry.c
    rows = connection.execute(
        select(entry.kind, entry.version, entry.body).where(
            entry.stream == journal, entry.kind == "tickets.posted", entry.standing == "first"
        )
    )
    facts = [_read(row) for row in rows]
    return sorted(
        {
            one.business_date.isoformat()
            for one in facts
            if isinstance(one, TicketsPosted) and month_of(one.posted) == month
        }
    )


def _epochs(connection: Connection, journal: str) -> list[str]:
    """In the order in which they came."""
    came = [one.epoch for one in all_epochs(connection, journal)]
    entry = journal_entry.c
    held = connection.execute(
        select(entry.epoch)
        .where(entry.stream == journal)
        .group_by(entry.epoch)
        .order_by(func.min(entry.committed), entry.epoch)
    ).scalars()
    return [*came, *(one for one in held if one not in came)]


@dataclass
class JournalPast:
    """A branch's journal as far as it was read, for a `Keeper`; what is asked about again is read again at its place."""

    connection: Connection
    without_stock: frozenset[str]
    _places: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    _stated: dict[str, tuple[str, str, int]] = field(default_factory=dict)

    def note(self, row: Row[*tuple[Any, ...]], fact: Kept, keeper: Keeper) -> None:
        """Remember where it stands."""
        place = (row.stream, row.epoch, row.sequence)
        if isinstance(fact, (Ticket, TicketCorrected)):
            self._places[fact.uuid] = place
        elif isinstance(fact, StockMoved):
            for one in fact.moves:
                if one.reason in SALE_REASONS and keeper.counts(one.reference, fact):
                    self._stated[one.reference] = place

    def closed(self, business_date: date) -> int:
        """Nothing: it is read from its first entry on."""
        del business_date
        return 0

    def posted(self, ticket: str) -> date | None:
        """Nothing, as before."""
        del ticket
        return None

    def services(self) -> frozenset[str]:
        """See `Past.services`."""
        return self.without_stock

    def ticket(self, uuid: str, business_date: date) -> Ticket | TicketCorrected | None:
        """See `Past.ticket`."""
        del business_date
        fact = self._at(self._places.get(uuid))
        return fact if isinstance(fact, (Ticket, TicketCorrected)) else None

    def moved(self, ticket: str) -> Moved | None:
        """See `Past.moved`."""
        fact = self._at(self._stated.get(ticket))
        if not isinstance(fact, StockMoved):
            return None
        moves = {
            one.item: (one.quantity, one.value) for one in fact.moves if one.reference == ticket
        }
        return Moved(fact.at, moves)

    def _at(self, place: tuple[str, str, int] | None) -> Kept | None:
        if place is None:
            return None
        entry = journal_entry.c
        stream, epoch, sequence = place
        row = self.connection.execute(
            select(entry.kind, entry.version, entry.body).where(
                entry.stream == stream, entry.epoch == epoch, entry.sequence == sequence
            )
        ).one()
        return _read(row)
