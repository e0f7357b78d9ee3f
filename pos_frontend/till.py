"""The till: who is at it, which shift, which sale, and what may be done when.

    state        holds                    takes                                          next
    signed_out   nothing                  sign_in                                        opening, or selling when a
                                                                                         shift is open
    opening      operator                 open_shift                                     selling
                                          sign_out                                       signed_out
    selling      operator, shift,         scan, unknown_item, give_back, take_back,      selling
                 perhaps a basket         void_line, override, reprice_label, member,
                                          present_coupon, take_coupon_off, take_gifts,
                                          register_member, cancel, reprint
                                          tender, redeem, refund_in_cash                 tendering, or committed
                                          move_cash (without a basket)                   selling
                                          suspend; resume (without a basket)             selling
                                          sign_out, end_shift (without a basket)         signed_out
    selling, tendering                    print_copy of any ticket                       as it was
    tendering    a basket partly paid,    tender, redeem, refund_in_cash                 tendering, or committed
                 or given back in part
                                          back (the tenders are given back), cancel      selling
    paying       a basket, and a payment  what the terminal says (`follow_payments`)     selling, tendering, committed
                 asked of the terminal    cancel_payment, settle_payment                 selling, tendering
    any signed in                         ask_payment, void_payment, settle_payment of an open payment
    committed    is selling again: the ticket is on disk, then printed

A shift outlives the process, and so does its basket with what was paid of it: after a restart its
operator signs in and goes on. Whatever an act cannot do raises TillError and leaves the till as it was. One act
runs at a time, on one thread, and none waits for anything but the lane's own disk.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeVar

import structlog
from babel.numbers import get_currency_precision
from sqlalchemy.exc import DBAPIError

from pos_frontend import (
    basket,
    checkout,
    drawer,
    gifts,
    presenting,
    refunds,
    returns,
    suspending,
)
from pos_frontend.authority import Door, may
from pos_frontend.basket import Overriding, Sale
from pos_frontend.catalogue import Operator
from pos_frontend.checkout import Committing, Tendering
from pos_frontend.day import Terms, terms
from pos_frontend.drawer import AtDrawer, Moving
from pos_frontend.errors import TillError
from pos_frontend.journal import Shift
from pos_frontend.lane import Lane
from pos_frontend.membership import KnownMember, Membership, Registering
from pos_frontend.offers import Offers
from pos_frontend.payment import paying
from pos_frontend.payment.attempt import Attempt
from pos_frontend.payment.paying import Settling
from pos_frontend.redeeming import Redeemed, tender_kind
from pos_frontend.refunds import InCash
from pos_frontend.returns import FoundSale, GivingBack, TakingBack
from pos_frontend.suspending import AtLane, Resuming
from schemas.domain.ticket import TenderKind, Ticket
from schemas.domain.till import BasketCancelled, ShiftOpened

T = TypeVar("T")
State = Literal["signed_out", "opening", "selling", "tendering", "paying"]

_log = structlog.get_logger(__name__)


class Till:
    """The till of one lane, from sign-in to the end of the shift."""

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
        """Where the till stands in the table above."""
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
    def due_gifts(self) -> list[gifts.DueGift]:
        """The gifts that the sale may still have."""
        return gifts.due(self._sale, self._lane.catalogue)

    @property
    def has_terminal(self) -> bool:
        """Whether cards are taken by a terminal, and not by the cashier's word."""
        return self._lane.payments is not None

    @property
    def waiting_for(self) -> Attempt | None:
        """The payment that the terminal was asked for and has not decided."""
        payments = self._lane.payments
        return payments.underway(self.basket_uuid) if payments and self._sale else None

    @property
    def open_payments(self) -> list[Attempt]:
        """What the terminal was asked for, no sale here holds or waits for, and is not settled."""
        payments = self._lane.payments
        return paying.open_payments(payments, self.basket_uuid, self._sale) if payments else []

    def sign_in(self, code: str, pin: str) -> None:
        """Let an operator to the till; with a shift open, only its own or one who may take over."""
        self._must("signed_out")
        operator = self.door.admit(code, pin)
        shift = self.shift
        if shift and shift.operator != operator.operator and not may(operator, "take_over"):
            raise TillError("other_shift", operator=shift.operator)
        self.operator = operator

    def sign_out(self) -> None:
        """Leave the till; an open shift stays open."""
        self._must("opening", "selling")
        self._must_have_no_basket()
        self.operator = None

    def open_shift(self, float_text: str) -> None:
        """Open a shift with the float that lies in the drawer."""
        self._must("opening")
        now = self._lane.clock()
        at = self.terms(now)
        fact = ShiftOpened(
            shift=str(uuid.uuid4()),
            branch=at.branch,
            lane=self._lane.site,
            operator=self._who().operator,
            business_date=at.business_date,
            opened=now,
            float_amount=basket.read_amount(float_text, at.decimals),
        )
        self.shift = self._saved(lambda: self._lane.journal.begin_shift(fact))

    def end_shift(self) -> None:
        """End the shift and leave the till."""
        self._must("selling")
        self._must_have_no_basket()
        shift, by, now = self._open_shift(), self._who().operator, self._lane.clock()
        self._saved(lambda: self._lane.journal.end_shift(shift, self._lane.branch, by, now))
        self.shift = self.operator = None

    def may_train(self, authority: str, pin: str) -> Operator:
        """Return who is at the till, if a training may begin now by somebody's authority."""
        self.must_be_between_baskets()
        present = self._who()
        self.door.allow("training", present, authority, pin)
        return present

    def scan(self, text: str) -> None:
        """Enter what was scanned or keyed."""
        sale, lane = self._selling(), self._lane
        try:
            entered = basket.scan(sale, lane.catalogue, text, lane.clock(), lane.scale)
        except TillError as refusal:
            self._change(presenting.instead_of(refusal, sale, text, self.offers))
        else:
            self._change(gifts.entered(sale, entered))

    def present_coupon(self, code: str) -> None:
        """Present a coupon to the basket."""
        self._change(presenting.present(self._selling(), code, self.offers))

    def take_coupon_off(self, place: int) -> None:
        """Take the coupon at a place off the basket again."""
        self._change(presenting.taken_off(self._selling(), place))

    def reserve_coupon(self, number: str, grant: str) -> None:
        """Have a coupon reserved for the sale, out of a grant if one is named. While it is being paid for the
        customer was told what it costs: then it counts from when the tenders are given back.
        """
        if self.sale is not None:
            held = presenting.reserved(self.sale, number, grant)
            self.sale = self.offers.offered(held) if self.state == "selling" else held

    def drop_coupon(self, number: str) -> None:
        """Take a coupon off the sale that it cannot have; it took nothing off."""
        if self.sale is not None:
            left = presenting.without(self.sale, number)
            self.sale = self.offers.offered(left) if self.state == "selling" else left

    def take_gifts(self) -> None:
        """Put in all gifts that are due."""
        lane = self._lane
        self._change(gifts.all_taken(self._selling(), lane.catalogue, lane.clock()))

    def sell_unknown(self, text: str, price: str, name: str) -> None:
        """Enter an item without a price in the catalogue at a keyed price."""
        sale, lane = self._selling(), self._lane
        named = name or lane.unknown_name()
        self._change(
            basket.sell_unknown(sale, lane.catalogue, text, price, named, lane.clock(), lane.scale)
        )

    def void_line(self, number: int) -> None:
        """Void a line."""
        self._change(basket.void_line(self._selling(), number))

    def override(self, asked: Overriding) -> None:
        """Set a line's amount by somebody's authority."""
        self._change(basket.override(self._selling(), asked, self._who(), self.door))

    def reprice_label(self, number: int, *, repriced: bool) -> None:
        """Charge a stale label by its weight, or what is printed on it after all."""
        self._change(basket.reprice_label(self._selling(), number, repriced=repriced))

    def give_back(self, found: FoundSale, asked: GivingBack) -> None:
        """Enter what comes back of a sale that was looked up."""
        sale, lane = self._selling(), self._lane
        who = returns.AtTill(self._who(), self.door, lane.clock())
        self._change(returns.give_back(sale, lane.catalogue, found, asked, who))

    def take_back(self, asked: TakingBack) -> None:
        """Enter what comes back without a receipt."""
        sale, lane = self._selling(), self._lane
        who = returns.AtTill(self._who(), self.door, lane.clock())
        self._change(returns.take_back(sale, lane.catalogue, asked, who, lane.scale))

    def set_member(self, number: str) -> None:
        """Set the member, or take the member off."""
        self._change(basket.set_member(self._selling(), self._membership, number))

    def register_member(self, name: str, phone: str) -> None:
        """Make somebody a provisional member, and the sale's."""
        sale, now = self._selling(), self._lane.clock()
        asked = Registering(name, phone, self._lane.site, self._who().operator, sale.terms, now)
        fact = self._membership.register(asked)
        self._saved(lambda: self._lane.journal.note(fact))
        self._membership.made(fact, asked)
        self._change(basket.set_member(sale, self._membership, phone))

    def tender(
        self,
        kind: TenderKind,
        amount: str | None = None,
        reference: str | None = None,
        uuid: str | None = None,
        currency: str | None = None,
    ) -> bool:
        """Take a tender, and commit when the sale is paid; whether this call made a ticket.

        `uuid` is the basket that is meant. One that was committed just now is paid already: that
        is a second press of the key, and changes nothing.
        """
        if uuid is not None and self.last is not None and uuid == self.last.uuid:
            return False
        self._must("selling", "tendering")
        if uuid is not None and uuid != self.basket_uuid:
            raise TillError("other_basket")
        return self._tender(Tendering(kind, amount, reference, currency))

    def redeem(self, redeemed: Redeemed) -> bool:
        """Take points or stored value that this basket may have; whether this call made a ticket."""
        self._must("selling", "tendering")
        if self.sale is None:
            raise TillError("redeem_late")
        return self._tender(Tendering(tender_kind(redeemed), redeemed=redeemed))

    def _tender(self, asked: Tendering) -> bool:
        if self.sale is None:
            raise TillError("empty")
        self.refused = None
        if self.sale.tenders and checkout.is_paid(self.sale):
            # The terminal has approved, and the disk refused the ticket.
            self._commit(self.sale)
            return True
        if asked.kind == "coupon":
            presenting.must_be_no_offer(asked.reference, self.offers)
        payments = self._lane.payments
        if payments is not None and paying.is_by_terminal(self.sale, asked.kind):
            paying.begin(self.sale, payments, asked, self._lane.clock())
            return False
        paid = checkout.pay(self.sale, asked)
        if not checkout.is_paid(paid):
            self.sale = paid
            return False
        self._commit(paid)
        return True

    def back(self) -> None:
        """Give the tenders back and go on selling."""
        self._must("tendering")
        if self.sale is not None:
            paying.give_back(self.sale, self._lane.payments)
            # A coupon that was reserved while it was paid for takes something off from now on.
            back = replace(self.sale, tenders=(), in_cash=())
            self.sale = self.offers.offered(back) if back.basket.coupons else back

    def refund_in_cash(self, asked: InCash) -> None:
        """Have the next part of a refund given back in cash, by somebody's authority."""
        self._must("selling", "tendering")
        if self.sale is None:
            raise TillError("empty")
        self.sale = refunds.in_cash(self.sale, asked, self._who(), self.door)
        self.refused = None

    def follow_payments(self) -> None:
        """Take what the terminal has said: what it approved pays the sale, which may be complete by it."""
        payments = self._lane.payments
        if payments is None:
            return
        held = set(paying.references(self._sale))
        for one in payments.all():
            if one.state == "declined":
                payments.forget([one.reference])
                self.refused = one if one.basket == self.basket_uuid else self.refused
            elif one.state == "approved" and self._sale and one.basket == self._sale.uuid:
                paid = None if one.reference in held else paying.take(self._sale, one)
                self.sale = paid or self._sale
        sale = self._sale
        if (
            sale
            and held != set(paying.references(sale))
            and checkout.is_paid(sale)
            and self.operator
        ):
            self._commit(sale)

    def cancel_payment(self) -> None:
        """Wait no longer: the terminal is to stop, or to give back what it may have taken."""
        self._must("paying")
        waiting, payments = self.waiting_for, self._lane.payments
        if waiting and payments:
            payments.give_up(waiting.reference)

    def ask_payment(self) -> None:
        """Ask the terminal now about all that is open."""
        self._must("selling", "tendering", "paying")
        if self._lane.payments is not None:
            self._lane.payments.ask_again()

    def void_payment(self, reference: str) -> None:
        """Have the terminal give back an open payment."""
        self._must("selling", "tendering", "paying")
        self._open_payment(reference)
        if self._lane.payments is not None:
            self._lane.payments.give_up(reference)

    def settle_payment(self, asked: Settling) -> None:
        """Take a payment off the list by a manager's word: one that the terminal does not know, or
        an open one that was seen to otherwise.
        """
        self._must("selling", "tendering", "paying")
        now, one = self._lane.clock(), self._open_payment(asked.reference)
        waiting = self.waiting_for == one
        if waiting and one.state != "missing":
            raise TillError("payment_underway")
        who = AtDrawer(self._lane.site, self._who(), self._open_shift(), self.terms(now), now)
        fact = paying.settled(asked, one, who, self.door)
        self._saved(lambda: self._lane.journal.note(fact))
        if self._lane.payments is not None and waiting:
            # The terminal may hear of it late: it is told that nobody wants it any more.
            self._lane.payments.give_up(asked.reference)
        elif self._lane.payments is not None:
            self._lane.payments.forget([asked.reference])

    def _open_payment(self, reference: str) -> Attempt:
        found = [*self.open_payments, *filter(None, [self.waiting_for])]
        for one in found:
            if one.reference == reference:
                return one
        raise TillError("no_payment")

    def cancel(self) -> None:
        """Cancel the basket (整单取消), which is kept as an entry."""
        self._must("selling", "tendering")
        sale = self.sale
        if sale is None:
            raise TillError("empty")
        if sale.basket.lines or sale.basket.coupons:
            fact = BasketCancelled(
                uuid=sale.uuid,
                branch=sale.terms.branch,
                lane=self._lane.site,
                business_date=sale.terms.business_date,
                operator=self._who().operator,
                at=self._lane.clock(),
                amount=sale.totals.total,
                lines=len(sale.basket.lines),
            )
            self._saved(lambda: self._lane.journal.note(fact))
        paying.give_back(sale, self._lane.payments)
        self._next_basket()

    def suspend(self, name: str) -> None:
        """Set the basket aside (挂单), for this lane or another to go on with."""
        sale = self._selling()
        fact = suspending.suspended(sale, name, self._at_lane())
        self._saved(lambda: self._lane.journal.suspend(fact))
        self._next_basket()

    def resume(self, asked: Resuming) -> None:
        """Go on with a basket that was set aside (取单)."""
        self.must_be_between_baskets()
        who = self._at_lane()
        fact, sale = suspending.resumed(
            asked, self.basket_uuid, self.terms(who.at), who, self._lane.catalogue
        )
        goes_on = replace(asked.fact, held=sale.basket, started=sale.started)
        self._saved(lambda: self._lane.journal.resume(fact, goes_on))
        self._change(sale)

    def move_cash(self, asked: Moving) -> None:
        """Open the drawer without a sale; what is moved through it is kept as an entry."""
        self._must("selling")
        self._must_have_no_basket()
        now = self._lane.clock()
        at = self.terms(now)
        who = AtDrawer(self._lane.site, self._who(), self._open_shift(), at, now)
        fact = drawer.moved(asked, who, self.door)
        self._saved(lambda: self._lane.journal.note(fact))
        self._lane.printing.submit_slip(fact, at)

    def reprint(self) -> None:
        """Print the last ticket again, marked as a copy."""
        self._must("selling")
        if self.last is None:
            raise TillError("no_ticket")
        at = self.terms(self._lane.clock())
        self._lane.printing.submit(self.last, at, copy=True)

    def print_copy(self, ticket: Ticket, shop: str, currency: str) -> None:
        """Print any ticket again, perhaps of another branch, marked as a copy."""
        self.must_be_at_work()
        at = self.terms(self._lane.clock())
        if currency:
            at = replace(at, currency=currency, decimals=get_currency_precision(currency))
        self._lane.printing.submit(ticket, replace(at, name=shop), copy=True)

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

    def _at_lane(self) -> AtLane:
        return AtLane(self._lane.site, self._who().operator, self._lane.clock())

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
