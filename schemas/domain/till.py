"""The till (钱箱) of a shift: what must be in it, what was counted, what is over or short.

    a shift:   opened ──tickets──▶ ended ──counted at the branch──▶ settled
               (float in)          (by the cashier, at the lane)    (by the manager, blind)

Expected cash = float + cash taken − change (rule 5). Card and coupon slips are expected as taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ShiftOpened:
    """A cashier starts at a lane with a float; `shift` is its UUID."""

    shift: str
    branch: str
    lane: str
    operator: str
    business_date: date
    opened: datetime
    float_amount: int


@dataclass(frozen=True, slots=True)
class ShiftEnded:
    """The cashier's last word on a shift: nothing follows it. The lane's own figures travel along.

    `last_counter` is the lane's receipt counter at that moment, `tickets` and `gross` what the lane
    counted for the business date in its own commits, over all shifts of the date.
    """

    shift: str
    branch: str
    lane: str
    operator: str
    business_date: date
    ended: datetime
    last_counter: int
    tickets: int
    gross: int
    grand_total: int


@dataclass(frozen=True, slots=True)
class TillCounted:
    """A blind count of one shift's till, per tender kind, by whom and why it was counted again."""

    shift: str
    branch: str
    lane: str
    business_date: date
    counted: Mapping[str, int]
    operator: str
    at: datetime
    correction: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BasketCancelled:
    """A basket that was cancelled before its commit (整单取消): it sold nothing and is kept."""

    uuid: str
    branch: str
    lane: str
    business_date: date
    operator: str
    at: datetime
    amount: int
    lines: int


@dataclass(frozen=True, slots=True)
class CountersMoved:
    """A lane's counters were set otherwise than by a sale: after a restore (rule 21), and why.

    Receipt numbers `first` through `last` are skipped, none when `first` exceeds `last`; those among
    them that were given before the restore keep their tickets. The figures are the lane's own from
    here on: behind what it sold until it has fetched back what it lost, and complete then.
    """

    branch: str
    lane: str
    business_date: date
    first: int
    last: int
    tickets: int
    gross: int
    grand_total: int
    at: datetime
    reason: str


def expected(float_amount: int, taken: Mapping[str, int], change: int) -> dict[str, int]:
    """What a till should hold per tender kind: cash with the float and less the change (rule 5)."""
    return {**taken, "cash": float_amount + taken.get("cash", 0) - change}


def over_short(expected_by_kind: Mapping[str, int], counted: Mapping[str, int]) -> dict[str, int]:
    """Counted less expected per tender kind: above nought is over, below it short (长短款)."""
    kinds = sorted({*expected_by_kind, *counted})
    return {kind: counted.get(kind, 0) - expected_by_kind.get(kind, 0) for kind in kinds}
