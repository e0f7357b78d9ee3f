"""Exceptions (异常): abnormal acts at a till that nothing else tells.

    what happened                           is told by
    override, old label, voided line,       the ticket's own lines
    unknown item, return nobody checked
    basket cancelled                        `basket.cancelled`
    drawer opened without a sale            `cash.moved`
    payment settled by somebody's word      `payment.settled`
    all else, as below                      `till.exception`

    kind       subject                   cause                            result
    refused    the act                   why: `pin`, `expired` …          refused
    sign_in    sign_in, open             why: `pin`, `other_shift` …      refused
    payment    its tender kind           `declined`, `timed_out` …        not_paid
                                         `given_up`                       given_back
    device     its UnifiedPOS name       `no_answer`, `unplugged` …       began, ended
               disk                      `not_saved`                      refused
    copy       the receipt's number      `reprint`, `looked_up`           printed
    attended   why somebody was called   what it was about                attended
               at a self-checkout

An operator stands out whose exceptions are more than three standard deviations above what the rate of
everybody else leads to expect of that many lines, and at least five: figures that are small vary much.

A flood is bounded where it arises: what repeats itself within a minute is counted and told once more
(`times`, from `since` to `at`); a device that comes and goes has begun once, and has ended when it
stays well, with how often it failed meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

_FEW = 5
_DEVIATIONS = 3

ExceptionKind = Literal["refused", "sign_in", "payment", "device", "copy", "attended"]
ExceptionResult = Literal[
    "refused", "not_paid", "given_back", "began", "ended", "printed", "attended"
]


@dataclass(frozen=True, slots=True)
class TillException:
    """One of them. `operator` is who was at the till, empty when nobody was (at a sign-in, whose code
    was keyed); `authority` who was called. Either is only named when there is such an operator: what
    is keyed in the wrong place may be a PIN.

    `basket` is the uuid of the basket it was about, which is that of its ticket once it is committed.
    `amount` is in minor units. `since` equals `at` unless it lasted or repeated itself.
    """

    uuid: str
    branch: str
    lane: str
    business_date: date
    operator: str
    at: datetime
    kind: ExceptionKind
    subject: str
    cause: str
    result: ExceptionResult
    since: datetime
    times: int = 1
    authority: str = ""
    basket: str = ""
    amount: int = 0
    detail: str = ""


def stands_out(count: int, lines: int, all_count: int, all_lines: int) -> bool:
    """Whether one of several has more exceptions on its lines than the others' rate explains.

    Counts of rare things vary by the root of what is expected; in whole numbers throughout.
    """
    others, other_lines = all_count - count, all_lines - lines
    if count < _FEW or other_lines <= 0:
        return False
    # count − expected > 3 √expected, with expected = lines × others / other_lines, squared.
    above = count * other_lines - lines * others
    return above > 0 and above * above > _DEVIATIONS**2 * lines * others * other_lines
