"""How a member came by their tier: by their spend since some day, or by a person's word, with a reason.

    a person gives a tier and holds it     the record and who holds it, in one transaction; spend is let be
    a person lets go                       spend decides from the next look on

What is asked wrongly raises MemberError; both leave an audit note.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select, update

from hq import members, publication, tiers
from hq.audit import note
from hq.members import HeldMember, MemberError
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import CHAIN_FEED
from schemas.tables.base import upsert
from schemas.tables.tiers import tier_standing
from schemas.wire.records import Member

_NO_REASON = msgid("Say why %(member)s gets this tier.")
_NOT_HELD = msgid("The tier of %(member)s is held by nobody: spend decides it already.")
_LONG = msgid("A reason has at most %(most)s characters.")
_MOST = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """The tier that a member has had since a day; `held_by` and `reason` are empty where spend decides."""

    member: str
    tier: str
    since: date
    held_by: str = ""
    reason: str = ""


def standings(connection: Connection, numbers: Collection[str]) -> dict[str, Standing]:
    """How these members stand, those of them who were looked at already."""
    query = select(tier_standing).where(tier_standing.c.member.in_(numbers))
    return {row.member: Standing(*row) for row in connection.execute(query)}


def keep(connection: Connection, found: Iterable[Standing]) -> None:
    """Write how members stand."""
    upsert(connection, tier_standing, [asdict(one) for one in found])


def with_tier(one: HeldMember, tier: str) -> Member:
    """A member's record with another tier."""
    return Member(**{**asdict(one), "tier": tier})


def change(one: HeldMember, tier: str, why: str) -> str:
    """What a change of tier is noted as."""
    return f"{one.tier or '–'} → {tier or '–'}: {why}"


def hold(
    connection: Connection, number: str, tier: str, actor: User, reason: str, at: datetime
) -> None:
    """Give a member a tier by a person's word. Raises MemberError or TierError."""
    if not reason.strip():
        raise MemberError(_NO_REASON, member=number)
    if len(reason) > _MOST:
        raise MemberError(_LONG, most=_MOST)
    one = members.find_to_change(connection, number)
    tiers.check(connection, [tier])
    said = change(one, tier, reason.strip())
    if tier != one.tier:
        publication.publish(connection, {CHAIN_FEED: [with_tier(one, tier)]})
    keep(connection, [Standing(number, tier, at.date(), actor.operator, reason.strip())])
    note(connection, at, actor.operator, "member.hold_tier", number, said)


def release(connection: Connection, number: str, actor: User, at: datetime) -> None:
    """Let spend decide a member's tier again. Raises MemberError."""
    members.find_to_change(connection, number)
    row = tier_standing.c
    done = connection.execute(
        update(tier_standing)
        .where(row.member == number, row.held_by != "")
        .values(held_by="", reason="")
    )
    if not done.rowcount:
        raise MemberError(_NOT_HELD, member=number)
    note(connection, at, actor.operator, "member.release_tier", number)
