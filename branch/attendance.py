"""Coming and leaving (上下班打卡): stated by the person with operator and PIN, corrected by a manager with a reason.

    who                 states                                   refused
    an operator         in while out, out while in               a wrong PIN, slowed down as signing in is
    a manager           in or out at an instant of the past      without a reason; in the future; of nobody here
                        that an entry counts no more             without a reason; one that is withdrawn already

What was stated stays: a correction is an entry of its own, and names who made it and why. The same state said
twice is taken as it is said and shows as an open end: a clock that refused would lose that somebody left.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import Connection, select

from branch import audit, own_journal, policy, profile
from branch.wording import RefusalError
from replication.console.languages import msgid
from replication.console.users import password_holds
from schemas.domain.attendance import AttendanceClocked, Direction
from schemas.tables.attendance import attendance
from schemas.tables.attendance_store import read
from schemas.tables.catalogue import operator as operator_table

_LONGEST_PIN = 64


class ClockError(RefusalError):
    """Something cannot be stated about who came and went; the message says why."""


def identify(connection: Connection, operator: str, pin: str) -> str | None:
    """The name of the operator whose PIN this is, else None; takes as long when there is none."""
    row = connection.execute(
        select(operator_table)
        .where(operator_table.c.operator == operator)
        .order_by(operator_table.c.stream)
        .limit(1)
    ).one_or_none()
    hashed = None if row is None else row.pin_hash or None
    return row.name if password_holds(hashed, pin[:_LONGEST_PIN]) and row is not None else None


def clock(
    connection: Connection, branch: str, operator: str, direction: Direction, now: datetime
) -> AttendanceClocked:
    """State that an operator comes or leaves now."""
    fact = AttendanceClocked(
        str(uuid.uuid4()), branch, operator, _date(connection, branch, now), direction, now, now,
        operator,
    )  # fmt: skip
    own_journal.state(connection, branch, fact, now)
    return fact


def add(
    connection: Connection,
    branch: str,
    operator: str,
    direction: Direction,
    at: datetime,
    manager: str,
    reason: str,
    now: datetime,
) -> None:
    """State what somebody forgot to. Raises ClockError."""
    known = connection.execute(
        select(operator_table.c.operator).where(operator_table.c.operator == operator).limit(1)
    ).first()
    if known is None:
        raise ClockError(msgid("%(code)s does not work here"), code=operator)
    if at > now:
        raise ClockError(msgid("%(at)s is still to come: state what has happened"), at=at)
    fact = AttendanceClocked(
        str(uuid.uuid4()), branch, operator, _date(connection, branch, at), direction, at, now,
        manager, _reason(reason),
    )  # fmt: skip
    audit.note(connection, now, manager, "attendance.add", f"{operator} {direction} {at}", reason)
    own_journal.state(connection, branch, fact, now)


def withdraw(
    connection: Connection, branch: str, name: str, manager: str, reason: str, now: datetime
) -> None:
    """Have an entry count no more. Raises ClockError."""
    row = attendance.c
    # Two managers who withdraw one entry at once come one after the other.
    one = connection.execute(
        select(attendance)
        .where(row.uuid == name, row.branch == branch, row.withdraws == "")
        .with_for_update()
    ).one_or_none()
    done = connection.execute(select(row.uuid).where(row.withdraws == name)).first()
    if one is None or done is not None:
        raise ClockError(msgid("This entry counts no more: look at the list again"))
    fact = AttendanceClocked(
        str(uuid.uuid4()), branch, one.operator, one.business_date, one.direction, one.at, now,
        manager, _reason(reason), name,
    )  # fmt: skip
    subject = f"{one.operator} {one.direction} {one.at}"
    audit.note(connection, now, manager, "attendance.withdraw", subject, reason)
    own_journal.state(connection, branch, fact, now)


def latest(connection: Connection, branch: str, operator: str) -> AttendanceClocked | None:
    """What an operator last stated that counts."""
    row = attendance.c
    gone = select(row.withdraws).where(row.branch == branch, row.withdraws != "")
    query = (
        select(attendance)
        .where(row.branch == branch, row.operator == operator, row.withdraws == "")
        .where(row.uuid.not_in(gone))
        .order_by(row.at.desc())
        .limit(1)
    )
    one = connection.execute(query).one_or_none()
    return None if one is None else read(one)


def _date(connection: Connection, branch: str, at: datetime) -> date:
    zone = profile.find_or_bare(connection, branch).zone
    return policy.find(connection, branch).date_of(at, zone)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise ClockError(msgid("Say why it is corrected"))
    return reason.strip()
