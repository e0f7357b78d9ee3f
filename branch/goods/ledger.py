"""The ledger of an item (库存流水): its moves, newest first, each with what was there after it.

The moves of documents and of tickets read alike; each leads to the fact that made it. Sums run backwards
from what is there now, so that a page needs none of the moves before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from schemas.domain.stock.move import StockReason
from schemas.tables.stock import stock_document, stock_move, stock_on_hand
from schemas.tables.tickets import ticket

PAGE = 50


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A move, what there was after it, and the receipt or document that it belongs to, if that is held."""

    reference: str
    number: int
    at: datetime
    business_date: date
    reason: StockReason
    quantity: int
    value: int | None
    left: int
    left_value: int
    receipt: str
    document: str


#: The place of a move among those of its item.
Place = tuple[datetime, str, int]


def ledger(
    connection: Connection, branch: str, item: str, before: Place | None = None
) -> list[LedgerLine]:
    """The moves of an item, `PAGE` of them and one more where there are more."""
    move = stock_move.c
    of_item = and_(move.branch == branch, move.item == item)
    earlier = of_item if before is None else and_(of_item, _before(before))
    rows = connection.execute(
        select(stock_move, ticket.c.lane, ticket.c.counter, stock_document.c.document)
        .outerjoin(ticket, ticket.c.uuid == move.reference)
        .outerjoin(stock_document, stock_document.c.uuid == move.reference)
        .where(earlier)
        .order_by(move.at.desc(), move.reference.desc(), move.number.desc())
        .limit(PAGE + 1)
    ).all()
    left, left_value = _after(connection, branch, item, before)
    lines = []
    for row in rows:
        receipt = "" if row.lane is None else f"{row.lane}-{row.counter:06d}"
        lines.append(
            LedgerLine(
                row.reference, row.number, row.at, row.business_date, row.reason, row.quantity,
                row.value, left, left_value, receipt, row.document or "",
            )
        )  # fmt: skip
        left, left_value = left - row.quantity, left_value - (row.value or 0)
    return lines


def _before(place: Place) -> ColumnElement[bool]:
    at, reference, number = place
    move = stock_move.c
    return or_(
        move.at < at,
        and_(move.at == at, move.reference < reference),
        and_(move.at == at, move.reference == reference, move.number < number),
    )


def _after(
    connection: Connection, branch: str, item: str, before: Place | None
) -> tuple[int, int]:  # fmt: skip
    """What is there after the newest move of the page."""
    own = stock_on_hand.c
    held = connection.execute(
        select(own.quantity, own.value).where(own.branch == branch, own.item == item)
    ).one_or_none()
    quantity, value = (0, 0) if held is None else (held.quantity, held.value)
    if before is not None:
        move = stock_move.c
        of_item = and_(move.branch == branch, move.item == item)
        later = connection.execute(
            select(
                func.coalesce(func.sum(move.quantity), 0), func.coalesce(func.sum(move.value), 0)
            ).where(of_item, ~_before(before))
        ).one()
        quantity, value = quantity - int(later[0]), value - int(later[1])
    return quantity, value
