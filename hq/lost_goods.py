"""A goods document that headquarters lost with its database, taken back from the branch that was told of it.

    here       was told                    what is done, in the caller's transaction
    unknown    an order or send, whole     the document is written as sent, or as withdrawn, and published again
    sent       its withdrawal              it is withdrawn
    any        a transfer                  refused: it is relayed again when the sender's journal has come back
    otherwise                              refused: LostGoodsError names the way out

Who drafted it was lost with the audit: whoever accepts it answers for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from hq import publication
from hq.goods import document as goods
from hq.goods import lines
from hq.goods.lines import GoodsLine
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import branch_feed
from schemas.tables.goods import goods_document
from schemas.wire.delivery import Delivery, DeliveryLine

_NO_HEADER = msgid(
    "Of document %(document)s only lines were told, and no header: without one nothing is expected by"
    " it. Dismiss them."
)
_INCOMPLETE = msgid(
    "Of the %(all)s lines of %(document)s the branch told %(some)s: dismiss it and draft it anew."
)
_TRANSFER = msgid(
    "%(document)s is a transfer: it is told again as soon as the sender's journal has come back. If it"
    " was, dismiss this."
)
_OTHER = msgid(
    "%(document)s is another document here by now (%(state)s): draft a new one, then dismiss this."
)
_WITHDRAWN = msgid("It had been withdrawn before the database was put back.")


class LostGoodsError(RefusalError):
    """A goods document that cannot be taken back as it was told."""


def take_back(
    connection: Connection, feed: str, document: str, header: Delivery | None,
    told: Sequence[DeliveryLine], actor: User, at: datetime,
) -> int:  # fmt: skip
    """Publish it again, and answer the header's number. Raises LostGoodsError or GoodsError."""
    if header is None:
        raise LostGoodsError(_NO_HEADER, document=document)
    if header.direction == "transfer":
        raise LostGoodsError(_TRANSFER, document=document)
    state = connection.execute(
        select(goods_document.c.state).where(goods_document.c.document == document)
    ).scalar()
    if state is None:
        return _write(connection, feed, header, told, actor, at)
    if state != "sent" or not header.withdrawn or told:
        raise LostGoodsError(_OTHER, document=document, state=state)
    goods.withdraw(connection, document, actor, _WITHDRAWN, at)
    return goods.find(connection, document).number or 0


def _write(
    connection: Connection, feed: str, header: Delivery, told: Sequence[DeliveryLine], actor: User,
    at: datetime,
) -> int:  # fmt: skip
    if len(told) != header.rows:
        raise LostGoodsError(_INCOMPLETE, all=header.rows, document=header.document, some=len(told))
    number = publication.publish(connection, {feed: [*told, header]})
    gone = {"withdrawn_by": actor.operator, "withdrawn": at, "reason": _WITHDRAWN}
    connection.execute(
        insert(goods_document).values(
            document=header.document, kind=header.direction,
            branch=feed.removeprefix(branch_feed("")), partner=header.partner,
            expected=header.expected, note=header.note,
            state="withdrawn" if header.withdrawn else "sent", drafted_by=actor.operator,
            drafted=at, sent_by=actor.operator, sent=at, number=number, row_count=header.rows,
            **(gone if header.withdrawn else {}),
        )
    )  # fmt: skip
    held = [
        GoodsLine(one.number, one.item, one.unit, one.factor, one.quantity, one.value)
        for one in sorted(told, key=lambda one: one.number)
    ]
    lines.write(connection, header.document, held)
    return number
