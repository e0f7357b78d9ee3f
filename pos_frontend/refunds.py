"""Refunds at this lane: what is given back by which tender, part by part (rule 22).

    the next part goes to                    is given back by
    a card or code that a terminal took      the terminal, see `payment.paying`
    another tender than cash                 the cashier: a voucher or coupon is handed out again, a card is
                                             seen to at a terminal that this lane does not speak to
    points, stored value                     the account they came from, which nobody is asked for
    cash                                     the drawer; it comes last, and is rounded
    a tender that cannot be given back to    cash, as a manager allows for a reason: after the other parts

The plan follows from the basket, from how its sales were paid, and from what was given back of it so far.
Each part is a tender below nought that names the payment it gives back. Refusals are TillError.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pos_frontend.authority import Door
from pos_frontend.basket import Sale, read_amount
from pos_frontend.catalogue import Operator
from pos_frontend.errors import TillError
from pos_frontend.payment.terminal import BY_TERMINAL
from schemas.domain import tender as rules
from schemas.domain.refund import PaidSale, Part, split
from schemas.domain.ticket import OriginalTender, TenderKind, TenderLine


@dataclass(frozen=True, slots=True)
class InCash:
    """The next part to be given back in cash; `authority` and `pin` are of whom was called, if anybody."""

    reason: str
    authority: str = ""
    pin: str = ""


def remembered(known: tuple[PaidSale, ...], paid: PaidSale) -> tuple[PaidSale, ...]:
    """How the sales of a basket were paid, with what was looked up last of one of them."""
    return (*(one for one in known if one.ticket != paid.ticket), paid)


def plan(sale: Sale) -> tuple[Part, ...]:
    """What is left to give back, part by part; nothing where nothing is."""
    total, step = sale.totals.total, sale.terms.cash_rounding
    if total >= 0 or rules.is_paid(total, sale.tenders, step):
        return ()
    done = {(o.ticket, o.number) for t in sale.tenders if (o := t.original_tender)}
    parts = [one for one in split(-total, _returned(sale)) if (one.ticket, one.number) not in done]
    allowed = {(one.ticket, one.number) for one in sale.in_cash}
    back = [one for one in parts if one.ticket and (one.ticket, one.number) not in allowed]
    cash = [
        replace(one, kind="cash", points=None)
        for one in parts
        if one.ticket and (one.ticket, one.number) in allowed
    ]
    if any(one.ticket is None for one in parts) or not parts:
        cash.append(Part("cash", 0))
    return (*back, *_rounded(cash, -_cash_left(sale, back)))


def part_for(sale: Sale, kind: TenderKind, amount: str | None = None) -> Part:
    """The next part, which is what was asked for: by its kind, and by its amount if one was keyed."""
    parts = plan(sale)
    if not parts:
        raise TillError("tender_paid")
    keyed = parts[0].amount if amount is None else read_amount(amount, sale.terms.decimals)
    if (kind, keyed) != (parts[0].kind, parts[0].amount):
        raise TillError("tender_refund")
    return parts[0]


def refund_line(sale: Sale, part: Part) -> TenderLine:
    """The tender that gives a part back."""
    named = part.original
    for one in sale.in_cash:
        if named is not None and (one.ticket, one.number) == (named.ticket, named.number):
            return TenderLine("cash", -part.amount, original_tender=one)
    # A terminal's reference is that of one payment; a refund there has one of its own.
    number = None if part.kind in BY_TERMINAL else part.reference
    points = None if part.points is None else -part.points
    return TenderLine(part.kind, -part.amount, number, original_tender=named, points=points)


def in_cash(sale: Sale, asked: InCash, present: Operator, door: Door) -> Sale:
    """Have the next part given back in cash, by somebody's authority."""
    parts = plan(sale)
    if not parts or parts[0].ticket is None or parts[0].kind == "cash":
        raise TillError("no_refund")
    if not asked.reason.strip():
        raise TillError("unexplained")
    by = door.allow("return", present, asked.authority, asked.pin)
    one = OriginalTender(parts[0].ticket, parts[0].number, asked.reason, by.operator)
    return replace(sale, in_cash=(*sale.in_cash, one))


def _returned(sale: Sale) -> list[tuple[PaidSale, int]]:
    """The sales that goods come back from, in their order, with what these are worth."""
    worth: dict[str, int] = {}
    for line in sale.lines:
        source = line.returned.original if line.returned else None
        if source is not None and source.ticket is not None and not line.voided:
            worth[source.ticket] = worth.get(source.ticket, 0) - line.amount
    known = {one.ticket: one for one in sale.originals}
    return [(known[uuid], amount) for uuid, amount in worth.items() if uuid in known]


def _cash_left(sale: Sale, back: list[Part]) -> int:
    """What is left to give back in cash when these parts have been given back."""
    total, step = sale.totals.total, sale.terms.cash_rounding
    given = (*sale.tenders, *(TenderLine(one.kind, -one.amount) for one in back))
    return rules.remaining(total, given, "cash", step)


def _rounded(cash: list[Part], left: int) -> list[Part]:
    """The parts in cash: the last takes what rounding makes of it."""
    parts: list[Part] = []
    for one in cash[:-1]:
        amount = min(one.amount, left)
        parts.append(replace(one, amount=amount))
        left -= amount
    return [*parts, *(replace(one, amount=left) for one in cash[-1:])]
