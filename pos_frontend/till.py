"""The till: who is at it, which shift, which sale, and what may be done when.

    state        holds                    takes                                          next
    signed_out   nothing                  sign_in                                        opening, or selling when a
                                                                                         shift is open
    opening      operator                 open_shift                                     selling
                                          sign_out                                       signed_out
    selling      operator, shift,         scan, unknown_item, give_back, take_back,      selling
                 perhaps a basket         void_line, override, discount, reprice_label,
                                          member, register_member, present_coupon,
                                          take_coupon_off, take_gifts, cancel, reprint
                                          tender, redeem, refund_in_cash                 tendering, or committed
                                          move_cash (without a basket)                   selling
                                          suspend; resume (without a basket)             selling
                                          x_report (without a basket)                    selling
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
from dataclasses import replace
from datetime import datetime

from babel.numbers import get_currency_precision

from pos_frontend import drawer, hand_over, settling, suspending
from pos_frontend.authority import may
from pos_frontend.catalogue import Operator
from pos_frontend.day import Terms
from pos_frontend.drawer import AtDrawer, Moving
from pos_frontend.errors import TillError
from pos_frontend.hand_over import Drawer
from pos_frontend.settling import Keyed, ShiftReport
from pos_frontend.suspending import AtLane, Resuming
from pos_frontend.till_goods import GoodsActs
from pos_frontend.till_tenders import TenderActs
from schemas.domain.ticket import Ticket
from schemas.domain.till import ShiftOpened, TillCounted
from schemas.domain.till_settlement import TerminalSettled


class Till(GoodsActs, TenderActs):
    """The till of one lane, from sign-in to the end of the shift."""

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
        """Open a shift with the float that lies in the drawer, or with the drawer of the shift before."""
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
            float_amount=0,
        )
        fact = hand_over.opened(fact, float_text, self.drawer(at), at.decimals)
        self.shift = self._saved(lambda: self._lane.journal.begin_shift(fact))

    def drawer(self, at: Terms) -> Drawer | None:
        """The drawer that the next shift may take up; None while one is open."""
        if self.shift is not None:
            return None
        policy = self._lane.catalogue.policy()
        return hand_over.found(self._lane.journal.shift_before(), at.business_date, policy.till_by)

    def count_keys(self, at: Terms) -> tuple[str, ...]:
        """What is counted when the shift ends; nothing while there is a basket, or no shift."""
        if self.shift is None or self.sale is not None:
            return ()
        return settling.keys(self._lane.catalogue, at)

    def x_report(self) -> None:
        """Print how the shift stands."""
        self.must_be_between_baskets()
        self._report(self._lane.clock(), None)

    def end_shift(self, asked: Keyed | None = None) -> None:
        """End the shift and leave the till, which its cashier counted if something was `asked`."""
        self.must_be_between_baskets()
        shift, by, now = self._open_shift(), self._who(), self._lane.clock()
        lane, fact = self._lane, None
        if asked is not None:
            at = self.terms(now)
            found, pieces = settling.read_count(asked, self.count_keys(at), at)
            who = AtDrawer(lane.site, by, shift, at, now)
            fact = settling.counted(shift, who, found, pieces)
        self._saved(lambda: lane.journal.end_shift(shift, lane.branch, by.operator, now, fact))
        if fact is not None:
            self._report(now, fact)
        if lane.payments is not None:
            of = (shift.shift, lane.branch, lane.site, shift.business_date, by.operator, now)
            lane.payments.settle(TerminalSettled(*of, "no_answer"))
        self.shift = self.operator = None

    def _report(self, now: datetime, counted: TillCounted | None) -> None:
        lane, shift, by = self._lane, self._open_shift(), self._who().operator
        report = ShiftReport(lane.site, shift, by, now, lane.journal.reading(shift))
        if counted is not None:
            report = replace(report, counted=counted.counted, pieces=counted.denominations)
        lane.printing.submit_report(report, self.terms(now))

    def may_train(self, authority: str, pin: str) -> Operator:
        """Return who is at the till, if a training may begin now by somebody's authority."""
        self.must_be_between_baskets()
        present = self._who()
        self.door.allow("training", present, authority, pin)
        return present

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

    def _at_lane(self) -> AtLane:
        return AtLane(self._lane.site, self._who().operator, self._lane.clock())
