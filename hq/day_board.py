"""The chain's days at a glance: branch × business date, with when each branch was last heard.

    state        what it means                                          counts as settled
    missing      no opening arrived, and none of a later date           no
    not_opened   no opening arrived, but that of a later date did       yes: it did not trade
    open         opened, sells                                          no
    sales_ended  opened, sells no more and is not closed yet            no
    closed       closed once                                            yes
    reclosed     closed again after a reopening                         yes
    reopened     open again for corrections                             no

Late entries, differences and quarantined entries are counted beside the state, because a closed day
may have any of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select

from hq.completeness import Completeness, Problem, assess
from hq.reports.branches import KnownBranch
from schemas.tables.days import business_day
from schemas.tables.link import site_status
from schemas.tables.tickets import IS_RECEIPT, ticket

State = Literal["missing", "not_opened", "open", "sales_ended", "closed", "reclosed", "reopened"]


@dataclass(frozen=True, slots=True)
class DayCell:
    """One branch's date. `tickets` and `sales` are what is held now, in minor units."""

    business_date: date
    state: State
    revision: int
    tickets: int
    sales: int
    absent: int
    late: int
    differing: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One branch; `cells` has None for a date that is not due of it yet."""

    branch: KnownBranch
    heard: datetime | None
    pending: int | None
    cells: tuple[DayCell | None, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The dates, the youngest first, and a row per branch."""

    dates: tuple[date, ...]
    rows: tuple[BoardRow, ...]
    completeness: Completeness


def day_board(
    connection: Connection, branches: Sequence[KnownBranch], first: date, last: date, now: datetime
) -> Board:
    """The board of these branches from `first` through `last`."""
    dates = tuple(last - timedelta(days=back) for back in range((last - first).days + 1))
    completeness = assess(connection, branches, first, last, now)
    counts: dict[tuple[str, date | None], dict[Problem, int]] = {}
    for gap in completeness.gaps:
        counts.setdefault((gap.branch, gap.business_date), {})[gap.problem] = gap.count
    days = _days(connection, branches, first, last)
    sums = _sums(connection, branches, first, last)
    heard = _heard(connection, branches)
    rows: list[BoardRow] = []
    for one in branches:
        cells = [
            _cell(
                day,
                days.get((one.branch, day)),
                counts.get((one.branch, day), {}),
                sums.get((one.branch, day), (0, 0)),
            )
            for day in dates
        ]
        received, pending = heard.get(one.branch, (None, None))
        rows.append(BoardRow(one, received, pending, tuple(cells)))
    return Board(dates, tuple(rows), completeness)


def shown_state(state: str, revision: int) -> State:
    """The state of a day that is held, as it is told."""
    if state == "closed":
        return "reclosed" if revision > 1 else "closed"
    return "sales_ended" if state == "ended" else "reopened" if state == "reopened" else "open"


def _cell(
    day: date, held: Row[Any] | None, counts: Mapping[Problem, int], sums: tuple[int, int]
) -> DayCell | None:
    state: State
    if held is not None:
        state = shown_state(held.state, held.revision)
    elif "not_opened" in counts:
        state = "not_opened"
    elif "missing" in counts or "quarantined" in counts:
        state = "missing"
    else:
        return None
    return DayCell(
        business_date=day,
        state=state,
        revision=0 if held is None else held.revision,
        tickets=sums[0],
        sales=sums[1],
        absent=counts.get("absent", 0),
        late=counts.get("late", 0),
        differing=counts.get("differing", 0),
        quarantined=counts.get("quarantined", 0),
    )


def _days(
    connection: Connection, branches: Sequence[KnownBranch], first: date, last: date
) -> dict[tuple[str, date], Row[Any]]:
    query = select(business_day).where(
        business_day.c.branch.in_([one.branch for one in branches]),
        business_day.c.business_date.between(first, last),
    )
    return {(row.branch, row.business_date): row for row in connection.execute(query)}


def _sums(
    connection: Connection, branches: Sequence[KnownBranch], first: date, last: date
) -> dict[tuple[str, date], tuple[int, int]]:
    query = (
        select(
            ticket.c.branch, ticket.c.posted, func.count().filter(IS_RECEIPT),
            func.sum(ticket.c.total),
        )
        .where(
            ticket.c.branch.in_([one.branch for one in branches]),
            ticket.c.posted.between(first, last),
        )
        .group_by(ticket.c.branch, ticket.c.posted)
    )  # fmt: skip
    return {(row[0], row[1]): (row[2], int(row[3])) for row in connection.execute(query)}


def _heard(
    connection: Connection, branches: Sequence[KnownBranch]
) -> dict[str, tuple[datetime, int]]:
    query = select(site_status.c.site, site_status.c.received, site_status.c.status).where(
        site_status.c.site.in_([one.branch for one in branches])
    )
    return {
        row.site: (row.received, int(row.status["pending"])) for row in connection.execute(query)
    }
