"""Payment at this lane: tenders until the sale is paid, then the ticket that is committed.

not paid ──tender──▶ not paid ──tender──▶ paid ──▶ ticket (its counter comes from the commit)
    └─ an amount left out is exactly what is due: in cash rounded, otherwise not (rule 5)

A refund is paid like a sale, with amounts below nought; an even exchange needs no tender.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pos_frontend.basket import Sale, read_amount
from pos_frontend.errors import TillError
from schemas.domain import tender as rules
from schemas.domain.tender import TenderError
from schemas.domain.ticket import Control, PointsEarned, TenderKind, TenderLine, Ticket

_LONGEST_REFERENCE = 64


@dataclass(frozen=True, slots=True)
class Payment:
    """What the screen shows of a payment: `due` is what is left in cash, `left` otherwise."""

    tendered: int
    due: int
    left: int
    rounding: int


def pay(sale: Sale, kind: TenderKind, amount: str | None, reference: str | None) -> Sale:
    """Return the sale with one more tender. Raises TillError."""
    if sale.is_empty():
        raise TillError("empty")
    if kind == "coupon" and not reference:
        raise TillError("reference")
    if reference and len(reference) > _LONGEST_REFERENCE:
        raise TillError("code", code=reference[:_LONGEST_REFERENCE])
    total, step = sale.totals.total, sale.terms.cash_rounding
    if total == 0 and amount is None and not sale.tenders:
        return sale
    if amount is None:
        taken = rules.remaining(total, sale.tenders, kind, step)
    else:
        taken = read_amount(amount, sale.terms.decimals)
        taken = -taken if total < 0 else taken
    line = TenderLine(kind, taken, reference or None)
    try:
        return replace(sale, tenders=rules.take(total, sale.tenders, line, step))
    except TenderError as error:
        raise TillError(f"tender_{error.fault}") from error


def is_paid(sale: Sale) -> bool:
    """Whether the tenders cover the sale."""
    return rules.is_paid(sale.totals.total, sale.tenders, sale.terms.cash_rounding)


def payment(sale: Sale) -> Payment:
    """Return what was tendered and what is left."""
    total, step = sale.totals.total, sale.terms.cash_rounding
    return Payment(
        tendered=sum(tender.amount for tender in sale.tenders),
        due=rules.remaining(total, sale.tenders, "cash", step),
        left=rules.remaining(total, sale.tenders, "card", step),
        rounding=rules.rounding(total, sale.tenders, step),
    )


@dataclass(frozen=True, slots=True)
class Committing:
    """Who commits a sale where and when; with the counters it makes the ticket."""

    sale: Sale
    lane: str
    shift: str
    operator: str
    at: datetime
    points: tuple[PointsEarned, ...] = ()

    def ticket(self, counter: int, control: Control) -> Ticket:
        """Return the ticket under its number."""
        sale, terms = self.sale, self.sale.terms
        lines, step = sale.lines, terms.cash_rounding
        total = sum(line.amount for line in lines if not line.voided)
        return Ticket(
            uuid=sale.uuid,
            branch=terms.branch,
            lane=self.lane,
            counter=counter,
            shift=self.shift,
            business_date=terms.business_date,
            zone=terms.zone,
            started=sale.started,
            committed=self.at,
            operator=self.operator,
            lines=lines,
            tenders=sale.tenders,
            total=total,
            rounding=rules.rounding(total, sale.tenders, step),
            change=rules.change(total, sale.tenders, step),
            control=control,
            member=sale.basket.member,
            tax_policy=terms.tax_policy,
            provisional=terms.provisional,
            points=self.points,
        )
