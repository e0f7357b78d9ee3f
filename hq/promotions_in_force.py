"""The promotions that are published for a branch now, as its tills have them.

Of two records of one number the more specific audience speaks (branch, then group, then chain), and
then the later one; one that is withdrawn there is none. What this release cannot read is left out and
named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from hq import sites
from replication.streams import CHAIN_FEED, branch_feed
from schemas.domain.promotion.promotion import Promotion
from schemas.tables.catalogue import promotion
from schemas.wire.promotion_rule import UnreadableRuleError, decode_rule


@dataclass(frozen=True, slots=True)
class InForce:
    """The promotions, and the numbers of those that do not read here."""

    promotions: tuple[Promotion, ...]
    unreadable: tuple[str, ...]


def published_for(connection: Connection, branches: Collection[str]) -> Mapping[str, InForce]:
    """By branch, what is published for it."""
    rows = [_read(row) for row in connection.execute(select(promotion))]
    return {
        code: _of(code, sites.followed_by(connection, code) | {branch_feed(code)}, rows)
        for code in branches
    }


@dataclass(frozen=True, slots=True)
class _Told:
    """A record; of one that is withdrawn, or does not read here, no promotion is known."""

    stream: str
    number: str
    published: int
    withdrawn: bool
    promotion: Promotion | None


def _read(row: Row[Any]) -> _Told:
    found: Promotion | None = None
    if not row.withdrawn:
        with suppress(UnreadableRuleError):  # it is named to whoever asks
            found = decode_rule(row.promotion, row.rule)
    return _Told(row.stream, row.promotion, row.published, row.withdrawn, found)


def _of(branch: str, feeds: Collection[str], told: Collection[_Told]) -> InForce:
    places = {CHAIN_FEED: 0, branch_feed(branch): 2}
    spoken: dict[str, _Told] = {}
    for one in sorted(told, key=lambda one: (places.get(one.stream, 1), one.published)):
        if one.stream in feeds:
            spoken[one.number] = one
    heard = [spoken[number] for number in sorted(spoken) if not spoken[number].withdrawn]
    return InForce(
        tuple(one.promotion for one in heard if one.promotion is not None),
        tuple(one.number for one in heard if one.promotion is None),
    )
