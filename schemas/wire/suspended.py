"""The inquiries about suspended baskets, which the branch answers.

    kind              asked                                   answered                             decided by
    suspended         {"lane": who asks, "suspended":         the branch's open baskets, newest    nobody: read
                      [uuid, …] of what it has open itself}   first, and which of the lane's own
                                                              are open no more
    suspended.claim   {"suspended": uuid, "lane": the one     found: given to the asker with the   the branch
                      that suspended it}                      basket, or whose it is already;
                                                              unknown: the branch has no such one

A lane adds its own to the list. The branch gives a basket to one lane, and to the same one again; a lane's
own that has not arrived yet is given to that lane without its content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter

from schemas.domain.suspension import BasketSuspended
from schemas.wire import canonical
from schemas.wire.entries import UnreadableEntryError, decode, kind_of

SUSPENDED = "suspended"
CLAIM = "suspended.claim"

Outcome = Literal["found", "unknown", "refused"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A suspended basket in a list; `given` is the lane that the branch gave it to, if it did."""

    uuid: str
    lane: str
    operator: str
    name: str
    at: datetime
    amount: int
    lines: int
    given: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Open baskets, newest first; `gone` names the lane that has one which the asking lane has open."""

    baskets: tuple[Listed, ...] = ()
    gone: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Own:
    """What the asking lane itself has open."""

    lane: str
    suspended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Which basket a lane wants, and which lane suspended it."""

    suspended: str
    lane: str


@dataclass(frozen=True, slots=True)
class Given:
    """Whose a basket is, since when; `resumed` says that the lane went on with it already, `basket` is the
    body of its entry, where the asker was given it.
    """

    lane: str
    at: datetime
    resumed: bool = False
    basket: Mapping[str, Any] | None = None


_LISTING = TypeAdapter(Listing)
_OWN = TypeAdapter(Own)
_ASKED = TypeAdapter(Asked)
_GIVEN = TypeAdapter(Given)


def listed(fact: BasketSuspended) -> Listed:
    """A suspended basket as it stands in a list."""
    return Listed(fact.uuid, fact.lane, fact.operator, fact.name, fact.at, fact.amount, fact.lines)


def listing_body(listing: Listing) -> dict[str, Any]:
    """The body of an answer."""
    body: dict[str, Any] = _LISTING.dump_python(listing, mode="json")
    return body


def read_listing(body: Mapping[str, Any]) -> Listing:
    """What such a body says. Raises ValueError."""
    return _LISTING.validate_python(dict(body)) if body else Listing()


def own_body(own: Own) -> dict[str, Any]:
    """The body of an inquiry for the list."""
    body: dict[str, Any] = _OWN.dump_python(own, mode="json")
    return body


def read_own(body: Mapping[str, Any]) -> Own:
    """What a lane says that it has open. Raises ValueError."""
    return _OWN.validate_python(dict(body))


def asked_body(asked: Asked) -> dict[str, Any]:
    """The body of a claim."""
    body: dict[str, Any] = _ASKED.dump_python(asked, mode="json")
    return body


def read_asked(body: Mapping[str, Any]) -> Asked:
    """What a claim wants. Raises ValueError."""
    return _ASKED.validate_python(dict(body))


def given_body(given: Given) -> dict[str, Any]:
    """The body of an answer to a claim."""
    body: dict[str, Any] = _GIVEN.dump_python(given, mode="json")
    return body


def read_given(body: Mapping[str, Any]) -> Given:
    """What such a body says. Raises ValueError."""
    return _GIVEN.validate_python(dict(body))


def read_suspended(body: Mapping[str, Any]) -> BasketSuspended:
    """A suspended basket as a claim's answer carries it: the JSON of its entry. Raises ValueError."""
    fact = decode("basket.suspended", 1, canonical.encode(body))
    if not isinstance(fact, BasketSuspended):
        raise UnreadableEntryError(f"{kind_of(fact)[0]} is no suspended basket")
    return fact


def joined(
    mine: Listing, ended: frozenset[str], outcome: Outcome, body: Mapping[str, Any]
) -> tuple[Outcome, Mapping[str, Any]]:
    """The branch's list with what the lane knows: its own that are on their way, and those that it
    resumed itself, which are open no more. Raises ValueError.
    """
    if outcome == "refused":
        return outcome, body
    above = read_listing(body)
    known = {one.uuid: one for one in (*mine.baskets, *above.baskets)}
    open_ = [one for one in known.values() if one.uuid not in {*ended, *above.gone}]
    newest = tuple(sorted(open_, key=lambda one: one.at, reverse=True))
    return "found", listing_body(Listing(newest, above.gone))
