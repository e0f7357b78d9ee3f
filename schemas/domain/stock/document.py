"""A document of stock (库存单据): what a person did with goods, and the moves that it made.

    kind               goods                              refers to
    receipt            come from a supplier (收货)         an order or delivery that was expected, or nothing
    transfer_out       leave for another branch (调出)     an order to send them, or nothing
    transfer_in        come from another branch (调入)     the transfer_out
    return_to_vendor   go back to their supplier           the receipt, or nothing
    write_off          are given up, for a reason          nothing
    stocktake          were counted (盘点)                 the stocktake

A document is stated once, when it is posted, and never changes; what was wrong is mended by another. It
carries its moves with their values, so that whoever reads it knows what the branch booked without doing it
again. Goods on their way between two branches are what was sent and not yet received: a `transfer_in` moves in
what was sent, and what was missing, broken or too much as a difference, so that both branches together
neither make nor lose anything unnamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from schemas.domain.stock.move import StockMove

DocumentKind = Literal[
    "receipt", "transfer_out", "transfer_in", "return_to_vendor", "write_off", "stocktake"
]


@dataclass(frozen=True, slots=True)
class StockLine:
    """One line. `quantity` is what moved and `expected` what should have, both thousandths of `unit`, of
    which one is `factor` thousandths of the base unit; `damaged` came and was refused. `value` is what the
    line cost without tax, in minor units. An unknown item keeps the code that was read and moves nothing.
    Of a stocktake, `counted_at` is the instant at which the item was counted; None says that it was not.
    """

    number: int
    item: str
    name: str
    unit: str
    factor: int
    quantity: int
    value: int | None
    expected: int | None = None
    damaged: int = 0
    unknown_item: bool = False
    counted_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StockDocument:
    """A posted document. `document` is its number, `<branch>-<kind's letter>-<counter>`; `partner` a supplier or
    another branch; `refers_to` the document that it answers, and `final` that nothing more of that will come.
    `authority` is the second person where one was needed.
    """

    uuid: str
    document: str
    kind: DocumentKind
    branch: str
    business_date: date
    at: datetime
    operator: str
    lines: tuple[StockLine, ...]
    moves: tuple[StockMove, ...]
    partner: str = ""
    refers_to: str = ""
    final: bool = True
    authority: str = ""
    reason: str = ""
