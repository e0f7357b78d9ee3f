"""Locked periods (rule 23): finance says through which date a branch's days are done.

    lock      forward only, of a chain, a group or a branch; every day in it that is known here is closed
    unlock    back to an earlier date, by an administrator, with a reason
    several   of what a branch follows, the furthest counts

Branches hear of it by a record. What one of them did before it heard holds all the same, see `broken`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from hq import publication, sites
from hq.audit import note
from hq.days import DayHistory
from hq.price_changes import audience_branches
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import branch_feed
from schemas.domain.period import PeriodLock
from schemas.tables.catalogue import period_lock
from schemas.tables.days import business_day
from schemas.tables.periods import locked
from schemas.wire import records

_NO_REASON = msgid("Say why the period through %(through)s is changed.")
_SCOPE = msgid("%(audience)s reaches branches outside your own, or none: choose another audience.")
_AHEAD = msgid("%(through)s is not over yet: lock through an earlier date.")
_FORWARD = msgid(
    "%(audience)s is locked through %(through)s already: a lock moves forward, or an administrator "
    "takes it back."
)
_OPEN = msgid("Not closed yet: %(days)s. Close them first, or lock their branches later.")
_NOT_BACK = msgid("%(audience)s is not locked beyond %(through)s: there is nothing to take back.")
_ADMINISTRATOR = msgid("An administrator alone takes a lock back.")
_MOST_NAMED = 8


class PeriodError(RefusalError):
    """A lock that cannot be set or taken back."""


@dataclass(frozen=True, slots=True)
class AudienceLock:
    """The lock of one feed."""

    audience: str
    lock: PeriodLock


def locks(connection: Connection) -> list[AudienceLock]:
    """Every lock, by its feed."""
    rows = connection.execute(select(period_lock).order_by(period_lock.c.stream))
    return [
        AudienceLock(row.stream, PeriodLock(row.through, row.operator, row.reason, row.published))
        for row in rows
    ]


def in_force(connection: Connection, branch: str) -> PeriodLock | None:
    """The lock that a branch is to go by."""
    return locked(connection, {branch_feed(branch), *sites.followed_by(connection, branch)})


def lock(
    connection: Connection, audience: str, through: date, actor: User, reason: str, now: datetime
) -> None:
    """Lock every day up to a date. Raises PeriodError."""
    reached = _reached(connection, audience, actor)
    if through >= now.date():
        raise PeriodError(_AHEAD, through=through)
    before = _of(connection, audience)
    if before is not None and through <= before.through:
        raise PeriodError(_FORWARD, audience=audience, through=before.through)
    left = _not_closed(connection, reached, through)
    if left:
        raise PeriodError(_OPEN, days=", ".join(left))
    _publish(connection, audience, PeriodLock(through, actor.operator, reason.strip(), now))


def unlock(
    connection: Connection, audience: str, through: date, actor: User, reason: str, now: datetime
) -> None:
    """Take a lock back to an earlier date. Raises PeriodError."""
    _reached(connection, audience, actor)
    if actor.role != "administrator":
        raise PeriodError(_ADMINISTRATOR)
    if not reason.strip():
        raise PeriodError(_NO_REASON, through=through)
    before = _of(connection, audience)
    if before is None or through >= before.through:
        raise PeriodError(_NOT_BACK, audience=audience, through=through)
    _publish(connection, audience, PeriodLock(through, actor.operator, reason.strip(), now))


def broken(connection: Connection, history: DayHistory) -> bool:
    """Whether a branch reopened or closed a day again although headquarters had locked it by then."""
    held = in_force(connection, history.branch)
    if held is None or history.business_date > held.through:
        return False
    again = [one.at for one in history.reopenings]
    again += [one.at for one in history.revisions if one.revision > 1]
    return any(at > held.published for at in again)


def _publish(connection: Connection, audience: str, held: PeriodLock) -> None:
    record = records.PeriodLock(
        through=held.through, operator=held.operator, reason=held.reason, published=held.published
    )
    before = _of(connection, audience)
    publication.publish(connection, {audience: [record]})
    was = "" if before is None else f"{before.through} → "
    note(
        connection, held.published, held.operator, "period.lock", audience,
        f"{was}{held.through} {held.reason}".strip(),
    )  # fmt: skip


def _of(connection: Connection, audience: str) -> PeriodLock | None:
    return locked(connection, {audience})


def _reached(connection: Connection, audience: str, actor: User) -> Sequence[str]:
    reached = sorted(audience_branches(connection, audience))
    if not reached or (actor.branches and not set(reached) <= set(actor.branches)):
        raise PeriodError(_SCOPE, audience=audience)
    return reached


def _not_closed(connection: Connection, branches: Sequence[str], through: date) -> list[str]:
    day = business_day.c
    rows = connection.execute(
        select(day.branch, day.business_date)
        .where(day.branch.in_(branches), day.business_date <= through, day.state != "closed")
        .order_by(day.business_date, day.branch)
        .limit(_MOST_NAMED)
    )
    return [f"{row.branch} {row.business_date}" for row in rows]
