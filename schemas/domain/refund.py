"""Refunds go to the original tender, up to what it paid (rule 22).

    of a sale that was paid            comes back         is given back
    card 5.00, cash 7.49               3.50               card 3.50
                                       8.99 later         card 1.50, cash 7.49
    voucher 5.00 of 8.00, card 4.99    9.99               voucher 5.00, card 4.99
    USD 2.00 worth 14.25, change 1.76  12.49              cash 12.49
    cash 12.49                         12.49              cash 12.49
    points 5.00 (500), stored 7.49     3.50               points 3.50 (350)
                                       8.99 later         points 1.50 (150), stored 7.49

Points and stored value go back to the account that they came from. What a tender cost in points is rounded as
a sum, see `redemption`.

The tenders are gone through as they were taken, cash last: what no other tender paid is given back in
cash, which is where foreign money goes too. Goods of several receipts are given back receipt by receipt,
and what comes back without one is cash. In an exchange only what is left to give back is split.

Figures here are above nought. *Property*: the parts sum to what is given back, and no tender but cash
ever gives back more than it paid, over all returns of its sale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from schemas.domain.redemption import points_given_back
from schemas.domain.ticket import CASH_KINDS, OriginalTender, TenderKind, Ticket


@dataclass(frozen=True, slots=True)
class Refunded:
    """What tender `number` of a ticket gave back of the original's tender `tender`."""

    ticket: str
    number: int
    tender: int
    amount: int


@dataclass(frozen=True, slots=True)
class PaidWith:
    """A tender of a sale and what it may still give back; never one of cash. One of points says what it
    cost, `points`, and what it `paid`.
    """

    number: int
    kind: TenderKind
    amount: int
    reference: str | None = None
    points: int | None = None
    paid: int | None = None

    def points_for(self, amount: int) -> int | None:
        """The points that go back with so much of it."""
        if self.points is None or self.paid is None:
            return None
        before = self.paid - self.amount
        return points_given_back(self.points, self.paid, before + amount) - points_given_back(
            self.points, self.paid, before
        )


@dataclass(frozen=True, slots=True)
class PaidSale:
    """How a sale was paid, as far as it can be given back otherwise than in cash."""

    ticket: str
    tenders: tuple[PaidWith, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a refund: to tender `number` of a ticket, or in cash where there is none.

    `reference` is that of the original tender, `points` are those that go back with it.
    """

    kind: TenderKind
    amount: int
    ticket: str | None = None
    number: int = 0
    reference: str | None = None
    points: int | None = None

    @property
    def original(self) -> OriginalTender | None:
        """The payment that it gives back."""
        return OriginalTender(self.ticket, self.number) if self.ticket else None


def refunded_by(one: Ticket, original: str) -> Iterator[Refunded]:
    """Yield what a ticket gave back of the tenders of an original, named by its receipt or its uuid."""
    sources = (line.returned.original for line in one.sold() if line.returned)
    uuids = {s.ticket for s in sources if s is not None and original in {s.ticket, s.receipt}}
    for number, tender in enumerate(one.tenders, 1):
        back = tender.original_tender
        if back is not None and back.ticket in uuids:
            yield Refunded(one.uuid, number, back.number, -tender.amount)


def paid_sale(sale: Ticket, refunded: Iterable[Refunded]) -> PaidSale:
    """What the tenders of a sale may still give back."""
    before: dict[int, int] = {}
    for one in refunded:
        before[one.tender] = before.get(one.tender, 0) + one.amount
    return PaidSale(
        sale.uuid,
        tuple(
            PaidWith(
                number,
                one.kind,
                left,
                one.reference,
                one.points,
                None if one.points is None else one.amount,
            )
            for number, one in enumerate(sale.tenders, 1)
            if one.kind not in CASH_KINDS and (left := one.amount - before.get(number, 0)) > 0
        ),
    )


def split(due: int, returned: Sequence[tuple[PaidSale, int]]) -> tuple[Part, ...]:
    """How `due` is given back for goods worth so much of each sale; cash is the last part, if any."""
    parts: list[Part] = []
    for sale, worth in returned:
        left = min(due, worth)
        for one in sale.tenders:
            amount = min(left, one.amount)
            if amount > 0:
                points = one.points_for(amount)
                part = Part(one.kind, amount, sale.ticket, one.number, one.reference, points)
                parts.append(part)
                left, due = left - amount, due - amount
    return (*parts, Part("cash", due)) if due > 0 else tuple(parts)
