"""What tickets say they redeemed out of grants, held against the grants (rule 18).

    a ticket names a grant                      it is
    that its lane was handed                    used of it: counted against what the chain risks
    that nobody was handed                      flagged
    of another lane                             flagged
    that had ended by then                      flagged
    of which the amount, or the member's cap,   flagged, the later one of two tickets
    had been used up

None of these refuses anything: what an account did not have is a receivable, with or without a grant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, Row, cast, literal, select, union_all

from hq.redemption import accounts
from schemas.domain.ticket import Ticket
from schemas.tables.redemption import coupon_use, redemption_grant
from schemas.tables.ticket_flags import set_flags
from schemas.tables.tickets import tender_detail, ticket, ticket_tender


def post(connection: Connection, tickets: Sequence[Ticket]) -> None:
    """Look again at the grants that these tickets name; they are written already."""
    of_tenders = {tender.grant for one in tickets for tender in one.tenders}
    named = set(filter(None, of_tenders | {used.grant for one in tickets for used in one.coupons}))
    accounts.hold(connection, "grant", named)
    for number in sorted(named):
        of_this = f"grant {number} "
        words: dict[str, list[str]] = {}
        for uuid, why in _reviewed(connection, number):
            words.setdefault(uuid, []).extend([of_this + why] if why else [])
        set_flags(connection, of_this, words)


def _reviewed(connection: Connection, number: str) -> Iterator[tuple[str, str]]:
    """Yield each ticket that used a grant with what was wrong about it, empty where nothing was."""
    query = select(redemption_grant).where(redemption_grant.c.number == number)
    grant = connection.execute(query).one_or_none()
    total, by_member = 0, dict[str, int]()
    for use in _uses(connection, number):
        member = use.member or ""
        total += use.amount
        by_member[member] = by_member.get(member, 0) + use.amount
        yield use.uuid, _why(grant, use, total, by_member[member])


def _why(grant: Row[Any] | None, use: Row[Any], total: int, of_member: int) -> str:
    if grant is None:
        return "was handed to nobody"
    if grant.lane != use.lane:
        return f"was handed to {grant.lane}"
    if use.committed >= grant.until:
        return "had ended"
    if total > grant.amount:
        return f"was for {grant.amount}, {total} were redeemed"
    if of_member > grant.cap:
        return f"was for {grant.cap} a member, {of_member} were redeemed"
    return ""


def _uses(connection: Connection, number: str) -> Sequence[Any]:
    """The uses of a grant as they happened."""
    tenders = (
        select(tender_detail.c.ticket, ticket_tender.c.amount, tender_detail.c.number)
        .join(
            ticket_tender,
            (ticket_tender.c.ticket == tender_detail.c.ticket)
            & (ticket_tender.c.number == tender_detail.c.number),
        )
        .where(tender_detail.c.grant_number == number)
    )
    one, nought = cast(literal(1), Integer), cast(literal(0), Integer)
    uses = select(coupon_use.c.ticket, one, nought).where(coupon_use.c.grant_number == number)
    every = union_all(tenders, uses).subquery()
    return connection.execute(
        select(every.c.amount, ticket.c.uuid, ticket.c.lane, ticket.c.member, ticket.c.committed)
        .join(ticket, ticket.c.uuid == every.c.ticket)
        .order_by(ticket.c.committed, ticket.c.uuid, every.c.number)
    ).all()
