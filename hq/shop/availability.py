"""What a shop may sell: of each branch and item what is on hand, less what is kept back, less its buffer.

    asked                    answered
    without a cursor         everything by branch and item, page by page, and a cursor
    with one                 what changed since by when it did, page by page, and the next cursor

All pages of one answer belong to the first page's cursor, which is what to ask with the next time: a change
between two pages is told again by it. A change may be told twice, and none is left out: what changes once more
while a shop pages moves behind all that was told. A reservation that lapsed counts no more at once, and is told
as a change within seconds.

A page reads from an index as many places as it tells, and no more: what a shop asks in a minute may not grow
with the chain.

Figures are as old as their branch: `hq.reports.stock.positions` says when it was last heard of, how much it
then had not sent, and what waits here in quarantine (invariant 8).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    Table,
    Text,
    and_,
    cast,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from hq.among import among
from hq.shop import cursor
from hq.shop.clients import Client
from hq.shop.holds import counts
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import item as item_table
from schemas.tables.shop import shop_hold, shop_item
from schemas.tables.stock import stock_on_hand

#: A transaction, a branch and an item, by which changes are told; without a cursor the transaction is nought.
Place = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class AvailabilityQuery:
    """What is asked: `after` is the place last seen, `changed` the transaction of a cursor."""

    branches: Sequence[str]
    items: Sequence[str] = ()
    changed: int | None = None
    after: Place | None = None
    limit: int = 500


@dataclass(frozen=True, slots=True)
class Available:
    """An item of a branch, in thousandths of `unit`: nothing of it is below nought but what is on hand."""

    branch: str
    item: str
    unit: str
    on_hand: int
    committed: int
    available: int


@dataclass(frozen=True, slots=True)
class AvailablePage:
    """A page, at most as long as was asked; `last` is the place behind which the next begins, None at the end."""

    rows: tuple[Available, ...]
    last: Place | None


def available(
    connection: Connection, client: Client, query: AvailabilityQuery, now: datetime
) -> AvailablePage:
    """A page of what fits; call it in one snapshot."""
    places = [_place(row) for row in connection.execute(_places(query))]
    page = places[: query.limit]
    # One that changed in both ways stands twice among the places, and once in the answer.
    wanted = list(dict.fromkeys((branch, item) for _, branch, item in page))
    told = _figures(connection, client, wanted, now)
    return AvailablePage(
        tuple(told[one] for one in wanted if one in told),
        page[-1] if len(places) > query.limit else None,
    )


def since(connection: Connection, client: Client, written: str | None) -> int | None:
    """The transaction that a cursor names. Raises CursorError."""
    return None if written is None else cursor.read(connection, client, written)


def _place(row: Any) -> Place:  # noqa: ANN401 - of either query
    return row.changed, row.branch, row.item


def _places(query: AvailabilityQuery) -> Any:  # noqa: ANN401 - a select, or a union of two
    """One more than a page of places, in the order of an index."""
    if query.changed is None:
        held = stock_on_hand.c
        statement = select(literal(0).label("changed"), held.branch, held.item)
        if query.after is not None:
            statement = statement.where(tuple_(held.branch, held.item) > query.after[1:])
        statement = _narrowed(statement, stock_on_hand, query).order_by(held.branch, held.item)
        return statement.limit(query.limit + 1)
    moved = union_all(
        *(_moved(table, query).subquery().select() for table in (stock_on_hand, shop_item))
    ).subquery()
    ordered = select(moved).order_by(moved.c.changed, moved.c.branch, moved.c.item)
    return ordered.limit(query.limit + 1)


def _moved(table: Table, query: AvailabilityQuery) -> Select[int, str, str]:
    row = table.c
    statement = select(row.changed, row.branch, row.item).where(row.changed >= query.changed)
    if query.after is not None:
        statement = statement.where(tuple_(row.changed, row.branch, row.item) > query.after)
    ordered = _narrowed(statement, table, query).order_by(row.changed, row.branch, row.item)
    return ordered.limit(query.limit + 1)


def _narrowed(
    statement: Select[int, str, str], table: Table, query: AvailabilityQuery
) -> Select[int, str, str]:
    found = statement.where(among(table.c.branch, query.branches))
    return found.where(among(table.c.item, query.items)) if query.items else found


def _figures(
    connection: Connection, client: Client, wanted: Sequence[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], Available]:
    """What stands at these places, of goods that are stocked."""
    places = (
        func.unnest(
            literal([branch for branch, _ in wanted], ARRAY(Text)),
            literal([code for _, code in wanted], ARRAY(Text)),
        )
        .table_valued("branch", "item")
        .render_derived()
    )
    held, kept = stock_on_hand.c, shop_hold.c
    here = and_(held.branch == places.c.branch, held.item == places.c.item)
    stocked = connection.execute(
        select(held.branch, held.item, held.quantity).select_from(places).join(stock_on_hand, here)
    )
    there = and_(kept.branch == places.c.branch, kept.item == places.c.item, counts(now))
    sums = connection.execute(
        select(kept.branch, kept.item, cast(func.sum(kept.quantity), BigInteger))
        .select_from(places)
        .join(shop_hold, there)
        .group_by(kept.branch, kept.item)
    )
    back = {(branch, code): quantity for branch, code, quantity in sums}
    units = _units(connection, {code for _, code in wanted})
    return {
        (branch, code): Available(
            branch, code, units[code], quantity, back.get((branch, code), 0),
            max(0, quantity - back.get((branch, code), 0) - client.buffer),
        )
        for branch, code, quantity in stocked
        if code in units
    }  # fmt: skip


def _units(connection: Connection, codes: Collection[str]) -> dict[str, str]:
    """The base units of those that are goods."""
    row = item_table.c
    query = select(row.item, row.unit).where(row.stream == CHAIN_FEED, row.stocked)
    found = connection.execute(query.where(among(row.key, codes)))
    return {one.item: one.unit for one in found}
