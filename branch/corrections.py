"""Corrections of tickets by the branch (rule 23): entries of its own, of the day that they put right.

    asked for          needs                                     is refused when
    post-void (冲销)    a reason, and a second person's authority   it was done, something came back, it gives
                                                                 goods back, or what was redeemed paid for it
    tender exchange    a reason                                  more is moved than was paid so
    either             a branch manager                          the day is closed, or a later day's cash is
                                                                 being corrected (see `cash_order`)

The locks: the day, the ticket, stock, own journal. Of two that correct one ticket, the later one sees what
the earlier one did.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal, select

from branch import audit, cash_order, own_journal, stock
from branch.day_state import DayError, lock_day
from branch.wording import Money, RefusalError
from replication.console.languages import msgid
from replication.streams import journal_of
from schemas.domain import correction as rules
from schemas.domain.correction import Act, Exchange, Obstacle, TicketCorrected
from schemas.domain.ticket import TenderKind, Ticket
from schemas.tables.corrections import HeldCorrection, of_ticket
from schemas.tables.journal import journal_entry
from schemas.tables.returns_store import given_back
from schemas.tables.ticket_lookup import find_ticket
from schemas.tables.tickets import ticket
from schemas.wire.canonical import instant
from schemas.wire.entries import decode
from schemas.wire.inquiries import read_key

_WHY_NOT: Mapping[Obstacle, str] = {
    "voided": msgid("Receipt %(receipt)s was post-voided before: it is as if it had not been"),
    "returned": msgid(
        "Something of receipt %(receipt)s came back already: return the rest of it at a till"
    ),
    "gives_back": msgid(
        "Receipt %(receipt)s takes goods back: sell them again at a till if that was wrong"
    ),
    "redeemed": msgid(
        "Receipt %(receipt)s was paid with points, stored value, a coupon or a voucher: take the "
        "goods back by a return at a till, which gives those back"
    ),
}


class CorrectionError(RefusalError):
    """A correction that cannot be made; the message names the receipt and the way out."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A ticket of this branch with what corrected it; `obstacle` is why it cannot be post-voided."""

    ticket: Ticket
    corrections: Sequence[HeldCorrection]
    obstacle: Obstacle | None

    @property
    def paid(self) -> Mapping[TenderKind, int]:
        """What it was paid with by kind, cash net of change, as its exchanges have it."""
        return rules.paid_by(self.ticket, self.corrections)

    @property
    def voided(self) -> bool:
        """Whether it was post-voided."""
        return any(one.kind == "post_void" for one in self.corrections)


def find(connection: Connection, branch: str, key: str) -> Receipt:
    """A receipt of this branch, by its number or its ticket's uuid. Raises CorrectionError."""
    try:
        held = find_ticket(connection, read_key(key.strip()))
    except ValueError:
        held = find_ticket(connection, key)
    if held is None or held.ticket.branch != branch:
        raise CorrectionError(
            msgid("No receipt %(receipt)s is held here: check the number"), receipt=key[:80]
        )
    return _receipt(connection, held.ticket)


def post_void(
    connection: Connection, branch: str, ticket_uuid: str, operator: str, authority: str,
    reason: str, now: datetime,
) -> TicketCorrected:  # fmt: skip
    """Take a whole sale back. Raises CorrectionError or DayError; nothing is written then."""
    held = _to_correct(connection, branch, ticket_uuid, reason)
    if held.obstacle is not None:
        raise CorrectionError(_WHY_NOT[held.obstacle], receipt=held.ticket.receipt)
    if not authority or authority == operator:
        raise CorrectionError(
            msgid("Receipt %(receipt)s is post-voided by two people: call another operator"),
            receipt=held.ticket.receipt,
        )
    act = Act(str(uuid.uuid4()), operator, authority, reason.strip(), now)
    fact = rules.post_void(held.ticket, held.corrections, act)
    return _state(connection, fact, now)


def exchange(
    connection: Connection, branch: str, ticket_uuid: str, moved: Exchange, operator: str,
    reason: str, now: datetime,
) -> TicketCorrected:  # fmt: skip
    """Say that a sale was paid otherwise than was keyed. Raises CorrectionError or DayError."""
    held = _to_correct(connection, branch, ticket_uuid, reason)
    if held.voided:
        raise CorrectionError(_WHY_NOT["voided"], receipt=held.ticket.receipt)
    act = Act(str(uuid.uuid4()), operator, operator, reason.strip(), now)
    try:
        fact = rules.tender_exchange(held.ticket, held.corrections, act, moved)
    except ValueError as error:
        raise CorrectionError(
            msgid(
                "Of receipt %(receipt)s %(most)s were paid so: choose another kind, and at most that"
            ),
            receipt=held.ticket.receipt,
            most=Money(held.paid.get(moved.was, 0)),
        ) from error
    return _state(connection, fact, now)


def _to_correct(connection: Connection, branch: str, ticket_uuid: str, reason: str) -> Receipt:
    """The receipt as its lane wrote it, held together with its day until this transaction ends."""
    found = find(connection, branch, ticket_uuid)
    business_date = found.ticket.business_date
    day = lock_day(connection, branch, business_date)
    if day.state == "closed":
        raise DayError(
            msgid("%(date)s is closed: re-open the day, then correct %(receipt)s"),
            date=business_date,
            receipt=found.ticket.receipt,
        )
    if not reason.strip():
        raise CorrectionError(
            msgid("Receipt %(receipt)s is corrected only with a reason: say why"),
            receipt=found.ticket.receipt,
        )
    connection.execute(
        select(ticket.c.uuid).where(ticket.c.uuid == found.ticket.uuid).with_for_update()
    )
    return _receipt(connection, _written(connection, branch, found.ticket))


def _state(connection: Connection, fact: TicketCorrected, now: datetime) -> TicketCorrected:
    if any(one.kind in ("cash", "foreign") for one in fact.tenders):
        cash_order.require(connection, fact.branch, fact.business_date)
    stock.book_corrections(connection, fact.branch, [fact], now)
    act = "ticket.post_voided" if fact.kind == "post_void" else "ticket.exchanged"
    audit.note(connection, now, fact.operator, act, fact.receipt, fact.reason)
    own_journal.state(connection, fact.branch, fact, now)
    return fact


def _receipt(connection: Connection, sale: Ticket) -> Receipt:
    corrections = of_ticket(connection, sale.uuid)
    given = given_back(connection, sale.uuid)
    return Receipt(sale, corrections, rules.obstacle(sale, given, corrections))


def _written(connection: Connection, branch: str, held: Ticket) -> Ticket:
    """The ticket as its lane wrote it: the tables leave out what a correction has to say again."""
    names_it = func.position(literal(held.uuid.encode()).op("IN")(journal_entry.c.body)) > 0
    row = connection.execute(
        select(journal_entry.c.kind, journal_entry.c.version, journal_entry.c.body)
        .where(
            journal_entry.c.stream == journal_of(branch),
            journal_entry.c.origin_stream == journal_of(held.lane),
            journal_entry.c.origin_committed == instant(held.committed),
            journal_entry.c.standing == "first",
            journal_entry.c.kind == "ticket",
            names_it,
        )
        .limit(1)
    ).one_or_none()
    fact = None if row is None else decode(row.kind, row.version, bytes(row.body))
    if not isinstance(fact, Ticket):
        raise CorrectionError(
            msgid(
                "The journal no longer holds receipt %(receipt)s: take its goods back by a return "
                "at a till"
            ),
            receipt=held.receipt,
        )
    return fact
