"""Stock as a ledger of signed moves in base units (rules 10 and 25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from schemas.domain.money import divide
from schemas.domain.ticket import Ticket

StockReason = Literal["sale", "post_void"]


@dataclass(frozen=True, slots=True)
class StockMove:
    """What one fact did to one item's stock: `quantity` thousandths of its base unit, signed.

    `reference` names the fact, a sale by its ticket's UUID; with the item it names the move.
    """

    item: str
    quantity: int
    reason: StockReason
    reference: str
    business_date: date


def moves_of(ticket: Ticket) -> tuple[StockMove, ...]:
    """Return one move per item that the ticket sold, in the order in which it first sold them.

    A line moves quantity × factor / 1000, a pack its whole content (rule 10). That is exact where
    the quantity is whole or the factor is; else the line is rounded to a thousandth of the base
    unit by the function that rounds money, alike in both directions. Unknown items move nothing:
    there is no stock of them to move.
    """
    moved: dict[str, int] = {}
    for line in ticket.sold():
        if not line.unknown_item:
            sold = divide(line.quantity * line.factor, 1000)
            moved[line.item] = moved.get(line.item, 0) - sold
    return tuple(
        StockMove(item, quantity, "sale", ticket.uuid, ticket.business_date)
        for item, quantity in moved.items()
    )
