"""Who a member is, as far as a lane knows: found by number, card or phone, and shown masked.

    keyed or scanned        is found by
    a member's number       the record
    a card's number         its keyed hash, for no card's number is in any record
    a phone's number        the same; several members with one phone are asked for their numbers

One who was merged into another is that other. What a record has sealed is opened with the chain's key,
which the lane was given when it was enrolled; without it members are found by number alone, and have
neither a name nor a birthday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import structlog

from pos_frontend.catalogue import Catalogue, Member
from pos_frontend.errors import TillError
from replication.sealing import SealError, lookup_hash, unseal
from schemas.domain.member import masked_name, normalise_card, normalise_phone

_log = structlog.get_logger(__name__)
_MOST_MERGES = 10


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A member at the till; `name` is masked, and `birthday` none where it is not known."""

    member: str
    tier: str
    name: str = ""
    birthday: date | None = None


class Membership:
    """Looks members up. Nothing of what was unsealed is kept but that of the member in the basket."""

    def __init__(self, catalogue: Catalogue, key: str) -> None:
        self._catalogue = catalogue
        self._key = key
        self._present: KnownMember | None = None

    def find(self, text: str) -> KnownMember:
        """The member who was keyed or scanned. Raises TillError."""
        typed = text.strip()
        found = self._catalogue.member(typed) or self._by_hash(typed)
        if found is not None:
            found = self._survivor(found)
        if found is None:
            raise TillError("unknown_member", member=typed)
        self._present = self._known(found)
        return self._present

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
