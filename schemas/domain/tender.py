"""Payment: what is left to pay, cash rounding (抹零) and change (rule 5).

    cash part  = total − what was paid otherwise
    rounding   = the cash part rounded to a step − the cash part, once any cash is taken, else 0
    due        = total + rounding
    change     = cash taken − the rounded cash part

A `step` of 5 rounds to 0.05; 0 and 1 round nothing. Only cash may exceed what is due, since
change is given in cash only. Where the cash part rounds to nothing, a cash tender of nothing pays
it. All amounts are in minor units.

Where more came back than was sold the total is below nought and the customer is paid: one cash
tender of exactly what is due, below nought too, and no change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from schemas.domain.money import divide, format_amount
from schemas.domain.ticket import TenderKind, TenderLine

TenderFault = Literal["paid", "amount", "exceeds", "refund"]


class TenderError(ValueError):
    """A tender that cannot be taken, and why: `fault` for the screen, the message for the log."""

    def __init__(self, message: str, fault: TenderFault) -> None:
        """Keep the fault beside the words."""
        super().__init__(message)
        self.fault: TenderFault = fault


def rounded_cash(amount: int, step: int) -> int:
    """Round a cash amount to a multiple of `step`, half away from zero, below nought alike."""
    return divide(amount, step) * step if step > 1 else amount


def rounding(total: int, tenders: Sequence[TenderLine], step: int = 0) -> int:
    """Return what cash rounding adds to the total; nothing while no cash is taken."""
    if not _takes_cash(tenders):
        return 0
    part = _cash_part(total, tenders)
    return rounded_cash(part, step) - part


def remaining(
    total: int, tenders: Sequence[TenderLine], kind: TenderKind = "cash", step: int = 0
) -> int:
    """Return what is left to pay if the rest is paid with `kind`: only cash is rounded."""
    if is_paid(total, tenders, step):
        return 0
    part = _cash_part(total, tenders)
    owed = rounded_cash(part, step) if kind == "cash" else part
    return owed if total < 0 else max(0, owed - _cash(tenders))


def is_paid(total: int, tenders: Sequence[TenderLine], step: int = 0) -> bool:
    """Whether the tenders cover the total, rounded if cash is among them. A refund is paid by being
    tendered: `take` lets nothing but all of it pass.
    """
    if total < 0:
        return bool(tenders)
    due = total + rounding(total, tenders, step)
    return sum(tender.amount for tender in tenders) >= due


def change(total: int, tenders: Sequence[TenderLine], step: int = 0) -> int:
    """Return the cash to give back; nothing while the total is not paid."""
    if total < 0 or not _takes_cash(tenders):
        return 0
    return max(0, _cash(tenders) - rounded_cash(_cash_part(total, tenders), step))


def take(
    total: int, tenders: Sequence[TenderLine], tender: TenderLine, step: int = 0
) -> tuple[TenderLine, ...]:
    """Return the tenders with one more, or raise TenderError and say what can be done."""
    taken = tuple(tenders)
    if is_paid(total, taken, step):
        message = f"nothing is left to pay: take no further {tender.kind}, finish the sale"
        raise TenderError(message, "paid")
    left = remaining(total, taken, tender.kind, step)
    if total < 0:
        if tender.kind != "cash" or tender.amount != left:
            message = f"a refund is paid in cash, {format_amount(-left)} and no other amount"
            raise TenderError(message, "refund")
        return (*taken, tender)
    nothing = tender.kind == "cash" and left == 0
    if tender.amount < 0 or (tender.amount == 0 and not nothing):
        message = f"{tender.kind} of {format_amount(tender.amount)} pays nothing: enter an amount"
        raise TenderError(message, "amount")
    if tender.kind != "cash" and tender.amount > left:
        message = (
            f"{tender.kind} of {format_amount(tender.amount)} exceeds the "
            f"{format_amount(left)} left to pay, and change is given for cash only: "
            f"take at most {format_amount(left)}"
        )
        raise TenderError(message, "exceeds")
    return (*taken, tender)


def _takes_cash(tenders: Sequence[TenderLine]) -> bool:
    return any(tender.kind == "cash" for tender in tenders)


def _cash(tenders: Sequence[TenderLine]) -> int:
    return sum(tender.amount for tender in tenders if tender.kind == "cash")


def _cash_part(total: int, tenders: Sequence[TenderLine]) -> int:
    return total - sum(tender.amount for tender in tenders if tender.kind != "cash")
