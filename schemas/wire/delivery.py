"""Records for a branch's office: suppliers, goods that it is to expect or to send, and least quantities.

A delivery travels as its lines and then its header, which makes them count. Lanes read the branch's feed as
well and keep nothing of this (`schemas.tables.catalogue.OFFICE_KINDS`).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from schemas.wire.record_body import RecordBody


class Supplier(RecordBody):
    """A supplier (供应商), whom goods are bought from; nothing more is bought from one that is closed."""

    kind = "supplier"
    key = ("supplier",)
    supplier: str
    name: str
    closed: bool = False


class DeliveryLine(RecordBody):
    """A line of an expected delivery; inert until its header is applied. `quantity` is in thousandths of
    `unit`, of which one is `factor` thousandths of the base unit; `value` is what the line costs the branch,
    without tax, in minor units, None where nobody knows.
    """

    kind = "delivery_line"
    key = ("document", "number")
    document: str
    number: int
    item: str
    unit: str
    factor: int
    quantity: int
    value: int | None


class Delivery(RecordBody):
    """Goods that a branch is to expect, or to send: the header of a document whose lines came before it.

    direction   partner          what the branch does with it
    order       a supplier       receives what was ordered (在订)
    transfer    another branch   receives what that branch has sent (在途); `document` is its transfer_out
    send        another branch   sends it: an instruction of headquarters
    """

    kind = "delivery"
    key = ("document",)
    document: str
    direction: Literal["order", "transfer", "send"]
    partner: str
    expected: date
    rows: int
    note: str = ""
    withdrawn: bool = False


class StockMinimum(RecordBody):
    """How little of an item a branch is to have before it is told (最低库存), in thousandths of the base
    unit; nought where nothing is told. That of the branch itself holds before a group's before the chain's.
    """

    kind = "stock_minimum"
    key = ("item",)
    item: str
    minimum: int
