"""What the customer is shown, on the display by the till and on the page `/customer`.

    the till                                    mode      two lines of 20 columns
    nobody signed in, or no shift open          closed    that the lane is closed
    no basket                                   welcome   a greeting, the shop's name
    a basket                                    basket    its newest line and amount, the total
    a basket partly paid                        payment   the total, what is left to pay
    no basket, the last sale just now           done      the total, the change or thanks
    a training                                  closed    that it is one: nobody pays here

A change is shown until the next basket begins, half a minute at most. Voided lines are not shown,
and nothing of the cashier, the member's number or the lane's troubles ever is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pos_frontend import checkout
from pos_frontend.basket import Sale
from pos_frontend.day import Terms
from pos_frontend.devices.line_display import LineDisplay, centred, justified
from pos_frontend.language import text
from pos_frontend.settings import Language
from pos_frontend.till import Till
from schemas.domain.basket import totals
from schemas.domain.money import format_amount
from schemas.domain.ticket import SaleLine, Ticket

Mode = Literal["closed", "welcome", "basket", "payment", "done"]
_LASTS = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Shown:
    """The customer's side of a till. Amounts are minor units; `due` is what is left to pay."""

    mode: Mode
    language: Language
    shop: str
    currency: str
    decimals: int
    lines: tuple[SaleLine, ...] = ()
    total: int = 0
    saved: int = 0
    due: int = 0
    tendered: int = 0
    change: int = 0
    training: bool = False


def shown(
    till: Till, terms: Terms | None, language: Language, now: datetime, gone: str = ""
) -> Shown:
    """Return what a customer is shown now; without terms nothing is sold and the lane is closed.

    `gone` is the ticket after which another basket was begun: its change is nobody's business.
    """
    at = (language, terms.name, terms.currency, terms.decimals) if terms else (language, "", "", 2)
    sale, last = till.sale, till.last
    if terms is None or till.state in {"signed_out", "opening"}:
        return Shown("closed", *at)
    if sale is not None and not sale.is_empty():
        return _basket(sale, at)
    if sale is None and last is not None and last.uuid != gone and now - last.committed < _LASTS:
        return _done(last, at)
    return Shown("welcome", *at)


def _basket(sale: Sale, at: tuple[Language, str, str, int]) -> Shown:
    paid = checkout.payment(sale)
    return Shown(
        "payment" if sale.tenders else "basket",
        *at,
        lines=tuple(line for line in sale.lines if not line.voided),
        total=sale.totals.total,
        saved=sale.totals.saved,
        due=paid.due,
        tendered=paid.tendered,
    )


def _done(ticket: Ticket, at: tuple[Language, str, str, int]) -> Shown:
    return Shown(
        "done",
        *at,
        lines=tuple(ticket.sold()),
        total=ticket.total,
        saved=totals(ticket.lines).saved,
        tendered=sum(one.amount for one in ticket.tenders),
        change=ticket.change,
    )


class CustomerSide:
    """Keeps what the customer is shown in step with the till. To be used on the till's thread."""

    def __init__(self, display: LineDisplay | None) -> None:
        self._display = display
        self._gone = ""
        self.shown: Shown | None = None

    def follow(
        self,
        till: Till,
        terms: Terms | None,
        language: Language,
        now: datetime,
        *,
        training: bool = False,
    ) -> Shown | None:
        """Show how the till stands; return it when it has changed."""
        if till.sale is not None and till.last is not None:
            self._gone = till.last.uuid
        fresh = shown(till, None if training else terms, language, now, self._gone)
        fresh = replace(fresh, training=training)
        if fresh == self.shown:
            return None
        self.shown = fresh
        if self._display is not None:
            self._display.show(*display_lines(fresh))
        return fresh


def display_lines(what: Shown) -> tuple[str, str]:
    """Return the two lines that a customer display shows."""

    def say(key: str, **values: str) -> str:
        return text(what.language, f"customer.{key}", **values)

    def money(amount: int) -> str:
        return format_amount(amount, what.decimals)

    total = justified(say("total"), money(what.total))
    refund = justified(say("refund"), money(-what.tendered))
    match what.mode:
        case "closed":
            return centred(say("closed")), centred(say("training") if what.training else what.shop)
        case "welcome":
            return centred(say("welcome")), centred(what.shop)
        case "basket":
            newest = what.lines[-1]
            name = say("return", name=newest.name) if newest.returned else newest.name
            return justified(name, money(newest.amount)), total
        case "payment":
            left = say("refund" if what.due < 0 else "due")
            return total, justified(left, money(abs(what.due)))
        case "done":
            change = justified(say("change"), money(what.change))
            given = refund if what.total < 0 else change if what.change else None
            return total, given or centred(say("thanks"))


def page_picture(what: Shown) -> dict[str, object]:
    """Return what the customer's page shows, as JSON has it."""
    return {
        "mode": what.mode,
        "training": what.training,
        "language": what.language,
        "shop": what.shop,
        "currency": what.currency,
        "decimals": what.decimals,
        "lines": [
            {
                "name": line.name,
                "unit": line.unit,
                "quantity": line.quantity,
                "price": line.list_price,
                "saved": totals((line,)).saved,
                "amount": line.amount,
                "returned": line.returned is not None,
            }
            for line in what.lines
        ],
        "total": what.total,
        "saved": what.saved,
        "due": what.due,
        "tendered": what.tendered,
        "change": what.change,
    }
