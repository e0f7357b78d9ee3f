"""What shops ask. Quantities are thousandths of an item's base unit, amounts minor units of
the branch's currency, instants ISO 8601 with an offset; a shop's own keys name its reservations and orders.

These models read every request and make the OpenAPI description, so that the two cannot differ; the answers' are
`hq.shop.api.told`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from schemas.domain.pickup import Payment

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


class Asked(BaseModel):
    """What a shop sends: nothing that is not known, and nothing turned into another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class AskedInAddress(BaseModel):
    """What a shop asks in an address, where all is text."""

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
