"""What shops are answered; in the units of `hq.shop.api.asked`. These models write every answer and make the
OpenAPI description, so that the two cannot differ.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.domain.pickup import Payment, PickupStep


class Told(BaseModel):
    """What a shop is answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Figures(Told):
    """How far headquarters knows a branch: `heard` is when it was last heard of, `pending` how many entries it
    then had not sent, `set_aside` how many wait here in quarantine. `complete` is whether all of its figures
    until `heard` are in.
    """

    branch: str
    heard: datetime | None
    pending: int | None
    set_aside: int
    complete: bool


class BranchTold(Told):
    """A branch of the scope; one that is closed takes no orders."""

    branch: str
    name: str
    zone: str
    currency: str
    closed: bool
    figures: Figures


class BranchesTold(Told):
    """The branches of the scope."""

    branches: list[BranchTold]


class UnitTold(Told):
    """A unit, of which one is `factor` thousandths of the base unit; the first of an item is the base unit."""

    unit: str
    factor: int
    barcodes: list[str]


class ItemTold(Told):
    """An item; one that is not stocked is a service."""

    item: str
    name: str
    category: str
    stocked: bool
    units: list[UnitTold]


class ItemsTold(Told):
    """A page of the catalogue, by item code."""

    items: list[ItemTold]
    next: str | None


class PriceTold(Told):
    """What one unit costs a customer without a tier, in minor units."""

    item: str
    unit: str
    price: int


class PricesTold(Told):
    """A page of the prices in force at an instant, by item and unit."""

    branch: str
    currency: str
    at: datetime
    prices: list[PriceTold]
    next: str | None


class AvailableTold(Told):
    """An item of a branch: `available` is `on_hand` less `committed` less the shop's buffer, never below nought."""

    branch: str
    item: str
    unit: str
    on_hand: int
    committed: int
    available: int


class AvailabilityTold(Told):
    """A page of what is available, how old it is, and the cursor for the next time: that of the first page."""

    available: list[AvailableTold]
    figures: list[Figures]
    cursor: str
    next: str | None


class LineTold(Told):
    """So much of an item."""

    item: str
    quantity: int


class ReservationTold(Told):
    """A reservation as it stands."""

    key: str
    branch: str
    until: datetime
    made: datetime
    state: Literal["held", "released", "ordered", "lapsed"]
    lines: list[LineTold]


class SubstituteTold(Told):
    """What lies in the crate in place of what was ordered."""

    item: str
    name: str
    quantity: int


class OrderLineTold(Told):
    """A line; `picked` is what was found of it, null before anybody looked."""

    number: int
    item: str
    name: str
    unit: str
    quantity: int
    picked: int | None
    substitutes: list[SubstituteTold]


class StepTold(Told):
    """A step of the branch; one that came after the order had ended did not count."""

    step: PickupStep
    at: datetime
    counted: bool
    remark: str


class CancellationTold(Told):
    """That an order is wanted no more, and what came of it: the branch decides."""

    why: Literal["cancelled", "expired"]
    asked: datetime
    reason: str
    outcome: Literal["waiting", "done", "too_late"]


class OrderTold(Told):
    """An order as it stands. `code` is what the customer says, `scan` what the shop shows them as a square code
    (QR), so that the branch scans number and code at once; `reached` is whether the branch has the order,
    `branch_heard` when the branch was last heard of.
    """

    key: str
    order: str
    branch: str
    state: Literal[
        "accepted", "picked", "ready", "handed_over", "given_back", "cancelling", "cancelled",
        "expiring", "expired",
    ]  # fmt: skip
    reference: str
    placed: datetime
    until: datetime
    payment: Payment
    total: int
    note: str
    code: str
    scan: str
    lines: list[OrderLineTold]
    cancellation: CancellationTold | None
    history: list[StepTold]
    receipt: str | None
    reached: bool
    branch_heard: datetime | None


class OrdersTold(Told):
    """A page of orders, those that changed last at the end, and the cursor for the next time."""

    orders: list[OrderTold]
    cursor: str
    next: str | None


class Problem(BaseModel):
    """What was refused (RFC 9457): `code` for a program, `detail` and `way_out` for people; further members name
    the records.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    type: str
    title: str
    status: int
    detail: str
    code: str
    way_out: str
