"""Accounts of members: whose they are, what they come to, and who may look at one while it changes.

    an account of                is                                     figures are
    points                       the sum of a family's points entries   points
    stored value                 the sum of its stored value entries    minor units of money
    nobody (an empty number)     of tickets that name no member         –

A family is the member who stays and all who were merged into them. Whoever decides by a balance holds
the account first: of two who redeem the same balance at once, one waits and sees what the other took.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Table, func, select, text

from hq import members
from schemas.tables.catalogue import member
from schemas.tables.headquarters import points_entry
from schemas.tables.redemption import stored_value_entry
from schemas.tables.tickets import ticket

#: What is held, in the order in which a transaction may hold it: accounts together with the sales whose
#: refunds are posted, sales whose coupons may come back, coupons, grants.
Room = Literal["account", "coupon sale", "coupon", "grant"]
# Numbers of our own choosing.
_ROOMS: Mapping[Room, int] = {
    "account": 8_470_018, "coupon sale": 8_470_019, "coupon": 8_470_020, "grant": 8_470_021,
}  # fmt: skip
_LOCKS = 1024

MoneyKind = Literal["points", "stored_value"]


@dataclass(frozen=True, slots=True)
class Purse:
    """A ledger that tenders redeem out of; `figure` names the column that is summed."""

    kind: MoneyKind
    table: Table
    figure: str
    more: Mapping[str, Any]

    @property
    def column(self) -> ColumnElement[int]:
        """The column that is summed."""
        return self.table.c[self.figure]

    def row(self, figure: int, **values: object) -> dict[str, Any]:
        """A row of the ledger."""
        empty = {"original": "", "branch": "", "reason": "", "operator": ""}
        return {**empty, **self.more, **values, self.figure: figure}


POINTS = Purse("points", points_entry, "points", {"lines": [], "sold": 0})
STORED_VALUE = Purse("stored_value", stored_value_entry, "amount", {})
PURSES: Mapping[str, Purse] = {one.kind: one for one in (POINTS, STORED_VALUE)}


def hold(connection: Connection, room: Room, keys: Iterable[str]) -> None:
    """Hold what these keys name until the transaction ends: all of a room at once, one room after the
    other in their order, so that no two transactions wait for each other.

    A room has so many locks, for a server has a fixed number of them and a backlog names thousands: keys
    that share one wait for each other, which costs time alone.
    """
    locks = sorted({zlib.crc32(key.encode()) % _LOCKS for key in keys})
    if locks:
        held = text(
            "SELECT pg_advisory_xact_lock(:room, one) FROM unnest(CAST(:locks AS int[])) one"
        )
        connection.execute(held, {"room": _ROOMS[room], "locks": locks})


def key_of(kind: str, stays: str) -> str:
    """What holds an account."""
    return f"{kind} {stays}"


def is_member(connection: Connection, number: str) -> bool:
    """Whether headquarters knows the member."""
    query = select(member.c.member).where(member.c.member == number)
    return connection.execute(query).first() is not None


def stays(connection: Connection, number: str) -> str:
    """The member for whom this number counts."""
    query = select(member.c.merged).where(member.c.member == number)
    return connection.execute(query).scalars().first() or number


def family(connection: Connection, number: str) -> list[str]:
    """All whose entries count for whom this number counts for."""
    return members.family(connection, stays(connection, number)) if number else [""]


def balance(connection: Connection, purse: Purse, of_family: Iterable[str]) -> int:
    """What a family's account comes to; it may be below nought."""
    query = select(func.coalesce(func.sum(purse.column), 0))
    return int(
        connection.execute(query.where(purse.table.c.member.in_(sorted(of_family)))).scalar_one()
    )


def newest(
    connection: Connection, purse: Purse, of_family: Iterable[str], limit: int
) -> Sequence[Row[Any]]:
    """The entries of a family's account, the youngest first, each with its ticket's lane and counter."""
    row = purse.table.c
    query = (
        select(purse.table, ticket.c.lane, ticket.c.counter)
        .outerjoin(ticket, ticket.c.uuid == row.source)
        .where(row.member.in_(sorted(of_family)))
        .order_by(row.at.desc(), row.source, row.rule, row.original)
        .limit(limit)
    )
    return connection.execute(query).all()
