"""What follows a count: its difference accepted, and what the payment terminal says of the same shift.

    over or short, in local money             who accepts it
    up to the policy's tolerance, per tender   the manager who closes the day
    beyond                                    a second person beside them, with a reason: `till.accepted`
    any, where the policy sets no tolerance   the manager who closes the day

An acceptance is of one count and its differences: counted again, or with figures that changed since, the till
waits for another. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from schemas.domain.ticket import TenderKind
from schemas.domain.till import is_currency, local_difference

#: How the lane's question for the batch ended.
BatchState = Literal["settled", "no_answer", "garbled", "unplugged"]


@dataclass(frozen=True, slots=True)
class TillAccepted:
    """What a till is over or short was accepted by a second person, under whose authority and why.

    `shift` names the till, `number` is that of the count, `differences` what it was over or short by key.
    """

    shift: str
    branch: str
    lane: str
    business_date: date
    number: int
    differences: Mapping[str, int]
    operator: str
    authority: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BatchTotal:
    """What a terminal took by one kind since it was settled before, less what it gave back."""

    kind: TenderKind
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class TerminalSettled:
    """The terminal's own totals of its batch, asked for when a shift ended; without an answer there are none."""

    shift: str
    branch: str
    lane: str
    business_date: date
    operator: str
    at: datetime
    state: BatchState
    totals: tuple[BatchTotal, ...] = ()


def is_beyond(over_short: Mapping[str, int], tolerance: int) -> bool:
    """Whether a till is over or short by more than a manager accepts alone; never without a tolerance."""
    if tolerance <= 0:
        return False
    local = [amount for key, amount in over_short.items() if not is_currency(key)]
    return any(abs(one) > tolerance for one in (*local, local_difference(over_short)))


def stated(over_short: Mapping[str, int]) -> dict[str, int]:
    """What is over or short, without the keys that are exact."""
    return {key: over_short[key] for key in sorted(over_short) if over_short[key]}


def terminal_differences(
    taken: Mapping[str, int], batch: Mapping[str, int], counted: Mapping[str, int]
) -> dict[str, tuple[int, int, int]]:
    """Per kind that a terminal takes: what the lane took, the terminal says and was counted as slips, where
    the first two are not the same.
    """
    return {
        kind: (taken.get(kind, 0), batch.get(kind, 0), counted.get(kind, 0))
        for kind in ("card", "qr")
        if taken.get(kind, 0) != batch.get(kind, 0)
    }
