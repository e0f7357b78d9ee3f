"""A move of stock: what one fact did to one item, and what that was worth (rules 10 and 25).

    reason              quantity   stated by
    sale                − (+ back) a ticket
    post_void           + (− back) a correction that takes a ticket back
    receipt             +          goods that a supplier brought
    transfer_out        −          goods on their way to another branch
    transfer_in         +          the same goods, as they were sent
    transit_difference  ±          what was lost, broken or too many on that way
    return_to_vendor    −          goods that go back to their supplier
    write_off           −          goods that are thrown away or used up, for a reason
    stocktake           ±          gain or loss (盘盈/盘亏), and what late entries take back of it
    variance            0          value alone: cost that was learnt too late for the goods it belongs to

Quantities are thousandths of the base unit, values minor units without tax; both have the sign of what
comes in. The branch fixes the value, nobody recomputes it. A value of None says that nobody knew the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from schemas.domain.money import divide
from schemas.domain.ticket import Ticket

StockReason = Literal[
    "sale", "post_void", "receipt", "transfer_out", "transfer_in", "transit_difference",
    "return_to_vendor", "write_off", "stocktake", "variance",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class StockMove:
    """One move. `reference` is the UUID of the fact that moved, `number` the move's place among its own;
    `at` is the instant at which the goods moved, as the fact says it.
    """

    reference: str
    number: int
    item: str
    quantity: int
    value: int | None
    reason: StockReason
    business_date: date
    at: datetime


@dataclass(frozen=True, slots=True)
class StockMoved:
    """What a branch booked for facts that say nothing of cost: tickets and their corrections.

    All moves of one reference stand in one such fact. A branch that was restored may state them once
    more, at another cost: what was stated first (`at`) counts, wherever it arrives first.
    """

    branch: str
    at: datetime
    moves: tuple[StockMove, ...]


def sold_quantities(ticket: Ticket) -> dict[str, int]:
    """What a ticket moves, item by item in the order in which it first sold them: below nought for goods
    that went, above it for goods that came back.

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
    return moved
