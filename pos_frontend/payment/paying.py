"""What a sale has to do with the terminal: asking for a payment, taking it, giving it back.

    the sale                              the terminal's payment
    is committed with its tender          is forgotten: the ticket holds it
    goes back or is cancelled             is given up: stopped, or voided, a refund too
    is not there any more at a start      is open: a person has it voided, or settles it

All of it is for the till's thread and waits for nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from pos_frontend import checkout, refunds
from pos_frontend.authority import Door
from pos_frontend.basket import Sale
from pos_frontend.checkout import Tendering
from pos_frontend.drawer import AtDrawer
from pos_frontend.errors import TillError
from pos_frontend.payment.attempt import Attempt
from pos_frontend.payment.payments import Payments
from pos_frontend.payment.terminal import BY_TERMINAL
from schemas.domain import tender as rules
from schemas.domain.tender import TenderError
from schemas.domain.ticket import OriginalTender, TenderKind, TenderLine, Ticket
from schemas.domain.till import PaymentSettled

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Settling:
    """A payment to be taken off the list; `authority` and `pin` are of whom was called, if anybody."""

    reference: str
    reason: str
    authority: str = ""
    pin: str = ""


def is_by_terminal(sale: Sale, kind: TenderKind) -> bool:
    """Whether a terminal is asked for a tender of this kind: of a refund, if one took the payment."""
    if kind not in BY_TERMINAL:
        return False
    return sale.totals.total >= 0 or any(one.reference for one in refunds.plan(sale)[:1])


def begin(sale: Sale, payments: Payments, asked: Tendering, at: datetime) -> None:
    """Ask the terminal for a tender that the sale could take. Raises TillError."""
    amount, original = checkout.pay(sale, asked).tenders[-1].amount, ""
    if amount < 0:
        original = refunds.part_for(sale, asked.kind).reference or ""
    elif asked.kind == "qr" and not asked.reference:
        raise TillError("payment_code")
    attempt = Attempt(
        str(uuid.uuid4()), sale.uuid, asked.kind, abs(amount), sale.terms.currency, at,
        original=original,
    )  # fmt: skip
    payments.begin(attempt, asked.reference or "")


def take(sale: Sale, attempt: Attempt) -> Sale | None:
    """Return the sale with an approved payment or refund; None when it has no room for it.

    A basket that came back without its last lines may owe less than was paid for it, or more than was
    given back.
    """
    line = TenderLine(attempt.kind, attempt.signed, attempt.reference, attempt.authorization)
    try:
        if attempt.original:
            line = replace(line, original_tender=_given_back(sale, attempt))
        tenders = rules.take(sale.totals.total, sale.tenders, line, sale.terms.cash_rounding)
    except (TenderError, LookupError) as error:
        _log.error("a payment is more than its basket", of=attempt.reference, why=str(error))
        return None
    return replace(sale, tenders=tenders)


def _given_back(sale: Sale, attempt: Attempt) -> OriginalTender | None:
    """The payment that a refund gives back; raises LookupError where the basket wants no such refund."""
    for one in refunds.plan(sale):
        if (one.reference, one.amount) == (attempt.original, attempt.amount):
            return one.original
    message = f"the basket gives nothing back of {attempt.original}"
    raise LookupError(message)


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
        amount=attempt.signed,
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
