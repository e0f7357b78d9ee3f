"""What is looked at before a day is closed (日结检查). Each finding names its record and the way out.

What is known to be missing stands in the way; what might be is for a person to accept by name. Which
checks there are and what headquarters may make of each, `schemas.domain.day_check` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from branch import parked, policy
from branch.checks import Check, Finding, levelled
from branch.contact_checks import contact_checks
from branch.goods.alerts import goods_checks
from branch.lane_checks import lane_checks
from branch.safe_checks import safe_checks
from branch.stocktake.checks import stocktake_checks
from branch.suspended_checks import suspended_checks
from branch.till_checks import till_checks
from replication.console.languages import msgid
from schemas.tables.day_figures import DayFigures, day_figures
from schemas.tables.days import shift
from schemas.tables.tickets import ticket

_PARKED = Finding(
    "parked",
    msgid("Entry %(entry)s (%(kind)s) could not be applied: %(reason)s"),
    msgid("Try it again, or set it down with a reason"),
    "/lanes#parked",
)
_FLAGGED = Finding(
    "ticket_flagged",
    msgid("Receipt %(receipt)s does not add up: %(flags)s"),
    msgid("It counts as it is; look at it, and tell headquarters if it repeats"),
    "/days/%(date)s",
)
_ORPHANS = Finding(
    "shift_unknown",
    msgid("Receipts at %(lane)s whose shift was never opened here: %(tickets)s"),
    msgid("Their takings are in no till here; settle them with the lane's cashier"),
    "/tills",
)


def _parked_checks(
    connection: Connection, branch: str, business_date: date, now: datetime
) -> Iterator[Check]:
    del branch, now
    for entry in parked.waiting(connection):
        if entry.concerns(business_date):
            yield _PARKED.stops(entry.name, entry=entry.name, kind=entry.kind, reason=entry.brief)


def _flag_checks(
    connection: Connection, branch: str, business_date: date, now: datetime
) -> Iterator[Check]:
    del now
    rows = connection.execute(
        select(ticket.c.lane, ticket.c.counter, ticket.c.flags)
        .where(ticket.c.branch == branch, ticket.c.business_date == business_date)
        .where(func.jsonb_array_length(ticket.c.flags) > 0)
        .order_by(ticket.c.lane, ticket.c.counter)
    )
    for row in rows:
        receipt = f"{row.lane}-{row.counter:06d}"
        flags = "; ".join(row.flags)
        yield _FLAGGED.warns(receipt, receipt=receipt, flags=flags, date=business_date)


def _orphan_checks(
    connection: Connection, branch: str, business_date: date, now: datetime
) -> Iterator[Check]:
    del now
    rows = connection.execute(
        select(ticket.c.lane, func.count().label("tickets"))
        .outerjoin(shift, shift.c.shift == ticket.c.shift)
        .where(ticket.c.branch == branch, ticket.c.business_date == business_date)
        .where(shift.c.shift.is_(None))
        .group_by(ticket.c.lane)
        .order_by(ticket.c.lane)
    )
    for row in rows:
        yield _ORPHANS.warns(row.lane, lane=row.lane, tickets=row.tickets)


#: Each yields its findings, beside those of tills and lanes. Whatever else is looked at before a close joins
#: here, with its code and levels in `schemas.domain.day_check`.
_CHECKS: tuple[Callable[[Connection, str, date, datetime], Iterator[Check]], ...] = (
    safe_checks,
    _parked_checks,
    _flag_checks,
    _orphan_checks,
    suspended_checks,
    stocktake_checks,
    contact_checks,
    goods_checks,
)


def day_checks(
    connection: Connection,
    branch: str,
    business_date: date,
    now: datetime,
    figures: DayFigures | None = None,
) -> list[Check]:
    """Everything that was found and is told here, what stands in the way first. `figures` are the date's, if
    they were computed already.
    """
    held = figures or day_figures(connection, branch, business_date)
    found = [
        *till_checks(connection, branch, business_date, held.tills),
        *lane_checks(connection, branch, business_date, held.audited),
        *(one for look in _CHECKS for one in look(connection, branch, business_date, now)),
    ]
    told = levelled(found, policy.find(connection, branch))
    return sorted(told, key=lambda one: not one.blocking)
