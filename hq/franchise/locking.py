"""Locking a franchise statement: from then on it is what it is, and what changes comes with the next.

    refused                                                    way out
    a branch that is no franchise and never had a statement    choose another, or say that it is one
    sales in another currency than delivery prices             none: they do not add up
    days that are not over, or more than a year                an earlier or shorter range
    days that are settled already, or with a gap before them   begin where the last statement ended
    another sum than the person saw                            look again
    incomplete, by finance                                     mend it, or let an administrator lock it with a reason

What is asked wrongly raises FranchiseError; each lock leaves an audit note.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from hq.audit import note
from hq.franchise import ledger
from hq.franchise.ledger import Locked
from hq.franchise.statement import Statement, of_period
from hq.policies import every_in_force
from hq.refusal import RefusalError
from hq.reports.branches import KnownBranch, known_branches
from replication.console.languages import msgid
from replication.console.users import User
from schemas.domain.franchise.charges import Period
from schemas.domain.policy import Policy

_NOT_YOURS = msgid("You may not see the figures of %(branch)s, or there is no such branch.")
_NO_FRANCHISE = msgid("%(branch)s is no franchise, so nothing is settled with it.")
_CURRENCY = msgid(
    "%(branch)s sells in %(sales)s, delivery prices are in %(own)s: they do not add up."
)
_BACKWARDS = msgid("The range ends before it begins: %(first)s to %(last)s.")
_TOO_LONG = msgid("A statement covers %(days)s days at most: choose a shorter range.")
_AHEAD = msgid("%(last)s is not over yet: lock through an earlier date.")
_NEXT = msgid("%(branch)s is settled through %(last)s: its next statement begins on %(next)s.")
_MOVED = msgid("It comes to another sum now than you saw. Look at it once more, then lock it.")
_INCOMPLETE = msgid("The statement is incomplete: an administrator alone locks it, with a reason.")
_NO_REASON = msgid("Say why the incomplete statement is locked.")

#: Whoever settles, one at a time: numbers follow each other. A number of our own choosing.
_LOCK = 8_490_028
LONGEST = 366


class FranchiseError(RefusalError):
    """A statement that cannot be made or locked as asked."""


@dataclass(frozen=True, slots=True)
class Lock:
    """What is to be locked: a branch's period, the sum that the person saw, and why, if it is incomplete."""

    branch: str
    period: Period
    seen: int
    reason: str


def open_statement(
    connection: Connection, code: str, period: Period, scope: tuple[str, ...], currency: str,
    now: datetime,
) -> Statement:  # fmt: skip
    """A statement as it stands now, for whoever sees the branch. Raises FranchiseError."""
    branch = franchised(connection, code, scope, currency)
    if period.last < period.first:
        raise FranchiseError(_BACKWARDS, first=period.first, last=period.last)
    if (period.last - period.first).days >= LONGEST:
        raise FranchiseError(_TOO_LONG, days=LONGEST)
    return of_period(connection, branch, period, now)


def franchised(
    connection: Connection, code: str, scope: tuple[str, ...], currency: str
) -> KnownBranch:
    """A branch that statements are made for. Raises FranchiseError."""
    branch = next((one for one in known_branches(connection, scope) if one.branch == code), None)
    if branch is None:
        raise FranchiseError(_NOT_YOURS, branch=code)
    if branch.kind != "franchise" and not ledger.of_branch(connection, code):
        raise FranchiseError(_NO_FRANCHISE, branch=code)
    if branch.currency not in ("", currency):
        raise FranchiseError(_CURRENCY, branch=code, sales=branch.currency, own=currency)
    return branch


def lock(connection: Connection, asked: Lock, actor: User, currency: str, now: datetime) -> Locked:
    """Lock a statement as it stands now. Raises FranchiseError."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    made = open_statement(connection, asked.branch, asked.period, actor.branches, currency, now)
    _check_dates(connection, made, now)
    if made.due != asked.seen:
        raise FranchiseError(_MOVED)
    if not made.complete:
        if actor.role != "administrator":
            raise FranchiseError(_INCOMPLETE)
        if not asked.reason.strip():
            raise FranchiseError(_NO_REASON)
    number = ledger.next_number(connection)
    period = made.period
    held = Locked(
        number, asked.branch, period.first, period.last, made.due, now, actor.operator,
        asked.reason.strip(), {str(name): count for name, count in made.lacks.items()},
    )  # fmt: skip
    ledger.write(connection, held, made.terms, made.carried, made.days)
    subject = f"{number} {asked.branch} {period.first} – {period.last}"
    note(connection, now, actor.operator, "franchise.lock", subject, asked.reason.strip())
    return held


def next_first(connection: Connection, branch: str) -> date | None:
    """On which date the next statement begins; None before the first."""
    held = ledger.of_branch(connection, branch)
    return held[-1].last + timedelta(days=1) if held else None


def _check_dates(connection: Connection, made: Statement, now: datetime) -> None:
    branch, period = made.branch, made.period
    policy = every_in_force(connection).get(branch.branch, Policy())
    if period.last >= policy.date_of(now, branch.zone):
        raise FranchiseError(_AHEAD, last=period.last)
    begins = next_first(connection, branch.branch)
    if begins is not None and period.first != begins:
        raise FranchiseError(
            _NEXT, branch=branch.branch, last=begins - timedelta(days=1), next=begins
        )
