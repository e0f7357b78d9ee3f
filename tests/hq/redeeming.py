"""Tickets that redeem and refunds that give back, as tills would have stated them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Engine, delete

from hq import inbound, points, publication
from hq.redemption import accounts, answers, stored_value
from hq.redemption.accounts import PURSES
from replication.apply import Arrival
from replication.decision import Claim
from replication.streams import CHAIN_FEED
from schemas.domain.redemption import RedeemedKind
from schemas.domain.suspension import BasketSuspended
from schemas.domain.ticket import Original, OriginalTender, Returned, TenderLine, Ticket
from schemas.domain.till import BasketCancelled
from schemas.tables.kinds import TABLES
from schemas.wire import entries
from schemas.wire.entries import Fact
from schemas.wire.entry import Entry
from schemas.wire.records import Member
from schemas.wire.redemption import Redeeming, Reserved, body_of, read_reserved
from tests.hq.conftest import NOON
from tests.hq.day_builder import BranchDay, line

ANN = "9001"
LANE = "N001.01"


def redeemed(
    day: BranchDay, *tenders: TenderLine, lane: int = 0, member: str | None = ANN
) -> Ticket:
    """A sale that these tenders pay."""
    total = sum(one.amount for one in tenders)
    return day.sell(lane, line("1", total), tenders=tenders, member=member)


def stored(amount: int, grant: str | None = None) -> TenderLine:
    return TenderLine("stored_value", amount, grant=grant)


def in_points(amount: int, cost: int, grant: str | None = None) -> TenderLine:
    return TenderLine("points", amount, points=cost, grant=grant)


def refund_of(day: BranchDay, sale: Ticket, amount: int, number: int = 1) -> Ticket:
    """A return that gives so much of a tender of a sale back, later and at another lane."""
    source = Original(sale.branch, sale.receipt, sale.uuid, 1)
    back = replace(
        line("1", -amount, quantity=1000), quantity=-1000, list_price=amount,
        returned=Returned(checked=True, original=source),
    )  # fmt: skip
    kind = sale.tenders[number - 1].kind
    tender = TenderLine(kind, -amount, original_tender=OriginalTender(sale.uuid, number))
    return day.sell(1, back, hour=13, minute=len(day.tickets), tenders=(tender,))


def arrive(engine: Engine, *facts: Ticket | BasketCancelled | BasketSuspended) -> None:
    """Bring what lanes stated, as the link does, in one transaction."""
    arrivals = [Arrival(_entry(one), one.lane, one.branch) for one in facts]
    with engine.begin() as connection:
        inbound.project(connection, arrivals)


def _entry(fact: Fact) -> Entry:
    kind, version = entries.kind_of(fact)
    body = entries.encode(fact)
    return Entry("journal:N001", "E1", 1, kind, version, "", b"", body, b"")


def empty(engine: Engine) -> None:
    """Let headquarters hold nothing, which costs less than a database of its own."""
    with engine.begin() as connection:
        for table in TABLES["hq"]:
            connection.execute(delete(table))


def member(engine: Engine, *numbers: str, merged: str = "") -> None:
    """Let headquarters know members."""
    with engine.begin() as connection:
        for number in numbers:
            body = Member(member=number, tier="", sealed="", merged=merged)
            publication.publish(connection, {CHAIN_FEED: [body]})


def load(engine: Engine, amount: int, whose: str = ANN) -> None:
    with engine.begin() as connection:
        stored_value.adjust(connection, whose, amount, "ADMIN", "opening", NOON)


def earn(engine: Engine, number: int, whose: str = ANN) -> None:
    with engine.begin() as connection:
        points.adjust(connection, whose, number, "ADMIN", "opening", NOON)


def held(engine: Engine, kind: str = "stored_value", whose: str = ANN) -> int:
    with engine.connect() as connection:
        family = accounts.family(connection, whose)
        return accounts.balance(connection, PURSES[kind], family)


def ask(
    engine: Engine, ticket: str, amount: int, kind: RedeemedKind = "stored_value",
    account: str = ANN, at: datetime = NOON, lane: str = LANE, member: str = ANN,
) -> Reserved:  # fmt: skip
    """Ask to redeem, as a lane does."""
    body = body_of(Redeeming(ticket, kind, account, amount, member))
    with engine.begin() as connection:
        decided = answers.redeem(connection, Claim(str(uuid4()), lane, body, at))
    return read_reserved(decided.body)
