"""One entry's way through the chain, found by its number in a journal or by a ticket's receipt.

    written by a lane ─ relayed by its branch ─ held here ─ projected, or set aside with its reason

    standing   what it means
    first      the entry of its number: it is projected, unless it waits in quarantine
    repeat     its lane's entry was held already and came again, the same: nothing was done
    fork       another entry of its lane's number is held: it waits for a person

Both hashes are recomputed when the way is read, so `intact` proves that it is what its lane wrote.
Repeats are found by the number under which the branch relayed them; by their lane's number the
entry that came first is found, with its forks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select

from hq.parked import ParkedEntry, body_text, entries_at
from hq.reports.ticket_journey import hashes_hold
from replication import position
from replication.journal import entry_of
from replication.position import Position
from replication.streams import journal_of, site_of
from schemas.domain.ticket import Ticket
from schemas.tables.days import business_day
from schemas.tables.journal import journal_entry, quarantine
from schemas.tables.link import position as position_table
from schemas.tables.tickets import IS_RECEIPT, ticket
from schemas.wire.canonical import instant
from schemas.wire.entries import UnreadableEntryError, decode, legible
from schemas.wire.entry import Entry

_MOST = 50


@dataclass(frozen=True, slots=True)
class EntryJourney:
    """One held entry. `held` is headquarters' position in the journal that brought it; `parked` what
    is kept about it in quarantine, settled or not; `uuid` names the ticket that it became.
    """

    entry: Entry
    standing: str
    held: Position
    intact: bool
    parked: ParkedEntry | None
    uuid: str | None

    @property
    def branch(self) -> str:
        """The branch that sent it."""
        return site_of(self.entry.stream)

    @property
    def body(self) -> str:
        """What it says, as text."""
        return body_text(legible(self.entry.kind, self.entry.body))

    @property
    def writer(self) -> str:
        """The site that wrote it. Whatever a relayed entry names is only what it claims."""
        origin = self.entry.origin
        return self.branch if origin is None else origin.stream.removeprefix("journal:")


def find_by_number(
    connection: Connection, site: str, sequence: int, epoch: str = ""
) -> list[EntryJourney]:
    """What is held of one number in a site's journal: in each of its epochs, unless one is named."""
    entry, name = journal_entry.c, journal_of(site)
    epochs = [epoch] if epoch else _epochs(connection, name)
    own = and_(entry.stream == name, entry.epoch.in_(epochs), entry.sequence == sequence)
    origin = and_(entry.origin_stream == name, entry.origin_sequence == sequence)
    if epoch:
        origin = and_(origin, entry.origin_epoch == epoch)
    # A fork is not in the index of origins; it is in quarantine, which is small.
    aside = select(journal_entry).join(
        quarantine,
        and_(quarantine.c.stream == entry.stream, quarantine.c.epoch == entry.epoch,
             quarantine.c.sequence == entry.sequence),
    ).where(origin, entry.standing == "fork")  # fmt: skip
    found = {}
    for query in (
        select(journal_entry).where(own),
        select(journal_entry).where(origin, entry.standing == "first"),
        aside,
    ):
        for row in connection.execute(query.order_by(entry.epoch).limit(_MOST)):
            found[row.stream, row.epoch, row.sequence] = (entry_of(row), str(row.standing))
    return [_journey(connection, one, standing) for one, standing in found.values()]


def find_by_receipt(connection: Connection, lane: str, counter: int) -> list[EntryJourney]:
    """The entries that brought the ticket of a lane's receipt number."""
    branch = lane.partition(".")[0]
    dates = select(business_day.c.business_date).where(business_day.c.branch == branch)
    tickets = connection.execute(
        select(ticket.c.committed).where(
            ticket.c.business_date.in_(dates), ticket.c.branch == branch, ticket.c.lane == lane,
            ticket.c.counter == counter, IS_RECEIPT,
        )
    )  # fmt: skip
    entry = journal_entry.c
    written = [
        and_(entry.origin_stream == journal_of(lane), entry.origin_committed == instant(committed))
        for committed in tickets.scalars()
    ]
    if not written:
        return []
    query = select(journal_entry).where(
        or_(*written), entry.kind == "ticket", entry.standing == "first"
    )
    journeys = [
        _journey(connection, entry_of(row), str(row.standing))
        for row in connection.execute(query.limit(_MOST))
    ]
    return [one for one in journeys if _counter(one.entry) == counter]


def _epochs(connection: Connection, stream: str) -> Sequence[str]:
    query = select(position_table.c.epoch).where(position_table.c.stream == stream)
    return connection.execute(query).scalars().all()


def _journey(connection: Connection, entry: Entry, standing: str) -> EntryJourney:
    aside = entries_at(connection, entry.stream, entry.epoch, entry.sequence)
    read = _ticket(entry)
    held = (
        read is not None
        and connection.execute(select(ticket.c.uuid).where(ticket.c.uuid == read.uuid)).scalar()
    )
    return EntryJourney(
        entry=entry,
        standing=standing,
        held=position.find(connection, entry.stream, entry.epoch),
        intact=hashes_hold(entry),
        parked=aside[0] if aside else None,
        uuid=held or None,
    )


def _ticket(entry: Entry) -> Ticket | None:
    try:
        fact = decode(entry.kind, entry.version, entry.body)
    except UnreadableEntryError:
        return None
    return fact if isinstance(fact, Ticket) else None


def _counter(entry: Entry) -> int | None:
    read = _ticket(entry)
    return None if read is None else read.counter
