"""Counting into a draft (清点): each scan and each change of a line is a transaction that holds the draft.

a scan                          becomes
of an item that a line takes    more of that line: one that still lacks something first
of an item that no line takes   a line of its own, behind all others
of what is weighed              so much as its label or who typed it says; without either it is refused
of what nobody knows            the same, under its code; only where goods come from outside
sent twice under one name       nothing the second time: a page sends it again when no answer came
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql

from branch import items
from branch.goods import drafts
from branch.goods.drafts import Draft
from branch.goods.partners import GoodsError
from branch.goods.reasons import REASONS
from replication.console.languages import msgid
from schemas.domain.quantity import WEIGHED_UNIT
from schemas.domain.stock.document import StockLine
from schemas.domain.stock.scanned import MOST, Counted, take
from schemas.tables.stock_drafts import stock_draft_line, stock_draft_scan

_ONE = 1000
#: Kinds that may name what nobody knows: goods that came are there, whatever they are.
_TAKES_UNKNOWN = frozenset({"receipt"})


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


def add(
    connection: Connection, branch: str, uuid: str, scan: Scan, operator: str, now: datetime
) -> StockLine | None:
    """Take a scan into the draft, and answer the line that it became, None where it was taken before.

    Raises GoodsError or LabelRefusedError.
    """
    counted = scan.counted
    draft = drafts.find(connection, branch, uuid, lock=True)
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
    line = _taken(connection, draft, found, counted, _amount(found, counted), scan.reason)
    if max(line.quantity, line.damaged) > MOST:
        raise GoodsError(
            msgid("%(item)s would be more than 999,999: look at what was typed"), item=line.item
        )
    _keep(connection, draft, line, _typed(draft, line.number))
    drafts.touch(connection, uuid, operator, now)
    return line


def _amount(found: items.FoundItem | None, counted: Counted) -> int:
    """How much a scan is: as it says, as its label says, else one. Raises GoodsError where one says nothing."""
    if counted.quantity is not None:
        return counted.quantity
    if found is not None and found.weight is not None:
        return found.weight
    if found is not None and found.unit == WEIGHED_UNIT:
        raise GoodsError(
            msgid("%(name)s is weighed: key how much there is, as 1.234*%(code)s"),
            name=found.name, code=counted.code,
        )  # fmt: skip
    return _ONE


def _is_new(connection: Connection, uuid: str, name: str) -> bool:
    """Whether nobody has sent a scan of this name yet; from now on somebody has."""
    statement = postgresql.insert(stock_draft_scan).values(draft=uuid, scan=name)
    kept = statement.on_conflict_do_nothing().returning(stock_draft_scan.c.scan)
    return connection.execute(kept).scalar() is not None


def change(
    connection: Connection, branch: str, uuid: str, number: int, changed: Change, operator: str,
    now: datetime,
) -> None:  # fmt: skip
    """Let a line say what a person typed; one that says nothing and nobody expects goes. Raises GoodsError."""
    draft = drafts.find(connection, branch, uuid, lock=True)
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
    drafts.touch(connection, uuid, operator, now)


def put_lines(connection: Connection, uuid: str, lines: Sequence[StockLine]) -> None:
    """Write lines of a draft that has none of their numbers."""
    rows = [_row(uuid, line, None) for line in lines]
    if rows:
        statement = postgresql.insert(stock_draft_line).on_conflict_do_nothing()
        connection.execute(statement, rows)


def _row(uuid: str, line: StockLine, cost: int | None) -> dict[str, Any]:
    return {
        "draft": uuid, "number": line.number, "item": line.item, "name": line.name,
        "unit": line.unit, "factor": line.factor, "quantity": line.quantity,
        "damaged": line.damaged, "cost": cost, "unknown_item": line.unknown_item,
        "reason": line.reason,
    }  # fmt: skip


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
                line.item, line.name, "", line.unit, line.factor, line.unit, stocked=True
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
