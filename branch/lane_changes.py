"""A lane gets another machine, or is retired: who decides it, why, and what it leaves behind.

    act        the old machine                 under the lane's name                     back by
    replace    is shut out at once             a token lets one new machine in, once;    a new token
                                               its journal comes back from the branch,
                                               receipt numbers jump
    retire     is shut out at once             nobody; its tickets stay, and nothing     a new token
                                               warns of it any more

What a machine had not sent stays on its disk. Both are refused while the lane is known to hold something
of that kind, unless whoever acts says that it may be left: a machine that still starts can send it first,
and a disk that was moved into another machine goes on by itself without being replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from branch import audit, lanes
from branch.lanes import Lane, LaneError
from replication.console.languages import msgid
from replication.ledger import Ledger
from schemas.tables.link import enrolment_token
from schemas.tables.staff import audit as audit_table

_HISTORY = 20


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes a lane, why, and whether what it has not sent `may_stay` on its disk."""

    lane: str
    operator: str
    reason: str
    may_stay: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """One act on a lane, as the audit has it."""

    at: datetime
    operator: str
    act: str
    reason: str


def find(connection: Connection, branch: str, lane: str) -> Lane:
    """The lane. Raises LaneError when it was never enrolled."""
    found = next((one for one in lanes.lanes(connection, branch) if one.lane == lane), None)
    if found is None:
        raise LaneError(
            msgid("There is no lane “%(lane)s”: the page “Lanes” names them"), lane=lane
        )
    return found


def replace(
    connection: Connection, branch: str, change: Change, now: datetime, *, ledger: Ledger
) -> str:
    """Shut the old machine out and answer the token for the new one. Raises LaneError."""
    held = _changeable(connection, branch, change)
    if held.revoked is None:
        _shut_out(connection, change, now, ledger, "lane.replace")
    else:
        reason = change.reason.strip()
        audit.note(connection, now, change.operator, "lane.replace", change.lane, reason)
    return lanes.issue_token(connection, branch, change.lane, change.operator, now)


def retire(
    connection: Connection, branch: str, change: Change, now: datetime, *, ledger: Ledger
) -> None:
    """Shut a lane out for good, open tokens with it. Raises LaneError."""
    _changeable(connection, branch, change)
    _shut_out(connection, change, now, ledger, "lane.retire")


def history(connection: Connection, lane: str) -> Sequence[Past]:
    """What was done to a lane, the newest first."""
    rows = connection.execute(
        select(audit_table)
        .where(audit_table.c.subject == lane, audit_table.c.act.startswith("lane."))
        .order_by(audit_table.c.id.desc())
        .limit(_HISTORY)
    )
    return [Past(row.at, row.operator, row.act, row.reason) for row in rows]


def _changeable(connection: Connection, branch: str, change: Change) -> Lane:
    """The lane, which no token lets in any more. Raises LaneError."""
    if not change.reason.strip():
        raise LaneError(msgid("%(lane)s is changed only with a reason: say why"), lane=change.lane)
    held = find(connection, branch, change.lane)
    if held.revoked is None and held.unsent and not change.may_stay:
        raise LaneError(
            msgid(
                "%(lane)s had not sent %(unsent)s entries when it was last heard of: switch it on until "
                "they are sent, or say that they may stay on its disk"
            ),
            lane=held.lane,
            unsent=held.unsent,
        )
    _forget_tokens(connection, change.lane)
    return held


def _shut_out(
    connection: Connection, change: Change, now: datetime, ledger: Ledger, act: str
) -> None:
    lanes.revoke(
        connection, change.lane, change.operator, change.reason, now, ledger=ledger, act=act
    )


def _forget_tokens(connection: Connection, lane: str) -> None:
    """Tokens that nobody used let nobody in any more."""
    unused = enrolment_token.c.used.is_(None)
    connection.execute(delete(enrolment_token).where(enrolment_token.c.site == lane, unused))
