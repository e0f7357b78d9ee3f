"""Receivables: what turned out to be overspent, whoever let it happen (rule 19).

    a redemption of 50.00 when the account has    is posted as receivable
    50.00 or more                                 nothing
    20.00                                         30.00
    nothing, or owes already                      50.00

    an account that overspent 30.00 in all        of its receivables stands open
    and owes 30.00                                30.00
    that owes 10.00, for 20.00 came later         10.00: what was loaded, earned or given back covers it
    that owes nothing any more                    nothing
    that owes 40.00, for returns took points      30.00: the rest is no redemption's doing
    whose receivable a person settled             that less; the account is credited what was settled

The youngest stand open first, so what comes in covers the oldest. A coupon that was used wrongly has an
account of its own, its number, and nothing covers it but that its goods come back (`coupon_uses`).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hq.audit import note
from hq.redemption import accounts
from hq.redemption.accounts import PURSES, Purse
from hq.refusal import RefusalError
from replication.console.languages import msgid
from schemas.domain.money import divide
from schemas.domain.redemption import RedeemedKind, overspent
from schemas.domain.ticket import Ticket
from schemas.tables.catalogue import member as member_table
from schemas.tables.redemption import receivable
from schemas.tables.tickets import ticket

#: It was paid otherwise, or the chain bears it.
OUTCOMES = ("paid", "waived")

_NO_REASON = msgid("Say why the receivable of %(receipt)s is settled.")
_OUTCOME = msgid("A receivable is settled as paid or as waived: choose one.")
_NOT_OPEN = msgid("There is no open receivable of %(receipt)s (any more): load the list again.")


@dataclass(frozen=True, slots=True)
class Receivable:
    """What stands open of a ticket's overspending: money and, of points, how many."""

    ticket: str
    kind: RedeemedKind
    account: str
    member: str
    branch: str
    receipt: str
    at: datetime
    amount: int
    points: int
    why: str


def post(
    connection: Connection, one: Ticket, purse: Purse, paid: int, *, before: int, cost: int
) -> None:
    """Post what a tender that paid so much took beyond the balance of before."""
    over = overspent(before, cost)
    if not over:
        return
    of_points = purse is accounts.POINTS
    row = {
        "ticket": one.uuid, "kind": purse.kind, "account": one.member or "",
        "member": one.member or "", "branch": one.branch, "at": one.committed,
        "amount": divide(paid * over, cost), "points": over if of_points else 0, "why": "",
    }  # fmt: skip
    statement = insert(receivable).values(row)
    more = {name: receivable.c[name] + statement.excluded[name] for name in ("amount", "points")}
    keys = list(receivable.primary_key.columns)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=more))


def still_open(
    connection: Connection, accounts_of: Iterable[str] | None = None
) -> list[Receivable]:
    """What stands open, of everybody or of these accounts, the youngest first."""
    row = receivable.c
    query = (
        select(receivable, ticket.c.lane, ticket.c.counter)
        .outerjoin(ticket, ticket.c.uuid == row.ticket)
        .where(row.settled.is_(None), or_(row.amount > 0, row.points > 0))
        .order_by(row.at.desc(), row.ticket, row.account)
    )
    if accounts_of is not None:
        query = query.where(row.account.in_(sorted(accounts_of)))
    posted = [_held(one) for one in connection.execute(query)]
    found = [one for one in posted if one.kind == "coupon"]
    for purse in PURSES.values():
        found += _uncovered(connection, purse, [one for one in posted if one.kind == purse.kind])
    return sorted(found, key=lambda one: (one.at, one.ticket), reverse=True)


def settle(
    connection: Connection, ticket_uuid: str, kind: str, account: str, outcome: str,
    reason: str, operator: str, at: datetime,
) -> None:  # fmt: skip
    """Settle a receivable by a person's word: it was paid otherwise, or is waived. Raises RefusalError."""
    if outcome not in OUTCOMES:
        raise RefusalError(_OUTCOME)
    if kind in PURSES:
        of_family = accounts.family(connection, account)
        key = accounts.key_of(kind, accounts.stays(connection, account))
        accounts.hold(connection, "account", [key])
    else:
        of_family = [account]
        accounts.hold(connection, "coupon", [account])
    for one in still_open(connection, of_family):
        if (one.ticket, one.kind, one.account) == (ticket_uuid, kind, account):
            break
    else:
        raise RefusalError(_NOT_OPEN, receipt=ticket_uuid)
    if not reason.strip():
        raise RefusalError(_NO_REASON, receipt=one.receipt)
    said = {"outcome": outcome, "settled": at, "settled_by": operator, "reason": reason.strip()}
    connection.execute(
        update(receivable)
        .where(receivable.c.ticket == one.ticket, receivable.c.kind == kind)
        .where(receivable.c.account == account)
        .values(said)
    )
    if one.kind != "coupon":
        purse = PURSES[one.kind]
        credited = one.points if purse is accounts.POINTS else one.amount
        row = purse.row(
            credited, source=str(uuid.uuid4()), rule="settled", original=one.ticket, kind="settled",
            member=account, at=at, reason=reason.strip(), operator=operator,
        )  # fmt: skip
        connection.execute(insert(purse.table).values(row))
    words = f"{one.receipt} {kind} {account} {one.amount} {outcome}: {reason.strip()}"
    note(connection, at, operator, f"receivable.{outcome}", one.ticket, words)


def _uncovered(
    connection: Connection, purse: Purse, posted: Sequence[Receivable]
) -> Iterator[Receivable]:
    """What of these, the youngest first, their accounts still owe."""
    debts = _debts(connection, purse, {one.account for one in posted})
    stays = _stays(connection, {one.account for one in posted})
    of_points = purse is accounts.POINTS
    for one in posted:
        whose = stays.get(one.account, one.account)
        figure = one.points if of_points else one.amount
        left = min(figure, debts.get(whose, 0))
        if left <= 0:
            continue
        debts[whose] -= left
        money = divide(one.amount * left, figure)
        yield replace(one, amount=money, points=left if of_points else 0)


def _debts(connection: Connection, purse: Purse, numbers: set[str]) -> dict[str, int]:
    """What the accounts for which these numbers count are below nought, by the one who stays."""
    stays = _stays(connection, numbers)
    staying = sorted({stays.get(number, number) for number in numbers})
    merged = connection.execute(
        select(member_table.c.member, member_table.c.merged).where(
            member_table.c.merged.in_(staying), member_table.c.merged != ""
        )
    ).all()
    whose = {number: number for number in staying} | {one.member: one.merged for one in merged}
    query = (
        select(purse.table.c.member, func.sum(purse.column))
        .where(purse.table.c.member.in_(sorted(whose)))
        .group_by(purse.table.c.member)
    )
    balances: dict[str, int] = {}
    for number, figure in connection.execute(query):
        balances[whose[number]] = balances.get(whose[number], 0) + int(figure)
    return {number: max(0, -figure) for number, figure in balances.items()}


def _stays(connection: Connection, numbers: set[str]) -> dict[str, str]:
    query = select(member_table.c.member, member_table.c.merged).where(
        member_table.c.member.in_(sorted(numbers)), member_table.c.merged != ""
    )
    return {row.member: row.merged for row in connection.execute(query)}


def _held(row: Row[Any]) -> Receivable:
    receipt = row.ticket if row.lane is None else f"{row.lane}-{row.counter:06d}"
    return Receivable(
        row.ticket, row.kind, row.account, row.member, row.branch, receipt, row.at, row.amount,
        row.points, row.why,
    )  # fmt: skip
