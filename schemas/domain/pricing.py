"""The price of an item in a unit at a branch, for a member's tier, at an instant (rule 11).

A published price change is rows, each for an audience, an item, a unit, a tier and a time
[starts, ends). Of the rows that hold, two prices are taken:

    list price     from rows for everyone (no tier)
    member price   from rows for the member's tier, and only if it is below the list price

each by the most specific audience (branch, then group, then chain), then the latest publication.
So a branch's price beats a later one of the chain, and a cut for everyone at a branch never leaves
a member paying more than everyone. What has no list price in force is not for sale.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One price of one document: `price` minor units for one `unit`, on [starts, ends).

    `audience_level` is 0 for the chain, 1 for a branch group, 2 for a branch; rows that do not
    address the branch are not its rows. An empty `tier` is everyone. `published` numbers
    publications, later ones higher. Instants are aware; no `ends` is for good.
    """

    document: str
    audience_level: int
    item: str
    unit: str
    tier: str
    price: int
    starts: datetime
    ends: datetime | None
    published: int

    def holds(self, at: datetime) -> bool:
        """Whether the row is in force at the instant: its end is no longer part of it."""
        return self.starts <= at and (self.ends is None or at < self.ends)


@dataclass(frozen=True, slots=True)
class Priced:
    """The rows in force: everyone's, and the member's when it is the lower one."""

    list: PriceRow
    member: PriceRow | None = None


def price_in_force(rows: Iterable[PriceRow], tier: str, at: datetime) -> Priced | None:
    """Return the prices of one item in one unit, whatever the order of its rows; None is no price.

    An empty `tier` is a customer who is no member.
    """
    holding = [row for row in rows if row.holds(at)]
    everyone = _first(row for row in holding if not row.tier)
    if everyone is None:
        return None
    member = _first(row for row in holding if row.tier == tier) if tier else None
    if member is None or member.price >= everyone.price:
        return Priced(everyone)
    return Priced(everyone, member)


def _first(rows: Iterable[PriceRow]) -> PriceRow | None:
    return max(rows, key=_rank, default=None)


def _rank(row: PriceRow) -> tuple[int, int, int, str, datetime, datetime]:
    """Order rows by the rule, then so that no two differ and rank alike.

    One document may address two groups that share a branch: its lower price is then in force. A
    row without an end ranks by its start, at which no row that holds can end.
    """
    ends = row.ends or row.starts
    return row.audience_level, row.published, -row.price, row.document, row.starts, ends
