"""Payment: what is left to pay, cash rounding (抹零) and change (rules 5 and 6).

    cash part  = total − what was paid otherwise, in foreign notes too
    rounding   = the cash part rounded to a step − the cash part, once any cash is taken or given, else 0
    due        = total + rounding
    change     = cash taken − the rounded cash part

    kind              may exceed what is due                change
    cash, foreign     yes                                   in local cash, rounded, never to more than
                                                            was taken
    voucher           by its face value; it pays what is    none: the rest of the face value is forfeited
                      due at most
    all others        no                                    none

A `step` of 5 rounds to 0.05; 0 and 1 round nothing. Where the cash part rounds to nothing, a cash
tender of nothing pays it. All amounts are in minor units.

Where more came back than was sold the total is below nought and the customer is paid: tenders below
nought until all is given back, none beyond what is due, no foreign money, and no change. Which tender
gives back how much is `schemas.domain.refund`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from schemas.domain.money import divide, format_amount
from schemas.domain.ticket import CASH_KINDS, TenderKind, TenderLine

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
    """Return what cash rounding adds to the total; nothing while no cash is taken or given."""
    part = _cash_part(total, tenders)
    if not _takes_cash(tenders) and not _is_overpaid(total, part):
        return 0
    return _rounded_part(total, tenders, step) - part


def remaining(
    total: int, tenders: Sequence[TenderLine], kind: TenderKind = "cash", step: int = 0
) -> int:
    """Return what is left to pay if the rest is paid with `kind`: only cash is rounded. Below nought it
    is what is left to give back.
    """
    if is_paid(total, tenders, step):
        return 0
    part = _cash_part(total, tenders)
    left = (rounded_cash(part, step) if kind == "cash" else part) - _cash(tenders)
    return min(0, left) if total < 0 else max(0, left)


def is_paid(total: int, tenders: Sequence[TenderLine], step: int = 0) -> bool:
    """Whether the tenders cover the total, rounded if cash is among them."""
    due = total + rounding(total, tenders, step)
    paid = sum(tender.amount for tender in tenders)
    return paid <= due if total < 0 else paid >= due


def change(total: int, tenders: Sequence[TenderLine], step: int = 0) -> int:
    """Return the cash to give back; nothing while the total is not paid."""
    part = _cash_part(total, tenders)
    if total < 0 or not (_takes_cash(tenders) or _is_overpaid(total, part)):
        return 0
    return max(0, _cash(tenders) - _rounded_part(total, tenders, step))


def voucher(left: int, face_value: int, number: str) -> TenderLine:
    """Return a voucher's tender: it pays what is left, up to its face value."""
    return TenderLine("voucher", min(left, face_value), number, face_value=face_value)


def take(
    total: int, tenders: Sequence[TenderLine], tender: TenderLine, step: int = 0
) -> tuple[TenderLine, ...]:
    """Return the tenders with one more, or raise TenderError and say what can be done."""
    taken = tuple(tenders)
    if is_paid(total, taken, step):
        message = f"nothing is left to pay: take no further {tender.kind}, finish the sale"
        raise TenderError(message, "paid")
    left = remaining(total, taken, tender.kind, step)
    nothing = tender.kind == "cash" and left == 0
    if total < 0:
        _check_refund(tender, left)
        return (*taken, tender)
    if tender.amount < 0 or (tender.amount == 0 and not nothing):
        message = f"{tender.kind} of {format_amount(tender.amount)} pays nothing: enter an amount"
        raise TenderError(message, "amount")
    if tender.kind not in CASH_KINDS and tender.amount > left:
        message = (
            f"{tender.kind} of {format_amount(tender.amount)} exceeds the "
            f"{format_amount(left)} left to pay, and change is given for cash only: "
            f"take at most {format_amount(left)}"
        )
        raise TenderError(message, "exceeds")
    return (*taken, tender)


def _check_refund(tender: TenderLine, left: int) -> None:
    gives = tender.amount < 0 or (tender.kind == "cash" and tender.amount == left == 0)
    if tender.kind == "foreign" or not gives or tender.amount < left:
        message = (
            f"{tender.kind} of {format_amount(tender.amount)} is no refund here: "
            f"{format_amount(-left)} is left to give back, not in foreign money"
        )
        raise TenderError(message, "refund")


def _is_overpaid(total: int, part: int) -> bool:
    """Whether foreign money was worth more than was due, so that change is given for it."""
    return part < 0 <= total


def _rounded_part(total: int, tenders: Sequence[TenderLine], step: int) -> int:
    """The cash part as it is rounded: in change for foreign money down, where up would be more than that
    money was worth.
    """
    part = _cash_part(total, tenders)
    rounded = rounded_cash(part, step)
    worth = sum(tender.amount for tender in tenders if tender.kind == "foreign")
    return rounded + step if _is_overpaid(total, part) and -rounded > worth else rounded


def _takes_cash(tenders: Sequence[TenderLine]) -> bool:
    return any(tender.kind == "cash" for tender in tenders)


def _cash(tenders: Sequence[TenderLine]) -> int:
    return sum(tender.amount for tender in tenders if tender.kind == "cash")


def _cash_part(total: int, tenders: Sequence[TenderLine]) -> int:
    return total - sum(tender.amount for tender in tenders if tender.kind != "cash")
