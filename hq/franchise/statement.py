"""A franchised branch's statement as it stands now: its own terms, and what earlier statements would say otherwise.

    lacks        the statement                                                  locking it
    days         rests on days that are missing, open, late or differ           is an administrator's, with a reason
    unpriced     holds goods that nobody priced: they count nothing             the same
    earlier      is the first, and there are days or notes before it            the same
    on_the_way   holds notes that are not received finally                      goes on
    unlocked     rests on days that finance has not locked                      goes on

What the last two leave open comes as a difference with a later statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from sqlalchemy import Connection, select

from hq import periods
from hq.completeness import REMARKS, Completeness, assess
from hq.franchise import facts, ledger, rules
from hq.franchise.ledger import ChangedDay, DaySeen, Locked
from hq.reports.branches import KnownBranch
from schemas.domain.franchise import charges
from schemas.domain.franchise.charges import Period, Sold
from schemas.domain.franchise.difference import Difference, differences
from schemas.domain.franchise.rule import Agreement
from schemas.domain.franchise.term import Term, due
from schemas.tables.days import business_day
from schemas.tables.tickets import ticket

Lack = Literal["days", "unpriced", "earlier", "on_the_way", "unlocked"]
LACKS: tuple[Lack, ...] = get_args(Lack)
#: What an incomplete statement lacks; the others are remarks.
GRAVE: frozenset[Lack] = frozenset({"days", "unpriced", "earlier"})
_WHOLE_LINES = frozenset({"delivery", "returned"})


@dataclass(frozen=True, slots=True)
class Statement:
    """A period as it stands now. `days` is what was sold on its own days, and by category what was sold otherwise
    on those of earlier statements; `changed` are the latter, whole.
    """

    branch: KnownBranch
    period: Period
    terms: tuple[Term, ...]
    carried: tuple[Difference, ...]
    days: tuple[DaySeen, ...]
    changed: tuple[ChangedDay, ...]
    lacks: Mapping[Lack, int]
    completeness: Completeness

    @property
    def due(self) -> int:
        """What the franchise owes by it; below nought what headquarters owes."""
        return due(self.terms) + due(one.term for one in self.carried)

    @property
    def complete(self) -> bool:
        """Whether finance can lock it without further ado."""
        return not GRAVE & set(self.lacks)


def of_period(
    connection: Connection, branch: KnownBranch, period: Period, now: datetime
) -> Statement:
    """The statement of a period that is not locked, whatever its dates."""
    agreed = rules.of_branch(connection, branch.branch)
    goods = facts.goods(connection, branch, period, agreed)
    days = days_now(connection, branch, list(period.dates()))
    terms = charges.statement(period, goods.terms, _sold(days), agreed)
    earlier = [
        one for one in ledger.of_branch(connection, branch.branch) if one.last < period.first
    ]
    carried, seen, changed = _carried(connection, branch, earlier, agreed)
    completeness = assess(connection, (branch,), period.first, period.last, now)
    lacks = {
        "days": sum(gap.problem not in REMARKS for gap in completeness.gaps),
        "unpriced": sum(not one.priced and one.kind in _WHOLE_LINES for one in terms),
        "earlier": 0 if earlier else facts.before(connection, branch, period.first),
        "on_the_way": len(goods.on_the_way),
        "unlocked": _unlocked(connection, branch.branch, period),
    }
    return Statement(
        branch, period, tuple(terms), tuple(carried), (*seen, *days), tuple(changed),
        {one: lacks[one] for one in LACKS if lacks[one]}, completeness,
    )  # fmt: skip


def from_scratch(connection: Connection, branch: KnownBranch, period: Period) -> list[Term]:
    """The terms of a period by what is known now, whatever was settled of it."""
    agreed = rules.of_branch(connection, branch.branch)
    days = days_now(connection, branch, list(period.dates()))
    return _terms(connection, branch, period, _sold(days), agreed)


def days_now(connection: Connection, branch: KnownBranch, dates: Sequence[date]) -> list[DaySeen]:
    """What was sold on these dates by category, with the days' revisions."""
    revisions = _revisions(connection, branch.branch, dates)
    return [
        DaySeen(one.on, one.category, revisions.get(one.on, 0), one.sales, one.tax)
        for one in facts.sold(connection, branch, dates)
    ]


def _terms(
    connection: Connection, branch: KnownBranch, period: Period, sold: Sequence[Sold],
    agreed: Agreement,
) -> list[Term]:  # fmt: skip
    goods = facts.goods(connection, branch, period, agreed)
    return charges.statement(period, goods.terms, sold, agreed)


def _carried(
    connection: Connection, branch: KnownBranch, earlier: Sequence[Locked], agreed: Agreement
) -> tuple[list[Difference], list[DaySeen], list[ChangedDay]]:
    """What earlier statements would say otherwise now, and the days that made it so."""
    found: list[Difference] = []
    otherwise: list[DaySeen] = []
    changed: list[ChangedDay] = []
    for one in earlier:
        seen = ledger.days_seen(connection, one)
        look_at = _may_differ(connection, one, seen)
        kept = [day for day in seen if day.on not in look_at]
        now = days_now(connection, branch, sorted(look_at))
        before = [day for day in seen if day.on in look_at]
        otherwise += _otherwise(before, now)
        changed += ledger.changes(before, now)
        period = Period(one.first, one.last)
        terms = _terms(connection, branch, period, _sold([*kept, *now]), agreed)
        settled = ledger.settled(connection, one.number)
        found += differences(one.number, settled, {term.key: term for term in terms})
    return found, otherwise, changed


def _otherwise(before: Sequence[DaySeen], now: Sequence[DaySeen]) -> list[DaySeen]:
    """What was sold otherwise than it was seen; a category of which nothing is left is seen as nought."""
    was, known = {one.key: one for one in before}, {one.key: one for one in now}
    gone = [one.nothing() for key, one in was.items() if key not in known and one.figures != (0, 0)]
    new = [one for key, one in known.items() if key not in was or was[key].figures != one.figures]
    return sorted([*gone, *new], key=lambda one: one.key)


def _may_differ(connection: Connection, one: Locked, seen: Iterable[DaySeen]) -> set[date]:
    """The days of a statement that have to be looked at again: all, unless finance had locked them when it was
    made; of those, such as were closed again since, or wait for late tickets. Nothing else changes them.
    """
    dates = set(Period(one.first, one.last).dates())
    held = periods.in_force(connection, one.branch)
    if held is None or "unlocked" in one.lacks:
        return dates
    known: dict[date, int] = {}
    for day in seen:
        known[day.on] = max(day.revision, known.get(day.on, 0))
    revisions = _revisions(connection, one.branch, sorted(dates))
    late = select(ticket.c.business_date).where(
        ticket.c.branch == one.branch, ticket.c.late, ticket.c.business_date.in_(dates)
    )
    waiting = set(connection.execute(late).scalars())
    return {
        on
        for on in dates
        if on > held.through or on in waiting or known.get(on, 0) != revisions.get(on, 0)
    }


def _revisions(connection: Connection, branch: str, dates: Sequence[date]) -> dict[date, int]:
    row = business_day.c
    query = select(row.business_date, row.revision).where(
        row.branch == branch, row.business_date.in_(dates)
    )
    return {one.business_date: one.revision for one in connection.execute(query)}


def _unlocked(connection: Connection, branch: str, period: Period) -> int:
    """How many days of the period no lock of finance reaches."""
    held = periods.in_force(connection, branch)
    return sum(held is None or on > held.through for on in period.dates())


def _sold(days: Iterable[DaySeen]) -> list[Sold]:
    return [Sold(one.on, one.category, one.sales, one.tax) for one in days]
