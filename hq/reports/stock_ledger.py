"""The ledger of one item over branches: its moves, the youngest first, each with what caused it.

Quantities are thousandths of the base unit, values minor units without tax, None where nobody knew the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, select, tuple_

from hq.day_evidence import receipt
from hq.reports.branches import KnownBranch
from schemas.tables.goods import goods_document
from schemas.tables.stock import stock_document, stock_move
from schemas.tables.tickets import ticket


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One move. `cause` names its ticket or document; `ticket` and `document` lead to it, where it is one."""

    branch: str
    at: datetime
    business_date: date
    reason: str
    quantity: int
    value: int | None
    cause: str
    ticket: str | None
    document: str | None
    reference: str
    number: int

    @property
    def place(self) -> tuple[datetime, str, int]:
        """Where it stands in the ledger."""
        return self.at, self.reference, self.number


def ledger(
    connection: Connection, branches: tuple[KnownBranch, ...], item: str,
    after: tuple[datetime, str, int] | None = None, limit: int = 100,
) -> list[LedgerRow]:  # fmt: skip
    """One more than a page of an item's moves; `after` is the place of the last one seen."""
    move = stock_move.c
    place = tuple_(move.at, move.reference, move.number)
    query = (
        select(
            move.branch, move.at, move.business_date, move.reason, move.quantity, move.value,
            move.reference, move.number, ticket.c.lane, ticket.c.counter,
            stock_document.c.document, stock_document.c.refers_to,
            goods_document.c.document.label("goods"),
        )
        .select_from(stock_move)
        .outerjoin(ticket, ticket.c.uuid == move.reference)
        .outerjoin(stock_document, stock_document.c.uuid == move.reference)
        .outerjoin(
            goods_document,
            (goods_document.c.origin == stock_document.c.uuid)
            | and_(goods_document.c.document == stock_document.c.refers_to,
                   stock_document.c.kind != "transfer_out"),
        )
        .where(move.item == item, move.branch.in_([one.branch for one in branches]))
        .order_by(move.at.desc(), move.reference.desc(), move.number.desc())
        .limit(limit + 1)
    )  # fmt: skip
    if after is not None:
        query = query.where(place < after)
    return [
        LedgerRow(
            row.branch, row.at, row.business_date, row.reason, row.quantity, row.value,
            receipt(row.lane, row.counter) if row.lane else row.document or row.reference,
            row.reference if row.lane else None, row.goods, row.reference, row.number,
        )
        for row in connection.execute(query)
    ]  # fmt: skip
