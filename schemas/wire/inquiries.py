"""The inquiries that sites ask one another, by kind: what is asked and what is answered.

    kind      asked                                          answered when found
    ticket    {"key": "N001.03-000017"} or {"key": "<uuid>"}   the ticket as it rests where it was found
              answered when not found, if the key is a receipt number: how far the lane's are held

These are answered by reading, by whoever knows. A kind that writes is decided by one kind of site (see
`replication.decision`), and all others pass it on.

A receipt number (rule 21) names its lane and by that its branch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from schemas.domain.ticket import Ticket

TICKET = "ticket"

_RECEIPT = re.compile(r"(?P<lane>[^\s-]{1,80}\.[^\s.-]{1,20})-(?P<counter>[0-9]{1,12})")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class ReceiptNumber:
    """A lane and its counter."""

    lane: str
    counter: int

    @property
    def branch(self) -> str:
        """The branch that the lane belongs to."""
        return self.lane.rpartition(".")[0]

    def __str__(self) -> str:
        return f"{self.lane}-{self.counter:06d}"


def read_key(key: object) -> ReceiptNumber | str:
    """The receipt number or uuid in a key. Raises ValueError."""
    if isinstance(key, str):
        number = _RECEIPT.fullmatch(key)
        if number:
            return ReceiptNumber(number["lane"], int(number["counter"]))
        if _UUID.fullmatch(key.lower()):
            return key.lower()
    message = f"{key!r} is neither a receipt number like N001.03-000017 nor a ticket's uuid"
    raise ValueError(message)


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """A ticket as a site holds it, and what its receipt says of the shop; `currency` may be unknown.

    Sites keep a ticket's figures, not its lane's working: from a branch or headquarters `started` is
    the instant of the commit, and lines have no barcode, tax code, tax rate or factor.
    """

    ticket: Ticket
    shop: str
    currency: str


@dataclass(frozen=True, slots=True)
class HeldThrough:
    """The newest receipt of the asked lane that is held, as a counter; 0 when there is none."""

    lane: str
    counter: int


_HELD = TypeAdapter(HeldTicket)
_THROUGH = TypeAdapter(HeldThrough)


def ticket_body(held: HeldTicket) -> dict[str, Any]:
    """The body of an answer that found the ticket."""
    body: dict[str, Any] = _HELD.dump_python(held, mode="json")
    return body


def through_body(through: HeldThrough) -> dict[str, Any]:
    """The body of an answer that did not find it."""
    body: dict[str, Any] = _THROUGH.dump_python(through, mode="json")
    return body


def read_ticket(body: Mapping[str, Any]) -> HeldTicket:
    """The ticket in such a body. Raises ValueError."""
    return _HELD.validate_python(dict(body))


def read_through(body: Mapping[str, Any]) -> HeldThrough | None:
    """How far the lane is held, if the answer says so. Raises ValueError."""
    return _THROUGH.validate_python(dict(body)) if body else None
