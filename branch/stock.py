"""The branch's stock: what each ticket moved, and the sum per item, in one transaction (rule 25).

    stock_on_hand.quantity = sum of stock_move.quantity, per item, in thousandths of the base unit

It holds after every commit. A ticket that comes twice is refused by the ledger's key before it
could move anything twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert
from sqlalchemy.dialects import postgresql

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
