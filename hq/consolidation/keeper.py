"""Keeps the aggregates: turns facts, in the order of their branch's journal, into what they add.

    a fact                     adds                                                  to the revision
    ticket, correction         what it sold; where its moves are held, their cost    that its date's next close will have
    its stock moved            the cost, and takes back that it was not known        the same, at that time
    moved again, at another    the difference; the earlier statement counts          the same
    cost (a restored branch)
    tickets posted elsewhere   takes them from their date, and adds them there       of each of both dates
    a day closed               nothing; what comes after it is of the next revision

So what a branch's journal says, in its order, decides all of it: neither what other branches sent meanwhile
nor when an entry arrived. What is not of these kinds adds nothing.

`Past` is where a keeper looks up what came before the facts that it is given: the tables, where journals are
applied (`hq.consolidation.held`), or the journal itself, where all is worked out anew (`…rebuild`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from hq.consolidation.contributions import Catalogue, Moves, Place, Sums, Tree, as_sold
from schemas.domain.correction import TicketCorrected
from schemas.domain.day import DayClosed
from schemas.domain.period import TicketsPosted
from schemas.domain.stock.move import StockMoved
from schemas.domain.ticket import Ticket

#: Why goods move because of a ticket.
SALE_REASONS = frozenset({"sale", "post_void"})
#: The facts that add something.
KEPT = (Ticket, TicketCorrected, StockMoved, TicketsPosted, DayClosed)
Kept = Ticket | TicketCorrected | StockMoved | TicketsPosted | DayClosed


@dataclass(frozen=True, slots=True)
class Moved:
    """What was stated of a ticket's goods, and when."""

    at: datetime
    moves: Moves


class Past(Protocol):
    """What was applied of one branch's journal before."""

    def closed(self, business_date: date) -> int:
        """The revision of the last close of a date, 0 without one."""

    def posted(self, ticket: str) -> date | None:
        """In whose figures a ticket counts instead of those of its own date, if that was said."""

    def ticket(self, uuid: str, business_date: date) -> Ticket | TicketCorrected | None:
        """A ticket or a correction; None where it is not applied."""

    def moved(self, ticket: str) -> Moved | None:
        """What counts of its moves."""

    def services(self) -> frozenset[str]:
        """The items without stock, of those that are asked about."""


@dataclass
class Keeper:
    """Keeps the aggregates of one branch; `sums` is what the facts so far add."""

    branch: str
    past: Past
    tree: Tree
    sums: Sums = field(default_factory=Sums)
    _catalogue: Catalogue = field(init=False)
    _closed: dict[date, int] = field(default_factory=dict)
    _posted: dict[str, date] = field(default_factory=dict)
    _tickets: dict[str, Ticket | TicketCorrected] = field(default_factory=dict)
    _moved: dict[str, Moved] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._catalogue = Catalogue(self.tree, self.past.services)

    def take(self, fact: Kept) -> None:
        """Add what one fact adds."""
        match fact:
            case Ticket() | TicketCorrected():
                self._sold(fact)
            case StockMoved():
                self._booked(fact)
            case TicketsPosted():
                self._posted_elsewhere(fact)
            case DayClosed():
                self._closed[fact.business_date] = fact.revision

    def counts(self, reference: str, stated: StockMoved) -> bool:
        """Whether this statement is the one that counts of a ticket's moves; it was taken."""
        counted = self._moved.get(reference)
        return counted is not None and counted.at == stated.at

    def forget(self) -> None:
        """Let go of tickets and moves, which the past holds too by now."""
        self._tickets.clear()
        self._moved.clear()

    def _sold(self, fact: Ticket | TicketCorrected) -> None:
        sold, place = as_sold(fact), self._place(self._counts_in(fact))
        held = self._moves_of(fact.uuid)
        self._tickets[fact.uuid] = fact
        self.sums.add_sale(place, sold, _moves(held), self._catalogue)

    def _booked(self, fact: StockMoved) -> None:
        stated: dict[str, dict[str, tuple[int, int | None]]] = {}
        dates: dict[str, date] = {}
        for one in fact.moves:
            if one.reason in SALE_REASONS:
                stated.setdefault(one.reference, {})[one.item] = (one.quantity, one.value)
                dates[one.reference] = one.business_date
        for reference, moves in stated.items():
            before = self._moves_of(reference)
            if before is not None and fact.at >= before.at:
                continue
            now = self._moved[reference] = Moved(fact.at, moves)
            of = self._ticket(reference, dates[reference])
            if of is None:
                continue
            sold, place = as_sold(of), self._place(self._counts_in(of))
            self.sums.add_costs(place, sold, _moves(before), self._catalogue, -1)
            self.sums.add_costs(place, sold, _moves(now), self._catalogue)

    def _posted_elsewhere(self, fact: TicketsPosted) -> None:
        for uuid in fact.tickets:
            if self._posted_to(uuid) is not None:
                continue
            of = self._ticket(uuid, fact.business_date)
            self._posted[uuid] = fact.posted
            if of is None:
                continue
            sold, moved = as_sold(of), self._moves_of(uuid)
            for posted, sign in ((of.business_date, -1), (fact.posted, 1)):
                self.sums.add_sale(self._place(posted), sold, _moves(moved), self._catalogue, sign)

    def _place(self, posted: date) -> Place:
        closed = self._closed.get(posted)
        if closed is None:
            closed = self._closed[posted] = self.past.closed(posted)
        return Place(self.branch, posted, closed + 1)

    def _counts_in(self, fact: Ticket | TicketCorrected) -> date:
        return self._posted_to(fact.uuid) or fact.business_date

    def _posted_to(self, uuid: str) -> date | None:
        return self._posted.get(uuid) or self.past.posted(uuid)

    def _ticket(self, uuid: str, business_date: date) -> Ticket | TicketCorrected | None:
        return self._tickets.get(uuid) or self.past.ticket(uuid, business_date)

    def _moves_of(self, uuid: str) -> Moved | None:
        return self._moved.get(uuid) or self.past.moved(uuid)


def _moves(moved: Moved | None) -> Moves:
    return {} if moved is None else moved.moves
