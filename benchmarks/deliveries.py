"""What a branch sends upward: batches of its journal with tickets of five lanes, signed and packed.

The journals are appended by the product's own code, in a file that is thrown away: lanes first,
then the branch, which keeps each ticket with the origin it came from behind what it booked for it,
as after a day on which each came as it was sold.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, insert

from benchmarks.sales import AT, BRANCH, committing
from replication import identity, journal
from replication.identity import Identity
from replication.journal import Draft
from replication.streams import journal_of
from schemas.domain.money import divide
from schemas.domain.stock.move import StockMove, StockMoved, sold_quantities
from schemas.domain.ticket import Control, Ticket
from schemas.tables.base import open_sqlite
from schemas.tables.journal import journal_entry, stream
from schemas.wire import entries
from schemas.wire.batch import pack_journal
from schemas.wire.entry import GENESIS

#: What a piece cost, in cents: a move that has a value is as long as most are.
_COST = 240
_LANES = tuple(f"{BRANCH}.{number:02}" for number in range(1, 6))


def new_branch() -> Identity:
    """A branch with a key of its own."""
    return Identity(BRANCH, "branch", "hq", identity.new_private_key())


def batches(branch: Identity, place: Path, count: int, size: int) -> Iterator[bytes]:
    """Yield `count` batches of `size` tickets, one following the other."""
    engine = open_sqlite(str(place / "journals.db"))
    try:
        with engine.begin() as connection:
            stream.create(connection)
            journal_entry.create(connection)
            heads = [_head(journal_of(site)) for site in (BRANCH, *_LANES)]
            connection.execute(insert(stream), heads)
        counted = dict.fromkeys(_LANES, Control(0, 0, 0))
        for batch in range(count):
            numbers = range(batch * size, (batch + 1) * size)
            with engine.begin() as connection:
                relayed = [
                    draft for number in numbers for draft in _sold(connection, number, counted)
                ]
                own = journal.append(connection, journal_of(BRANCH), relayed)
            yield pack_journal(own, BRANCH, branch.sign)
    finally:
        engine.dispose()


def _head(name: str) -> dict[str, object]:
    return {"name": name, "epoch": identity.new_epoch(), "head": 0, "hash": GENESIS, "floor": 0}


def _sold(connection: Connection, number: int, counted: dict[str, Control]) -> tuple[Draft, ...]:
    """Sell once more at the lane whose turn it is; answer what its branch books, and what it relays."""
    lane = _LANES[number % len(_LANES)]
    sold, before = committing(number, lane), counted[lane]
    total = sold.sale.totals.total
    after = Control(before.tickets + 1, before.gross + total, before.grand_total + total)
    counted[lane] = after
    ticket = sold.ticket(after.tickets, after)
    kind, version = entries.kind_of(ticket)
    draft = Draft(kind, version, AT, entries.encode(ticket))
    entry = journal.append(connection, journal_of(lane), [draft])[0]
    relayed = Draft(kind, version, entry.committed, entry.body, entry.as_origin())
    return _booked(ticket), relayed


def _booked(sold: Ticket) -> Draft:
    moves = tuple(
        StockMove(
            sold.uuid, place, item, quantity, divide(quantity * _COST, 1000), "sale",
            sold.business_date, sold.committed,
        )
        for place, (item, quantity) in enumerate(sold_quantities(sold).items(), 1)
    )  # fmt: skip
    fact = StockMoved(BRANCH, AT, moves)
    return Draft(*entries.kind_of(fact), AT, entries.encode(fact))
