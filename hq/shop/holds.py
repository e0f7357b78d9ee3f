"""What is kept back of the goods of a branch: by reservations until they lapse, by orders until they end.

    keep back   lock the items' rows ─ read what is on hand and kept back ─ refuse, or write the holds
    let go      lock the items' rows ─ delete the holds

    available = on hand − kept back − the shop's buffer

The rows are locked in one order everywhere, so that two who want the same goods wait for one another and
never in a ring. Quantities are thousandths of base units.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from hq.shop.cursor import this_transaction
from schemas.tables.shop import shop_hold, shop_item
from schemas.tables.stock import stock_on_hand


def counts(now: datetime) -> ColumnElement[bool]:
    """Whether a hold keeps anything back."""
    return or_(shop_hold.c.until.is_(None), shop_hold.c.until > now)


def kept_back(connection: Connection, now: datetime) -> Iterator[tuple[str, str, int]]:
    """Branch, item and what is kept back of it: the *committed* of rule 27, of the whole chain."""
    total = cast(func.sum(shop_hold.c.quantity), BigInteger)
    query = select(shop_hold.c.branch, shop_hold.c.item, total).where(counts(now))
    for row in connection.execute(query.group_by(shop_hold.c.branch, shop_hold.c.item)):
        yield row[0], row[1], row[2]


def committed_by_item(
    connection: Connection, branch: str, now: datetime, items: Collection[str]
) -> dict[str, int]:
    """The same of these items of a branch; of one that nothing is kept back of, nothing."""
    total = cast(func.sum(shop_hold.c.quantity), BigInteger)
    query = (
        select(shop_hold.c.item, total)
        .where(shop_hold.c.branch == branch, counts(now), shop_hold.c.item.in_(sorted(items)))
        .group_by(shop_hold.c.item)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def lock(connection: Connection, branch: str, items: Collection[str]) -> None:
    """Hold the items' rows until the transaction ends, and let their availability be told anew."""
    statement = postgresql.insert(shop_item)
    rows = [{"branch": branch, "item": item} for item in sorted(items)]
    for row in rows:
        # One at a time: a statement of many rows locks them in an order of its own.
        connection.execute(
            statement.values(**row, changed=this_transaction()).on_conflict_do_update(
                index_elements=["branch", "item"], set_={"changed": this_transaction()}
            )
        )


def left(
    connection: Connection, branch: str, items: Collection[str], buffer: int, now: datetime
) -> dict[str, int]:
    """What a shop may still have of items whose rows are locked, never below nought."""
    held = stock_on_hand.c
    query = select(held.item, held.quantity).where(
        held.branch == branch, held.item.in_(sorted(items))
    )
    on_hand = {row.item: row.quantity for row in connection.execute(query)}
    kept = committed_by_item(connection, branch, now, items)
    return {item: max(0, on_hand.get(item, 0) - kept.get(item, 0) - buffer) for item in items}


def keep(
    connection: Connection, holder: str, branch: str, quantities: Mapping[str, int],
    until: datetime | None,
) -> None:  # fmt: skip
    """Keep so much back of items whose rows are locked."""
    rows = [
        {"holder": holder, "item": item, "branch": branch, "quantity": quantity, "until": until}
        for item, quantity in sorted(quantities.items())
        if quantity > 0
    ]
    if rows:
        connection.execute(insert(shop_hold), rows)


def let_go(connection: Connection, holder: str) -> None:
    """Keep nothing back for a holder any more."""
    of_holder = shop_hold.c.holder == holder
    query = select(shop_hold.c.branch, shop_hold.c.item).where(of_holder)
    by_branch: dict[str, set[str]] = {}
    for branch, item in connection.execute(query):
        by_branch.setdefault(branch, set()).add(item)
    for branch, items in sorted(by_branch.items()):
        lock(connection, branch, items)
    connection.execute(delete(shop_hold).where(of_holder))


def replace(
    connection: Connection, holder: str, branch: str, quantities: Mapping[str, int]
) -> None:
    """Keep so much back for an order in place of what was; never refused: the goods lie in its crate."""
    query = select(shop_hold.c.item).where(shop_hold.c.holder == holder)
    before = set(connection.execute(query).scalars())
    lock(connection, branch, before | set(quantities))
    connection.execute(delete(shop_hold).where(shop_hold.c.holder == holder))
    keep(connection, holder, branch, quantities, None)


def hand_on(connection: Connection, holder: str, to: str) -> int:
    """Let what is kept back for a reservation be kept back for its order, without an end; of how many items."""
    return connection.execute(
        update(shop_hold).where(shop_hold.c.holder == holder).values(holder=to, until=None)
    ).rowcount


def lapsed(connection: Connection, now: datetime, limit: int = 200) -> list[str]:
    """Holders whose holds lapsed and were not let go yet, so that shops were not told; some at a time."""
    query = (
        select(shop_hold.c.holder)
        .where(shop_hold.c.until <= now)
        .group_by(shop_hold.c.holder)
        .order_by(func.min(shop_hold.c.until), shop_hold.c.holder)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())
