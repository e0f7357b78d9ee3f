"""The branch's stock: what each ticket moved, and the sum per item, in one transaction (rule 25).

    stock_on_hand.quantity = sum of stock_move.quantity, per item, in thousandths of the base unit

It holds after every commit. A ticket that comes twice is refused by the ledger's key before it
could move anything twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import postgresql

from schemas.domain.correction import TicketCorrected
from schemas.domain.stock import moves_of
from schemas.domain.ticket import Ticket
from schemas.tables.stock import stock_move, stock_on_hand


def book_sales(connection: Connection, tickets: Sequence[Ticket]) -> None:
    """Write the moves of these tickets and move the sums along."""
    rows = [
        {
            "reference": move.reference,
            "number": number,
            "item": move.item,
            "quantity": move.quantity,
            "reason": move.reason,
            "business_date": move.business_date,
            "at": ticket.committed,
        }
        for ticket in tickets
        for number, move in enumerate(moves_of(ticket), 1)
    ]
    _move(connection, rows)


def book_corrections(connection: Connection, corrections: Sequence[TicketCorrected]) -> None:
    """Take back what post-voided tickets moved: the goods are there again."""
    voided = {one.ticket: one for one in corrections if one.kind == "post_void"}
    if not voided:
        return
    moved = connection.execute(
        select(stock_move)
        .where(stock_move.c.reference.in_(sorted(voided)), stock_move.c.reason == "sale")
        .order_by(stock_move.c.reference, stock_move.c.number)
    )
    rows = [
        {
            "reference": voided[move.reference].uuid,
            "number": move.number,
            "item": move.item,
            "quantity": -move.quantity,
            "reason": "post_void",
            "business_date": move.business_date,
            "at": voided[move.reference].at,
        }
        for move in moved
    ]
    _move(connection, rows)


def _move(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write moves, perhaps none, and move the sums along."""
    if not rows:
        return
    connection.execute(insert(stock_move), rows)
    sums: dict[str, int] = {}
    for row in rows:
        item, quantity = str(row["item"]), int(str(row["quantity"]))
        sums[item] = sums.get(item, 0) + quantity
    statement = postgresql.insert(stock_on_hand)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["item"],
            set_={"quantity": stock_on_hand.c.quantity + statement.excluded.quantity},
        ),
        # In one order everywhere, so that two batches that sold the same items never wait in a ring.
        [{"item": item, "quantity": sums[item]} for item in sorted(sums)],
    )
