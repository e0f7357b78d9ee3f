"""Sales of a range of business dates, perhaps of one lane or one operator: by item, by hour, by operator.

A report says what it lacks before its figures (invariant 8): dates that are open or were re-opened, and those
with receipts that came after their close. Amounts are minor units, quantities thousandths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Connection, and_, select

from branch import day_state
from branch.day_state import Day
from branch.reports.figures import Part, Sold, best_sellers, by_hour, by_operator
from branch.tills import Till, tills
from schemas.tables.days import shift
from schemas.tables.tickets import ticket

#: No report goes further back from its last date.
MOST_DAYS = 92
#: More than any shop has; a report of items has no end before.
_ALL_ITEMS = 1_000_000


@dataclass(frozen=True, slots=True)
class Period:
    """What a report is about; an empty lane or operator is every one."""

    branch: str
    first: date
    last: date
    lane: str = ""
    operator: str = ""

    def of_tickets(self) -> ColumnElement[bool]:
        """The condition for `ticket`."""
        wanted = [
            ticket.c.branch == self.branch,
            ticket.c.posted.between(self.first, self.last),
        ]
        if self.lane:
            wanted.append(ticket.c.lane == self.lane)
        if self.operator:
            wanted.append(ticket.c.operator == self.operator)
        return and_(*wanted)


@dataclass(frozen=True, slots=True)
class Lacking:
    """The dates whose figures may still change: not closed, and with late receipts."""

    unfinished: tuple[Day, ...]
    late: tuple[Day, ...]


def lacking(connection: Connection, period: Period) -> Lacking:
    """What the figures of a period lack."""
    held = days_of(connection, period)
    return Lacking(
        tuple(day for day in held if day.state != "closed"), tuple(day for day in held if day.late)
    )


def days_of(connection: Connection, period: Period) -> list[Day]:
    """The business days of a period, the youngest first."""
    after = period.last + timedelta(days=1)
    found = day_state.days(connection, period.branch, before=after, limit=MOST_DAYS)
    return [day for day in found if day.business_date >= period.first]


def items(connection: Connection, period: Period) -> list[Sold]:
    """Every item that was sold, that which brought most first."""
    return best_sellers(connection, period, _ALL_ITEMS)


def hours(connection: Connection, period: Period) -> list[Part]:
    """Sales by the hour of the branch's clock."""
    return by_hour(connection, period)


def operators(connection: Connection, period: Period) -> list[Part]:
    """Sales by who sold."""
    return by_operator(connection, period)


def history(connection: Connection, period: Period) -> list[tuple[Day, list[Till]]]:
    """Every day of a period with its tills: those of the lane, and that the operator was at."""
    found: list[tuple[Day, list[Till]]] = []
    for day in days_of(connection, period):
        held = [
            till
            for till in tills(connection, period.branch, day.business_date)
            if period.lane in {"", till.lane} and period.operator in {"", *till.operators}
        ]
        found.append((day, held))
    return found


def choices(connection: Connection, branch: str) -> tuple[Sequence[str], Sequence[str]]:
    """The lanes and the operators that ever opened a shift here."""
    lanes = select(shift.c.lane).where(shift.c.branch == branch).distinct().order_by(shift.c.lane)
    people = select(shift.c.operator).where(shift.c.branch == branch).distinct()
    return (
        list(connection.execute(lanes).scalars()),
        list(connection.execute(people.order_by(shift.c.operator)).scalars()),
    )
