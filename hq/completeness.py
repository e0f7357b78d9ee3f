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

from sqlalchemy import ARRAY, ColumnElement, Connection, Text, cast, exists, func, select

from hq.closing import closed
from hq.parked import ParkedEntry, parked_entries
from hq.policies import every_in_force
from hq.reports.branches import KnownBranch
from schemas.domain.policy import Policy
from schemas.tables.days import business_day, day_revision
from schemas.tables.link import peer, site_status
from schemas.tables.tickets import IS_FLAGGED, ticket

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
    known = _known(connection, codes)
    beginnings = _beginnings(connection, branches, known)
    heard = _heard(connection, codes) | {branch for branch, one in known.items() if one.count}
    policies = every_in_force(connection)
    over = closed(connection)
    gaps: list[Gap] = []
    days = 0
    held = _held(connection, codes, first, last)
    for one in branches:
        if one.branch not in heard and one.branch not in over:
            gaps.append(Gap("never_heard", one.branch, None))
        youngest = known[one.branch].last or date.min
        end = min(last, policies.get(one.branch, Policy()).date_of(now, one.zone))
        if one.branch in over:
            end = min(end, youngest)
        begins = beginnings.get(one.branch)
        begin = max(first, begins) if begins else first
        days += max(0, (end - begin).days + 1)
        if one.branch in heard:
            gaps.extend(_missing(connection, one.branch, begin, end, held, youngest))
    gaps.extend(_unsettled(connection, codes, first, last))
    gaps.extend(_of_revisions(connection, codes, first, last))
    gaps.extend(_of_tickets(connection, codes, first, last))
    gaps.extend(_of_quarantine(parked_entries(connection, codes), first, last))
    return Completeness(first, last, tuple(codes), days, tuple(gaps), now)


@dataclass(frozen=True, slots=True)
class _Held:
    """How many days of a branch are held, and the first and the last of them."""

    count: int
    first: date | None
    last: date | None


_NONE = _Held(0, None, None)


def _known(connection: Connection, codes: list[str]) -> dict[str, _Held]:
    """Whether a branch ever opened a day: its first and last, each found by the key."""
    code = func.unnest(cast(codes, ARRAY(Text))).column_valued("code")
    day = business_day.c
    first = select(func.min(day.business_date)).where(day.branch == code).scalar_subquery()
    last = select(func.max(day.business_date)).where(day.branch == code).scalar_subquery()
    rows = connection.execute(select(code, first, last))
    return {row[0]: _Held(int(row[1] is not None), row[1], row[2]) for row in rows}


def _held(connection: Connection, codes: list[str], first: date, last: date) -> dict[str, _Held]:
    """The days of each branch in the range."""
    day = business_day.c
    query = (
        select(day.branch, func.count(), func.min(day.business_date), func.max(day.business_date))
        .where(day.branch.in_(codes), day.business_date.between(first, last))
        .group_by(day.branch)
    )
    return {row[0]: _Held(row[1], row[2], row[3]) for row in connection.execute(query)}


def _missing(
    connection: Connection, branch: str, begin: date, end: date, held: Mapping[str, _Held],
    youngest: date,
) -> Iterator[Gap]:  # fmt: skip
    """The dates of a branch that nobody opened. Where there are as many days as dates none is looked for."""
    here = held.get(branch, _NONE)
    expected = (end - begin).days + 1
    within = here.first is None or (begin <= here.first and (here.last or begin) <= end)
    if expected <= 0 or (within and here.count == expected):
        return
    day = business_day.c
    dates = set(
        connection.execute(
            select(day.business_date).where(
                day.branch == branch, day.business_date.between(begin, end)
            )
        ).scalars()
    )
    for one in _dates(begin, end):
        if one not in dates:
            yield Gap("not_opened" if one < youngest else "missing", branch, one)


def _dates(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _beginnings(
    connection: Connection, branches: Sequence[KnownBranch], known: Mapping[str, _Held]
) -> dict[str, date]:
    """From which date each branch is expected to have days: whichever came first of the two."""
    clocks = {one.branch: one for one in branches}
    begins = {
        row.site: clocks[row.site].local(row.enrolled).date()
        for row in connection.execute(
            select(peer.c.site, peer.c.enrolled).where(peer.c.site.in_(list(clocks)))
        )
    }
    for branch, one in known.items():
        if one.first is not None:
            begins[branch] = min(one.first, begins.get(branch, one.first))
    return begins


def _heard(connection: Connection, codes: list[str]) -> set[str]:
    """The branches that ever said something."""
    said = select(site_status.c.site).where(site_status.c.site.in_(codes))
    return set(connection.execute(said).scalars())


def _unsettled(connection: Connection, codes: list[str], first: date, last: date) -> Iterator[Gap]:
    day = business_day.c
    query = (
        select(day.branch, day.business_date, day.state)
        .where(day.branch.in_(codes), day.business_date.between(first, last))
        .where(day.state.in_(("open", "ended", "reopened")))
        .order_by(day.branch, day.business_date)
    )
    for row in connection.execute(query):
        problem: Problem = "reopened" if row.state == "reopened" else "open"
        yield Gap(problem, row.branch, row.business_date)


def _of_revisions(
    connection: Connection, codes: list[str], first: date, last: date
) -> Iterator[Gap]:
    """Only the last revision counts: an earlier one that differed was mended by the re-close."""
    one, later = day_revision.c, day_revision.alias("later")
    absent, differing = (func.jsonb_array_length(one[name]) for name in ("absent", "differences"))
    # Few of all: whether one is the last is looked up of these alone.
    followed = exists().where(
        later.c.branch == one.branch, later.c.business_date == one.business_date,
        later.c.revision > one.revision,
    )  # fmt: skip
    query = select(
        one.branch, one.business_date, absent.label("absent"), differing.label("differing")
    ).where(
        one.branch.in_(codes), one.business_date.between(first, last),
        (absent > 0) | (differing > 0), ~followed,
    )  # fmt: skip
    for row in connection.execute(query.order_by(one.branch, one.business_date)):
        if row.absent:
            yield Gap("absent", row.branch, row.business_date, row.absent)
        if row.differing:
            yield Gap("differing", row.branch, row.business_date, row.differing)


def _of_tickets(connection: Connection, codes: list[str], first: date, last: date) -> Iterator[Gap]:
    """Each of them few, and found by an index of its own."""
    here = ticket.c.branch.in_(codes) & ticket.c.business_date.between(first, last)
    found: list[Gap] = []
    conditions: tuple[tuple[Problem, ColumnElement[bool]], ...] = (
        ("late", ticket.c.late), ("flagged", IS_FLAGGED),
    )  # fmt: skip
    for problem, condition in conditions:
        query = select(ticket.c.branch, ticket.c.business_date, func.count()).where(here, condition)
        query = query.group_by(ticket.c.branch, ticket.c.business_date)
        found += [Gap(problem, *row) for row in connection.execute(query)]
    yield from sorted(
        found, key=lambda one: (one.branch, str(one.business_date), one.problem != "late")
    )


def _of_quarantine(parked: Iterable[ParkedEntry], first: date, last: date) -> Iterator[Gap]:
    counts: dict[tuple[str, date | None], int] = {}
    for one in parked:
        if one.business_date is None or first <= one.business_date <= last:
            key = (one.branch, one.business_date)
            counts[key] = counts.get(key, 0) + 1
    for (branch, day), count in counts.items():
        yield Gap("quarantined", branch, day, count)
