"""Records for a branch's office: what an online shop's customers will fetch there.

An order travels as its lines and then its header, which makes them count; a cancellation is one more header.
Lanes read the branch's feed as well and keep nothing of this (`schemas.tables.catalogue.OFFICE_KINDS`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from schemas.wire.record_body import RecordBody


class PickupLine(RecordBody):
    """A line of a pick-up order; inert until its header is applied. `quantity` is in thousandths of the
    item's base unit.
    """

    kind = "pickup_line"
    key = ("order", "number")
    order: str
    number: int
    item: str
    name: str
    unit: str
    quantity: int


class PickupOrder(RecordBody):
    """Goods that a customer of an online shop fetches at this branch, at the latest at `until`: the header.

    `client` is the shop's code and `client_key` its own name for the order; `reference` is what its customer
    knows the order by. `total` is what the shop told the customer, in minor units, paid online or due at the
    till. `code_hash` is what the customer's code is held against. `withdrawn` says why headquarters wants it
    no more, empty while it does.
    """

    kind = "pickup_order"
    key = ("order",)
    order: str
    client: str
    client_key: str
    reference: str
    placed: datetime
    until: datetime
    payment: Literal["online", "till"]
    total: int
    rows: int
    note: str = ""
    code_hash: str
    withdrawn: Literal["", "cancelled", "expired"] = ""
