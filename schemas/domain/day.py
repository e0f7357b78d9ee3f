"""The business day (营业日) of a branch, its close (日结) and its re-close (反结账), rule 23.

    none ──open──▶ open ──close──▶ closed(revision 1) ──reopen──▶ reopened ──close──▶ closed(2) …
                     └──end──▶ ended ──close──▶ closed(1)

    state      takes sales   takes corrections   leaves by
    open       yes           yes                 close, when every check passes; end, at any time
    ended      no            yes                 close, when every check passes
    closed     no            no                  reopen, with authority and reason
    reopened   no            yes                 close, which raises the revision by one

At most one day of a branch is open. Ending a day's sales lets the next one open before its tills are
counted; a shift that runs meanwhile keeps its date, and what it sells came in time until the close. A day
may be closed without a lane that is gone, under authority: the close names it, and the day lacks it until
a revision closes with it. A ticket that arrives for a closed day counts at once and
shows the day as having late entries until a person re-closes it. No revision is overwritten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from schemas.domain.ticket import Control

DayState = Literal["open", "ended", "closed", "reopened"]


@dataclass(frozen=True, slots=True)
class DayOpened:
    """A branch opens a business date; from here on its lanes sell on it."""

    branch: str
    business_date: date
    operator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DayEnded:
    """No further sales are taken on a business date; it is counted, corrected and closed in its time."""

    branch: str
    business_date: date
    operator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LaneTotals:
    """One lane's figures of one business date: recomputed from tickets, or kept by the lane.

    `last_counter` and `grand_total` are those of the lane's last ticket of the date.
    """

    lane: str
    tickets: int
    gross: int
    last_counter: int
    grand_total: int


@dataclass(frozen=True, slots=True)
class DayTotals:
    """The control totals of a business date: sales, tenders and what tills were over or short."""

    tickets: int
    gross: int
    tenders: Mapping[str, int]
    over_short: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LaneAbsent:
    """A lane without which a day was closed: why, by whom, and under whose `authority`, empty where none
    was asked for. `missing` names what was found missing, each as `<check>:<record>`.
    """

    lane: str
    reason: str
    operator: str
    authority: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayClosed:
    """A revision of a closed day: the branch's totals and each lane's, as recomputed at the branch.

    Each lane's figures were compared with those the lane kept itself before the day could close,
    so that headquarters, recomputing them from what it holds, proves something by agreeing.
    """

    branch: str
    business_date: date
    revision: int
    operator: str
    at: datetime
    totals: DayTotals
    lanes: tuple[LaneTotals, ...]
    absent: tuple[LaneAbsent, ...] = ()


@dataclass(frozen=True, slots=True)
class DayReopened:
    """A closed day is opened for corrections, under whose authority and why."""

    branch: str
    business_date: date
    revision: int
    operator: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ControlledTicket:
    """Of a ticket, what proves that a lane's tickets are complete: its sums and its control."""

    receipt: str
    counter: int
    total: int
    lines: int
    control: Control


def audit_lane(
    lane: str, tickets: Iterable[ControlledTicket], moved: Collection[int] = ()
) -> tuple[LaneTotals, tuple[str, ...]]:
    """Recompute a lane's figures of one business date, and name each ticket that breaks them.

    Every ticket says how many tickets and how much the lane had sold with it. Walking them by
    counter, the first that does not say what the ones before it add up to marks the place where one
    is missing, doubled or changed; from there the count goes on from what that ticket says.

    `moved` are the receipt counters behind which the lane's counts were set after a restore: the next
    ticket may say fewer than are held, because the lane had lost some, and never more.
    """
    held = sorted(tickets, key=lambda one: one.counter)
    found: list[str] = []
    counted, summed, before = 0, 0, 0
    for place, ticket in enumerate(held, 1):
        if ticket.lines != ticket.total:
            found.append(f"{ticket.receipt}: lines are {ticket.lines}, total is {ticket.total}")
        counted, summed = counted + 1, summed + ticket.total
        said = (ticket.control.tickets, ticket.control.gross)
        is_moved = any(before <= at < ticket.counter for at in moved)
        if said != (counted, summed) and not (is_moved and said[0] <= place):
            found.append(
                f"{ticket.receipt}: its lane had sold {said[0]} tickets for {said[1]} with it, "
                f"those held here are {counted} for {summed}"
            )
        (counted, summed), before = said, ticket.counter
    totals = LaneTotals(
        lane=lane,
        tickets=len(held),
        gross=sum(ticket.total for ticket in held),
        last_counter=held[-1].counter if held else 0,
        grand_total=held[-1].control.grand_total if held else 0,
    )
    return totals, tuple(found)


def lane_differences(kept: LaneTotals, computed: LaneTotals) -> list[str]:
    """Where a lane's own figures and those computed from its tickets differ, in words.

    A lane that sold nothing on the date has no last ticket of it: what it keeps as its receipt
    counter and grand total belongs to an earlier date and is not compared.
    """
    if kept.tickets == kept.gross == computed.tickets == 0:
        return []
    pairs = (
        ("tickets", kept.tickets, computed.tickets),
        ("gross", kept.gross, computed.gross),
        ("last receipt", kept.last_counter, computed.last_counter),
        ("grand total", kept.grand_total, computed.grand_total),
    )
    return [
        f"lane {kept.lane}: {name} {mine} at the lane, {theirs} from its tickets"
        for name, mine, theirs in pairs
        if mine != theirs
    ]


def totals_differences(closed: DayTotals, now: DayTotals) -> list[str]:
    """Where the totals of a close and those recomputed differ, figure by figure."""
    pairs = [("tickets", closed.tickets, now.tickets), ("gross", closed.gross, now.gross)]
    for name, mine, theirs in (
        ("tender", closed.tenders, now.tenders),
        ("over/short", closed.over_short, now.over_short),
    ):
        pairs += [
            (f"{name} {kind}", mine.get(kind, 0), theirs.get(kind, 0))
            for kind in sorted({*mine, *theirs})
        ]
    return [
        f"{name}: closed with {mine}, here are {theirs}"
        for name, mine, theirs in pairs
        if mine != theirs
    ]
