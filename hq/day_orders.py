"""Orders of headquarters to reopen a day (rule 23): sent down, carried out by the branch itself.

state         what is known here
sent          the order is published; its branch has not said that it has it
arrived       the branch's position is beyond it
carried_out   the branch answered that the day is reopened
reclosed      and has closed it again since
refused       the branch answered why not: `outcome`
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, and_, exists, select

from hq import periods, publication
from hq.audit import note
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import branch_feed
from schemas.domain.period import OrderOutcome
from schemas.tables.catalogue import day_order
from schemas.tables.days import business_day, day_revision
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream
from schemas.tables.link import position_report
from schemas.tables.periods import day_order_answer
from schemas.wire import records

OrderState = Literal["sent", "arrived", "carried_out", "reclosed", "refused"]

_NO_REASON = msgid("Say why %(date)s of %(branch)s is to be reopened.")
_NOT_CLOSED = msgid("%(date)s of %(branch)s is not closed: there is nothing to reopen.")
_LOCKED = msgid(
    "%(date)s lies in a period that %(operator)s locked through %(through)s: finance takes the lock "
    "back first."
)
_WAITS = msgid("%(operator)s ordered %(date)s of %(branch)s to be reopened already: see its state.")


class OrderError(RefusalError):
    """An order that cannot be given."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order and what became of it; `outcome` is the branch's answer, None before it came."""

    number: str
    business_date: date
    operator: str
    reason: str
    ordered: datetime
    state: OrderState
    outcome: OrderOutcome | None
    answered: datetime | None


def give(
    connection: Connection,
    branch: str,
    business_date: date,
    actor: User,
    reason: str,
    now: datetime,
) -> str:
    """Order a branch to reopen a closed day; the order's number. Raises OrderError."""
    named = {"branch": branch, "date": business_date}
    if not reason.strip():
        raise OrderError(_NO_REASON, **named)
    state = connection.execute(
        select(business_day.c.state)
        .where(business_day.c.branch == branch, business_day.c.business_date == business_date)
        .with_for_update()
    ).scalar()
    if state != "closed":
        raise OrderError(_NOT_CLOSED, **named)
    lock = periods.in_force(connection, branch)
    if lock is not None and business_date <= lock.through:
        raise OrderError(_LOCKED, **named, operator=lock.operator, through=lock.through)
    for one in orders(connection, branch, business_date):
        if one.outcome is None:
            raise OrderError(_WAITS, **named, operator=one.operator)
    number = uuid.uuid4().hex[:12]
    record = records.DayOrder(
        number=number, business_date=business_date, operator=actor.operator, reason=reason.strip(),
        ordered=now,
    )  # fmt: skip
    publication.publish(connection, {branch_feed(branch): [record]})
    note(connection, now, actor.operator, "day.order", f"{branch} {business_date}", reason.strip())
    return number


def orders(connection: Connection, branch: str, business_date: date) -> list[Order]:
    """The orders of a day, the oldest first."""
    feed = branch_feed(branch)
    reached = exists().where(
        position_report.c.site == branch, position_report.c.stream == feed,
        position_report.c.epoch == stream.c.epoch, position_report.c.through >= feed_record.c.number,
    )  # fmt: skip
    published = and_(
        feed_record.c.stream == day_order.c.stream, feed_record.c.kind == "day_order",
        feed_record.c.key == day_order.c.key,
    )  # fmt: skip
    answer = day_order_answer.c
    rows = connection.execute(
        select(day_order, answer.outcome, answer.at, reached.label("arrived"))
        .join(feed_record, published)
        .outerjoin(stream, stream.c.name == feed)
        .outerjoin(day_order_answer, answer.number == day_order.c.number)
        .where(day_order.c.stream == feed, day_order.c.business_date == business_date)
        .order_by(day_order.c.ordered, day_order.c.number)
    ).all()
    closed = connection.execute(
        select(day_revision.c.at).where(
            day_revision.c.branch == branch, day_revision.c.business_date == business_date
        )
    ).scalars()
    last = max(closed, default=None)
    return [_order(row, last) for row in rows]


def _order(row: Row[Any], last_close: datetime | None) -> Order:
    state: OrderState = "arrived" if row.arrived else "sent"
    if row.outcome is not None:
        state = "refused" if row.outcome != "carried_out" else "carried_out"
    if state == "carried_out" and last_close is not None and last_close >= row.at:
        state = "reclosed"
    return Order(
        row.number, row.business_date, row.operator, row.reason, row.ordered, state, row.outcome,
        row.at,
    )  # fmt: skip
