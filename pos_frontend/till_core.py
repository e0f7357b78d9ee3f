"""What every act at the till stands on: who is there, in which shift, at which sale, and its commit.

The states, and what may be done in each, are told in `till`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

from pos_frontend import suspending
from pos_frontend.authority import Door
from pos_frontend.basket import Sale
from pos_frontend.catalogue import Operator
from pos_frontend.checkout import Committing
from pos_frontend.day import Terms, terms
from pos_frontend.errors import TillError
from pos_frontend.journal import Shift
from pos_frontend.lane import Lane
from pos_frontend.membership import KnownMember, Membership
from pos_frontend.offers import Offers
from pos_frontend.payment import paying
from pos_frontend.payment.attempt import Attempt
from schemas.domain.ticket import Ticket

T = TypeVar("T")
State = Literal["signed_out", "opening", "selling", "tendering", "paying"]

_log = structlog.get_logger(__name__)


class TillCore:
    """Operator, shift and sale of one lane's till; see `Till`."""

    def __init__(self, lane: Lane, door: Door) -> None:
        self._lane = lane
        self.door = door
        self._membership = Membership(lane.catalogue, lane.member_key)
        self.offers = Offers(lane.catalogue, self._membership, lane.journal.promotions_used)
        self.operator: Operator | None = None
        self.shift: Shift | None = lane.journal.open_shift()
        self.last: Ticket | None = lane.journal.last_ticket()
        self.refused: Attempt | None = None
        kept = paying.at_start(self._kept(), lane.payments, lane.journal.ticket_of)
        self._sale: Sale | None = lane.journal.grants.honoured(kept)
        if self._sale is not None and kept is not None and self._sale.reserved != kept.reserved:
            self._sale = self.offers.offered(self._sale)
        self.basket_uuid = self._sale.uuid if self._sale else str(uuid.uuid4())

    @property
    def state(self) -> State:
        """Where the till stands in the table of `till`."""
        if self.operator is None:
            return "signed_out"
        if self.shift is None:
            return "opening"
        if self.waiting_for is not None:
            return "paying"
        return "tendering" if self.sale and self.sale.tenders else "selling"

    @property
    def sale(self) -> Sale | None:
        """The sale that is being made, if there is one."""
        return self._sale

    @sale.setter
    def sale(self, sale: Sale | None) -> None:
        self._sale = sale
        self._lane.keeping.keep(sale)

    @property
    def member(self) -> KnownMember | None:
        """The member of the sale, as far as the lane knows them."""
        return self._membership.of(self._sale.basket.member) if self._sale else None

    @property
    def points(self) -> int:
        """The points that the sale earns as it was paid so far."""
        return sum(one.points for one in self.offers.earned(self._sale)) if self._sale else 0

    @property
    def waiting_for(self) -> Attempt | None:
        """The payment that the terminal was asked for and has not decided."""
        payments = self._lane.payments
        return payments.underway(self.basket_uuid) if payments and self._sale else None

    def terms(self, now: datetime) -> Terms:
        """What a sale that begins now is made under. Raises TillError `not_loaded`."""
        shift = None if self.shift is None else self.shift.business_date
        return terms(self._lane.catalogue, self._lane.branch, now, shift)

    def must_be_at_work(self) -> None:
        """Raise TillError unless an operator is at the till with a shift open."""
        self._must("selling", "tendering")

    def must_be_between_baskets(self) -> None:
        """Raise TillError unless a basket may begin, and none has."""
        self._must("selling")
        self._must_have_no_basket()

    def _change(self, sale: Sale) -> None:
        """Go on with a basket whose lines changed, at what promotions make of it now."""
        self.sale = self.offers.offered(sale)

    def _commit(self, paid: Sale) -> None:
        """Write the ticket; only when it is on the disk is anything printed or forgotten."""
        committing = Committing(
            sale=paid,
            lane=self._lane.site,
            shift=self._open_shift().shift,
            operator=self._who().operator,
            at=self._lane.clock(),
            points=self.offers.earned(paid),
        )
        ticket = self._saved(lambda: self._lane.journal.commit(committing))
        self.last = ticket
        if self._lane.payments is not None:
            self._lane.payments.forget(paying.references(paid))
        self._next_basket()
        self._lane.printing.submit(ticket, paid.terms, copy=False, left=paid.left)

    def _saved(self, write: Callable[[], T]) -> T:
        """Write to the journal, or tell the cashier that nothing was saved."""
        try:
            return write()
        except DBAPIError as error:
            # In words: to lay a traceback out takes longer than a cashier waits.
            _log.error("the journal could not be written", error=str(error.orig))
            raise TillError("not_saved", reason=str(error.orig)) from error

    def _kept(self) -> Sale | None:
        """The basket that the shift had when the process ended before; one that was committed, or set
        aside, is none.
        """
        if self.shift is None:
            return None
        lane, kept = self._lane, self._lane.keeping.kept()
        if kept is None:
            now = lane.clock()
            back = suspending.interrupted(lane.journal, self.shift, lambda: self.terms(now))
            return self.offers.offered(back) if back else None
        over = self.last is not None and self.last.uuid == kept.uuid
        aside = lane.journal.suspended.was_suspended(kept.uuid)
        of_date = kept.terms.business_date == self.shift.business_date
        return kept if of_date and not over and not aside else None

    def _next_basket(self) -> None:
        self.sale = self.refused = None
        self.basket_uuid = str(uuid.uuid4())

    def _selling(self) -> Sale:
        """The sale that is being made, begun now if there is none."""
        self._must("selling")
        if self.sale is not None:
            return self.sale
        now = self._lane.clock()
        at = self.terms(now)
        return Sale(self.basket_uuid, at, now)

    def _must(self, *states: State) -> None:
        if self.state not in states:
            raise TillError(f"not_while_{self.state}")

    def _must_have_no_basket(self) -> None:
        if self.sale is not None:
            raise TillError("basket_open")

    def _who(self) -> Operator:
        if self.operator is None:
            raise TillError("not_while_signed_out")
        return self.operator

    def _open_shift(self) -> Shift:
        if self.shift is None:
            raise TillError("not_while_opening")
        return self.shift
