"""The ledger of points at headquarters, which is the truth about them (rules 17 and 18).

    a ticket arrives                     is posted, under (ticket, rule, original)
    a sale that earned                   earned: what its receipt told the member
    a return of goods of a sale          taken_back: from who earned it, of each of the sale's rules
    a sale that came after its returns   what they take back, as if it had come first
    the same again                       nothing: an entry is known by its key
    a person puts something right        adjusted, with who and why
    a ticket redeems, a refund gives     redeemed, given_back, settled: see `hq.redemption`
    back, a receivable is settled

What all returns of a sale take back is worked out together, in the order in which they happened, so it
does not matter in which order they arrive. A balance is the sum of the entries of a member and of all
that were merged into them; it may be below nought. Entries keep the number they were posted under.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, text
from sqlalchemy.dialects.postgresql import insert

from hq.audit import note
from hq.redemption import accounts
from hq.redemption.accounts import POINTS
from hq.refusal import RefusalError
from replication.console.languages import msgid
from schemas.domain.points import taken_back
from schemas.domain.ticket import Ticket
from schemas.tables.base import upsert
from schemas.tables.catalogue import member as member_table
from schemas.tables.headquarters import points_entry
from schemas.tables.tickets import ticket, ticket_return

_NO_REASON = msgid("Say why the points of %(member)s are changed.")
_NOTHING = msgid("Nought points change nothing: enter how many are added, or with a minus taken.")

# A sale that earns and a return of it may arrive at once, from two branches: one of them waits and sees
# the other. Sales share the lock. Its key is a number of our own choosing.
_LOCK = 8_470_011
_OF_A_PERSON = "adjusted"


@dataclass(frozen=True, slots=True)
class PointsEntry:
    """A line of the ledger as a page shows it; `receipt` is empty where no ticket moved it."""

    source: str
    rule: str
    original: str
    kind: str
    member: str
    points: int
    at: datetime
    branch: str
    reason: str
    operator: str
    receipt: str


def post(connection: Connection, tickets: Sequence[Ticket]) -> None:
    """Post what tickets earn and take back; they and their returns are written already."""
    earning = [row for one in tickets for row in _earned(one)]
    returned = {
        line.returned.original.ticket
        for one in tickets
        for line in one.sold()
        if line.returned and line.returned.original and line.returned.original.ticket
    }
    if not earning and not returned:
        return
    shared = "" if returned else "_shared"
    connection.execute(text(f"SELECT pg_advisory_xact_lock{shared}({_LOCK})"))
    if earning:
        connection.execute(insert(points_entry).on_conflict_do_nothing(), earning)
    sales = sorted({row["source"] for row in earning})
    query = select(ticket_return.c.original).where(ticket_return.c.original.in_(sales)).distinct()
    before_their_sale = connection.execute(query).scalars() if sales else ()
    for original in sorted({*returned, *filter(None, before_their_sale)}):
        upsert(connection, points_entry, list(_taken_back(connection, original)))


def adjust(
    connection: Connection, member: str, points: int, operator: str, reason: str, at: datetime
) -> None:
    """Add points by a person's word, or take them. Raises RefusalError."""
    if not reason.strip():
        raise RefusalError(_NO_REASON, member=member)
    if not points:
        raise RefusalError(_NOTHING)
    row = POINTS.row(
        points, source=str(uuid.uuid4()), rule=_OF_A_PERSON, kind=_OF_A_PERSON, member=member, at=at,
        reason=reason.strip(), operator=operator,
    )  # fmt: skip
    connection.execute(insert(points_entry), [row])
    note(connection, at, operator, "member.points", member, f"{points:+d} {reason.strip()}")


@dataclass(frozen=True, slots=True)
class Owing:
    """A member whose points are below nought."""

    member: str
    points: int


def owing(connection: Connection, limit: int) -> list[Owing]:
    """Who owes points, because what earned them came back after they were gone: the most first. Points
    of who was merged count for the one who stays; nobody's are shown with the receivables.
    """
    stays = func.coalesce(func.nullif(member_table.c.merged, ""), points_entry.c.member)
    in_all = func.sum(points_entry.c.points)
    query = (
        select(stays, in_all)
        .outerjoin(member_table, member_table.c.member == points_entry.c.member)
        .where(stays != "")
        .group_by(stays)
        .having(in_all < 0)
        .order_by(in_all, stays)
        .limit(limit)
    )
    return [Owing(number, int(sum_)) for number, sum_ in connection.execute(query)]


def newest(connection: Connection, family: Iterable[str], limit: int) -> list[PointsEntry]:
    """The ledger's entries of these members, the youngest first."""
    return [_entry(one) for one in accounts.newest(connection, POINTS, family, limit)]


def _entry(row: Row[Any]) -> PointsEntry:
    return PointsEntry(
        row.source, row.rule, row.original, row.kind, row.member, row.points, row.at, row.branch,
        row.reason, row.operator, "" if row.lane is None else f"{row.lane}-{row.counter:06d}",
    )  # fmt: skip


def _earned(one: Ticket) -> Iterator[dict[str, Any]]:
    if one.member is None:
        return
    amounts = {line.number: line.amount for line in one.sold() if line.amount > 0}
    for of_rule in one.points:
        yield {
            "source": one.uuid, "rule": of_rule.rule, "original": "", "kind": "earned",
            "member": one.member, "points": of_rule.points, "at": one.committed,
            "branch": one.branch, "lines": list(of_rule.lines),
            "sold": sum(amounts.get(number, 0) for number in of_rule.lines),
            "reason": "", "operator": "",
        }  # fmt: skip


def _taken_back(connection: Connection, original: str) -> Iterator[dict[str, Any]]:
    """What each return of a sale takes back of each of the sale's rules."""
    row = points_entry.c
    query = select(points_entry).where(row.source == original, row.kind == "earned")
    earned = connection.execute(query.order_by(row.rule)).all()
    if not earned:
        return
    back = connection.execute(
        select(ticket_return, ticket.c.committed, ticket.c.branch.label("at_branch"))
        .join(ticket, ticket.c.uuid == ticket_return.c.ticket)
        .where(ticket_return.c.original == original)
        .order_by(ticket.c.committed, ticket.c.uuid, ticket_return.c.number)
    ).all()
    for one in earned:
        given: dict[str, int] = {}
        for line in back:
            if line.original_line in one.lines:
                given[line.ticket] = given.get(line.ticket, 0) + line.amount
        told = {line.ticket: line for line in back}
        so_far = taken = 0
        for by, amount in given.items():
            so_far += amount
            in_all = taken_back(one.points, one.sold, so_far)
            yield {
                "source": by, "rule": one.rule, "original": original, "kind": "taken_back",
                "member": one.member, "points": taken - in_all, "at": told[by].committed,
                "branch": told[by].at_branch, "lines": [], "sold": 0, "reason": "", "operator": "",
            }  # fmt: skip
            taken = in_all
