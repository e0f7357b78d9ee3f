"""What a lane itself answers when a ticket is looked up: from its own journal, line or no line.

asked by          how it is found
receipt number    by halves: within an epoch the numbers grow with the entries
uuid              among the newest entries; an older one is held by the branch for long
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from pos_frontend.day import Terms
from replication import journal
from replication.inquiry import Answerer, Finding
from replication.streams import journal_of
from schemas.domain.ticket import Ticket
from schemas.tables.journal import journal_entry
from schemas.wire import entries
from schemas.wire.inquiries import HeldTicket, ReceiptNumber, read_key, ticket_body

_NEWEST = 10_000

#: The terms of now, for the shop's name and currency; None before the branch's record arrived.
Shop = Callable[[], Terms | None]


def own_tickets(lane: str, shop: Shop) -> Answerer:
    """Return what answers from the lane's own journal."""

    def answer(connection: Connection, body: Mapping[str, Any]) -> Finding:
        held = own_ticket(connection, lane, read_key(body.get("key")), shop)
        if held is None:
            return Finding("unknown")
        return Finding("found", ticket_body(held), certain=True)

    return answer


def own_ticket(
    connection: Connection, lane: str, key: ReceiptNumber | str, shop: Shop
) -> HeldTicket | None:
    """The lane's own ticket with this number or uuid."""
    if isinstance(key, str):
        ticket = _by_uuid(connection, lane, key)
    else:
        ticket = _by_counter(connection, key) if key.lane == lane else None
    if ticket is None:
        return None
    at = shop()
    return HeldTicket(ticket, at.name if at else ticket.branch, at.currency if at else "")


def newest_naming(connection: Connection, lane: str, words: str) -> Iterator[Ticket]:
    """The tickets among the newest entries whose body has these words in it."""
    head = journal.head_of(connection, journal_of(lane))
    # A canonical body names its fields in one way only, so the database can look for their bytes.
    rows = connection.execute(
        _tickets(lane).where(
            journal_entry.c.epoch == head.epoch,
            journal_entry.c.sequence > head.sequence - _NEWEST,
            func.instr(journal_entry.c.body, words.encode()) > 0,
        )
    )
    return _each(rows)


def _by_counter(connection: Connection, number: ReceiptNumber) -> Ticket | None:
    entry = journal_entry.c
    epochs = connection.execute(
        select(entry.epoch, func.min(entry.sequence), func.max(entry.sequence))
        .where(entry.stream == journal_of(number.lane))
        .group_by(entry.epoch)
    )
    for epoch, first, last in epochs.all():
        held = _tickets(number.lane).where(entry.epoch == epoch).order_by(entry.sequence).limit(1)
        low, high = first, last
        while low <= high:
            middle = (low + high) // 2
            row = connection.execute(held.where(entry.sequence.between(middle, high))).first()
            ticket = _read(row)
            if row is None or ticket is None or ticket.counter > number.counter:
                high = middle - 1
            elif ticket.counter < number.counter:
                low = row.sequence + 1
            else:
                return ticket
    return None


def _by_uuid(connection: Connection, lane: str, uuid: str) -> Ticket | None:
    named = newest_naming(connection, lane, f'"uuid":"{uuid}"')
    return next((one for one in named if one.uuid == uuid), None)


def _tickets(lane: str) -> Select[Any]:
    entry = journal_entry.c
    return select(entry.sequence, entry.kind, entry.version, entry.body).where(
        entry.stream == journal_of(lane), entry.kind == "ticket"
    )


def _each(rows: Any) -> Iterator[Ticket]:  # noqa: ANN401 - a result of `_tickets`
    for row in rows:
        ticket = _read(row)
        if ticket is not None:
            yield ticket


def _read(row: Row[Any] | None) -> Ticket | None:
    if row is None:
        return None
    fact = entries.decode(row.kind, row.version, bytes(row.body))
    return fact if isinstance(fact, Ticket) else None
