"""The kinds of entry that travel up, each with its version and the value it carries.

A body is the canonical JSON of a frozen value of `schemas.domain`. A site that meets a kind or a
version it does not know parks the entry and replays it after its upgrade: nothing is dropped.

Every ticket is written once and read at each site above it, which makes this the busiest door of all:
msgspec reads the values' own dataclasses, and strictly.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import msgspec

from schemas.domain.attendance import AttendanceClocked
from schemas.domain.correction import TicketCorrected
from schemas.domain.day import DayClosed, DayEnded, DayOpened, DayReopened
from schemas.domain.exceptions import TillException
from schemas.domain.lane import LaneEnrolled, LaneRevoked
from schemas.domain.member import MemberRegistered
from schemas.domain.period import DayOrderAnswered, TicketsPosted
from schemas.domain.pickup import PickupStepped
from schemas.domain.safe import SafeCounted, SafeMoved
from schemas.domain.stock.document import StockDocument
from schemas.domain.stock.move import StockMoved
from schemas.domain.suspension import BasketResumed, BasketSuspended
from schemas.domain.ticket import Ticket
from schemas.domain.till import (
    BasketCancelled,
    CashMoved,
    CountersMoved,
    PaymentSettled,
    ShiftEnded,
    ShiftOpened,
    TillCounted,
)
from schemas.domain.till_settlement import TerminalSettled, TillAccepted
from schemas.wire import canonical
from schemas.wire.surplus import FeedSurplus

#: What happened in a shop.
Fact = (
    Ticket | ShiftOpened | ShiftEnded | TillCounted | BasketCancelled | CashMoved | CountersMoved
    | PaymentSettled | TillException | DayOpened | DayEnded | DayClosed | DayReopened | LaneEnrolled
    | LaneRevoked | BasketSuspended | BasketResumed | MemberRegistered | TicketCorrected
    | TicketsPosted | DayOrderAnswered | StockMoved | StockDocument | AttendanceClocked
    | TillAccepted | TerminalSettled | SafeMoved | SafeCounted | PickupStepped
)  # fmt: skip
#: All that a journal may state: what happened in a shop, or what its site holds of a feed.
Statement = Fact | FeedSurplus

_TYPES: dict[str, tuple[int, type[Any]]] = {
    "ticket": (1, Ticket),
    "shift.opened": (1, ShiftOpened),
    "shift.ended": (1, ShiftEnded),
    "till.counted": (1, TillCounted),
    "till.accepted": (1, TillAccepted),
    "terminal.settled": (1, TerminalSettled),
    "safe.moved": (1, SafeMoved),
    "safe.counted": (1, SafeCounted),
    "basket.cancelled": (1, BasketCancelled),
    "basket.suspended": (1, BasketSuspended),
    "basket.resumed": (1, BasketResumed),
    "cash.moved": (1, CashMoved),
    "counters.moved": (1, CountersMoved),
    "payment.settled": (1, PaymentSettled),
    "till.exception": (1, TillException),
    "day.opened": (1, DayOpened),
    "day.ended": (1, DayEnded),
    "day.closed": (1, DayClosed),
    "day.reopened": (1, DayReopened),
    "lane.enrolled": (1, LaneEnrolled),
    "lane.revoked": (1, LaneRevoked),
    "member.registered": (1, MemberRegistered),
    "ticket.corrected": (1, TicketCorrected),
    "tickets.posted": (1, TicketsPosted),
    "day.ordered": (1, DayOrderAnswered),
    "stock.moved": (1, StockMoved),
    "stock.document": (1, StockDocument),
    "attendance.clocked": (1, AttendanceClocked),
    "pickup.stepped": (1, PickupStepped),
    "feed.surplus": (1, FeedSurplus),
}
_KINDS = {type_: kind for kind, (_, type_) in _TYPES.items()}
_DECODERS = {kind: msgspec.json.Decoder(type_) for kind, (_, type_) in _TYPES.items()}


#: Optional fields that came after the first release, as they read when they say nothing. In no text is
#: there such a sequence of bytes: a quote within one is escaped. No such field is the last of its object.
_ADDED_LATER = (
    b'"authorization":null,', b'"returned":null,', b'"points":[],', b'"foreign":null,',
    b'"face_value":null,', b'"original_tender":null,', b'"originals":[],', b'"discount":null,',
    b'"points":null,', b'"grant":null,', b'"coupons":[],', b'"paid":null,', b'"gift_of":null,',
    b'"absent":[],', b'"counted_at":null,', b'"denominations":[],', b'"continues":null,',
    b'"handed_over_from":null,',
)  # fmt: skip

#: How the reason ends of an entry that waits for an upgrade of the site that parked it.
_UPGRADE = "upgrade this site, then retry"


#: What the reader says of a value that is none of those that a field may have.
_UNKNOWN_VALUE = "Invalid enum value"


class UnreadableEntryError(ValueError):
    """An entry whose kind, version or body this site cannot read; the message says which and why."""


def kind_of(fact: Statement) -> tuple[str, int]:
    """The kind and version under which a fact is written."""
    kind = _KINDS[type(fact)]
    return kind, _TYPES[kind][0]


def encode(fact: Statement) -> bytes:
    """The canonical body of a fact. What a later release added is left out where it says nothing, so
    that the same fact has the same bytes in every release.
    """
    body = canonical.encode_typed(fact)
    for nothing in _ADDED_LATER:
        body = body.replace(nothing, b"")
    return body


def waits_for_upgrade(kind: str, version: int, reason: str) -> bool:
    """Whether an entry was parked because it said what only a newer release knows: a kind, a version,
    or one more value among those that a field may have. It may be known now.
    """
    # Releases before this one ended the first of the two sentences differently. A value that they did
    # not know they told as any body that does not read, in the words of the reader.
    for_upgrade = reason.endswith((_UPGRADE, "upgrade it, then retry")) or _UNKNOWN_VALUE in reason
    return for_upgrade and kind in _TYPES and version <= _TYPES[kind][0]


def business_date_of(body: bytes) -> date | None:
    """The business date that a body names; it may be anything, and then it names none."""
    try:
        return date.fromisoformat(json.loads(body)["business_date"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def legible(kind: str, body: bytes) -> bytes:
    """A body as a person may see it, whatever it is: records of operators carry hashes of their PINs."""
    if kind != "feed.surplus":
        return body
    try:
        told = json.loads(body)
        records = [{**one, "body": "…"} for one in told["records"]]
        return json.dumps({**told, "records": records}, ensure_ascii=False).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return "…".encode()


def decode(kind: str, version: int, body: bytes) -> Fact:
    """The fact in a body. Raises UnreadableEntryError, also for what states nothing of a shop."""
    read = decode_any(kind, version, body)
    if isinstance(read, FeedSurplus):
        raise UnreadableEntryError(f"{kind} of {read.branch} states nothing of a shop")
    return read


def decode_any(kind: str, version: int, body: bytes) -> Statement:
    """What a body states, whatever it is about. Raises UnreadableEntryError."""
    known = _TYPES.get(kind)
    if known is None:
        message = f"this site does not know entries of kind {kind!r}: {_UPGRADE}"
        raise UnreadableEntryError(message)
    if version > known[0]:
        message = f"{kind} in version {version} is newer than {known[0]}: {_UPGRADE}"
        raise UnreadableEntryError(message)
    try:
        statement: Statement = _DECODERS[kind].decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        message = f"the body of {kind} does not read: {error}"
        raise UnreadableEntryError(message) from error
    return statement
