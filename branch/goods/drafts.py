"""Drafts (草稿): a stock document that is being written, at the branch alone, for as long as it takes.

    begun ──scanned, changed, by one person or two──▶ begun
          ──discarded, with a reason──▶ gone; who and why stay in the audit
          ──posted (`posting`)──▶ a document of the same UUID

Every scan is a transaction of its own that holds the draft's row: two people at one delivery add up, and
a restart loses nothing. A delivery has one draft at a time, which whoever comes later goes on with. Of a
draft that somebody else posted meanwhile, whoever is late is told by whom and as which document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects import postgresql

from branch import audit, items
from branch.goods import partners
from branch.goods.composing import Composed, compose
from branch.goods.deliveries import ANSWERS, Delivery, find_delivery
from branch.goods.partners import GoodsError
from branch.goods.reasons import REASONS
from replication.console.languages import msgid
from schemas.domain.stock.document import DocumentKind, StockLine
from schemas.domain.stock.scanned import MOST, Counted, take
from schemas.tables.stock import stock_document
from schemas.tables.stock_drafts import stock_draft, stock_draft_line, stock_draft_scan

_ONE = 1000
#: Kinds that may name what nobody knows: goods that came are there, whatever they are.
_TAKES_UNKNOWN = frozenset({"receipt"})


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


@dataclass(frozen=True, slots=True)
class Scan:
    """What was scanned, why it goes, and the name under which it counts once however often it is sent."""

    counted: Counted
    reason: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a person typed of a line: what there is of it now, in thousandths, and what it costs."""

    quantity: int
    damaged: int = 0
    cost: int | None = None
    reason: str = ""


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
    if connection.execute(statement).rowcount == 0:
        first = select(stock_draft.c.uuid).where(stock_draft.c.refers_to == refers_to)
        return str(connection.execute(first).scalar_one())
    return uuid


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


def add(
    connection: Connection, branch: str, uuid: str, scan: Scan, operator: str, now: datetime
) -> StockLine | None:
    """Take a scan into the draft, and answer the line that it became, None where it was taken before.

    Raises GoodsError.
    """
    counted = scan.counted
    draft = find(connection, branch, uuid, lock=True)
    if scan.name and not _is_new(connection, uuid, scan.name):
        return None
    found = items.find(connection, counted.code) or _expected(draft, counted.code)
    if found is None and draft.kind not in _TAKES_UNKNOWN:
        raise GoodsError(
            msgid(
                "“%(code)s” is unknown here: key the item code, or ask headquarters for the item"
            ),
            code=counted.code,
        )
    if found is not None and not found.stocked:
        raise GoodsError(
            msgid("%(item)s is a service: there is no stock of it to move"), item=found.item
        )
    if counted.damaged and draft.kind not in {"receipt", "transfer_in"}:
        raise GoodsError(msgid("Only what comes can come broken: write 3*code"))
    amount = counted.quantity
    if amount is None:
        amount = found.quantity if found is not None and found.quantity is not None else _ONE
    line = _taken(connection, draft, found, counted, amount, scan.reason)
    if max(line.quantity, line.damaged) > MOST:
        raise GoodsError(
            msgid("%(item)s would be more than 999,999: look at what was typed"), item=line.item
        )
    _keep(connection, draft, line, _typed(draft, line.number))
    _touch(connection, uuid, operator, now)
    return line


def _is_new(connection: Connection, uuid: str, name: str) -> bool:
    """Whether nobody has sent a scan of this name yet; from now on somebody has."""
    statement = postgresql.insert(stock_draft_scan).values(draft=uuid, scan=name)
    return connection.execute(statement.on_conflict_do_nothing()).rowcount == 1


def change(
    connection: Connection, branch: str, uuid: str, number: int, changed: Change, operator: str,
    now: datetime,
) -> None:  # fmt: skip
    """Let a line say what a person typed; one that says nothing and nobody expects goes. Raises GoodsError."""
    draft = find(connection, branch, uuid, lock=True)
    held = next((one.line for one in draft.lines if one.line.number == number), None)
    if held is None:
        raise GoodsError(msgid("This line is gone: somebody removed it meanwhile"))
    if changed.quantity == 0 and changed.damaged == 0:
        connection.execute(
            delete(stock_draft_line).where(
                stock_draft_line.c.draft == uuid, stock_draft_line.c.number == number
            )
        )
    else:
        line = StockLine(
            number, held.item, held.name, held.unit, held.factor, changed.quantity, None,
            damaged=changed.damaged, unknown_item=held.unknown_item, reason=changed.reason,
        )  # fmt: skip
        _keep(connection, draft, line, changed.cost)
    _touch(connection, uuid, operator, now)


def say(
    connection: Connection, branch: str, uuid: str, reason: str, operator: str, now: datetime
) -> None:  # fmt: skip
    """Keep what the whole document says beside its lines. Raises GoodsError."""
    find(connection, branch, uuid, lock=True)
    connection.execute(
        update(stock_draft).where(stock_draft.c.uuid == uuid).values(reason=reason.strip()[:500])
    )
    _touch(connection, uuid, operator, now)


def detach(connection: Connection, branch: str, uuid: str, operator: str, now: datetime) -> None:
    """Go on with what came, without the order that was withdrawn or settled meanwhile. Raises GoodsError."""
    draft = find(connection, branch, uuid, lock=True)
    if draft.delivery is None or draft.kind == "transfer_in":
        raise GoodsError(msgid("Only a receipt of an order can go on without it"))
    audit.note(connection, now, operator, "goods.detached", f"{draft.refers_to} {uuid}")
    connection.execute(update(stock_draft).where(stock_draft.c.uuid == uuid).values(refers_to=""))
    _touch(connection, uuid, operator, now)


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


def put_lines(connection: Connection, uuid: str, lines: Sequence[StockLine]) -> None:
    """Write lines of a draft that has none of their numbers."""
    rows = [_row(uuid, line, None) for line in lines]
    if rows:
        statement = postgresql.insert(stock_draft_line).on_conflict_do_nothing()
        connection.execute(statement, rows)


def _taken(
    connection: Connection, draft: Draft, found: items.FoundItem | None, counted: Counted,
    amount: int, reason: str,
) -> StockLine:  # fmt: skip
    """The line that takes the goods: one of the same item whose unit fits, or a new one."""
    came, broken = (0, amount) if counted.damaged else (amount, 0)
    reason = reason if reason in REASONS.get(draft.kind, {}) else ""
    item = counted.code if found is None else found.item
    unit, factor = ("", _ONE) if found is None else (found.unit, found.factor)
    same = [
        one.line
        for one in draft.lines
        if one.line.item == item
        and one.line.unknown_item == (found is None)
        and one.line.reason == reason
    ]
    # What still lacks something takes it before what is complete, and its own unit before another.
    same.sort(
        key=lambda line: (line.quantity + line.damaged >= (line.expected or 0), line.unit != unit)
    )
    for line in same:
        taken = take(line, came, broken, unit, factor)
        if taken is not None:
            return taken
    number = max([_last_number(connection, draft), *(one.line.number for one in draft.lines)]) + 1
    name = "" if found is None else found.name
    return StockLine(
        number, item, name, unit, factor, came, None, damaged=broken,
        unknown_item=found is None, reason=reason,
    )  # fmt: skip


def _expected(draft: Draft, code: str) -> items.FoundItem | None:
    """An item that headquarters expects here and has not told of yet, by its code."""
    for one in draft.lines:
        line = one.line
        if line.expected and line.item == code and not line.unknown_item:
            return items.FoundItem(
                line.item, line.name, line.unit, line.factor, line.unit, stocked=True
            )
    return None


def _last_number(connection: Connection, draft: Draft) -> int:
    """The last number that a delivery gave a line, so that what it does not name comes behind."""
    from_delivery = draft.delivery.last_number if draft.delivery is not None else 0
    held = select(func.max(stock_draft_line.c.number)).where(stock_draft_line.c.draft == draft.uuid)
    return max(from_delivery, connection.execute(held).scalar() or 0)


def _typed(draft: Draft, number: int) -> int | None:
    return next((one.cost for one in draft.lines if one.line.number == number), None)


def _keep(connection: Connection, draft: Draft, line: StockLine, cost: int | None) -> None:
    row = _row(draft.uuid, line, cost)
    statement = postgresql.insert(stock_draft_line).values(row)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["draft", "number"], set_=row)
    )


def _row(uuid: str, line: StockLine, cost: int | None) -> dict[str, Any]:
    return {
        "draft": uuid, "number": line.number, "item": line.item, "name": line.name,
        "unit": line.unit, "factor": line.factor, "quantity": line.quantity,
        "damaged": line.damaged, "cost": cost, "unknown_item": line.unknown_item,
        "reason": line.reason,
    }  # fmt: skip


def _touch(connection: Connection, uuid: str, operator: str, now: datetime) -> None:
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
