"""Pick-up orders (自提订单): what an online shop's customer fetches at a branch, and what the branch did for it.

    state         by                                       goods
    to_pick       headquarters' record in its feed         on the shelves, kept back for it
    picked        the branch, with what it found           in a crate: shortages and substitutes are named
    ready         the branch                               at the counter, waiting for the customer
    handed_over   the branch, naming the receipt           the customer's; the receipt alone moved the stock
    given_back    the branch, with a reason                back on the shelves, free for others

    to_pick ──▶ picked ──▶ ready ──▶ handed_over
       │         ▲ │ ▲────────┘        ▲
       │         └─┘                   no way back
       └────────────────▶ given_back ◀──── picked, ready

Headquarters wishes, the branch decides. A cancellation is a record beside the order: from the moment the
branch knows it, nothing of the order can be picked, laid ready or handed over any more, and what was picked
is put back. Whatever the branch stated before it knew holds: a customer who was there first has the goods,
and headquarters reads that the cancellation came too late.

A branch that was put back from a backup may state a second end of the same order. Steps are settled in the
order of their numbers, whatever the order of their arrival, so that every site reads the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PickupStep = Literal["picked", "ready", "handed_over", "given_back"]
PickupState = Literal["to_pick", "picked", "ready", "handed_over", "given_back"]
Payment = Literal["online", "till"]

#: What may follow on a state.
FOLLOWING: Mapping[PickupState, frozenset[PickupStep]] = {
    "to_pick": frozenset({"picked", "given_back"}),
    "picked": frozenset({"picked", "ready", "given_back"}),
    "ready": frozenset({"picked", "handed_over", "given_back"}),
    "handed_over": frozenset(),
    "given_back": frozenset(),
}
#: After these nothing follows.
ENDS = frozenset({"handed_over", "given_back"})


@dataclass(frozen=True, slots=True)
class Picked:
    """What was found of line `number`, in thousandths of the item's base unit; of a substitute `item` is
    another than the order's.
    """

    number: int
    item: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PickupStepped:
    """One step of a branch with an order. `number` counts the order's steps at the branch; `lines` say of
    `picked` what lies in the crate; the receipt is named by its lane and counter, and `ticket` is its uuid
    where the branch held it. `remark` says what was against the grain.
    """

    uuid: str
    branch: str
    order: str
    number: int
    step: PickupStep
    operator: str
    at: datetime
    lines: tuple[Picked, ...] = ()
    receipt_lane: str = ""
    receipt_counter: int = 0
    ticket: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a branch's steps come to: the state, what lies in the crate since it was last picked, and the
    steps that were stated after the order had ended, which changed nothing.
    """

    state: PickupState
    lines: tuple[Picked, ...]
    last: PickupStepped | None
    beside: tuple[PickupStepped, ...]


def hash_code(order: str, code: str) -> str:
    """What a customer's code is held against: it keeps the code from being read off a screen, no more."""
    return hashlib.sha256(f"{order}:{code}".encode()).hexdigest()


def settle(steps: Iterable[PickupStepped]) -> Settled:
    """Read the steps in their own order, whatever the order in which they came."""
    state: PickupState = "to_pick"
    lines: tuple[Picked, ...] = ()
    last: PickupStepped | None = None
    beside: list[PickupStepped] = []
    for one in sorted(steps, key=lambda step: (step.number, step.at, step.uuid)):
        if one.step not in FOLLOWING[state]:
            beside.append(one)
            continue
        state, last = one.step, one
        if one.step == "picked":
            lines = one.lines
    return Settled(state, lines, last, tuple(beside))
