"""Members (会员) at headquarters: who they are, sealed, and what is known of each by everyone.

    a member     is                                       what is written, in one transaction
    registered   imported, or typed by a person           the record, in the chain's feed
    provisional  made by a till that had nobody to ask    the same when its entry arrives; merged at once
                                                          where one member alone has that phone or card
    changed      edited by a person                       the record again
    merged       one of two who are the same              the record again, which names the other

Name, phone, e-mail, birthday and card are sealed wherever they rest; a phone or a card is found by its
keyed hash. Whoever sees them open leaves a note. A merged member's number goes on being understood:
points, receipts and tickets to come count for the one who stays. What is asked wrongly raises MemberError.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select

from hq import publication, tiers
from hq.audit import note
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.console.users import User
from replication.sealing import SealError, lookup_hash, seal, unseal
from replication.streams import CHAIN_FEED
from schemas.domain.member import MemberRegistered, normalise_card, normalise_phone
from schemas.tables.catalogue import member
from schemas.tables.fact_error import FactError
from schemas.wire.records import Member

_UNKNOWN = msgid("There is no member %(member)s.")
_NO_NAME = msgid("A member has a name: type it.")
_BIRTHDAY = msgid("“%(value)s” is no birthday: write it like 1990-05-17.")
_LONG = msgid("“%(value)s…” is too long: at most %(most)s characters.")
_ITSELF = msgid("%(member)s cannot be merged into itself.")
_MERGED = msgid("%(member)s was merged into %(into)s already: look at that one.")
_NO_REASON = msgid("Say why %(member)s is merged.")

_OPTIONAL = ("birthday", "card")
_MOST = 200


class MemberError(RefusalError):
    """Something that cannot be done with a member as asked."""


@dataclass(frozen=True, slots=True)
class Personal:
    """What is sealed; a birthday is ISO, or empty as all but the name may be."""

    name: str
    phone: str = ""
    email: str = ""
    birthday: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class HeldMember:
    """A member as the records say; `sealed` opens with `opened`."""

    member: str
    tier: str
    sealed: str
    phone_key: str
    card_key: str
    merged: str
    provisional: bool


def find(connection: Connection, number: str) -> HeldMember:
    """The member with this number. Raises MemberError."""
    row = connection.execute(_members().where(member.c.member == number)).first()
    if row is None:
        raise MemberError(_UNKNOWN, member=number)
    return _held(row)


def search(connection: Connection, key: str, typed: str) -> list[HeldMember]:
    """Those with this number, card or phone, merged ones too."""
    wanted = [member.c.member == typed.strip()]
    for column, kind, value in (
        (member.c.card_key, "card", normalise_card(typed)),
        (member.c.phone_key, "phone", normalise_phone(typed)),
    ):
        if value:
            wanted.append(column == lookup_hash(key, kind, value))
    return [_held(row) for row in connection.execute(_members().where(or_(*wanted)))]


def numbered(connection: Connection, numbers: Iterable[str]) -> list[HeldMember]:
    """Those with one of these numbers."""
    query = _members().where(member.c.member.in_(sorted(numbers)))
    return [_held(row) for row in connection.execute(query)]


def find_to_change(connection: Connection, number: str) -> HeldMember:
    """The same, who was not merged into another; nobody else writes them until the transaction ends.
    Raises MemberError.
    """
    connection.execute(select(member.c.key).where(member.c.member == number).with_for_update())
    one = find(connection, number)
    if one.merged:
        raise MemberError(_MERGED, member=number, into=one.merged)
    return one


def listed(
    connection: Connection, limit: int, after: str = "", *, provisional: bool = False,
    tier: str = "",
) -> list[HeldMember]:  # fmt: skip
    """Members by number, without those who were merged; those alone whom a till made, or of a tier."""
    query = _members().where(member.c.merged == "", member.c.member > after).limit(limit)
    if provisional:
        query = query.where(member.c.provisional)
    if tier:
        query = query.where(member.c.tier == tier)
    return [_held(row) for row in connection.execute(query)]


def unwritten(connection: Connection, limit: int, after: str) -> list[HeldMember]:
    """The same that nobody is writing right now, to be written by this transaction alone."""
    query = _members().where(member.c.merged == "", member.c.member > after).limit(limit)
    return [_held(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def alike(connection: Connection, one: HeldMember) -> list[HeldMember]:
    """Others with the same phone or card, who may be the same person."""
    same = [
        column == value
        for column, value in (
            (member.c.phone_key, one.phone_key),
            (member.c.card_key, one.card_key),
        )
        if value
    ]
    if not same:
        return []
    query = _members().where(or_(*same), member.c.member != one.member, member.c.merged == "")
    return [_held(row) for row in connection.execute(query)]


def family(connection: Connection, number: str) -> list[str]:
    """A member and all who were merged into them, directly or through others."""
    found, fresh = [number], [number]
    while fresh:
        query = select(member.c.member).where(member.c.merged.in_(fresh)).order_by(member.c.member)
        fresh = [one for one in connection.execute(query).scalars() if one not in found]
        found += fresh
    return found


def opened(key: str, one: HeldMember) -> Personal:
    """What a member's record has sealed; nothing where it does not open, which a page then shows."""
    try:
        return Personal(**unseal(key, one.member, one.sealed))
    except (SealError, TypeError):
        # A till may have sealed it with another chain's key, or not at all.
        return Personal("")


def record(
    key: str, number: str, tier: str, personal: Personal, before: HeldMember | None = None
) -> Member:
    """A member's record. What is sealed already and says the same is kept: no seal is twice the same."""
    fields = asdict(personal)
    said = {name: text for name, text in fields.items() if text or name not in _OPTIONAL}
    kept = before is not None and opened(key, before) == personal
    return Member(
        member=number,
        tier=tier,
        sealed=before.sealed if before and kept else seal(key, number, said),
        phone_key=lookup_hash(key, "phone", normalise_phone(personal.phone)),
        card_key=lookup_hash(key, "card", normalise_card(personal.card)),
        merged=before.merged if before else "",
    )


def save(
    connection: Connection, key: str, number: str, tier: str, personal: Personal,
    actor: User, at: datetime,
) -> str:  # fmt: skip
    """Change a member, or register one under the next number where none is given; whom a till made is
    provisional no longer. Answers the number. Raises MemberError.
    """
    _check(tier, personal)
    before = find_to_change(connection, number) if number else None
    if before is None or before.tier != tier.strip():
        tiers.check(connection, [tier.strip()])
    number = number or f"M{uuid.uuid4().hex[:10].upper()}"
    publication.publish(
        connection, {CHAIN_FEED: [record(key, number, tier.strip(), personal, before)]}
    )
    note(connection, at, actor.operator, "member.change" if before else "member.register", number)
    return number


def merge(
    connection: Connection, number: str, into: str, actor: User, reason: str, at: datetime
) -> None:
    """Let a member be another from now on. Raises MemberError."""
    if not reason.strip():
        raise MemberError(_NO_REASON, member=number)
    if number == into:
        raise MemberError(_ITSELF, member=number)
    for one in sorted((number, into)):
        find_to_change(connection, one)
    # Whoever was merged into the one who goes is told to be the other at once: one step leads there.
    followers = numbered(connection, family(connection, number))
    publication.publish(connection, {CHAIN_FEED: [_merged(one, into) for one in followers]})
    said = f"{number} → {into}: {reason.strip()}"
    for subject in (number, into):
        note(connection, at, actor.operator, "member.merge", subject, said)


def looked(connection: Connection, number: str, actor: User, at: datetime) -> None:
    """Keep that somebody saw a member's personal fields open."""
    note(connection, at, actor.operator, "member.look", number)


def take(connection: Connection, facts: Sequence[MemberRegistered]) -> None:
    """Take in whom tills made. Raises FactError for a number that is not the lane's to give."""
    for fact in facts:
        if not fact.member.startswith(f"{fact.lane}-"):
            message = f"{fact.lane} registered {fact.member}, a number that it may not give"
            raise FactError(message)
        row = connection.execute(_members().where(member.c.member == fact.member)).first()
        if row is not None:
            continue  # told twice: by a lane or a branch that was put back
        made = HeldMember(
            fact.member, "", fact.sealed, fact.phone_key, fact.card_key, "", provisional=True
        )
        same = [one for one in alike(connection, made) if not one.provisional]
        into = same[0].member if len(same) == 1 else ""
        publication.publish(connection, {CHAIN_FEED: [_merged(made, into)]})


def _merged(one: HeldMember, into: str) -> Member:
    return Member(**{**asdict(one), "merged": into})


def _check(tier: str, personal: Personal) -> None:
    if not personal.name:
        raise MemberError(_NO_NAME)
    for value in (tier, *asdict(personal).values()):
        if len(value) > _MOST:
            raise MemberError(_LONG, value=value[:20], most=_MOST)
    if personal.birthday and not is_birthday(personal.birthday):
        raise MemberError(_BIRTHDAY, value=personal.birthday)


def is_birthday(text: str) -> bool:
    """Whether a text is a date as records have it."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _members() -> Select[Any]:
    return select(member).order_by(member.c.member)


def _held(row: Row[Any]) -> HeldMember:
    return HeldMember(
        row.member, row.tier, row.sealed, row.phone_key, row.card_key, row.merged, row.provisional
    )
