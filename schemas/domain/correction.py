"""A correction (更正) of a committed ticket, which itself never changes: an entry of its branch (rule 23).

    kind              what it says of the ticket              its lines    its tenders
    post_void         (冲销) it is as if it had not been      all, negated all that paid it, negated
    tender_exchange   it was paid otherwise than was keyed    none         −x of one kind, +x of another

It is of the business date, shift and cashier of its ticket, so that their figures are put right, and says
by itself all that they need; when and by whom it was made is `at`, `operator`, `authority` and `reason`. It
is no receipt of its lane: its receipt number is that of the ticket that it corrects.

    a ticket is post-voided      once; not after a part of it came back, nor when it gives goods back itself
    after that                   nothing of it is left to return, anywhere in the chain (rule 22)
    points, stored value,        are given back by a return at a till, which asks headquarters: such a ticket
    coupons, vouchers            is not post-voided
    exchanged are                cash, cards and QR payments, up to what the ticket was paid with of the kind
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, Protocol, get_args

from schemas.domain.returning import Given, Worth, return_line
from schemas.domain.ticket import (
    Control,
    Foreign,
    Original,
    OriginalTender,
    Returned,
    SaleLine,
    TenderKind,
    TenderLine,
    Ticket,
)

CorrectionKind = Literal["post_void", "tender_exchange"]
#: What one payment may turn out to have been.
ExchangeKind = Literal["cash", "card", "qr"]
EXCHANGED: tuple[ExchangeKind, ...] = get_args(ExchangeKind)
#: What only a return at a till gives back.
_REDEEMED: frozenset[TenderKind] = frozenset({"points", "stored_value", "coupon", "voucher"})

#: Why a ticket is not post-voided.
Obstacle = Literal["voided", "returned", "gives_back", "redeemed"]


@dataclass(frozen=True, slots=True)
class TicketCorrected:
    """A correction of `ticket`, whose receipt is `lane` and `counter`; figures are signed, in minor units.

    `shift`, `cashier`, `member` and `sold`, when it was committed, are the ticket's.
    """

    uuid: str
    kind: CorrectionKind
    branch: str
    lane: str
    shift: str
    ticket: str
    counter: int
    business_date: date
    zone: str
    sold: datetime
    cashier: str
    member: str | None
    operator: str
    authority: str
    reason: str
    at: datetime
    lines: tuple[SaleLine, ...]
    tenders: tuple[TenderLine, ...]
    total: int
    rounding: int
    change: int

    @property
    def receipt(self) -> str:
        """The receipt number of the ticket that it corrects."""
        return f"{self.lane}-{self.counter:06d}"


class Earlier(Protocol):
    """What is known of a correction that was made before."""

    @property
    def kind(self) -> CorrectionKind:
        """What it did."""

    @property
    def tenders(self) -> tuple[TenderLine, ...]:
        """Its tenders, signed."""

    @property
    def change(self) -> int:
        """Its change, signed."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who corrects, under whose authority besides, why and when; `uuid` will be the correction's."""

    uuid: str
    operator: str
    authority: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """`amount` was paid with `paid`, and not with `was`."""

    was: ExchangeKind
    paid: ExchangeKind
    amount: int


def obstacle(sale: Ticket, given: Sequence[Given], earlier: Sequence[Earlier]) -> Obstacle | None:
    """Why a sale is not post-voided; `given` is what came back of it, `earlier` its corrections."""
    if any(one.kind == "post_void" for one in earlier):
        return "voided"
    if given:
        return "returned"
    if any(line.returned is not None for line in sale.sold()):
        return "gives_back"
    if any(one.kind in _REDEEMED for one in sale.tenders):
        return "redeemed"
    return None


def paid_by(sale: Ticket, earlier: Sequence[Earlier]) -> dict[TenderKind, int]:
    """What a sale was paid with by kind, cash net of change, as its exchanges have it."""
    paid: dict[TenderKind, int] = {}
    for tenders in (sale.tenders, *(one.tenders for one in earlier)):
        for one in tenders:
            paid[one.kind] = paid.get(one.kind, 0) + one.amount
    change = sale.change + sum(one.change for one in earlier)
    if change:
        paid["cash"] = paid.get("cash", 0) - change
    return paid


def post_void(sale: Ticket, earlier: Sequence[Earlier], act: Act) -> TicketCorrected:
    """The correction that takes a whole sale back; nothing stands in its way, see `obstacle`."""
    lines = tuple(_taken_back(sale, line, act) for line in sale.sold())
    return _correction(
        sale, "post_void", act, lines, _unpaid(sale, earlier),
        (-sale.total, -sale.rounding, -sale.change),
    )  # fmt: skip


def tender_exchange(
    sale: Ticket, earlier: Sequence[Earlier], act: Act, moved: Exchange
) -> TicketCorrected:
    """The correction that moves money from one kind of tender to another.

    Raises ValueError when that is nothing, the same, or more than was paid so.
    """
    most = paid_by(sale, earlier).get(moved.was, 0)
    if moved.was == moved.paid or not 0 < moved.amount <= most:
        message = f"{sale.receipt} was paid with {most} of {moved.was}: {moved} cannot be"
        raise ValueError(message)
    tenders = (TenderLine(moved.was, -moved.amount), TenderLine(moved.paid, moved.amount))
    return _correction(sale, "tender_exchange", act, (), tenders, (0, 0, 0))


def as_ticket(correction: TicketCorrected) -> Ticket:
    """The correction as the tables of tickets hold it: no count of its lane knows of it."""
    return Ticket(
        uuid=correction.uuid, branch=correction.branch, lane=correction.lane,
        counter=correction.counter, shift=correction.shift,
        business_date=correction.business_date, zone=correction.zone, started=correction.sold,
        committed=correction.at, operator=correction.cashier, lines=correction.lines,
        tenders=correction.tenders, total=correction.total, rounding=correction.rounding,
        change=correction.change, control=Control(0, 0, 0), member=correction.member,
    )  # fmt: skip


def correction_discrepancies(correction: TicketCorrected) -> list[str]:
    """What does not add up in a correction, in words; nothing is refused for it (rule 24)."""
    found: list[str] = []
    lines = sum(line.amount for line in correction.lines)
    if lines != correction.total:
        found.append(f"lines sum to {lines}, the total is {correction.total}")
    paid = sum(one.amount for one in correction.tenders) - correction.change
    due = correction.total + correction.rounding
    if paid != due:
        found.append(f"tenders less change are {paid}, due are {due}")
    return found


def _correction(
    sale: Ticket, kind: CorrectionKind, act: Act, lines: tuple[SaleLine, ...],
    tenders: tuple[TenderLine, ...], sums: tuple[int, int, int],
) -> TicketCorrected:  # fmt: skip
    total, rounding, change = sums
    return TicketCorrected(
        uuid=act.uuid, kind=kind, branch=sale.branch, lane=sale.lane, shift=sale.shift,
        ticket=sale.uuid, counter=sale.counter, business_date=sale.business_date, zone=sale.zone,
        sold=sale.committed, cashier=sale.operator, member=sale.member, operator=act.operator,
        authority=act.authority, reason=act.reason, at=act.at, lines=lines, tenders=tenders,
        total=total, rounding=rounding, change=change,
    )  # fmt: skip


def _taken_back(sale: Ticket, line: SaleLine, act: Act) -> SaleLine:
    """All of a line, as a return of it, so that points, coupons and later returns follow (rule 22)."""
    source = Original(sale.branch, sale.receipt, sale.uuid, line.number)
    returned = Returned(act.reason, act.authority, checked=True, original=source)
    return return_line(line, Worth(line.quantity, line.amount, line.tax), returned)


def _unpaid(sale: Ticket, earlier: Sequence[Earlier]) -> tuple[TenderLine, ...]:
    """Each payment negated, and each exchange undone."""
    back = [
        replace(
            _negated(one),
            original_tender=None if one.kind == "cash" else OriginalTender(sale.uuid, number),
        )
        for number, one in enumerate(sale.tenders, 1)
    ]
    return (*back, *(_negated(one) for by in earlier for one in by.tenders))


def _negated(one: TenderLine) -> TenderLine:
    foreign: Foreign | None = one.foreign and replace(one.foreign, amount=-one.foreign.amount)
    return TenderLine(one.kind, -one.amount, one.reference, foreign=foreign)
