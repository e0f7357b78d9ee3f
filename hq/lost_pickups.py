"""A pick-up order that headquarters lost with its database, taken back from the branch that was told of it.

    here       was told             what is done, in the caller's transaction
    unknown    the order, whole     it is written as accepted, or as withdrawn, published again, and what its
                                    branch stated of it counts; its goods are kept back, whether they are there
    known      its withdrawal       it is withdrawn
    otherwise                       refused: LostPickupError names the way out

The customer's code was lost with the database: the branch holds what it is held against, and the shop has told
the customer. A shop that repeats its order under the same key is answered with this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from hq import publication
from hq.refusal import RefusalError
from hq.shop import holds, orders, pickups
from hq.shop.cursor import this_transaction
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import branch_feed
from schemas.tables.shop import shop_line, shop_order
from schemas.wire.pickup import PickupLine, PickupOrder

_NO_HEADER = msgid("Of pick-up order %(order)s only lines were told, and no header: dismiss them.")
_INCOMPLETE = msgid(
    "Of the %(all)s lines of %(order)s the branch told %(some)s: dismiss it; the shop orders anew."
)
_OTHER = msgid("%(order)s is another order here by now: dismiss this.")
_WITHDRAWN = msgid("It had been withdrawn before the database was put back.")


class LostPickupError(RefusalError):
    """A pick-up order that cannot be taken back as it was told."""


def take_back(
    connection: Connection, feed: str, order: str, header: PickupOrder | None,
    told: Sequence[PickupLine], actor: User, at: datetime,
) -> int:  # fmt: skip
    """Publish it again, and answer the header's number. Raises LostPickupError."""
    if header is None:
        raise LostPickupError(_NO_HEADER, order=order)
    query = select(shop_order.c.number, shop_order.c.withdrawn).where(shop_order.c.order == order)
    here = connection.execute(query).one_or_none()
    if here is None:
        return _write(connection, feed, header, told, actor, at)
    if not header.withdrawn or told:
        raise LostPickupError(_OTHER, order=order)
    orders.cancel(connection, order, header.withdrawn, actor.operator, _WITHDRAWN, at)
    return int(connection.execute(query).one().number)


def _write(
    connection: Connection, feed: str, header: PickupOrder, told: Sequence[PickupLine],
    actor: User, at: datetime,
) -> int:  # fmt: skip
    if len(told) != header.rows:
        raise LostPickupError(_INCOMPLETE, all=header.rows, order=header.order, some=len(told))
    row = shop_order.c
    same = select(row.order).where(row.client == header.client, row.client_key == header.client_key)
    if connection.execute(same).first() is not None:
        raise LostPickupError(_OTHER, order=header.order)
    branch = feed.removeprefix(branch_feed(""))
    lines = sorted(told, key=lambda one: one.number)
    gone = {"withdrawn_at": at, "withdrawn_by": actor.operator, "reason": _WITHDRAWN}
    number = publication.publish(connection, {feed: [*lines, header]})
    connection.execute(
        insert(shop_order).values(
            **header.model_dump(exclude={"rows"}), branch=branch, code="", state="to_pick",
            asked=orders.terms_of(header), number=number, changed=this_transaction(),
            **(gone if header.withdrawn else {"withdrawn_by": "", "reason": ""}),
        )
    )  # fmt: skip
    connection.execute(insert(shop_line), [line.model_dump() for line in lines])
    wanted: dict[str, int] = {}
    for line in lines:
        wanted[line.item] = wanted.get(line.item, 0) + line.quantity
    holds.replace(connection, header.order, branch, wanted)
    pickups.read_again(connection, [header.order])
    return number
