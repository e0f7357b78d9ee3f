"""What tickets used single-use coupons for, and when a coupon is given back (rules 17 and 19).

    a ticket that used a coupon arrives              the coupon is used
    all that the coupon took something off came      it is given back: issued again, within its dates
    back, by however many returns
    a part of it came back                           it stays used
    a second ticket used the same, or one used       the ticket counts; what the coupon took off is a
    what was never issued, void, or out of its       receivable under the coupon's number, and the
    dates, or another member's own                   ticket is flagged

What a coupon took something off are the lines that bear a discount by a promotion that asks for its kind;
where no such discount is found, it is all lines that were sold. A line has come back when all of its
quantity has. Of several uses the earliest that nobody gave back is the right one. All of it is worked out
anew whenever one of these tickets arrives, so their order does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from hq.redemption import accounts, coupons
from hq.redemption.coupons import Coupon
from schemas.domain.ticket import Ticket
from schemas.tables.headquarters import promotion_document
from schemas.tables.redemption import coupon, coupon_use, receivable
from schemas.tables.ticket_flags import set_flags
from schemas.tables.tickets import ticket_line, ticket_return
from schemas.wire.redemption import WhyNot

_WORDS: Mapping[WhyNot, str] = {
    "unknown_coupon": "was never issued",
    "coupon_used": "had been used by another ticket",
    "coupon_not_yet": "was not to be used yet",
    "coupon_expired": "was void or over",
    "coupon_of_another": "is another member's own",
}


def post(connection: Connection, tickets: Sequence[Ticket]) -> None:
    """Post what tickets used and what their returns give back; they are written already."""
    using = [one for one in tickets if one.coupons]
    named = _named(tickets)
    if not using and not named:
        return
    # A sale and a return of it may arrive at once, from two branches: one waits and sees the other. The
    # coupons are held after that, by everybody.
    accounts.hold(connection, "coupon sale", named | _uuids(using))
    used = {one.number for sale in using for one in sale.coupons}
    sales, held = _uses(connection, named)
    sales, numbers = sales | _uuids(using), held | used
    accounts.hold(connection, "coupon", numbers)
    rows = [row for one in using for row in _rows(one)]
    if rows:
        connection.execute(insert(coupon_use).on_conflict_do_nothing(), rows)
    for sale in sorted(sales):
        _give_back(connection, sale)
    for number in sorted(numbers):
        _review(connection, number)


def _rows(one: Ticket) -> list[dict[str, Any]]:
    return [
        {
            "ticket": one.uuid, "coupon": used.number, "kind": used.kind,
            "member": one.member or "", "branch": one.branch, "at": one.committed,
            "grant_number": used.grant, "given_back": False,
        }
        for used in one.coupons
    ]  # fmt: skip


def _uuids(tickets: Sequence[Ticket]) -> set[str]:
    return {one.uuid for one in tickets}


def _named(tickets: Sequence[Ticket]) -> set[str]:
    """The sales that tickets bring goods back of."""
    return {
        line.returned.original.ticket
        for one in tickets
        for line in one.sold()
        if line.returned and line.returned.original and line.returned.original.ticket
    }


def _uses(connection: Connection, sales: set[str]) -> tuple[set[str], set[str]]:
    """Which of these sales used coupons, and which coupons."""
    if not sales:
        return set(), set()
    row = coupon_use.c
    query = select(row.ticket, row.coupon).where(row.ticket.in_(sorted(sales)))
    found = connection.execute(query).all()
    return {one.ticket for one in found}, {one.coupon for one in found}


def _give_back(connection: Connection, sale: str) -> None:
    """Say of each coupon that a sale used whether what it was used for has come back."""
    back = _back(connection, sale)
    for use in connection.execute(select(coupon_use).where(coupon_use.c.ticket == sale)).all():
        lines, _ = _used_for(connection, sale, use.kind)
        given = all(back.get(one.number, 0) >= one.quantity for one in lines) and bool(lines)
        connection.execute(
            update(coupon_use)
            .where(coupon_use.c.ticket == sale, coupon_use.c.coupon == use.coupon)
            .values(given_back=given)
        )


def _back(connection: Connection, sale: str) -> dict[int, int]:
    """How much of each line of a sale came back."""
    row = ticket_return.c
    query = select(row.original_line, func.sum(row.quantity)).where(row.original == sale)
    found = connection.execute(query.group_by(row.original_line))
    return {number: int(quantity) for number, quantity in found if number is not None}


def _used_for(connection: Connection, sale: str, kind: str) -> tuple[Sequence[Any], int]:
    """The lines that a coupon of this kind took something off, and how much it took."""
    row = ticket_line.c
    query = select(row.number, row.quantity, row.discounts)
    sold = connection.execute(
        query.where(row.ticket == sale, ~row.voided, row.quantity > 0).order_by(row.number)
    ).all()
    promotions = _promotions(connection, kind)
    taken = {
        line.number: sum(one["amount"] for one in line.discounts if one["rule"] in promotions)
        for line in sold
    }
    lines = [line for line in sold if taken[line.number]]
    return lines or sold, sum(taken.values())


def _promotions(connection: Connection, kind: str) -> set[str]:
    """The promotions that ask for a kind of coupon, whatever became of them."""
    row = promotion_document.c
    query = select(row.promotion, row.rule).where(row.rule.contains(kind, autoescape=True))
    return {
        number
        for number, rule in connection.execute(query)
        if json.loads(rule).get("who", {}).get("coupon") == kind
    }


def _review(connection: Connection, number: str) -> None:
    """Work out which uses of a coupon were right; what the others took off is owed."""
    issued = coupons.known(connection, [number]).get(number)
    voided = connection.execute(select(coupon.c.voided).where(coupon.c.number == number)).scalar()
    query = select(coupon_use).where(coupon_use.c.coupon == number)
    uses = connection.execute(query.order_by(coupon_use.c.at, coupon_use.c.ticket)).all()
    of_this, words = f"coupon {number} ", {}
    right = False
    for use in uses:
        void = voided is not None and use.at >= voided
        why: WhyNot = "" if use.given_back else _why(connection, issued, use, void=void, used=right)
        right = right or not (use.given_back or why)
        words[use.ticket] = [of_this + _WORDS[why]] if why else []
        _owe(connection, use, why)
    set_flags(connection, of_this, words)


def _why(
    connection: Connection, issued: Coupon | None, use: Row[Any], *, void: bool, used: bool
) -> WhyNot:
    """What was wrong about a use, empty where nothing was."""
    if issued is None:
        return "unknown_coupon"
    if void:
        return "coupon_expired"
    if used:
        return "coupon_used"
    if issued.member and not coupons.same_member(connection, issued.member, use.member):
        return "coupon_of_another"
    return issued.holds(use.at)


def _owe(connection: Connection, use: Row[Any], why: WhyNot) -> None:
    """Post what a wrong use took off, or that nothing is owed any more."""
    key = {"ticket": use.ticket, "kind": "coupon", "account": use.coupon}
    amount = _used_for(connection, use.ticket, use.kind)[1] if why else 0
    if not amount:
        owed = update(receivable).where(*(receivable.c[name] == key[name] for name in key))
        connection.execute(owed.values(amount=0, why=why))
        return
    row = {
        **key, "member": use.member, "branch": use.branch, "at": use.at, "amount": amount,
        "points": 0, "why": why,
    }  # fmt: skip
    statement = insert(receivable).values(row)
    changes = {"amount": amount, "why": why}
    keys = list(receivable.primary_key.columns)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))
