"""What tickets redeem and give back, posted to the ledgers, once and in whatever order they arrive.

    a ticket arrives                          is posted, under (ticket, tender, original)
    a tender of points or stored value        redeemed: from the ticket's member; of points, what they cost
    more than the account has                 redeemed all the same; the rest is a receivable (rule 19)
    a refund of such a tender of a sale       given_back: to whom it was taken from, whoever brings it
    a refund whose sale is not here yet       nothing; it is posted when the sale comes
    the same again                            nothing: an entry is known by its key
    a redemption without a member             redeemed from nobody's account, a receivable, and flagged
    a refund that names no sale, or a tender  nothing, and flagged: nobody knows whose account it is
    of another kind

What all refunds of a sale give back is worked out together, in the order in which they happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ARRAY, Connection, Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from hq.redemption import accounts, receivables
from hq.redemption.accounts import PURSES, Purse
from schemas.domain.redemption import points_given_back
from schemas.domain.ticket import TenderLine, Ticket
from schemas.tables.base import upsert
from schemas.tables.ticket_flags import set_flags
from schemas.tables.tickets import tender_detail, ticket, ticket_tender

_FLAG = "redemption: "


def post(connection: Connection, tickets: Sequence[Ticket]) -> None:
    """Post what tickets redeemed and gave back; they and their tenders are written already."""
    touched = [one for one in tickets if any(tender.kind in PURSES for tender in one.tenders)]
    if not touched and not _refunded_before(connection, tickets):
        return
    taking = {one.uuid: accounts.stays(connection, one.member or "") for one in touched}
    named = {
        tender.original_tender.ticket
        for one in touched
        for tender in _refunds(one)
        if tender.original_tender
    }
    keys = [
        accounts.key_of(tender.kind, taking[one.uuid])
        for one in touched
        for _, tender in _redemptions(one)
    ]
    # A sale and a refund of it may arrive at once, from two branches: one waits and sees the other.
    accounts.hold(connection, "account", [*keys, *(f"sale {uuid}" for uuid in {*taking, *named})])
    for one in touched:
        for number, tender in _redemptions(one):
            _redeem(connection, one, number, tender)
    set_flags(connection, _FLAG, {one.uuid: list(_flags(one)) for one in touched})
    for original in sorted(named | _refunded_before(connection, tickets)):
        for purse in PURSES.values():
            upsert(connection, purse.table, list(_given_back(connection, purse, original)))
        set_flags(
            connection, f"{_FLAG}refund of {original} ", _otherwise_paid(connection, original)
        )


def _redemptions(one: Ticket) -> Iterator[tuple[int, TenderLine]]:
    for number, tender in enumerate(one.tenders, 1):
        if tender.kind in PURSES and tender.amount > 0:
            yield number, tender


def _refunds(one: Ticket) -> Iterator[TenderLine]:
    return (tender for tender in one.tenders if tender.kind in PURSES and tender.amount < 0)


def _redeem(connection: Connection, one: Ticket, number: int, tender: TenderLine) -> None:
    """Post one tender, and what of it was not there."""
    purse, account = PURSES[tender.kind], one.member or ""
    cost = tender.amount if purse is accounts.STORED_VALUE else tender.points or 0
    before = accounts.balance(connection, purse, accounts.family(connection, account))
    row = purse.row(
        -cost, source=one.uuid, rule=_rule(number), kind="redeemed", member=account,
        at=one.committed, branch=one.branch,
    )  # fmt: skip
    statement = insert(purse.table).values(row).on_conflict_do_nothing()
    if connection.execute(statement.returning(purse.table.c.source)).first() is not None:
        receivables.post(connection, one, purse, tender.amount, before=before, cost=cost)


def _refunded_before(connection: Connection, sales: Sequence[Ticket]) -> set[str]:
    """Which of these sales something was given back of out of a ledger already."""
    # One array instead of a parameter for each: every ticket of a backlog is asked about.
    uuids = bindparam("uuids", [one.uuid for one in sales], ARRAY(Text))
    row, detail = ticket_tender.c, tender_detail.c
    same = (row.ticket == detail.ticket) & (row.number == detail.number)
    query = select(detail.original).join(ticket_tender, same)
    found = connection.execute(query.where(detail.original == any_(uuids), row.kind.in_(PURSES)))
    return {uuid for uuid in found.scalars() if uuid}


def _given_back(connection: Connection, purse: Purse, original: str) -> Iterator[dict[str, Any]]:
    """What each refund of a sale gives back of each of the sale's tenders out of this ledger."""
    row = purse.table.c
    redeemed = connection.execute(
        select(row.rule, row.member, purse.column.label("figure"), ticket_tender.c.amount)
        .join(ticket_tender, ticket_tender.c.ticket == row.source)
        .where(row.source == original, row.kind == "redeemed")
        .where(row.rule == _rule_column())
        .order_by(ticket_tender.c.number)
    ).all()
    if not redeemed:
        return
    refunds = connection.execute(_refunds_of(purse, original)).all()
    for one in redeemed:
        back = given = 0
        for refund in refunds:
            if _rule(refund.original_tender) != one.rule:
                continue
            back -= refund.amount
            in_all = points_given_back(-one.figure, one.amount, back)
            yield purse.row(
                in_all - given, source=refund.ticket, rule=_rule(refund.number), original=original,
                kind="given_back", member=one.member, at=refund.committed, branch=refund.branch,
            )  # fmt: skip
            given = in_all


def _refunds_of(purse: Purse, original: str) -> Any:  # noqa: ANN401 - a select of five columns
    detail = tender_detail.c
    return (
        select(
            detail.ticket, detail.number, detail.original_tender, ticket_tender.c.amount,
            ticket.c.committed, ticket.c.branch,
        )
        .join(
            ticket_tender,
            (ticket_tender.c.ticket == detail.ticket) & (ticket_tender.c.number == detail.number),
        )
        .join(ticket, ticket.c.uuid == detail.ticket)
        .where(detail.original == original, ticket_tender.c.kind == purse.kind)
        .where(ticket_tender.c.amount < 0)
        .order_by(ticket.c.committed, ticket.c.uuid, detail.number)
    )  # fmt: skip


def _otherwise_paid(connection: Connection, original: str) -> dict[str, list[str]]:
    """What is wrong about the refunds of a sale, by their tickets: what a tender did not pay out of a
    ledger is not given back to it.
    """
    detail, back = tender_detail.c, ticket_tender.alias("back")
    query = (
        select(detail.ticket, detail.number, back.c.kind, ticket_tender.c.kind.label("paid"))
        .join(back, (back.c.ticket == detail.ticket) & (back.c.number == detail.number))
        .outerjoin(
            ticket_tender,
            (ticket_tender.c.ticket == detail.original)
            & (ticket_tender.c.number == detail.original_tender),
        )
        .where(detail.original == original, back.c.kind.in_(PURSES), back.c.amount < 0)
        .order_by(detail.ticket, detail.number)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        words = found.setdefault(row.ticket, [])
        if row.paid not in {None, row.kind}:
            said = f"gives back {row.kind} by tender {row.number}, which was paid with {row.paid}"
            words.append(f"{_FLAG}refund of {original} {said}")
    return found


def _rule(number: int) -> str:
    """What the ledgers call tender `number` of a ticket."""
    return f"tender:{number}"


def _rule_column() -> Any:  # noqa: ANN401 - an expression
    return "tender:" + ticket_tender.c.number.cast(Text)


def _flags(one: Ticket) -> Iterator[str]:
    for number, tender in enumerate(one.tenders, 1):
        if tender.kind not in PURSES:
            continue
        if tender.amount > 0 and not one.member:
            yield f"{_FLAG}tender {number} redeems {tender.kind} of no member"
        if tender.amount > 0 and tender.kind == "points" and not tender.points:
            yield f"{_FLAG}tender {number} does not say how many points it cost"
        if tender.amount < 0 and tender.original_tender is None:
            yield f"{_FLAG}tender {number} gives back {tender.kind} of no sale that it names"
