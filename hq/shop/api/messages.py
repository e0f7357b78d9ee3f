"""What shops ask and are answered. Quantities are thousandths of an item's base unit, amounts minor units of
the branch's currency, instants ISO 8601 with an offset; a shop's own keys name its reservations and orders.

These models read every request and make the OpenAPI description, so that the two cannot differ.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from schemas.domain.pickup import Payment, PickupStep

_MOST_QUANTITY = 999_999_000
_MOST_AMOUNT = 10**12
_MOST_LINES = 200
#: No control characters: they are in no code, and no database takes all of them.
_TEXT = r"^[^\x00-\x1f\x7f]*$"


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the instant is beyond the calendar") from error


Key = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$"),
    Field(description="The shop's own name for it: a repeated request has the same key."),
]
BranchCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,20}$")]
ItemCode = Annotated[str, StringConstraints(pattern=_TEXT, min_length=1, max_length=64)]
Quantity = Annotated[
    int, Field(ge=1, le=_MOST_QUANTITY, description="Thousandths of the base unit.")
]
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Limit = Annotated[int, Field(ge=1, le=1000, description="How many rows a page has at most.")]
Cursor = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9.-]{1,96}$"),
    Field(description="The cursor of the answer before: only what changed since is told."),
]
PageMark = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_=-]{1,600}$"),
    Field(description="The `next` of the page before; everything else is asked as before."),
]
Step = PickupStep


class Asked(BaseModel):
    """What a shop sends: nothing that is not known, and nothing turned into another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class AskedInAddress(BaseModel):
    """What a shop asks in an address, where all is text."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """What a shop is answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- what stands in addresses ---


class Nothing(AskedInAddress):
    """An address without parameters."""


class ListAsked(AskedInAddress):
    """A page of a list."""

    page: PageMark | None = None
    limit: Limit = 500


class PricesAsked(ListAsked):
    """The prices of a branch."""

    branch: BranchCode


class AvailabilityAsked(ListAsked):
    """What is available; without branches in the whole scope, without items of all goods."""

    branch: Annotated[tuple[BranchCode, ...], Field(max_length=200)] = ()
    item: Annotated[tuple[ItemCode, ...], Field(max_length=200)] = ()
    since: Cursor | None = None


class OrdersAsked(ListAsked):
    """The shop's orders, all or those that changed."""

    since: Cursor | None = None


# --- what stands in bodies ---


class LineAsked(Asked):
    """So much of an item."""

    item: ItemCode
    quantity: Quantity


Lines = Annotated[list[LineAsked], Field(min_length=1, max_length=_MOST_LINES)]


class ReservationAsked(Asked):
    """Goods to be kept back until an instant, at most 24 hours away; every item once."""

    branch: BranchCode
    until: Instant
    lines: Lines


class _OrderAsked(Asked):
    until: Annotated[Instant, Field(description="Until when it is fetched: at most 30 days away.")]
    payment: Payment
    total: Annotated[
        int, Field(ge=0, le=_MOST_AMOUNT, description="What the customer was told, or has paid.")
    ]
    reference: Annotated[
        str,
        StringConstraints(pattern=_TEXT, min_length=1, max_length=40),
        Field(description="What the customer knows the order by; no personal data."),
    ]
    note: Annotated[str, StringConstraints(pattern=_TEXT, max_length=200)] = ""


class OrderOfReservation(_OrderAsked):
    """An order of what a reservation keeps back."""

    reservation: Key


class OrderOfGoods(_OrderAsked):
    """An order of goods of a branch; every item once."""

    branch: BranchCode
    lines: Lines


class CancellationAsked(Asked):
    """Why an order is wanted no more."""

    reason: Annotated[str, StringConstraints(pattern=_TEXT, min_length=1, max_length=200)]


# --- what is answered ---


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

    step: Step
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
    """An order as it stands. `code` is what the customer shows; `reached` is whether the branch has the order,
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
