"""What a lane wrote, read from its own journal: an entry's fact, and a shift's for the X reading and the Z.

A body is canonical and names its shift in one way only: the database sorts out the others. Cancelled baskets
name none; they are those since the shift was opened, for a lane has one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from replication.streams import journal_of
from schemas.domain.ticket import Ticket
from schemas.domain.till import BasketCancelled, CashMoved
from schemas.domain.till_reading import Reading, reading
from schemas.tables.journal import journal_entry
from schemas.wire import entries


def reading_of(
    connection: Connection, lane: str, shifts: Sequence[str], opened: datetime, float_amount: int
) -> Reading:
    """The figures of a till's shifts as they stand now, after a restart too."""
    row = journal_entry.c
    named = or_(*(func.instr(row.body, b'"shift":"%s"' % shift.encode()) > 0 for shift in shifts))
    of_shift = and_(row.kind.in_(("ticket", "cash.moved")), named)
    query: Select[Any] = select(row.kind, row.version, row.body).where(
        row.stream == journal_of(lane), or_(of_shift, row.kind == "basket.cancelled")
    )
    tickets: list[Ticket] = []
    cancelled: list[BasketCancelled] = []
    moves: list[CashMoved] = []
    for one in connection.execute(query):
        match fact_of(one):
            case Ticket() as ticket:
                tickets.append(ticket)
            case CashMoved() as move:
                moves.append(move)
            case BasketCancelled() as basket if basket.at >= opened:
                cancelled.append(basket)
    return reading(tickets, cancelled, moves, float_amount)


def fact_of(row: Row[Any]) -> entries.Fact | None:
    """The fact in an entry; None for one that does not read, which the branch sets aside by its name.

    A till sells on behind it, whatever wrote it.
    """
    try:
        return entries.decode(row.kind, row.version, bytes(row.body))
    except entries.UnreadableEntryError:
        return None
