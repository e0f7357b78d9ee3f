"""What is asked and answered about redeeming (rule 18); all of it is decided or known by headquarters alone.

    kind             asked                                          answered
    member.account   the member                                     what is available, and what points are worth
    redeem           the ticket's uuid, what, whose, how much       what is reserved, or why nothing is
    redeem.grant     the lane's epoch, which grants it is done      the grants that it may use from now on
                     with and what it used of each

`redeem` and `redeem.grant` write, once for an inquiry's uuid (`replication.decision`). A second `redeem` of
the same kind and account for the same ticket takes the place of the first. What was reserved is freed
when the ticket or the end of its basket arrives in the lane's journal, or when it lapses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from schemas.domain.redemption import Grant, PointsRate, RedeemedKind

ACCOUNT = "member.account"
REDEEM = "redeem"
GRANT = "redeem.grant"

#: Why nothing was reserved.
WhyNot = Literal[
    "", "unknown_member", "nothing_available", "unknown_coupon", "coupon_used", "coupon_not_yet",
    "coupon_expired", "coupon_of_another", "not_offered",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """A member's account as headquarters holds it: what is available, less what is reserved elsewhere.
    Without a rate the chain takes no points; `coupons` are the member's own that are valid now.
    """

    member: str
    points: int = 0
    rate: PointsRate | None = None
    stored_value: int = 0
    coupons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Redeeming:
    """What is to be redeemed: `account` is the member, for a coupon the coupon's number; `amount` is money,
    at most, and nothing for a coupon. `member` is who buys, if anybody.
    """

    ticket: str
    kind: RedeemedKind
    account: str
    amount: int = 0
    member: str = ""


@dataclass(frozen=True, slots=True)
class Reserved:
    """What is reserved for the ticket: money and, of points, what they cost; of a coupon its kind.
    Nothing, with the reason, where `why` is not empty; `available` is what there is.
    """

    why: WhyNot = ""
    amount: int = 0
    points: int = 0
    coupon_kind: str = ""
    available: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """A grant that its lane does not use any more, and what it used of it."""

    number: str
    used: int


@dataclass(frozen=True, slots=True)
class GrantsWanted:
    """Which grants a lane, in this epoch of its journal, is done with."""

    epoch: str
    ended: tuple[Ended, ...] = ()


@dataclass(frozen=True, slots=True)
class Grants:
    """The open grants of a lane and epoch."""

    grants: tuple[Grant, ...] = ()


Body = Account | Redeeming | Reserved | GrantsWanted | Grants

_ACCOUNT = TypeAdapter(Account)
_REDEEMING = TypeAdapter(Redeeming)
_RESERVED = TypeAdapter(Reserved)
_WANTED = TypeAdapter(GrantsWanted)
_GRANTS = TypeAdapter(Grants)
_ANY: TypeAdapter[Body] = TypeAdapter(Body)


def body_of(value: Body) -> dict[str, Any]:
    """The body of such an inquiry or answer."""
    body: dict[str, Any] = _ANY.dump_python(value, mode="json")
    return body


def account_asked(member: str) -> dict[str, Any]:
    """The body of an inquiry for a member's account."""
    return {"member": member}


def read_account(body: Mapping[str, Any]) -> Account:
    """An account in an answer. Raises ValueError."""
    return _ACCOUNT.validate_python(dict(body))


def read_redeeming(body: Mapping[str, Any]) -> Redeeming:
    """What is to be redeemed. Raises ValueError."""
    return _REDEEMING.validate_python(dict(body))


def read_reserved(body: Mapping[str, Any]) -> Reserved:
    """What was reserved. Raises ValueError."""
    return _RESERVED.validate_python(dict(body))


def read_wanted(body: Mapping[str, Any]) -> GrantsWanted:
    """What a lane says of its grants. Raises ValueError."""
    return _WANTED.validate_python(dict(body))


def read_grants(body: Mapping[str, Any]) -> Grants:
    """The grants in an answer. Raises ValueError."""
    return _GRANTS.validate_python(dict(body))
