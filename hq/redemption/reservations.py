"""Reservations: what headquarters keeps for a ticket that has asked and is not here yet (rule 18).

    asked for a ticket                         is reserved for it
    no more than is available                  what was asked for; of points, what that costs
    more                                       what is available
    when nothing is available                  nothing, and why
    again, the same kind and account           that, in place of what was reserved before
    that is here, or whose basket was ended    refused: it has said what it used

    a reservation is open until         then its account
    its ticket arrives                  was charged what the ticket used, whatever was reserved
    its basket's end arrives            has it again
    its basket is set aside             has it again: it goes on as another, which asks anew
    it lapses                           has it again; the ticket counts all the same when it comes

Available is the balance less what is open for other tickets. No ticket has to close a reservation: it is
open or not by what is held here, so tickets may arrive in any order and as often as they like.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, select

from hq.redemption import accounts
from hq.redemption.accounts import POINTS, PURSES, Purse
from hq.redemption.terms import Terms, terms
from replication.decision import Claim
from schemas.domain.redemption import RedeemedKind
from schemas.domain.suspension import BasketSuspended
from schemas.tables.base import upsert
from schemas.tables.days import cancelled_basket
from schemas.tables.redemption import reservation
from schemas.tables.tickets import ticket
from schemas.wire.redemption import Redeeming, Reserved, WhyNot

#: How long a reservation that is open no longer may still be looked up.
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is kept for a ticket: money, of points also how many; of a coupon neither."""

    ticket: str
    kind: RedeemedKind
    account: str
    lane: str
    branch: str
    amount: int
    points: int
    at: datetime
    lapses: datetime


def is_open(now: datetime) -> ColumnElement[bool]:
    """Whether a reservation keeps anything."""
    row = reservation.c
    arrived = select(ticket.c.uuid).where(ticket.c.uuid == row.ticket)
    ended = select(cancelled_basket.c.uuid).where(cancelled_basket.c.uuid == row.ticket)
    return and_(row.lapses > now, ~arrived.exists(), ~ended.exists())


def still_open(
    connection: Connection,
    now: datetime,
    *,
    of_accounts: Iterable[str] | None = None,
    branches: Sequence[str] = (),
    limit: int | None = None,
) -> list[Reservation]:
    """The open ones, the oldest first; of these accounts and branches, where any are named."""
    row = reservation.c
    query = select(reservation).where(is_open(now)).order_by(row.at, row.ticket, row.account)
    if of_accounts is not None:
        query = query.where(row.account.in_(sorted(of_accounts)))
    if branches:
        query = query.where(row.branch.in_(branches))
    found = connection.execute(query.limit(limit))
    return [
        Reservation(
            one.ticket, one.kind, one.account, one.lane, one.branch, one.amount, one.points,
            one.at, one.lapses,
        )
        for one in found
    ]  # fmt: skip


def available(
    connection: Connection, purse: Purse, family: Sequence[str], now: datetime, ticket_: str = ""
) -> int:
    """The balance of a family less what is open for tickets other than this; it may be below nought."""
    row = reservation.c
    kept = func.coalesce(func.sum(row.points if purse is POINTS else row.amount), 0)
    query = select(kept).where(
        row.kind == purse.kind, row.account.in_(family), row.ticket != ticket_, is_open(now)
    )
    return accounts.balance(connection, purse, family) - int(connection.execute(query).scalar_one())


def check(connection: Connection, asked: Claim, wanted: Redeeming) -> None:
    """Check that a lane may reserve for this ticket. Raises ValueError."""
    if "." not in asked.asked_by:
        raise ValueError(f"{asked.asked_by} is no lane: a ticket is redeemed for at one")
    if not wanted.ticket or not wanted.account or wanted.amount < 0:
        raise ValueError("name the ticket, the account, and an amount of nought or more")
    for table in (ticket, cancelled_basket):
        held = select(table.c.uuid).where(table.c.uuid == wanted.ticket)
        if connection.execute(held).first() is not None:
            raise ValueError(f"ticket {wanted.ticket} has ended: it redeems nothing more")
    branches = select(reservation.c.branch).where(reservation.c.ticket == wanted.ticket)
    if set(connection.execute(branches).scalars()) - {_branch_of(asked)}:
        raise ValueError(f"ticket {wanted.ticket} is of another branch")


def reserve_money(connection: Connection, asked: Claim, wanted: Redeeming) -> Reserved:
    """Reserve points or stored value, as far as there are any."""
    purse, held = PURSES[wanted.kind], terms(connection)
    if purse is POINTS and held.rate is None:
        return Reserved("not_offered")
    if not accounts.is_member(connection, wanted.account):
        return Reserved("unknown_member")
    stays = accounts.stays(connection, wanted.account)
    accounts.hold(connection, "account", [accounts.key_of(purse.kind, stays)])
    family = accounts.family(connection, stays)
    left = available(connection, purse, family, asked.at, wanted.ticket)
    worth = max(0, left) if held.rate is None or purse is not POINTS else held.rate.worth(left)
    amount = min(wanted.amount, worth)
    points = held.rate.cost(amount) if purse is POINTS and held.rate is not None else 0
    free(connection, wanted, family)
    if amount:
        keep(connection, asked, wanted, held, amount, points)
    why: WhyNot = "" if worth else "nothing_available"
    return Reserved(why, amount, points, "", worth)


def free(connection: Connection, wanted: Redeeming, of_accounts: Iterable[str]) -> None:
    """Forget what was reserved for a ticket on these accounts: it is asked for anew."""
    row = reservation.c
    connection.execute(
        delete(reservation).where(
            row.ticket == wanted.ticket, row.kind == wanted.kind, row.account.in_(of_accounts)
        )
    )


def keep(
    connection: Connection, asked: Claim, wanted: Redeeming, held: Terms, amount: int, points: int
) -> None:
    """Keep so much for a ticket."""
    row = {
        "ticket": wanted.ticket, "kind": wanted.kind, "account": wanted.account,
        "lane": asked.asked_by, "branch": _branch_of(asked), "amount": amount, "points": points,
        "at": asked.at, "lapses": asked.at + held.kept,
    }  # fmt: skip
    upsert(connection, reservation, [row])


def set_aside(connection: Connection, baskets: Sequence[BasketSuspended]) -> None:
    """Free what was reserved for baskets that go on under another uuid, if ever."""
    uuids = [one.basket for one in baskets]
    if uuids:
        connection.execute(delete(reservation).where(reservation.c.ticket.in_(uuids)))


def forgetting(engine: Engine, now: datetime) -> int:
    """The nightly task: forget reservations that have not been open for long."""
    old = now - _KEPT
    with engine.begin() as connection:
        gone = delete(reservation).where(reservation.c.at < old, ~is_open(now))
        return connection.execute(gone).rowcount


def _branch_of(asked: Claim) -> str:
    return asked.asked_by.rpartition(".")[0]
