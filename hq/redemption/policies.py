"""What lanes are granted in advance, chain-wide or at one branch instead, as an administrator sets it.

a branch has of a kind            the chain has      its lanes are granted
nothing of its own                nothing            nothing: the default
nothing of its own                a policy           as the chain's says
a policy of its own               whatever           as its own says
a policy of its own, of nought    whatever           nothing
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from sqlalchemy import Connection, delete, select

from hq.audit import note
from hq.refusal import RefusalError
from replication.console.languages import msgid
from schemas.domain.redemption import RedeemedKind
from schemas.tables.base import upsert
from schemas.tables.catalogue import branch as branch_table
from schemas.tables.redemption import grant_policy

KINDS: tuple[RedeemedKind, ...] = get_args(RedeemedKind)
CHAIN = ""
_MOST_DAYS = 366

NO_KIND = msgid("“%(kind)s” cannot be redeemed: choose one of the list.")
_BRANCH = msgid("There is no branch %(branch)s.")
_AMOUNT = msgid("A grant is of an amount of nought or more; of nought there is none.")
_CAP = msgid("What one member may redeem is more than nought and no more than the grant.")
_DAYS = msgid("A grant lasts 1 to 366 days.")


@dataclass(frozen=True, slots=True)
class Policy:
    """What is granted of a kind: so much a grant, so much of it a member, for so many days."""

    branch: str
    kind: RedeemedKind
    amount: int
    cap: int
    days: int


def every(connection: Connection) -> list[Policy]:
    """All that are set, the chain's first."""
    row = grant_policy.c
    query = select(row.branch, row.kind, row.amount, row.cap, row.days)
    return [Policy(*one) for one in connection.execute(query.order_by(row.branch, row.kind))]


def offered(connection: Connection, branch: str) -> list[Policy]:
    """What the lanes of a branch are granted, by kind."""
    held = every(connection)
    found = {one.kind: one for one in held if one.branch == CHAIN}
    found |= {one.kind: one for one in held if one.branch == branch}
    return [found[kind] for kind in sorted(found) if found[kind].amount]


def set_policy(connection: Connection, one: Policy, operator: str, at: datetime) -> None:
    """Set what is granted from now on. Raises RefusalError."""
    known = select(branch_table.c.branch).where(branch_table.c.branch == one.branch)
    if one.branch != CHAIN and connection.execute(known).first() is None:
        raise RefusalError(_BRANCH, branch=one.branch[:40])
    if one.amount < 0:
        raise RefusalError(_AMOUNT)
    if one.amount and not 0 < one.cap <= one.amount:
        raise RefusalError(_CAP)
    if one.amount and not 1 <= one.days <= _MOST_DAYS:
        raise RefusalError(_DAYS)
    row = {
        "branch": one.branch, "kind": one.kind, "amount": one.amount, "cap": one.cap,
        "days": one.days,
    }  # fmt: skip
    upsert(connection, grant_policy, [row])
    words = f"{one.kind}: {one.amount}, {one.cap} a member, {one.days} days"
    note(connection, at, operator, "redemption.policy", one.branch or "chain", words)


def remove(connection: Connection, branch: str, kind: str, operator: str, at: datetime) -> None:
    """Let a branch have what the chain has again, and the chain nothing."""
    row = grant_policy.c
    gone = delete(grant_policy).where(row.branch == branch, row.kind == kind)
    if connection.execute(gone).rowcount:
        note(connection, at, operator, "redemption.policy", branch or "chain", f"{kind}: removed")
