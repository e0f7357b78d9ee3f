"""Accepting what a till is over or short beyond the policy's tolerance: by a second person, with a reason.

Who asks is the manager at the page; `authority` is who stood beside them and proved it there. It is an entry
of the branch's own journal, of that count and those differences alone (`schemas.domain.till_settlement`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from branch import own_journal, policy
from branch.day_state import DayError, lock_day
from branch.tills import Till, TillError, find_till
from replication.console.languages import msgid
from schemas.domain.till_settlement import TillAccepted, is_beyond, stated


def needs_acceptance(connection: Connection, branch: str, till: Till) -> bool:
    """Whether a counted till waits for a second person."""
    tolerance = policy.find(connection, branch).tolerance
    return is_beyond(till.over_short or {}, tolerance) and not till.is_accepted


def accept(
    connection: Connection,
    branch: str,
    shift: str,
    operator: str,
    authority: str,
    reason: str,
    now: datetime,
) -> TillAccepted:
    """Keep that a till's differences were accepted. Raises TillError or DayError; nothing is written then."""
    till = find_till(connection, branch, shift)
    if lock_day(connection, branch, till.business_date).state == "closed":
        raise DayError(
            msgid("%(date)s is closed: re-open the day to accept what a till is over or short"),
            date=till.business_date,
        )
    till = find_till(connection, branch, shift)
    if not needs_acceptance(connection, branch, till):
        raise TillError(
            msgid("The till of %(lane)s waits for nobody's acceptance: load the page again"),
            lane=till.lane,
        )
    if not reason.strip():
        raise TillError(msgid("Say why the difference of %(lane)s is accepted"), lane=till.lane)
    if authority == operator:
        raise TillError(
            msgid("Somebody else has to accept the difference of %(lane)s with you"), lane=till.lane
        )
    fact = TillAccepted(
        till.shift, branch, till.lane, till.business_date, len(till.counts),
        stated(till.over_short or {}), operator, authority, reason.strip(), now,
    )  # fmt: skip
    own_journal.state(connection, branch, fact, now)
    return fact
