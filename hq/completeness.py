"""What a figure is missing: for a set of branches and dates, every day that is not settled.

    problem       what headquarters sees                             the figures of that day
    never_heard   the branch has sent nothing at all                 are absent
    missing       no opening of the date, nor of a later one, came   are absent
    open          opened and not closed                              may grow
    reopened      closed, and open again for corrections             may change
    absent        the last close went without a lane that was gone   lack what that lane sold last
    late          tickets came after the last close                  are more than was closed
    differing     the last close does not equal what is held here    do not prove themselves
    quarantined   entries that could not be applied wait for people  lack these entries
    not_opened    no opening came, but that of a later date did      are nought: it did not trade
    flagged       tickets that do not add up (rule 24)               hold these as they came

Any of them but the last two leaves the set incomplete; those two are named and no more, because a
branch that rests on Sundays would otherwise make every week read as incomplete, and nobody would
read the banner. A branch's journal is dense, so an opening cannot come after that of a later date
unless lanes sold without their branch; those tickets adopt the date and it is then shown as open.

A date is expected of a branch from the day it was enrolled, or first opened, up to today on its
own clock, whose day ends when its policy says; of one that was closed for good, up to its last business day. `Completeness` is frozen: it travels with the figures it was read beside, in one
transaction, onto screen and paper alike (invariant 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from hq.closing import closed
from hq.parked import ParkedEntry, parked_entries
from hq.policies import every_in_force
from hq.reports.branches import KnownBranch
from schemas.domain.policy import Policy
from schemas.tables.days import business_day, day_revision
from schemas.tables.link import peer, site_status
from schemas.tables.tickets import ticket

Problem = Literal[
    "never_heard", "missing", "open", "reopened", "absent", "late", "differing", "quarantined",
    "not_opened", "flagged",
]  # fmt: skip
PROBLEMS: tuple[Problem, ...] = get_args(Problem)
#: What is named and leaves figures complete.
REMARKS = frozenset({"not_opened", "flagged"})


@dataclass(frozen=True, slots=True)
class Gap:
    """One problem of one branch's day; `business_date` is None when it is not tied to a date.

    `count` is how many tickets, differences or entries it is about, 1 for a day's state.
    """

    problem: Problem
    branch: str
    business_date: date | None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Completeness:
    """Which days a set of figures is about, and what they lack. `days` is how many were expected."""

    first: date
    last: date
    branches: tuple[str, ...]
    days: int
    gaps: tuple[Gap, ...]
    as_of: datetime

    @property
    def complete(self) -> bool:
        """Whether every expected day is settled; remarks do not count."""
        return all(gap.problem in REMARKS for gap in self.gaps)

    def by_problem(self) -> dict[Problem, tuple[Gap, ...]]:
        """The gaps of each problem that there is, the gravest first."""
        sorted_out = {
            problem: tuple(gap for gap in self.gaps if gap.problem == problem)
            for problem in PROBLEMS
        }
        return {problem: gaps for problem, gaps in sorted_out.items() if gaps}

    def narrowed(
        self, *, branch: str | None = None, business_date: date | None = None
    ) -> Completeness:
        """The part that concerns one branch, or one date, as a row of a report needs it.

        What is tied to no date may belong to any, and so stays.
        """
        gaps = tuple(
            gap
            for gap in self.gaps
            if branch in (None, gap.branch)
            and (business_date is None or gap.business_date in (None, business_date))
        )
        return replace(
            self,
            branches=self.branches if branch is None else (branch,),
            first=business_date or self.first,
            last=business_date or self.last,
            gaps=gaps,
        )


def assess(
    connection: Connection,
    branches: Sequence[KnownBranch],
    first: date,
    last: date,
    now: datetime,
) -> Completeness:
    """Read what the days of these branches from `first` through `last` lack, as of `now`."""
    codes = [one.branch for one in branches]
    beginnings = _beginnings(connection, branches)
    heard = _heard(connection, codes)
    states = _states(connection, codes, first, last)
    policies = every_in_force(connection)
    youngest, over = _youngest(connection, codes), closed(connection)
    gaps: list[Gap] = []
    days = 0
    for one in branches:
        if one.branch not in heard and one.branch not in over:
            gaps.append(Gap("never_heard", one.branch, None))
        end = min(last, policies.get(one.branch, Policy()).date_of(now, one.zone))
        if one.branch in over:
            end = min(end, youngest.get(one.branch, date.min))
        begins = beginnings.get(one.branch)
        for day in _dates(max(first, begins) if begins else first, end):
            days += 1
            state = states.get((one.branch, day))
            if state is None and one.branch in heard:
                rested = day < youngest.get(one.branch, date.min)
                gaps.append(Gap("not_opened" if rested else "missing", one.branch, day))
    gaps.extend(_unsettled(states))
    gaps.extend(_of_revisions(connection, codes, first, last))
    gaps.extend(_of_tickets(connection, codes, first, last))
    gaps.extend(_of_quarantine(parked_entries(connection, codes), first, last))
    return Completeness(first, last, tuple(codes), days, tuple(gaps), now)


def _dates(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _beginnings(connection: Connection, branches: Sequence[KnownBranch]) -> dict[str, date]:
    """From which date each branch is expected to have days: whichever came first of the two."""
    clocks = {one.branch: one for one in branches}
    begins = {
        row.site: clocks[row.site].local(row.enrolled).date()
        for row in connection.execute(
            select(peer.c.site, peer.c.enrolled).where(peer.c.site.in_(list(clocks)))
        )
    }
    for row in connection.execute(
        select(business_day.c.branch, func.min(business_day.c.business_date).label("first"))
        .where(business_day.c.branch.in_(list(clocks)))
        .group_by(business_day.c.branch)
    ):
        begins[row.branch] = min(row.first, begins.get(row.branch, row.first))
    return begins


def _heard(connection: Connection, codes: list[str]) -> set[str]:
    """The branches that ever said or sent something."""
    said = select(site_status.c.site).where(site_status.c.site.in_(codes))
    sent = select(business_day.c.branch).where(business_day.c.branch.in_(codes))
    return set(connection.execute(said.union(sent)).scalars())


def _youngest(connection: Connection, codes: list[str]) -> dict[str, date]:
    query = (
        select(business_day.c.branch, func.max(business_day.c.business_date))
        .where(business_day.c.branch.in_(codes))
        .group_by(business_day.c.branch)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _states(
    connection: Connection, codes: list[str], first: date, last: date
) -> dict[tuple[str, date], str]:
    query = select(business_day.c.branch, business_day.c.business_date, business_day.c.state).where(
        business_day.c.branch.in_(codes), business_day.c.business_date.between(first, last)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def _unsettled(states: Mapping[tuple[str, date], str]) -> Iterator[Gap]:
    for (branch, day), state in sorted(states.items()):
        if state in {"open", "ended"}:
            yield Gap("open", branch, day)
        elif state == "reopened":
            yield Gap("reopened", branch, day)


def _of_revisions(
    connection: Connection, codes: list[str], first: date, last: date
) -> Iterator[Gap]:
    """Only the last revision counts: an earlier one that differed was mended by the re-close."""
    row_of = day_revision.c
    query = (
        select(row_of.branch, row_of.business_date, row_of.differences, row_of.absent)
        .ext(distinct_on(day_revision.c.branch, day_revision.c.business_date))
        .where(day_revision.c.branch.in_(codes), day_revision.c.business_date.between(first, last))
        .order_by(
            day_revision.c.branch, day_revision.c.business_date, day_revision.c.revision.desc()
        )
    )
    for row in connection.execute(query):
        if row.absent:
            yield Gap("absent", row.branch, row.business_date, len(row.absent))
        if row.differences:
            yield Gap("differing", row.branch, row.business_date, len(row.differences))


def _of_tickets(connection: Connection, codes: list[str], first: date, last: date) -> Iterator[Gap]:
    late = func.count().filter(ticket.c.late)
    flagged = func.count().filter(func.jsonb_array_length(ticket.c.flags) > 0)
    query = (
        select(
            ticket.c.branch, ticket.c.business_date, late.label("late"), flagged.label("flagged")
        )
        .where(ticket.c.branch.in_(codes), ticket.c.business_date.between(first, last))
        .group_by(ticket.c.branch, ticket.c.business_date)
        .order_by(ticket.c.branch, ticket.c.business_date)
    )
    for row in connection.execute(query):
        if row.late:
            yield Gap("late", row.branch, row.business_date, row.late)
        if row.flagged:
            yield Gap("flagged", row.branch, row.business_date, row.flagged)


def _of_quarantine(parked: Iterable[ParkedEntry], first: date, last: date) -> Iterator[Gap]:
    counts: dict[tuple[str, date | None], int] = {}
    for one in parked:
        if one.business_date is None or first <= one.business_date <= last:
            key = (one.branch, one.business_date)
            counts[key] = counts.get(key, 0) + 1
    for (branch, day), count in counts.items():
        yield Gap("quarantined", branch, day, count)
