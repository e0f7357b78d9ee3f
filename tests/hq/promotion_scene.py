"""Promotions for the tests of headquarters: what a buyer might draft, and the form they fill in."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from hq import promotions
from schemas.domain.promotion.effect import Effect, PercentOff
from schemas.domain.promotion.promotion import Period, Promotion, Scope
from tests.hq.conftest import APPROVER, BUYER, NOON

NORTH = "feed:group:north"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
TEN_OFF = PercentOff(1000)


def offer(
    effect: Effect = TEN_OFF, *items: str, title: str = "Fruit week", scope: Scope | None = None
) -> Promotion:
    """A promotion on items, or on everything, in force since the year began."""
    return Promotion("", title, Period(SINCE), effect, scope or Scope(items=items))


def drafted(connection: Connection, given: Promotion, audience: str = NORTH) -> str:
    return promotions.draft(connection, audience, given, BUYER, NOON)


def approved(connection: Connection, given: Promotion, audience: str = NORTH) -> str:
    number = drafted(connection, given, audience)
    seen = promotions.find(connection, number).seen
    promotions.approve(connection, number, APPROVER, NOON, seen=seen)
    return number


def published(connection: Connection, given: Promotion, audience: str = NORTH) -> str:
    number = approved(connection, given, audience)
    promotions.publish(connection, number, BUYER, NOON)
    return number


def form(kind: str, **fields: str) -> dict[str, str]:
    """A filled form of a kind, as a browser sends it."""
    usual = {
        "kind": kind, "title": "Fruit week", "audience": NORTH, "zone": "Asia/Shanghai",
        "starts": "2026-03-05T08:00", "ends": "", "hours": "", "items": "", "categories": "",
        "units": "", "excluded_items": "", "excluded_categories": "", "tiers": "", "limit": "",
        "mode": "exclusive", "group": "", "priority": "",
    }  # fmt: skip
    return usual | fields
