"""Payment at this lane: tenders until the sale is paid, then the ticket that is committed.

not paid ──tender──▶ not paid ──tender──▶ paid ──▶ ticket (its counter comes from the commit)
    └─ an amount left out is exactly what is due: in cash rounded, otherwise not (rule 5)

    kind      amount                        reference
    cash      what is handed over           –
    foreign   of its currency, the same     –                       worth what the basket's rate makes of it
    voucher   its face value                its number              pays what is due, the rest is forfeited
    coupon    what it pays                  its number
    card, qr  what it pays                  –, see `payment.paying`
    points, stored_value   what is reserved for the basket, or a grant has room for, see `redeeming`

A refund is paid part by part, see `refunds`; an even exchange needs no tender.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from babel.numbers import get_currency_precision

from pos_frontend import refunds
from pos_frontend.basket import Sale, read_amount
from pos_frontend.errors import TillError
from pos_frontend.redeeming import REDEEMED, Redeemed, left_after, tender_line
from schemas.domain import tender as rules
from schemas.domain.exchange import covering, local_value
from schemas.domain.refund import Part
from schemas.domain.tender import TenderError
from schemas.domain.ticket import Control, Foreign, PointsEarned, TenderKind, TenderLine, Ticket

_LONGEST_REFERENCE = 64


@dataclass(frozen=True, slots=True)
class Tendering:
    """A tender as it was asked for; without an amount, what is due."""

    kind: TenderKind
    amount: str | None = None
    reference: str | None = None
    currency: str | None = None
    redeemed: Redeemed | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """A currency that is taken: its rate, and how much of it covers what is left."""

    currency: str
    decimals: int
    rate: int
    due: int


@dataclass(frozen=True, slots=True)
class Payment:
    """What the screen shows of a payment: `due` is what is left in cash, `left` otherwise; `refund` is
    what is left to give back, part by part.
    """

    tendered: int
    due: int
    left: int
    rounding: int
    foreign: tuple[Offered, ...]
    refund: tuple[Part, ...]


def pay(sale: Sale, asked: Tendering) -> Sale:
    """Return the sale with one more tender. Raises TillError."""
    if sale.is_empty():
        raise TillError("empty")
    if asked.reference and len(asked.reference) > _LONGEST_REFERENCE:
        raise TillError("code", code=asked.reference[:_LONGEST_REFERENCE])
    total, step = sale.totals.total, sale.terms.cash_rounding
    if total == 0 and asked.amount is None and not sale.tenders:
        return sale
    if total < 0:
        line = refunds.refund_line(sale, refunds.part_for(sale, asked.kind, asked.amount))
    else:
        line = _line(sale, asked)
    left = sale.left if asked.redeemed is None else left_after(sale, asked.redeemed)
    try:
        return replace(sale, tenders=rules.take(total, sale.tenders, line, step), left=left)
    except TenderError as error:
        raise TillError(f"tender_{error.fault}") from error


def _line(sale: Sale, asked: Tendering) -> TenderLine:
    kind, number = asked.kind, asked.reference
    if asked.redeemed is not None:
        return tender_line(sale, asked.redeemed)
    if kind in REDEEMED:
        raise TillError("redeem_first")
    left = rules.remaining(sale.totals.total, sale.tenders, kind, sale.terms.cash_rounding)
    if kind == "foreign":
        return _foreign(sale, asked, left)
    if kind == "coupon" and not number:
        raise TillError("reference")
    if kind == "voucher":
        return _voucher(sale, asked, left)
    amount = left if asked.amount is None else read_amount(asked.amount, sale.terms.decimals)
    return TenderLine(kind, amount, number or None)


def _voucher(sale: Sale, asked: Tendering, left: int) -> TenderLine:
    if not asked.reference:
        raise TillError("voucher")
    if any(one.kind == "voucher" and one.reference == asked.reference for one in sale.tenders):
        raise TillError("voucher_twice", code=asked.reference)
    if asked.amount is None:
        raise TillError("amount")
    return rules.voucher(left, read_amount(asked.amount, sale.terms.decimals), asked.reference)


def _foreign(sale: Sale, asked: Tendering, left: int) -> TenderLine:
    code, local = asked.currency or "", sale.terms.decimals
    rate = sale.terms.rates.get(code)
    if rate is None:
        raise TillError("currency", currency=code[:_LONGEST_REFERENCE])
    decimals = get_currency_precision(code)
    if asked.amount is None:
        amount = covering(left, rate, decimals, local)
    else:
        amount = read_amount(asked.amount, decimals)
    worth = local_value(amount, rate, decimals, local)
    return TenderLine("foreign", worth, foreign=Foreign(code, amount, rate, decimals, local))


def is_paid(sale: Sale) -> bool:
    """Whether the tenders cover the sale."""
    return rules.is_paid(sale.totals.total, sale.tenders, sale.terms.cash_rounding)


def payment(sale: Sale) -> Payment:
    """Return what was tendered and what is left."""
    total, step = sale.totals.total, sale.terms.cash_rounding
    left = rules.remaining(total, sale.tenders, "card", step)
    return Payment(
        tendered=sum(tender.amount for tender in sale.tenders),
        due=rules.remaining(total, sale.tenders, "cash", step),
        left=left,
        rounding=rules.rounding(total, sale.tenders, step),
        foreign=tuple(_offered(sale, code, rate, left) for code, rate in sale.terms.rates.items()),
        refund=refunds.plan(sale),
    )


def _offered(sale: Sale, code: str, rate: int, left: int) -> Offered:
    decimals = get_currency_precision(code)
    return Offered(code, decimals, rate, covering(left, rate, decimals, sale.terms.decimals))


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
            coupons=sale.used_coupons,
        )
