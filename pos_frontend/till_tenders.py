"""Acts of payment at the till: tenders, refunds, the terminal, and a basket that is given up."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pos_frontend import checkout, presenting, refunds
from pos_frontend.checkout import Tendering
from pos_frontend.drawer import AtDrawer
from pos_frontend.errors import TillError
from pos_frontend.payment import paying
from pos_frontend.payment.attempt import Attempt
from pos_frontend.payment.paying import Settling
from pos_frontend.redeeming import Redeemed, tender_kind
from pos_frontend.refunds import InCash
from pos_frontend.till_core import TillCore
from schemas.domain.ticket import TenderKind
from schemas.domain.till import BasketCancelled


class TenderActs(TillCore):
    """What is done to pay a sale, or to give it up; see `Till`."""

    @property
    def has_terminal(self) -> bool:
        """Whether cards are taken by a terminal, and not by the cashier's word."""
        return self._lane.payments is not None

    @property
    def open_payments(self) -> list[Attempt]:
        """What the terminal was asked for, no sale here holds or waits for, and is not settled."""
        payments = self._lane.payments
        return paying.open_payments(payments, self.basket_uuid, self._sale) if payments else []

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
        """Take what the terminal has said: what it approved pays the sale, which may be complete by it; the
        totals of its batch are written.
        """
        payments = self._lane.payments
        if payments is None:
            return
        for fact in payments.settlements():
            self._saved(partial(self._lane.journal.note, fact))
            payments.forget_settlement(fact.shift)
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
