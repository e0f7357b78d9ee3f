"""The drawer opened without a sale: loan, pickup, paid-in, paid-out and no-sale (rule 5).

    movement                  amount        whose authority
    loan, pickup, paid_in     above nought  the cashier's own
    paid_out                  above nought  a branch manager's
    no_sale                   none          a branch manager's

Each has a reason, is an entry of the lane's journal, and prints a slip as the drawer opens.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from pos_frontend.authority import Door
from pos_frontend.basket import read_amount
from pos_frontend.catalogue import Operator
from pos_frontend.day import Terms
from pos_frontend.errors import TillError
from pos_frontend.journal import Shift
from schemas.domain.till import CashMoved, Movement

_BY_MANAGERS: frozenset[Movement] = frozenset({"paid_out", "no_sale"})


@dataclass(frozen=True, slots=True)
class Moving:
    """A movement as it was asked for; `authority` and `pin` are of whom was called, if anybody."""

    movement: Movement
    amount: str
    reason: str
    authority: str = ""
    pin: str = ""


@dataclass(frozen=True, slots=True)
class AtDrawer:
    """Who stands at which lane's drawer, when, and in which shift."""

    lane: str
    present: Operator
    shift: Shift
    terms: Terms
    at: datetime


def moved(asked: Moving, who: AtDrawer, door: Door) -> CashMoved:
    """The movement as it is kept. Raises TillError."""
    if not asked.reason.strip():
        raise TillError("unexplained")
    amount = 0
    if asked.movement != "no_sale":
        amount = read_amount(asked.amount, who.terms.decimals)
        if amount == 0:
            raise TillError("amount")
    by = who.present
    if asked.movement in _BY_MANAGERS:
        by = door.allow("drawer", who.present, asked.authority, asked.pin)
    return CashMoved(
        uuid=str(uuid.uuid4()),
        shift=who.shift.shift,
        branch=who.terms.branch,
        lane=who.lane,
        business_date=who.shift.business_date,
        operator=who.present.operator,
        at=who.at,
        movement=asked.movement,
        amount=amount,
        reason=asked.reason,
        authority=by.operator,
    )
