"""Tiers of members (会员等级): which one a member's spend gives them, and for how long they keep it.

    spend reaches              the tier held                       what becomes of it
    a higher tier              any that spend gives, or none       raised at once
    the tier held              –                                   stays
    a lower tier, or none      kept still                          stays until its time is over
    a lower tier, or none      its time is over                    lowered to what is reached
    whatever                   held by a person's word             stays until a person lets go
    whatever                   one without threshold, or unknown   stays: a person gave it, a person takes it

Spend is in minor units, net of returns, within the last `months` of each tier; tiers of one table may look
back differently far. The highest rank whose threshold is reached counts. A threshold of nought is everyone's.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

_YEAR = 12


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier: reached by spending `threshold` within `months`, never by spending when it is None, and kept
    for `keep_months` at least. A higher rank is a better tier.
    """

    code: str
    name: str
    rank: int
    threshold: int | None
    months: int
    keep_months: int


@dataclass(frozen=True, slots=True)
class Held:
    """The tier that a member has, empty for none, and since when; `fixed` by a person's word."""

    tier: str
    since: date
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """Another tier, empty for none, and the tier whose threshold decided it: the one that was reached, or the
    one that is reached no more.
    """

    tier: str
    by: Tier


def decide(
    tiers: Iterable[Tier], held: Held, spend: Mapping[int, int], today: date
) -> Decided | None:
    """What becomes of a member's tier, None when nothing does. `spend` is by the months looked back."""
    known = {one.code: one for one in tiers}
    now = known.get(held.tier)
    if held.fixed or (held.tier and (now is None or now.threshold is None)):
        return None
    reached = best(known.values(), spend)
    if reached is not None and (now is None or reached.rank > now.rank):
        return Decided(reached.code, reached)
    if now is None or reached == now or today < months_after(held.since, now.keep_months):
        return None
    return Decided(reached.code if reached else "", now)


def best(tiers: Iterable[Tier], spend: Mapping[int, int]) -> Tier | None:
    """The highest tier that is reached."""
    reached = (
        one for one in tiers if one.threshold is not None and spend[one.months] >= one.threshold
    )
    return max(reached, key=lambda one: one.rank, default=None)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or earlier when below nought; the month's last where it is shorter."""
    number = day.year * _YEAR + day.month - 1 + months
    year, month = divmod(number, _YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
