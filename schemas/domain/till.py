"""The till (钱箱) of a shift: what must be in it, what was counted, what is over or short.

    a shift:   opened ──tickets──▶ ended ──counted at the branch──▶ settled
               (float in)          (by the cashier, at the lane)    (by the manager, blind)

    expected cash = float + cash taken − change ± what was moved through the drawer (rule 5)

    movement   the drawer        what it is
    loan       gets it           more change, from the safe (备用金)
    pickup     gives it          notes, to the safe (缴款)
    paid_in    gets it           money that no sale brought (存入)
    paid_out   gives it          an expense that was paid from the till (支出)
    no_sale    is opened only    (开钱箱)

Card slips and coupons are expected as taken, less what was given back; vouchers at their face value, as
they are counted. Foreign money is counted by currency, in its own minor units: its key is the code (`USD`)
where those of the tenders are their kinds. Points and stored value lie at headquarters, not in the till:
nobody counts them.

Whoever counts first, the cashier at the till or a manager at the branch, counts blind; a later count is a
correction and says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from schemas.domain.denomination import Pieces
from schemas.domain.ticket import TenderKind

Movement = Literal["loan", "pickup", "paid_in", "paid_out", "no_sale"]
#: Kinds of tender of which nothing lies in the till.
NEVER_COUNTED: frozenset[TenderKind] = frozenset({"points", "stored_value"})
_INTO_THE_DRAWER: Mapping[Movement, int] = {
    "loan": 1, "pickup": -1, "paid_in": 1, "paid_out": -1, "no_sale": 0,
}  # fmt: skip
#: What is counted in every till, taken or not: what a count leaves out would tell what was taken. Foreign
#: money is counted by currency.
COUNTED_KINDS: tuple[TenderKind, ...] = tuple(
    kind for kind in get_args(TenderKind) if kind not in NEVER_COUNTED | {"foreign"}
)


@dataclass(frozen=True, slots=True)
class ShiftOpened:
    """A cashier starts at a lane with a float; `shift` is its UUID.

    `continues` is the shift whose till goes on with this one, without a float; `handed_over_from` the one
    whose counted drawer is this one's float (`schemas.domain.till_chain`).
    """

    shift: str
    branch: str
    lane: str
    operator: str
    business_date: date
    opened: datetime
    float_amount: int
    continues: str | None = None
    handed_over_from: str | None = None


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
    """A blind count of one shift's till, per tender kind and foreign currency, by whom and why it was counted
    again. The lane states that of its cashier, the branch all others. `denominations` are the pieces of those
    keys that were counted by denomination.
    """

    shift: str
    branch: str
    lane: str
    business_date: date
    counted: Mapping[str, int]
    operator: str
    at: datetime
    correction: bool = False
    reason: str = ""
    denominations: tuple[Pieces, ...] = ()


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
class CashMoved:
    """The drawer was opened without a sale, by whom, on whose authority and why.

    `amount` is above nought, and nought when the drawer was opened only.
    """

    uuid: str
    shift: str
    branch: str
    lane: str
    business_date: date
    operator: str
    at: datetime
    movement: Movement
    amount: int
    reason: str
    authority: str


@dataclass(frozen=True, slots=True)
class PaymentSettled:
    """A terminal's payment was taken off the lane's list by a person's word, by whose and why.

    `state` is what the lane knew of it: `missing` when the terminal did not know the reference,
    `voiding` when it never confirmed that it gave the payment back, `approved` or `unknown` otherwise.
    """

    reference: str
    basket: str
    shift: str
    branch: str
    lane: str
    business_date: date
    operator: str
    at: datetime
    kind: str
    amount: int
    state: str
    reason: str
    authority: str


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


def moved(movements: Iterable[tuple[Movement, int]]) -> int:
    """What movements of so much each leave in the drawer, below nought when they took more out."""
    return sum(_INTO_THE_DRAWER[movement] * amount for movement, amount in movements)


def expected(
    float_amount: int, taken: Mapping[str, int], change: int, moved_in: int = 0
) -> dict[str, int]:
    """What a till should hold per tender kind and currency: cash with the float and what was `moved`
    into it, and less the change (rule 5).
    """
    return {**taken, "cash": float_amount + taken.get("cash", 0) - change + moved_in}


def is_money(key: str) -> bool:
    """Whether what is counted is notes and coins. Slips and coupons may be fewer than were given back."""
    return key == "cash" or is_currency(key)


def is_currency(key: str) -> bool:
    """Whether a key of a count is a foreign currency's code, and not a kind of tender."""
    return key.isupper()


def local_difference(differences: Mapping[str, int]) -> int:
    """What a till is over or short in local money, all kinds together."""
    return sum(amount for key, amount in differences.items() if not is_currency(key))


def foreign_differences(differences: Mapping[str, int]) -> dict[str, int]:
    """The currencies that are over or short, with how much of each."""
    return {
        key: differences[key]
        for key in sorted(differences)
        if is_currency(key) and differences[key]
    }


def over_short(expected_by_kind: Mapping[str, int], counted: Mapping[str, int]) -> dict[str, int]:
    """Counted less expected per tender kind: above nought is over, below it short (长短款)."""
    kinds = sorted({*expected_by_kind, *counted})
    return {kind: counted.get(kind, 0) - expected_by_kind.get(kind, 0) for kind in kinds}
