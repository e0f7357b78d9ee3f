"""What a lane itself can tell of a shift: the X reading (读数) and the Z (结账).

    told                                         X, at any time     Z, once it was counted
    tickets, lines, sales, discounts, returns,   yes                yes
    voided lines, cancelled baskets
    what was moved through the drawer            yes                yes
    per tender: expected, counted, over/short    no: a count is     yes
                                                 blind

Sales are the totals of the tickets, returns among them; amounts are minor units, of a foreign currency its
own (`schemas.domain.till`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.domain.ticket import Ticket
from schemas.domain.till import (
    NEVER_COUNTED,
    BasketCancelled,
    CashMoved,
    Movement,
    expected,
    moved,
)


@dataclass(frozen=True, slots=True)
class Times:
    """How often something happened, and what it came to."""

    count: int = 0
    amount: int = 0

    def more(self, amount: int) -> Times:
        """The same once more."""
        return Times(self.count + 1, self.amount + amount)


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures of a shift; `expected` is for a Z alone."""

    tickets: Times
    lines: int
    discounts: int
    returns: Times
    voided: Times
    cancelled: Times
    moves: Mapping[Movement, Times]
    expected: Mapping[str, int]


def reading(
    tickets: Sequence[Ticket],
    cancelled: Iterable[BasketCancelled],
    moves: Sequence[CashMoved],
    float_amount: int,
) -> Reading:
    """Put the figures of a shift together from what its lane wrote in it."""
    lines = [line for one in tickets for line in one.lines]
    sold = [line for line in lines if not line.voided]
    by_movement: dict[Movement, Times] = {}
    for one in moves:
        by_movement[one.movement] = by_movement.get(one.movement, Times()).more(one.amount)
    change = sum(one.change for one in tickets)
    moved_in = moved((one.movement, one.amount) for one in moves)
    return Reading(
        tickets=Times(len(tickets), sum(one.total for one in tickets)),
        lines=len(sold),
        discounts=sum(d.amount for line in sold for d in line.discounts),
        returns=_times(line.amount for line in sold if line.quantity < 0),
        voided=_times(line.amount for line in lines if line.voided),
        cancelled=_times(one.amount for one in cancelled),
        moves=by_movement,
        expected=expected(float_amount, taken(tickets), change, moved_in),
    )


def taken(tickets: Iterable[Ticket]) -> dict[str, int]:
    """What tickets took, as it is counted: foreign money by currency, vouchers by their face value."""
    found: dict[str, int] = {}
    for one in tickets:
        for tender in one.tenders:
            if tender.kind in NEVER_COUNTED:
                continue
            if tender.foreign is not None:
                key, amount = tender.foreign.currency, tender.foreign.amount
            else:
                key = tender.kind
                amount = tender.amount if tender.face_value is None else tender.face_value
            found[key] = found.get(key, 0) + amount
    return found


def _times(amounts: Iterable[int]) -> Times:
    found = Times()
    for amount in amounts:
        found = found.more(amount)
    return found
