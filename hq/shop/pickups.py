"""What branches stated of pick-up orders, taken into headquarters' own rows.

    a branch stated      the order here               what is kept back
    picked, ready        has that state               what was picked, substitutes with it
    handed_over          has ended                    nothing, as soon as the receipt is here that moved the stock
    given_back           has ended                    nothing
    a step of an order   unknown here: the step is    nothing
                         kept, and counts when it is

A branch speaks of its own orders alone (invariant 11): a step of another's changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from hq.shop import holds, orders
from schemas.domain.pickup import ENDS, PickupStepped, Settled, settle
from schemas.tables import pickup_store
from schemas.tables.shop import shop_hold, shop_order
from schemas.tables.ticket_lookup import find_ticket
from schemas.wire.inquiries import ReceiptNumber

#: A receipt that was named and never came is waited for so long: then its goods are kept back no more.
_LONGEST_WAIT = timedelta(days=3)


def take(connection: Connection, facts: Iterable[PickupStepped]) -> None:
    """Take steps in that were just written."""
    named = sorted({one.order for one in facts})
    if named:
        read_again(connection, named)


def read_again(connection: Connection, named: Collection[str]) -> None:
    """Let orders be what their branches stated of them."""
    query = select(shop_order).where(shop_order.c.order.in_(named)).order_by(shop_order.c.order)
    rows = connection.execute(query.with_for_update()).all()
    stated = pickup_store.steps(connection, [row.order for row in rows])
    for row in rows:
        own = [one for one in stated.get(row.order, []) if one.branch == row.branch]
        _settle(connection, row, settle(own))


def receipts_here(connection: Connection, now: datetime) -> list[str]:
    """Orders that were handed over on receipts that are here by now, or that came too late, and still keep
    goods back.
    """
    query = (
        select(shop_order.c.order, shop_order.c.ended)
        .where(shop_order.c.state == "handed_over")
        .where(shop_order.c.order.in_(select(shop_hold.c.holder)))
        .order_by(shop_order.c.order)
    )
    waiting = connection.execute(query).all()
    stated = pickup_store.steps(connection, [row.order for row in waiting])
    return [
        row.order
        for row in waiting
        if row.ended < now - _LONGEST_WAIT
        or _is_here(connection, settle(stated.get(row.order, [])).last)
    ]


def _settle(connection: Connection, row: Row[Any], found: Settled) -> None:
    if found.state != "to_pick" and (found.state not in ENDS or found.state != row.state):
        _keep_back(connection, row, found)
    ended = found.last.at if found.state in ENDS and found.last is not None else None
    orders.move(connection, row.order, state=found.state, ended=ended)


def _keep_back(connection: Connection, row: Row[Any], found: Settled) -> None:
    """Let as much be kept back as the order holds now."""
    if found.state == "handed_over" and not _is_here(connection, found.last):
        return
    wanted: Counter[str] = Counter()
    if found.state not in ENDS:
        for line in found.lines:
            wanted[line.item] += line.quantity
    holds.replace(connection, row.order, row.branch, wanted)


def _is_here(connection: Connection, last: PickupStepped | None) -> bool:
    """Whether headquarters holds the receipt that an order was handed over on."""
    if last is None:
        return False
    receipt = ReceiptNumber(last.receipt_lane, last.receipt_counter)
    return find_ticket(connection, last.ticket or receipt) is not None
