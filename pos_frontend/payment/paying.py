"""What a sale has to do with the terminal: asking for a payment, taking it, giving it back.

    the sale                              the terminal's payment
    is committed with its tender          is forgotten: the ticket holds it
    goes back or is cancelled             is given up: stopped, or voided
    is not there any more at a start      is open: a person has it voided, or settles it

All of it is for the till's thread and waits for nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from pos_frontend import checkout
from pos_frontend.authority import Door
from pos_frontend.basket import Sale
from pos_frontend.drawer import AtDrawer
from pos_frontend.errors import TillError
from pos_frontend.payment.attempt import Attempt
from pos_frontend.payment.payments import Payments
from schemas.domain import tender as rules
from schemas.domain.tender import TenderError
from schemas.domain.ticket import TenderKind, TenderLine, Ticket
from schemas.domain.till import PaymentSettled

_log = structlog.get_logger(__name__)
#: What a terminal takes; everything else the cashier does.
BY_TERMINAL: frozenset[TenderKind] = frozenset({"card", "qr"})


@dataclass(frozen=True, slots=True)
class Settling:
    """A payment to be taken off the list; `authority` and `pin` are of whom was called, if anybody."""

    reference: str
    reason: str
    authority: str = ""
    pin: str = ""


def begin(
    sale: Sale, payments: Payments, kind: TenderKind, amount: str | None, code: str | None,
    at: datetime,
) -> None:  # fmt: skip
    """Ask the terminal for a tender that the sale could take. Raises TillError."""
    if kind == "qr" and not code:
        raise TillError("payment_code")
    asked = checkout.pay(sale, kind, amount, code).tenders[-1].amount
    reference = str(uuid.uuid4())
    attempt = Attempt(reference, sale.uuid, kind, asked, sale.terms.currency, at)
    payments.begin(attempt, code or "")


def take(sale: Sale, attempt: Attempt) -> Sale | None:
    """Return the sale with an approved payment; None when it has no room for it.

    A basket that came back without its last lines may owe less than was paid for it.
    """
    line = TenderLine(attempt.kind, attempt.amount, attempt.reference, attempt.authorization)
    try:
        tenders = rules.take(sale.totals.total, sale.tenders, line, sale.terms.cash_rounding)
    except TenderError as error:
        _log.error("a payment is more than its basket", of=attempt.reference, why=str(error))
        return None
    return replace(sale, tenders=tenders)


def references(sale: Sale | None) -> Iterator[str]:
    """The payments of the terminal that a sale holds."""
    for one in sale.tenders if sale is not None else ():
        if one.authorization is not None and one.reference is not None:
            yield one.reference


def give_back(sale: Sale | None, payments: Payments | None) -> None:
    """Have the terminal give back what it took for a sale."""
    if payments is not None:
        for reference in references(sale):
            payments.give_up(reference)


def settled(asked: Settling, attempt: Attempt, who: AtDrawer, door: Door) -> PaymentSettled:
    """The word of a manager on a payment, as it is kept. Raises TillError."""
    if not asked.reason.strip():
        raise TillError("unexplained")
    by = door.allow("settle_payment", who.present, asked.authority, asked.pin)
    return PaymentSettled(
        reference=attempt.reference,
        basket=attempt.basket,
        shift=who.shift.shift,
        branch=who.terms.branch,
        lane=who.lane,
        business_date=who.shift.business_date,
        operator=who.present.operator,
        at=who.at,
        kind=attempt.kind,
        amount=attempt.amount,
        state=attempt.state,
        reason=asked.reason,
        authority=by.operator,
    )


def open_payments(payments: Payments, basket: str, sale: Sale | None) -> list[Attempt]:
    """What is not settled and no sale at the till holds or waits for, oldest first."""
    held = set(references(sale))
    return [
        one for one in payments.all()
        if one.reference not in held and (one.basket != basket or one.state in {"voiding", "approved"})
    ]  # fmt: skip


def at_start(
    sale: Sale | None, payments: Payments | None, find: Callable[[str], Ticket | None]
) -> Sale | None:
    """Settle what was committed before the process ended; return the kept sale with the tenders that
    still are its own: one that is being given back is none.
    """
    if payments is None:
        return sale
    for one in payments.all():
        ticket = None if one.state == "voiding" else find(one.basket)
        if ticket is not None and one.reference in {t.reference for t in ticket.tenders}:
            payments.forget([one.reference])
    if sale is None:
        return None
    paid = {one.reference for one in payments.all() if one.state == "approved"}
    kept = tuple(t for t in sale.tenders if t.authorization is None or t.reference in paid)
    return replace(sale, tenders=kept)
