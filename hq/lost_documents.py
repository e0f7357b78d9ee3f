"""A price change that headquarters lost with its database, taken back from its branches.

    here                  was told              what is done, in the caller's transaction
    unknown               header and all rows   the document is written as published, or as withdrawn, and
                                                published again: the newest of its audience
    draft or approved     the same prices       it is published; the acceptance stands for its approval
    published             its withdrawal        it is withdrawn
    otherwise                                   refused: LostDocumentError names the way out

Who drafted and approved it was lost with the audit: whoever accepts it answers for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from hq import price_changes, price_rows, publication, sites
from hq.price_rows import PriceCell
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.console.users import User
from schemas.tables.headquarters import price_document
from schemas.wire.records import Price, PriceChange

_NO_HEADER = msgid(
    "Of price change %(document)s only rows were told, and no header: without one they price nothing. "
    "Wait for the other branches, or dismiss them."
)
_INCOMPLETE = msgid(
    "Of the %(all)s prices of %(document)s branches told %(some)s: wait for the other branches, or "
    "dismiss it and draft it anew."
)
_OTHER = msgid(
    "%(document)s is another price change here by now (%(state)s): draft a new one with these prices, "
    "then dismiss this."
)
_UNSOLD = msgid("The catalogue has no item %(item)s sold by %(unit)s: accept the items first.")
_NOBODY = msgid("No branch follows %(audience)s here: accept the subscriptions to it first.")
_WITHDRAWN = msgid("It had been withdrawn before the database was put back.")


class LostDocumentError(RefusalError):
    """A price change that cannot be taken back as it was told."""


def take_back(
    connection: Connection, audience: str, document: str, header: PriceChange | None,
    rows: Sequence[Price], actor: User, at: datetime,
) -> int:  # fmt: skip
    """Publish it again, and answer the header's number. Raises LostDocumentError."""
    if header is None:
        raise LostDocumentError(_NO_HEADER, document=document)
    price_changes.one_at_a_time(connection)
    state = connection.execute(
        select(price_document.c.state).where(price_document.c.document == document)
    ).scalar()
    if not sites.followers(connection, audience):
        raise LostDocumentError(_NOBODY, audience=audience.removeprefix("feed:"))
    if state is None:
        _write(connection, audience, header, rows, actor, at)
        return _publish(connection, document, actor, at, withdrawn=header.withdrawn)
    if not _is_the_same(connection, audience, document, header, rows, state):
        raise LostDocumentError(_OTHER, document=document, state=state)
    if state == "published":
        price_changes.withdraw(connection, document, actor, _WITHDRAWN, at)
        number = price_changes.find(connection, document).number
        return number or 0
    return _publish(connection, document, actor, at, withdrawn=header.withdrawn)


def _write(
    connection: Connection, audience: str, header: PriceChange, rows: Sequence[Price], actor: User,
    at: datetime,
) -> None:  # fmt: skip
    if len(rows) != header.rows:
        raise LostDocumentError(
            _INCOMPLETE, all=header.rows, document=header.document, some=len(rows)
        )
    connection.execute(
        insert(price_document).values(
            document=header.document, title=header.title, audience=audience, starts=header.starts,
            ends=header.ends, state="approved", drafted_by=actor.operator, drafted=at,
            row_count=header.rows,
        )
    )  # fmt: skip
    cells = [PriceCell(one.item, one.unit, one.tier, one.price) for one in rows]
    price_rows.write(connection, header.document, cells)
    if (missing := price_rows.unsold(connection, header.document)) is not None:
        raise LostDocumentError(_UNSOLD, item=missing[0], unit=missing[1])


def _is_the_same(
    connection: Connection, audience: str, document: str, header: PriceChange,
    rows: Sequence[Price], state: str,
) -> bool:  # fmt: skip
    """Whether what was told is a later step of the document that is here."""
    here = price_changes.find(connection, document)
    told = (header.title, audience, header.starts, header.ends, header.rows)
    if (here.title, here.audience, here.starts, here.ends, here.row_count) != told:
        return False
    if state == "published":
        return header.withdrawn and not rows
    cells = sorted((one.item, one.unit, one.tier, one.price) for one in rows)
    return state in {"draft", "approved"} and cells == sorted(
        astuple(one) for one in price_rows.read(connection, document)
    )


def _publish(
    connection: Connection, document: str, actor: User, at: datetime, *, withdrawn: bool
) -> int:
    held = price_changes.find(connection, document)
    turn = price_changes.next_turn(connection)
    rows = [
        Price(document=document, item=one.item, unit=one.unit, tier=one.tier, price=one.price)
        for one in price_rows.read(connection, document)
    ]
    header = price_changes.header_of(held, turn, withdrawn=withdrawn)
    number = publication.publish(connection, {held.audience: [*rows, header]})
    done = {
        "state": "published", "approved_by": actor.operator, "approved": at,
        "published_by": actor.operator, "published": at, "publication": turn, "number": number,
    }  # fmt: skip
    if withdrawn:
        done |= {
            "state": "withdrawn", "withdrawn_by": actor.operator, "withdrawn": at,
            "reason": _WITHDRAWN,
        }  # fmt: skip
    connection.execute(
        update(price_document).where(price_document.c.document == document).values(**done)
    )
    return number
