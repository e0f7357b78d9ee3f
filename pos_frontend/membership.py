"""Who a member is, as far as a lane knows: found by number, card or phone, and shown masked.

    keyed or scanned        is found by
    a member's number       the record
    a card's number         its keyed hash, for no card's number is in any record
    a phone's number        the same; several members with one phone are asked for their numbers

    who is not found        may be made, by phone and perhaps a name: provisional, until headquarters looks at them

Whom a till made travels as an entry, and comes back as a record with the feed; until then this lane alone
knows them, and only until it is started anew. One who was merged into another is that other. What a record has sealed is opened with the chain's key,
which the lane was given when it was enrolled; without it members are found by number alone, and have
neither a name nor a birthday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

import structlog

from pos_frontend.catalogue import Catalogue, Member
from pos_frontend.day import Terms
from pos_frontend.errors import TillError
from replication.sealing import SealError, lookup_hash, seal, unseal
from schemas.domain.member import MemberRegistered, masked_name, normalise_card, normalise_phone

_log = structlog.get_logger(__name__)
_MOST_MERGES = 10
_FEWEST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A member at the till; `name` is masked, and `birthday` none where it is not known."""

    member: str
    tier: str
    name: str = ""
    birthday: date | None = None


@dataclass(frozen=True, slots=True)
class Registering:
    """Who becomes a member, at which lane, by whom and when."""

    name: str
    phone: str
    lane: str
    operator: str
    terms: Terms
    at: datetime


class Membership:
    """Looks members up. Nothing of what was unsealed is kept but that of the member in the basket."""

    def __init__(self, catalogue: Catalogue, key: str) -> None:
        self._catalogue = catalogue
        self._key = key
        self._present: KnownMember | None = None
        self._made: dict[str, KnownMember] = {}

    def find(self, text: str) -> KnownMember:
        """The member who was keyed or scanned. Raises TillError."""
        typed = text.strip()
        found = self._catalogue.member(typed) or self._by_hash(typed)
        if found is not None:
            found = self._survivor(found)
        if found is None:
            made = self._made.get(normalise_phone(typed))
            if made is None:
                raise TillError("unknown_member", member=typed)
            self._present = made
            return made
        self._present = self._known(found)
        return self._present

    def register(self, asked: Registering) -> MemberRegistered:
        """Make a provisional member, to be written before they are `made`. Raises TillError."""
        digits, name = normalise_phone(asked.phone), asked.name.strip()
        if not self._key:
            raise TillError("no_member_key")
        if len(digits) < _FEWEST_DIGITS:
            raise TillError("member_phone")
        if digits in self._made or self._by_hash(digits):
            raise TillError("known_member")
        number = f"{asked.lane}-{uuid4().hex[:8]}"
        fields = {"name": name, "phone": asked.phone.strip(), "email": ""}
        return MemberRegistered(
            number, asked.terms.branch, asked.lane, asked.terms.business_date, asked.operator, asked.at,
            seal(self._key, number, fields), lookup_hash(self._key, "phone", digits), "",
        )  # fmt: skip

    def made(self, fact: MemberRegistered, asked: Registering) -> None:
        """Know a provisional member from now on."""
        known = KnownMember(fact.member, "", masked_name(asked.name))
        self._made[normalise_phone(asked.phone)] = known

    def of(self, number: str | None) -> KnownMember | None:
        """The member of a basket; none is a basket without one, or a record that is not there."""
        if number is None:
            return None
        if self._present is None or self._present.member != number:
            found = self._catalogue.member(number)
            self._present = None if found is None else self._known(found)
        return self._present

    def _by_hash(self, typed: str) -> Member | None:
        if not self._key:
            return None
        card = lookup_hash(self._key, "card", normalise_card(typed))
        phone = lookup_hash(self._key, "phone", normalise_phone(typed))
        for column, hashed in (("card_key", card), ("phone_key", phone)):
            numbers = {
                one.merged or one.member for one in self._catalogue.members_by(column, hashed)
            }
            if len(numbers) > 1:
                raise TillError("many_members")
            if numbers:
                return self._catalogue.member(numbers.pop())
        return None

    def _survivor(self, found: Member) -> Member | None:
        """Whoever took the place of one who was merged; none when the records go in a circle."""
        here: Member | None = found
        for _ in range(_MOST_MERGES):
            if here is None or not here.merged:
                return here
            here = self._catalogue.member(here.merged)
        return None

    def _known(self, found: Member) -> KnownMember:
        fields: dict[str, str] = {}
        if self._key and found.sealed:
            try:
                fields = unseal(self._key, found.member, found.sealed)
            except SealError as error:
                _log.warning("a member is without name and birthday", error=str(error))
        born = fields.get("birthday", "")
        return KnownMember(
            found.member, found.tier, masked_name(fields.get("name", "")),
            date.fromisoformat(born) if born else None,
        )  # fmt: skip
