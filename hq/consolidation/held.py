"""Keeping the aggregates where journals are applied: in the same transaction, before the tables are written.

What a batch's facts refer to is asked for at once. A ticket whose moves come in a later batch than itself
stands in the journal just before them, for its branch writes both together; where it does not, it is looked
for among the entries of its date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, text
from sqlalchemy.dialects.postgresql import insert

from hq.consolidation.contributions import Tree
from hq.consolidation.keeper import KEPT, SALE_REASONS, Keeper, Kept, Moved
from hq.consolidation.partitions import month_of
from hq.consolidation.writing import write
from hq.reports.categories import paths_of
from replication.streams import CHAIN_FEED
from schemas.domain.correction import TicketCorrected
from schemas.domain.period import TicketsPosted
from schemas.domain.stock.move import StockMoved
from schemas.domain.ticket import Ticket
from schemas.tables.catalogue import item
from schemas.tables.consolidation import due, fresh
from schemas.tables.days import business_day
from schemas.tables.journal import journal_entry
from schemas.tables.periods import posted_to
from schemas.tables.stock import stock_move
from schemas.tables.stock_store import among
from schemas.tables.ticket_truth import journal_tickets
from schemas.tables.tickets import ticket
from schemas.wire.entries import Fact, Statement, UnreadableEntryError, decode

# How far before its moves a ticket is looked for first: they follow it directly, but for what lanes sent
# meanwhile.
_NEAR = 64


# One that stands in a circle, or below an unknown one, does not come to a top: no row of it has no parent.
_ABOVE = text(
    "WITH RECURSIVE up AS (SELECT key AS category, key AS above, parent FROM category"
    " WHERE stream = :feed AND key = ANY(:categories)"
    " UNION SELECT up.category, one.key, one.parent FROM up JOIN category one"
    " ON one.stream = :feed AND one.key = up.parent)"
    " SELECT category, above, parent, above IN (SELECT below.parent FROM category below"
    " WHERE below.stream = :feed) AS has_below FROM up"
).bindparams(feed=CHAIN_FEED)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A fact and where it stands in the journal of its branch."""

    fact: Fact
    stream: str
    epoch: str
    sequence: int


def keep(connection: Connection, spoken: Sequence[Spoken]) -> None:
    """Add what these facts add, before the tables hold them; those of a branch in their order."""
    by_branch: dict[str, list[tuple[Spoken, Kept]]] = {}
    for one in spoken:
        if isinstance(one.fact, KEPT):
            by_branch.setdefault(one.fact.branch, []).append((one, one.fact))
    for branch, said in by_branch.items():
        facts = [fact for _, fact in said]
        keeper = Keeper(
            branch, _held(connection, said), category_tree(connection, _categories(facts))
        )
        for _, fact in said:
            keeper.take(fact)
        write(connection, fresh, keeper.sums.taken())


def note_due(connection: Connection, said: Statement) -> None:
    """Have the months that a fact adds to, or closes days of, worked out anew."""
    if not isinstance(said, KEPT):
        return
    dates = (
        {move.business_date for move in said.moves} if isinstance(said, StockMoved)
        else {said.business_date, getattr(said, "posted", said.business_date)}
    )  # fmt: skip
    for month in {month_of(day) for day in dates}:
        # What was there already is said again, so that a rebuild that does not see this leaves it there.
        again = {"since": func.clock_timestamp()}
        statement = insert(due).values(branch=said.branch, month=month, whole=False, **again)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["branch", "month"], set_=again)
        )


def category_tree(connection: Connection, categories: Collection[str] | None = None) -> Tree:
    """By category, of these or of all, those at or above it that have others below them, as the catalogue has
    them now.
    """
    if categories is not None:
        return _tree_above(connection, categories)
    found = paths_of(connection)
    above = {code for path in found.values() for code in path[:-1]}
    return {
        category: tuple(code for code in path if code in above) for category, path in found.items()
    }


def _tree_above(connection: Connection, categories: Collection[str]) -> Tree:
    """From these categories upward, which does not read the whole tree for a few tickets."""
    if not categories:
        return {}
    rows = connection.execute(_ABOVE, {"categories": [*categories]}).all()
    whole = {row.category for row in rows if not row.parent}
    tree: dict[str, list[str]] = {category: [] for category in whole}
    for row in rows:
        if row.category in whole and row.has_below:
            tree[row.category].append(row.above)
    return {category: tuple(codes) for category, codes in tree.items()}


def _categories(facts: Sequence[Kept]) -> set[str] | None:
    """Of what these facts sell; None where they speak of tickets that came before."""
    if any(isinstance(fact, TicketsPosted) for fact in facts):
        return None
    return {
        line.category
        for fact in facts if isinstance(fact, (Ticket, TicketCorrected))
        for line in fact.lines if line.category
    }  # fmt: skip


def services(connection: Connection, items: Iterable[str] | None = None) -> frozenset[str]:
    """The items that have no stock, of these or of all, as the catalogue has them now."""
    query = select(item.c.item).where(item.c.stream == CHAIN_FEED, item.c.stocked.is_(False))
    if items is not None:
        query = query.where(among(item.c.key, items))
    return frozenset(connection.execute(query).scalars())


@dataclass
class _Held:
    """What the tables hold of a batch's tickets."""

    connection: Connection
    branch: str
    first: Spoken
    applied: frozenset[str]
    moves: Mapping[str, Moved]
    elsewhere: Mapping[str, date]
    said: Sequence[Kept]
    _without_stock: frozenset[str] | None = None
    _near: dict[str, Ticket | TicketCorrected] | None = None
    _of_dates: dict[date, dict[str, Ticket | TicketCorrected]] = field(default_factory=dict)

    def closed(self, business_date: date) -> int:
        day = business_day.c
        found = self.connection.execute(
            select(day.revision).where(
                day.branch == self.branch, day.business_date == business_date
            )
        ).scalar()
        return found or 0

    def posted(self, ticket: str) -> date | None:
        return self.elsewhere.get(ticket)

    def moved(self, ticket: str) -> Moved | None:
        return self.moves.get(ticket)

    def services(self) -> frozenset[str]:
        if self._without_stock is None:
            # What a ticket sold that came before is not known: all are asked about.
            asked = None if self.applied else _unmoved(self.said)
            self._without_stock = services(self.connection, asked)
        return self._without_stock

    def ticket(self, uuid: str, business_date: date) -> Ticket | TicketCorrected | None:
        if uuid not in self.applied:
            return None
        if self._near is None:
            self._near = self._just_before()
        return self._near.get(uuid) or self._of_date(business_date).get(uuid)

    def _just_before(self) -> dict[str, Ticket | TicketCorrected]:
        entry, first = journal_entry.c, self.first
        rows = self.connection.execute(
            select(entry.kind, entry.version, entry.body).where(
                entry.stream == first.stream, entry.epoch == first.epoch,
                entry.sequence.between(first.sequence - _NEAR, first.sequence - 1),
                entry.kind.in_(("ticket", "ticket.corrected")), entry.standing == "first",
            )
        )  # fmt: skip
        return {one.uuid: one for one in map(_ticket_of, rows) if one is not None}

    def _of_date(self, business_date: date) -> dict[str, Ticket | TicketCorrected]:
        found = self._of_dates.get(business_date)
        if found is None:
            said = journal_tickets(self.connection, self.first.stream, business_date)
            found = {uuid: one.ticket for uuid, one in said.items()}
            self._of_dates[business_date] = found
        return found


def _ticket_of(row: Row[*tuple[Any, ...]]) -> Ticket | TicketCorrected | None:
    """What an entry states; one that does not read is in quarantine, where a person is told."""
    try:
        fact = decode(row.kind, row.version, bytes(row.body))
    except UnreadableEntryError:
        return None
    return fact if isinstance(fact, (Ticket, TicketCorrected)) else None


def _held(connection: Connection, said: Sequence[tuple[Spoken, Kept]]) -> _Held:
    facts = [fact for _, fact in said]
    tickets = {fact.uuid for fact in facts if isinstance(fact, (Ticket, TicketCorrected))}
    moved = {
        move.reference
        for fact in facts if isinstance(fact, StockMoved)
        for move in fact.moves if move.reason in SALE_REASONS
    }  # fmt: skip
    references = tickets | moved | {uuid for fact in facts for uuid in getattr(fact, "tickets", ())}
    return _Held(
        connection, facts[0].branch, said[0][0],
        applied=_applied(connection, references - tickets),
        moves=_moves(connection, references),
        elsewhere=posted_to(connection, references),
        said=facts,
    )  # fmt: skip


def _unmoved(facts: Sequence[Kept]) -> set[str]:
    """The items that these tickets sold of which nothing moved."""
    moved = {
        (move.reference, move.item)
        for fact in facts if isinstance(fact, StockMoved)
        for move in fact.moves if move.reason in SALE_REASONS
    }  # fmt: skip
    return {
        line.item
        for fact in facts if isinstance(fact, (Ticket, TicketCorrected))
        for line in fact.lines if not line.voided and (fact.uuid, line.item) not in moved
    }  # fmt: skip


def _applied(connection: Connection, uuids: Collection[str]) -> frozenset[str]:
    """Which of these tickets and corrections, perhaps none, came before."""
    if not uuids:
        return frozenset()
    query = select(ticket.c.uuid).where(among(ticket.c.uuid, uuids))
    return frozenset(connection.execute(query).scalars())


def _moves(connection: Connection, references: Iterable[str]) -> dict[str, Moved]:
    """What counts of the moves of these tickets and corrections."""
    move = stock_move.c
    rows = connection.execute(
        select(move.reference, move.item, move.quantity, move.value, move.stated).where(
            among(move.reference, references), move.reason.in_(SALE_REASONS)
        )
    )
    found: dict[str, tuple[datetime, dict[str, tuple[int, int | None]]]] = {}
    for row in rows:
        _, moves = found.setdefault(row.reference, (row.stated, {}))
        moves[row.item] = (row.quantity, row.value)
    return {reference: Moved(at, moves) for reference, (at, moves) in found.items()}
