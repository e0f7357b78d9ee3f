"""The safe (保险柜) of a branch: a ledger of signed amounts, per currency, that nobody writes by hand twice.

    what                                 moves the safe      told by
    a till's float                       out                 `shift.opened`, unless the drawer was taken over
    a loan to a till                     out                 `cash.moved`
    a pickup from a till                 in                  `cash.moved`
    what a till held when counted        in                  its last `till.counted`, unless the drawer was
                                                             taken over by the next operator
    a deposit at the bank                out                 `safe.moved`
    change from the bank                 in                  `safe.moved`
    paid into, or out of, the safe       in, out             `safe.moved`
    a count of the safe                  its difference      `safe.counted`

Balance = the sum of all of it. A count carries what the ledger said at that moment, and posts the difference;
what arrives later moves the balance on, and the next count finds it. So the order of arrival does not matter,
and branch and headquarters reach the same balance. Keys are "cash" and the codes of foreign currencies,
amounts minor units of either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from schemas.domain.denomination import Pieces

SafeMovement = Literal["deposit", "change", "paid_in", "paid_out"]
INTO_THE_SAFE: Mapping[SafeMovement, int] = {
    "deposit": -1, "change": 1, "paid_in": 1, "paid_out": -1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SafeMoved:
    """Money into or out of the safe, other than from or to a till. `amount` is above nought; `slip` is the
    number of the bank's or the payee's paper.
    """

    uuid: str
    branch: str
    business_date: date
    movement: SafeMovement
    key: str
    amount: int
    slip: str
    reason: str
    operator: str
    authority: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SafeCounted:
    """A blind count of the safe by key, and what the ledger said at that moment."""

    uuid: str
    branch: str
    business_date: date
    counted: Mapping[str, int]
    expected: Mapping[str, int]
    reason: str
    operator: str
    at: datetime
    denominations: tuple[Pieces, ...] = ()
