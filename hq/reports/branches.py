"""The branches a person may see, so that every report begins from the same list.

A branch counts as known when its master data is published, and also when it only has sent something:
figures of a branch that nobody entered must not be invisible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from schemas.tables.catalogue import branch
from schemas.tables.days import business_day
from schemas.tables.regions import branch_region

_NO_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class KnownBranch:
    """A branch with the clock and the currency of its figures, its kind, and its region, if it is in one."""

    branch: str
    name: str
    zone: str
    currency: str
    kind: str = "own"
    region: str = ""

    def local(self, instant: datetime) -> datetime:
        """The instant on this branch's clock."""
        return instant.astimezone(ZoneInfo(self.zone))


def known_branches(connection: Connection, scope: Sequence[str] = ()) -> tuple[KnownBranch, ...]:
    """The branches of a scope by their codes; an empty scope is the whole chain.

    A branch's master data may rest under several feeds; the newest generation of any is taken.
    """
    described = connection.execute(
        select(
            branch.c.branch,
            branch.c.name,
            branch.c.zone,
            branch.c.currency,
            branch.c.branch_kind,
            func.coalesce(branch_region.c.region, ""),
        )
        .outerjoin(branch_region, branch_region.c.branch == branch.c.branch)
        .ext(distinct_on(branch.c.branch))
        .order_by(branch.c.branch, branch.c.generation.desc(), branch.c.stream)
    )
    known = {row.branch: KnownBranch(*row) for row in described}
    for code in sending_branches(connection):
        known.setdefault(code, KnownBranch(code, code, _NO_ZONE, ""))
    return tuple(known[code] for code in sorted(known) if not scope or code in scope)


def newest_day(connection: Connection, branches: Sequence[str]) -> date | None:
    """The youngest business date that any of these branches opened, None before the first."""
    youngest: date | None = connection.execute(
        select(func.max(business_day.c.business_date)).where(business_day.c.branch.in_(branches))
    ).scalar()
    return youngest


def sending_branches(connection: Connection) -> list[str]:
    """The branches that ever opened a day: from one to the next, whatever the number of their days."""
    day = business_day.c
    one = select(func.min(day.branch).label("branch")).cte("sending", recursive=True)
    following = select(func.min(day.branch)).where(day.branch > one.c.branch).scalar_subquery()
    every = one.union_all(select(following).where(one.c.branch.is_not(None)))
    return list(
        connection.execute(select(every.c.branch).where(every.c.branch.is_not(None))).scalars()
    )
