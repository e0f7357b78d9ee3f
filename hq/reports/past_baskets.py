"""Past tickets as baskets that can be priced again: the newest of some branches and days, so many at most.

Headquarters keeps when a ticket was committed, not when it was begun: that is its instant here. A
member's tier and birthday are those that they have now, and goods cost what they are bought for now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from hq import members, purchase_prices
from hq.promotion_replay import PastBasket
from hq.reports.branches import KnownBranch
from hq.reports.in_range import in_range
from schemas.domain.ticket import Discount, SaleLine
from schemas.tables.catalogue import category
from schemas.tables.tickets import IS_RECEIPT, ticket, ticket_line

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Extent:
    """How many tickets there are, and how many of them the newest are that are looked at."""

    tickets: int
    looked_at: int


def extent(
    connection: Connection, branches: Sequence[KnownBranch], first: date, last: date, most: int
) -> Extent:
    """How far the baskets of these branches and business dates reach."""
    query = select(func.count()).where(in_range(branches, first, last), IS_RECEIPT)
    count = connection.execute(query).scalar_one()
    return Extent(count, min(count, most))


def past_baskets(
    connection: Connection, branches: Sequence[KnownBranch], first: date, last: date, most: int,
    member_key: str, *, costed: bool,
) -> Iterator[PastBasket]:  # fmt: skip
    """The baskets, the newest first; read bit by bit while they are taken. `member_key` opens what
    members have sealed; `costed` where purchase prices are in the currency of these branches.
    """
    head = ticket.c
    query = (
        select(head.uuid, head.branch, head.committed, head.member)
        .where(in_range(branches, first, last), IS_RECEIPT)
        .order_by(head.committed.desc(), head.uuid.desc())
        .limit(most)
    )
    heads = connection.execute(query).all()
    for start in range(0, len(heads), _AT_ONCE):
        rows = heads[start : start + _AT_ONCE]
        lines = _lines(connection, [row.uuid for row in rows])
        known = _members(connection, {row.member for row in rows if row.member}, member_key)
        sold = {line.item for of_one in lines.values() for line in of_one} if costed else set()
        costs = purchase_prices.costs(connection, sold)
        for row in rows:
            tier, birthday = known.get(row.member, ("", None))
            these = tuple(lines.get(row.uuid, ()))
            yield PastBasket(
                row.branch, row.committed, these, row.member, tier, birthday,
                purchase_prices.known(costs, these),
            )  # fmt: skip


def category_parents(connection: Connection) -> Mapping[str, str]:
    """The category above each category, empty at the top."""
    query = select(category.c.category, category.c.parent)
    return {row.category: row.parent for row in connection.execute(query)}


def _lines(connection: Connection, uuids: Sequence[str]) -> dict[str, list[SaleLine]]:
    found: dict[str, list[SaleLine]] = {}
    query = select(ticket_line).where(ticket_line.c.ticket.in_(uuids))
    for row in connection.execute(query):
        found.setdefault(row.ticket, []).append(_line(row))
    return found


def _line(row: Row[Any]) -> SaleLine:
    return SaleLine(
        number=row.number, item=row.item, name=row.name, unit=row.unit, quantity=row.quantity,
        list_price=row.list_price, amount=row.amount, category=row.category, tax=row.tax,
        discounts=tuple(Discount(**one) for one in row.discounts),
        unknown_item=row.unknown_item, voided=row.voided,
    )  # fmt: skip


def _members(
    connection: Connection, numbers: set[str], key: str
) -> dict[str | None, tuple[str, date | None]]:
    """The tier and the birthday of members."""
    found: dict[str | None, tuple[str, date | None]] = {}
    if numbers:
        for one in members.numbered(connection, numbers):
            born = members.opened(key, one).birthday
            found[one.member] = one.tier, date.fromisoformat(born) if born else None
    return found
