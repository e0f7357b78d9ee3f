"""What headquarters knew of a branch's days when it proposed, and what it knows now (invariant 8).

a day        has, of `hq.completeness`, its problems, its last revision, and what it sold in all
since        the days of which the last run knew something else: a late journal, a re-close, an entry let out
             of quarantine; they are named on the next proposal, which rests on what is known now
unknown      days whose figures are absent or may grow: they are no evidence that nothing was wanted
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, delete, func, select

from hq.completeness import Gap
from schemas.domain.replenishment.demand import Demand
from schemas.tables.bulk import insert_rows
from schemas.tables.days import business_day, day_revision
from schemas.tables.replenishment import replenishment_known_day

#: Gaps so long ago weigh little: they are named no more, and hold no approval by rule up.
RECENT_DAYS = 28
_UNKNOWN = frozenset({"missing", "never_heard", "not_opened", "open"})
#: What is named on a proposal: a day without trade is no gap, and flagged tickets count as they came.
_REMARKS = frozenset({"not_opened", "flagged", "never_heard"})


@dataclass(frozen=True, slots=True)
class KnownDay:
    """What is known of a day; `problem` names its problems, empty where it is settled."""

    problem: str
    revision: int
    sold: int


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day of which something else was known."""

    business_date: date
    then: KnownDay
    now: KnownDay

    def told(self) -> list[object]:
        """As a proposal keeps it."""
        return [
            self.business_date.isoformat(), self.then.problem, self.now.problem,
            self.then.revision, self.now.revision, self.then.sold, self.now.sold,
        ]  # fmt: skip


def unknown(gaps: Iterable[Gap]) -> set[date]:
    """The days that are no evidence."""
    return {one.business_date for one in gaps if one.business_date and one.problem in _UNKNOWN}


def recent(gaps: Iterable[Gap], today: date) -> list[list[object]]:
    """The gaps of late, before today, as a proposal keeps them; what is tied to no date may belong to any."""
    since = today - timedelta(days=RECENT_DAYS)
    return [
        [one.problem, one.business_date and one.business_date.isoformat(), one.count]
        for one in gaps
        if one.problem not in _REMARKS
        and (one.business_date is None or since <= one.business_date < today)
    ]


def sold_by_day(first: date, demands: Iterable[Demand]) -> dict[date, int]:
    """What items of a branch sold in all, by day; their histories begin with the same one."""
    sums: dict[int, int] = {}
    for one in demands:
        for day, quantity in one.sold:
            sums[day] = sums.get(day, 0) + quantity
    return {first + timedelta(days=day): quantity for day, quantity in sums.items()}


def known_days(
    connection: Connection, branch: str, gaps: Sequence[Gap], totals: Mapping[date, int],
    first: date, today: date,
) -> dict[date, KnownDay]:  # fmt: skip
    """What is known now of the days from `first` on, those before `today`, of which anything is."""
    problems: dict[date, list[str]] = {}
    for gap in gaps:
        if gap.business_date is not None:
            problems.setdefault(gap.business_date, []).append(gap.problem)
    revisions = _revisions(connection, branch, first)
    dates = {*problems, *revisions, *totals}
    return {
        day: KnownDay(
            ",".join(sorted(problems.get(day, ()))), revisions.get(day, 0), totals.get(day, 0)
        )
        for day in sorted(dates)
        if first <= day < today
    }


def changed(connection: Connection, branch: str, days: Mapping[date, KnownDay]) -> list[ChangedDay]:
    """The days of which something else was known, oldest first."""
    row = replenishment_known_day.c
    query = select(row.business_date, row.problem, row.revision, row.sold)
    before = {
        one[0]: KnownDay(*one[1:]) for one in connection.execute(query.where(row.branch == branch))
    }
    return [
        ChangedDay(day, before[day], now)
        for day, now in days.items()
        if day in before and before[day] != now
    ]


def keep(connection: Connection, branch: str, days: Mapping[date, KnownDay]) -> None:
    """Keep what is known now."""
    row = replenishment_known_day.c
    connection.execute(delete(replenishment_known_day).where(row.branch == branch))
    insert_rows(
        connection, replenishment_known_day,
        ({"branch": branch, "business_date": day, "problem": one.problem,
          "revision": one.revision, "sold": one.sold} for day, one in days.items()),
    )  # fmt: skip


def _revisions(connection: Connection, branch: str, first: date) -> dict[date, int]:
    """The last revision of each day; an open one has none."""
    of_day = business_day.c
    query = (
        select(of_day.business_date, func.coalesce(func.max(day_revision.c.revision), 0))
        .outerjoin(
            day_revision,
            (day_revision.c.branch == of_day.branch)
            & (day_revision.c.business_date == of_day.business_date),
        )
        .where(of_day.branch == branch, of_day.business_date >= first)
        .group_by(of_day.business_date)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
