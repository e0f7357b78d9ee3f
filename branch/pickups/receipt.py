"""The receipt on which a pick-up order is handed over: found by what is printed on it, held against the order.

    what does not fit                                       what it means
    the branch holds no such receipt                        its lane has not sent it: the stock moves when it does
    an item of the order is on it with less than picked     something else was sold, or forgotten
    another order was handed over on it                     the receipt of somebody else was named
    paid online, and no voucher of the order's number       the till took the money a second time, or none

None of it stops the customer: with a reason the goods are handed over, and the reason stands in the journal.
What was paid online the till takes as a voucher (代金券) whose number is the order's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, cast, func, select

from branch.pickups.orders import Order, PickupError
from branch.wording import Wording
from replication.console.languages import msgid
from schemas.domain.ticket import Ticket
from schemas.tables.pickup_store import pickup_step
from schemas.tables.stock import stock_move
from schemas.tables.ticket_lookup import find_ticket
from schemas.wire.inquiries import ReceiptNumber

_PRINTED = re.compile(r"(?P<lane>[A-Za-z0-9_-]{1,20}\.[A-Za-z0-9_-]{1,20})-(?P<counter>[0-9]{1,9})")

_NO_RECEIPT = msgid("“%(receipt)s” is no receipt number: write it as it is printed, N001.01-000017")
_FOREIGN = msgid("Receipt %(receipt)s is not of this branch")
_ABSENT = msgid("Receipt %(receipt)s has not come here from its lane")
_LESS = msgid("Receipt %(receipt)s has less of %(item)s than was picked")
_USED = msgid("Receipt %(receipt)s is that of order %(order)s already")
_NO_VOUCHER = msgid("Receipt %(receipt)s has no voucher %(order)s, and the order was paid online")


@dataclass(frozen=True, slots=True)
class Named:
    """A receipt that was named: where it is from, its uuid if it is here, and what does not fit the order."""

    number: ReceiptNumber
    ticket: str
    misfits: tuple[Wording, ...]


def named(connection: Connection, branch: str, order: Order, typed: str) -> Named:
    """Look at the receipt that somebody names. Raises PickupError."""
    found = _PRINTED.fullmatch(typed.strip())
    if found is None:
        raise PickupError(_NO_RECEIPT, receipt=typed[:40])
    number = ReceiptNumber(found["lane"], int(found["counter"]))
    if number.branch != branch:
        raise PickupError(_FOREIGN, receipt=str(number))
    held = find_ticket(connection, number)
    if held is None:
        return Named(number, "", (Wording(_ABSENT, {"receipt": str(number)}),))
    return Named(number, held.ticket.uuid, tuple(_misfits(connection, held.ticket, order)))


def _misfits(connection: Connection, ticket: Ticket, order: Order) -> Iterator[Wording]:
    receipt = ticket.receipt
    used = select(pickup_step.c.order).where(
        pickup_step.c.ticket == ticket.uuid, pickup_step.c.order != order.order
    )
    for other in connection.execute(used.order_by(pickup_step.c.order)).scalars():
        yield Wording(_USED, {"receipt": receipt, "order": other})
    wanted: Counter[str] = Counter()
    for one in order.settled.lines:
        wanted[one.item] += one.quantity
    names = {one.item: one.name for one in order.settled.lines}
    moved = _moved(connection, ticket.uuid)
    for item, quantity in sorted(wanted.items()):
        if moved.get(item, 0) < quantity:
            yield Wording(_LESS, {"receipt": receipt, "item": names[item]})
    vouchers = {one.reference for one in ticket.tenders if one.kind == "voucher"}
    if order.payment == "online" and order.order not in vouchers:
        yield Wording(_NO_VOUCHER, {"receipt": receipt, "order": order.order})


def _moved(connection: Connection, ticket: str) -> dict[str, int]:
    """What a receipt took out of the stock, in base units: packs count by what is in them (rule 10)."""
    total = cast(func.sum(-stock_move.c.quantity), BigInteger)
    query = select(stock_move.c.item, total).where(stock_move.c.reference == ticket)
    return {row[0]: row[1] for row in connection.execute(query.group_by(stock_move.c.item))}
