"""What is looked at before a day is closed (日结检查). Each finding names its record and the way out.

| finding                                             | stands in the way |
|-----------------------------------------------------|-------------------|
| a shift is still running                                  | yes               |
| a till was not counted                              | yes               |
| receipts have not arrived, named by range           | yes               |
| a lane's own figures differ from its receipts       | yes               |
| an entry waits in quarantine                        | yes               |
| a till is over or short                             | warning           |
| a ticket does not add up (rule 24)                  | warning           |
| takings of a shift that nobody opened               | warning           |
| a basket is suspended, or was resumed twice         | warning           |
| a lane was not heard of, or still has entries to send | warning         |

What is known to be missing stands in the way; what might be is for a person to accept by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from branch import lanes, parked
from branch.checks import Check, Finding
from branch.lane_checks import lane_checks
from branch.suspended_checks import suspended_checks
from branch.tills import Till, tills
from branch.wording import Money
from replication.console.formats import decimals_of
from replication.console.languages import msgid
from schemas.domain.money import format_amount
from schemas.domain.till import foreign_differences, is_currency
from schemas.tables.days import shift
from schemas.tables.tickets import ticket

#: A lane reports every few seconds; beyond this it counts as silent.
SILENT_AFTER = timedelta(minutes=15)

_RUNNING = Finding(
    "shift_running",
    msgid("The shift of %(operator)s at %(lane)s is still running, since %(since)s"),
    msgid("End the shift at the lane; then its till can be counted"),
    "/tills",
)
_UNCOUNTED = Finding(
    "till_uncounted",
    msgid("The till of %(operator)s at %(lane)s was not counted"),
    msgid("Count it"),
    "/tills/%(shift)s",
)
_OVER = Finding(
    "till_over",
    msgid("The till of %(operator)s at %(lane)s is over by %(amount)s"),
    msgid("Count it again if in doubt; otherwise accept the difference"),
    "/tills/%(shift)s",
)
_SHORT = Finding(
    "till_short",
    msgid("The till of %(operator)s at %(lane)s is short by %(amount)s"),
    _OVER.way_out,
    "/tills/%(shift)s",
)
_MIXED = Finding(
    "till_mixed",
    msgid("The till of %(operator)s at %(lane)s is over in one tender and short in another"),
    _OVER.way_out,
    "/tills/%(shift)s",
)
_FOREIGN = Finding(
    "till_foreign",
    msgid(
        "The foreign money in the till of %(operator)s at %(lane)s is over or short: %(currency)s %(amount)s"
    ),
    _OVER.way_out,
    "/tills/%(shift)s",
)
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
_NEVER_HEARD = Finding(
    "lane_silent",
    msgid("Lane %(lane)s has never been heard of"),
    msgid("Switch it on and wait; if it has sold nothing since, accept this"),
    "/lanes",
)
_SILENT = Finding(
    "lane_silent",
    msgid("Lane %(lane)s was last heard of at %(since)s; entries not yet sent then: %(unsent)s"),
    _NEVER_HEARD.way_out,
    "/lanes",
)
_SENDING = Finding(
    "lane_sending",
    msgid("Lane %(lane)s is still sending; entries to go: %(unsent)s"),
    msgid("Wait a moment and look again"),
    "/lanes",
)


def day_checks(
    connection: Connection, branch: str, business_date: date, now: datetime
) -> list[Check]:
    """Everything that was found, what stands in the way first."""
    found = [
        *_till_checks(connection, branch, business_date),
        *lane_checks(connection, branch, business_date),
        *_parked_checks(connection, business_date),
        *_flag_checks(connection, branch, business_date),
        *_orphan_checks(connection, branch, business_date),
        *suspended_checks(connection, branch, business_date),
        *_contact_checks(connection, branch, now),
    ]
    return sorted(found, key=lambda one: not one.blocking)


def _till_checks(connection: Connection, branch: str, business_date: date) -> Iterator[Check]:
    for till in tills(connection, branch, business_date):
        if till.state == "running":
            yield _RUNNING.stops(
                till.shift, operator=till.operator, lane=till.lane, since=till.opened
            )
        elif till.state == "to_count":
            yield _UNCOUNTED.stops(
                till.shift, operator=till.operator, lane=till.lane, shift=till.shift
            )
        else:
            yield from _differences(till)


def _differences(till: Till) -> Iterator[Check]:
    found = till.over_short or {}
    if any(amount for key, amount in found.items() if not is_currency(key)):
        yield _difference(till)
    for currency, amount in foreign_differences(found).items():
        yield _FOREIGN.warns(
            f"{till.shift}/{len(till.counts)}/{currency}",
            operator=till.operator,
            lane=till.lane,
            amount=format_amount(amount, decimals_of(currency)),
            currency=currency,
            shift=till.shift,
        )


def _difference(till: Till) -> Check:
    finding = _MIXED if till.difference == 0 else _SHORT if till.difference < 0 else _OVER
    # With the number of the count in its name: what is accepted is this count's difference.
    return finding.warns(
        f"{till.shift}/{len(till.counts)}",
        operator=till.operator,
        lane=till.lane,
        amount=Money(abs(till.difference)),
        shift=till.shift,
    )


def _parked_checks(connection: Connection, business_date: date) -> Iterator[Check]:
    for entry in parked.waiting(connection):
        if entry.concerns(business_date):
            yield _PARKED.stops(entry.name, entry=entry.name, kind=entry.kind, reason=entry.brief)


def _flag_checks(connection: Connection, branch: str, business_date: date) -> Iterator[Check]:
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


def _orphan_checks(connection: Connection, branch: str, business_date: date) -> Iterator[Check]:
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


def _contact_checks(connection: Connection, branch: str, now: datetime) -> Iterator[Check]:
    for lane in lanes.lanes(connection, branch):
        if lane.revoked is not None:
            continue
        if lane.heard is None:
            yield _NEVER_HEARD.warns(lane.lane, lane=lane.lane)
        elif now - lane.heard > SILENT_AFTER:
            yield _SILENT.warns(lane.lane, lane=lane.lane, since=lane.heard, unsent=lane.unsent)
        elif lane.unsent:
            yield _SENDING.warns(lane.lane, lane=lane.lane, unsent=lane.unsent)
