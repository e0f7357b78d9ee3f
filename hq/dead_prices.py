"""Prices that can be in force no more leave the feeds: their rows are tombstoned, a document at a time.

    published ──ends, and a margin passes──┐
    withdrawn ──a margin passes────────────┴──▶ rows tombstoned in the audience's feed; header and the
                                                document with its rows at headquarters stay

A document that a later one outranks is not dead: it is in force again when that one is withdrawn. The
margin is for clocks that are behind. The documents' own rows, which reports compare with, stay.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, or_, select

from hq import publication
from schemas.tables.catalogue import price
from schemas.tables.headquarters import price_document

MARGIN = timedelta(days=7)
_DOCUMENTS = 20


def bury(connection: Connection, now: datetime) -> int:
    """Tombstone the rows of some documents that are dead; how many rows that were."""
    document, before = price_document.c, now - MARGIN
    still = exists().where(
        price.c.stream == document.audience, price.c.document == document.document
    )
    dead = connection.execute(
        select(document.document, document.audience)
        .where(
            or_(
                (document.state == "withdrawn") & (document.withdrawn < before),
                (document.state == "published") & (document.ends < before),
            ),
            document.publication.is_not(None),
            still,
        )
        .order_by(document.document)
        .limit(_DOCUMENTS)
    ).all()
    buried = 0
    for one in dead:
        keys = (
            connection.execute(
                select(price.c.key)
                .where(price.c.stream == one.audience, price.c.document == one.document)
                .order_by(price.c.key)
            )
            .scalars()
            .all()
        )
        tombs = [publication.tombstone("price", key) for key in keys]
        publication.publish(connection, {one.audience: tombs})
        buried += len(keys)
    return buried
