"""What a member's page tells of their tier: since when, by whose word or which spend, and what the next asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hq import tiers
from hq.member_spend import spent
from hq.members import HeldMember
from hq.tier_standing import standings
from schemas.domain.tier import Tier, months_after


@dataclass(frozen=True, slots=True)
class Step:
    """A tier of the table beside what the member spent within its months; `missing` is nought once reached."""

    tier: Tier
    spend: int
    missing: int


def tier_of(
    connection: Connection, one: HeldMember, now: datetime, currency: str
) -> dict[str, Any]:
    """What the template shows of it; without a table of tiers the code alone."""
    table = tiers.every(connection)
    mine = next((tier for tier in table if tier.code == one.tier), None)
    standing = standings(connection, [one.member]).get(one.member)
    if standing is not None and standing.tier != one.tier and not standing.held_by:
        standing = None  # given by a person or a file since: the next evaluation notes it
    kept = None
    if standing is not None and mine is not None and mine.keep_months:
        kept = months_after(standing.since, mine.keep_months)
    return {
        "tiers": table, "tier_name": mine.name if mine else "", "standing": standing,
        "kept": kept if kept and kept > now.date() else None,
        "steps": _steps(connection, one.member, table, now, currency),
    }  # fmt: skip


def _steps(
    connection: Connection, number: str, table: Sequence[Tier], now: datetime, currency: str
) -> list[Step]:
    by_spend = [tier for tier in table if tier.threshold is not None]
    if not by_spend:
        return []
    months = {tier.months for tier in by_spend}
    spend = spent(connection, [number], months, now.date(), currency)[number]
    return [
        Step(tier, spend[tier.months], max(0, (tier.threshold or 0) - spend[tier.months]))
        for tier in by_spend
    ]
