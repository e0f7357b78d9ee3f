"""Drafts (草稿): a stock document that is being written, at the branch alone, for as long as it takes.

    begun ──scanned, changed, by one person or two──▶ begun
          ──discarded, with a reason──▶ gone; who and why stay in the audit
          ──posted (`posting`)──▶ a document of the same UUID

Every scan (`counting`) is a transaction of its own that holds the draft's row: two people at one delivery add
up, and a restart loses nothing. A delivery has one draft at a time, which whoever comes later goes on with. Of a
draft that somebody else posted meanwhile, whoever is late is told by whom and as which document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects import postgresql

from branch import audit
from branch.goods import partners
from branch.goods.composing import Composed, compose
from branch.goods.deliveries import ANSWERS, Delivery, find_delivery
from branch.goods.partners import GoodsError
from replication.console.languages import msgid
from schemas.domain.stock.document import DocumentKind
from schemas.tables.stock import stock_document
from schemas.tables.stock_drafts import stock_draft, stock_draft_line, stock_draft_scan


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with its lines; `delivery` is what it answers, if it does."""

    uuid: str
    kind: DocumentKind
    partner: str
    refers_to: str
    reason: str
    operator: str
    created: datetime
    changed_by: str
    changed: datetime
    lines: tuple[Composed, ...]
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A draft as a list shows it."""

    uuid: str
    kind: DocumentKind
    partner: str
    refers_to: str
    operator: str
    created: datetime
    changed_by: str
    changed: datetime
    lines: int


def begin(
    connection: Connection, branch: str, kind: DocumentKind, partner: str, operator: str,
    now: datetime,
) -> str:  # fmt: skip
    """Begin a document of somebody's own accord. Raises GoodsError."""
    if kind == "transfer_out":
        partners.require_receiver(connection, branch, partner)
    elif kind == "return_to_vendor" or (kind == "receipt" and partner):
        partners.require_supplier(connection, partner, buys=kind == "receipt")
    return insert_draft(connection, kind, partner, "", operator, now)


def answer(
    connection: Connection, branch: str, document: str, operator: str, now: datetime
) -> str:  # fmt: skip
    """Begin what answers a delivery, or go on with what somebody began. Raises GoodsError."""
    delivery = find_delivery(connection, branch, document)
    if delivery is None or delivery.withdrawn or delivery.done:
        raise GoodsError(
            msgid("%(document)s is not expected (any more): look at the list of deliveries again"),
            document=document,
        )
    kind = ANSWERS[delivery.direction]
    if kind == "transfer_out":
        partners.require_receiver(connection, branch, delivery.partner)
    _drop_posted(connection, document)
    begun = select(stock_draft.c.uuid).where(stock_draft.c.refers_to == document)
    held = connection.execute(begun).scalar()
    return held or insert_draft(connection, kind, delivery.partner, document, operator, now)


def insert_draft(
    connection: Connection, kind: DocumentKind, partner: str, refers_to: str, operator: str,
    now: datetime,
) -> str:  # fmt: skip
    """A new draft; of two that answer one document at once, the first."""
    uuid = str(uuid4())
    row = {
        "uuid": uuid, "kind": kind, "partner": partner, "refers_to": refers_to, "reason": "",
        "operator": operator, "created": now, "changed_by": operator, "changed": now,
    }  # fmt: skip
    statement = postgresql.insert(stock_draft).values(row).on_conflict_do_nothing()
    if connection.execute(statement.returning(stock_draft.c.uuid)).scalar() is not None:
        return uuid
    first = select(stock_draft.c.uuid).where(stock_draft.c.refers_to == refers_to)
    return str(connection.execute(first).scalar_one())


def find(connection: Connection, branch: str, uuid: str, *, lock: bool = False) -> Draft:
    """A draft. Raises GoodsError where there is none, or where it was posted."""
    query = select(stock_draft).where(stock_draft.c.uuid == uuid)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    refuse_posted(connection, uuid)
    if row is None:
        raise GoodsError(
            msgid("There is no such draft (any more): somebody discarded it, or it never was")
        )
    delivery = find_delivery(connection, branch, row.refers_to) if row.refers_to else None
    return Draft(
        row.uuid, row.kind, row.partner, row.refers_to, row.reason, row.operator, row.created,
        row.changed_by, row.changed, compose(connection, uuid, delivery), delivery,
    )  # fmt: skip


def refuse_posted(connection: Connection, uuid: str) -> None:
    """Raises GoodsError for a draft that is a document."""
    posted = connection.execute(
        select(stock_document.c.document, stock_document.c.operator).where(
            stock_document.c.uuid == uuid
        )
    ).one_or_none()
    if posted is not None:
        raise GoodsError(
            msgid("This was posted as %(document)s by %(operator)s: look at the document"),
            document=posted.document,
            operator=posted.operator,
        )


def drafts(connection: Connection) -> list[Heading]:
    """What is being written, the oldest first."""
    lines = (
        select(func.count()).where(stock_draft_line.c.draft == stock_draft.c.uuid).scalar_subquery()
    )
    posted = select(stock_document.c.uuid).where(stock_document.c.uuid == stock_draft.c.uuid)
    query = (
        select(stock_draft, lines.label("lines"))
        .where(~posted.exists())
        .order_by(stock_draft.c.created, stock_draft.c.uuid)
    )
    return [_heading(row) for row in connection.execute(query)]


def say(
    connection: Connection, branch: str, uuid: str, reason: str, operator: str, now: datetime
) -> None:  # fmt: skip
    """Keep what the whole document says beside its lines. Raises GoodsError."""
    find(connection, branch, uuid, lock=True)
    connection.execute(
        update(stock_draft).where(stock_draft.c.uuid == uuid).values(reason=reason.strip()[:500])
    )
    touch(connection, uuid, operator, now)


def detach(connection: Connection, branch: str, uuid: str, operator: str, now: datetime) -> None:
    """Go on with what came, without the order that was withdrawn or settled meanwhile. Raises GoodsError."""
    draft = find(connection, branch, uuid, lock=True)
    if draft.delivery is None or draft.kind == "transfer_in":
        raise GoodsError(msgid("Only a receipt of an order can go on without it"))
    audit.note(connection, now, operator, "goods.detached", f"{draft.refers_to} {uuid}")
    connection.execute(update(stock_draft).where(stock_draft.c.uuid == uuid).values(refers_to=""))
    touch(connection, uuid, operator, now)


def discard(
    connection: Connection, branch: str, uuid: str, reason: str, operator: str, now: datetime
) -> None:  # fmt: skip
    """Give a draft up. Raises GoodsError."""
    draft = find(connection, branch, uuid, lock=True)
    counted = [one.line for one in draft.lines if one.line.quantity or one.line.damaged]
    if counted and not reason.strip():
        raise GoodsError(msgid("Say why what was counted is discarded"))
    told = f"{draft.kind} {draft.partner} {draft.refers_to} {len(counted)}"
    audit.note(connection, now, operator, "goods.discarded", told, reason.strip())
    drop(connection, uuid)


def drop(connection: Connection, uuid: str) -> None:
    """Remove a draft that was posted or discarded."""
    connection.execute(delete(stock_draft_scan).where(stock_draft_scan.c.draft == uuid))
    connection.execute(delete(stock_draft_line).where(stock_draft_line.c.draft == uuid))
    connection.execute(delete(stock_draft).where(stock_draft.c.uuid == uuid))


def _drop_posted(connection: Connection, refers_to: str) -> None:
    """Remove a draft whose document came back after a restore: it was posted."""
    posted = select(stock_draft.c.uuid).join(
        stock_document, stock_document.c.uuid == stock_draft.c.uuid
    )
    for uuid in connection.execute(posted.where(stock_draft.c.refers_to == refers_to)).scalars():
        drop(connection, uuid)


def touch(connection: Connection, uuid: str, operator: str, now: datetime) -> None:
    """Keep who changed a draft last."""
    connection.execute(
        update(stock_draft)
        .where(stock_draft.c.uuid == uuid)
        .values(changed_by=operator, changed=now)
    )


def _heading(row: Row[Any]) -> Heading:
    return Heading(
        row.uuid, row.kind, row.partner, row.refers_to, row.operator, row.created, row.changed_by,
        row.changed, row.lines,
    )  # fmt: skip
