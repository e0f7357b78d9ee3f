"""Giving members the tiers that their spend reaches, by night and when somebody asks for it.

    a member   has another tier than was noted   it counts as had since today: a person or a file gave it
               reaches or loses a tier           the record again, in the chain's feed, with an audit note of
                                                 from, to and the figures that decided
               is held by a person               has their tier until a person lets go

Members are looked at some at a time, each time in a transaction of its own, so that nobody waits for all of
them. One that is being written at this very moment is left for the next time. Days are those of UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from hq import members, publication, tiers
from hq.audit import note
from hq.founding import SITE
from hq.member_spend import spent
from hq.members import HeldMember
from hq.tier_standing import Standing, change, keep, standings, with_tier
from replication.console.formats import decimals_of
from replication.streams import CHAIN_FEED
from schemas.domain.money import format_amount
from schemas.domain.tier import Decided, Held, Tier, decide

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many members were looked at, and how many of them have a higher or a lower tier now."""

    looked: int = 0
    raised: int = 0
    lowered: int = 0


@dataclass(frozen=True, slots=True)
class _Changed:
    """A member who gets another tier, and what they spent in the window that decided."""

    member: HeldMember
    decided: Decided
    spend: int

    @property
    def is_raised(self) -> bool:
        """Whether the new tier is what decided: else it was the one that is lost."""
        return self.decided.tier == self.decided.by.code


def evaluate(engine: Engine, now: datetime, currency: str, operator: str = SITE) -> Outcome:
    """Give every member the tier that is theirs, in the name of an operator; nothing without tiers."""
    looked, changed, after = 0, list[_Changed](), ""
    while True:
        with engine.begin() as connection:
            table = tiers.every(connection)
            some = members.unwritten(connection, _AT_ONCE, after) if table else []
            if not some:
                raised = sum(one.is_raised for one in changed)
                return Outcome(looked, raised, len(changed) - raised)
            these = list(_look(connection, table, some, now, currency))
            _tell(connection, these, now, currency, operator)
        changed += these
        looked += len(some)
        after = some[-1].member


def _look(
    connection: Connection, table: Sequence[Tier], some: Sequence[HeldMember], now: datetime,
    currency: str,
) -> Iterator[_Changed]:  # fmt: skip
    """Who of some members gets another tier; how they stand is noted."""
    numbers, today = [one.member for one in some], now.date()
    spend = spent(connection, numbers, {one.months for one in table}, today, currency)
    noted, fresh = standings(connection, numbers), list[Standing]()
    for one in some:
        standing = noted.get(one.member) or Standing(one.member, "", today)
        if standing.tier != one.tier:
            held_by, reason = standing.held_by, standing.reason
            standing = Standing(one.member, one.tier, today, held_by, reason)
        held = Held(one.tier, standing.since, fixed=bool(standing.held_by))
        decided = decide(table, held, spend[one.member], today)
        if decided is not None:
            standing = Standing(one.member, decided.tier, today)
            yield _Changed(one, decided, spend[one.member][decided.by.months])
        if standing != noted.get(one.member, Standing(one.member, "", today)):
            fresh.append(standing)
    keep(connection, fresh)


def _tell(
    connection: Connection, changed: Sequence[_Changed], now: datetime, currency: str, operator: str
) -> None:
    if not changed:
        return
    decimals = decimals_of(currency)
    records = [with_tier(one.member, one.decided.tier) for one in changed]
    publication.publish(connection, {CHAIN_FEED: records})
    for one in changed:
        by = one.decided.by
        asked = format_amount(by.threshold or 0, decimals)
        sign = "≥" if one.is_raised else "<"
        why = f"{format_amount(one.spend, decimals)} {sign} {asked} / {by.months} m"
        said = change(one.member, one.decided.tier, why)
        note(connection, now, operator, "member.tier", one.member.member, said)
