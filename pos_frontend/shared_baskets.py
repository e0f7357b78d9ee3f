"""What a lane asks its branch about suspended baskets: which are open, and whether it may have one.

    asked                      answered by the branch              not answered in time
    the list                   all of the branch's                 this lane's own
    a claim of a basket        see `suspending`: given, or whose   this lane's own: resumed unsure
                               it is

Both are inquiries beside the till, which waits for neither. A claim that was not answered is asked with
the same uuid when the basket is wanted again, so what the branch decided is learned then.
"""

from __future__ import annotations

import uuid as uuids

from pos_frontend.errors import TillError
from pos_frontend.suspended_baskets import SuspendedBaskets
from pos_frontend.suspending import Resuming
from replication.inquiry import BusyError
from replication.inquiry_desk import InquiryDesk, Underway
from replication.messages import InquiryAnswer
from schemas.domain.suspension import BasketSuspended
from schemas.wire.suspended import (
    CLAIM,
    SUSPENDED,
    Asked,
    Listing,
    Own,
    asked_body,
    listed,
    own_body,
    read_asked,
    read_given,
    read_listing,
    read_suspended,
)


class SharedBaskets:
    """The suspended baskets of one lane's branch; `current_prices` says how they are resumed (rule 11)."""

    def __init__(
        self, desk: InquiryDesk, own: SuspendedBaskets, *, current_prices: bool = False
    ) -> None:
        self._desk = desk
        self._own = own
        self._current = current_prices
        self._latest: Underway | None = None
        self._lanes: dict[str, str] = {}
        self._claims: dict[str, str] = {}

    def own(self) -> Listing:
        """What this lane has open, at once."""
        return Listing(tuple(listed(fact) for fact in self._own.open()))

    def ask(self) -> Underway:
        """Ask which baskets are open. Raises TillError `lookup_busy`."""
        own = tuple(fact.uuid for fact in self._own.open())
        self._latest = self._asked(SUSPENDED, own_body(Own(self._desk.site, own)))
        return self._latest

    def take(self, underway: Underway, answer: InquiryAnswer) -> Listing | None:
        """The list in an answer; None when a newer one was asked for. Raises ValueError."""
        if underway is not self._latest:
            return None
        listing = read_listing(answer.body)
        if listing.gone:
            self._own.take(listing.gone)
        self._lanes = {one.uuid: one.lane for one in listing.baskets}
        return listing

    def claim(self, uuid: str) -> Underway:
        """Ask the branch for a basket. Raises TillError `suspended_unknown` for one that is in no list."""
        known = self._own.find(uuid)
        lane = known.fact.lane if known else self._lanes.get(uuid)
        if lane is None:
            raise TillError("suspended_unknown")
        claim = self._claims.setdefault(uuid, str(uuids.uuid4()))
        return self._asked(CLAIM, asked_body(Asked(uuid, lane)), claim)

    def given(self, underway: Underway, answer: InquiryAnswer) -> Resuming:
        """The basket that this lane may go on with. Raises TillError, and ValueError as `take`."""
        uuid = read_asked(underway.inquiry.body).suspended
        known = self._own.find(uuid)
        if answer.complete:
            self._claims.pop(uuid, None)
            mine = known.fact if known else None
            return Resuming(self._told(uuid, mine, answer), claimed=True, current=self._current)
        if known is None:
            raise TillError("suspended_offline")
        if known.taken_by:
            raise TillError("suspended_gone", lane=known.taken_by)
        return Resuming(known.fact, claimed=False, current=self._current)

    def _told(
        self, uuid: str, mine: BasketSuspended | None, answer: InquiryAnswer
    ) -> BasketSuspended:
        if answer.outcome != "found":
            raise TillError("suspended_unknown")
        given = read_given(answer.body)
        if given.resumed or given.lane != self._desk.site:
            self._own.take({uuid: given.lane})
            raise TillError("suspended_gone", lane=given.lane)
        fact = mine or (read_suspended(given.basket) if given.basket else None)
        if fact is None:
            raise TillError("suspended_unknown")
        return fact

    def _asked(self, kind: str, body: dict[str, object], uuid: str | None = None) -> Underway:
        try:
            return self._desk.ask(kind, body, uuid=uuid)
        except BusyError as error:
            raise TillError("lookup_busy") from error
