"""Promotions ahead (促销): on which of the coming days each item of a branch is promoted, and what promotions do to it.

counts             a promotion that is published for the branch, on every day of its clock on which it holds at
                   some time, for every item that it wants in any unit
does not           one for birthdays, tiers or whoever brings a coupon: a few customers make no other demand
always promoted    where most days that sell are promoted, promotions are the usual state: nothing is added

The uplift of an item leans to that of its category in the branch, and that to the branch's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hq.promotions_in_force import published_for
from hq.replenishment.chain import Chain
from hq.replenishment.history import ItemHistory
from hq.reports.branches import KnownBranch
from schemas.domain.promotion.promotion import Promotion
from schemas.domain.promotion.rule import Goods, Rule, prepared
from schemas.domain.replenishment.demand import bits
from schemas.domain.replenishment.uplift import USUAL_UPLIFT, Ahead, Seen, seen, uplift
from schemas.domain.replenishment.weekday import Profile

#: Nothing is ordered for what comes later.
DAYS = 92


@dataclass(frozen=True, slots=True)
class Offers:
    """Of a branch: the days ahead on which items are promoted, and the uplift of categories and of all."""

    chain: Chain | None = None
    rules: Mapping[str, Sequence[tuple[Rule, int]]] = field(default_factory=dict)
    by_category: Mapping[str, float] = field(default_factory=dict)
    of_branch: float = USUAL_UPLIFT

    def ahead(self, one: ItemHistory) -> Ahead:
        """What is to be expected of an item's promotions."""
        known = self.chain.items.get(one.item) if self.chain else None
        if known is None:
            return Ahead()
        group = self.by_category.get(known.category, self.of_branch)
        if one.always_promoted or not self.rules:
            return Ahead(0, group)
        path = self.chain.path(known.category) if self.chain else ()
        goods = Goods(one.item, known.unit, path)
        days = 0
        for name in ("", f"item {one.item}", *(f"category {code}" for code in path)):
            for rule, on in self.rules.get(name, ()):
                if on & ~days and rule.group_of(goods) is not None:
                    days |= on
        return Ahead(days, group)


NO_OFFERS = Offers()


def read(
    connection: Connection, chain: Chain, branch: KnownBranch, today: date,
    found: Iterable[ItemHistory], usual: Profile,
) -> Offers:  # fmt: skip
    """The promotions ahead of a branch, and what those behind did to its items."""
    sums: dict[str, Seen] = {}
    for one in found:
        known = chain.items.get(one.item)
        if known is not None and one.demand.promoted:
            told = seen(one.demand, usual)
            sums[known.category] = sums.get(known.category, Seen()) + told
    of_branch = uplift(sum(sums.values(), Seen()))
    by_category = {code: uplift(told, of_branch) for code, told in sums.items()}
    published = published_for(connection, [branch.branch])[branch.branch].promotions
    return Offers(chain, _rules(published, ZoneInfo(branch.zone), today), by_category, of_branch)


def _rules(
    published: Sequence[Promotion], zone: ZoneInfo, today: date
) -> dict[str, list[tuple[Rule, int]]]:
    """By what they name, items or categories or nothing, the rules that hold on some day ahead."""
    found: dict[str, list[tuple[Rule, int]]] = {}
    for promotion in published:
        who = promotion.who
        on = _days(promotion, zone, today)
        if not on or who.coupon is not None or who.tiers or who.birthday != "no":
            continue
        rule = prepared(replace(promotion, scope=replace(promotion.scope, units=())), 0)
        for group in rule.groups:
            names = [f"item {one}" for one in group.items]
            names += [f"category {one}" for one in group.categories]
            for name in names or [""]:
                found.setdefault(name, []).append((rule, on))
    return found


def _days(promotion: Promotion, zone: ZoneInfo, today: date) -> int:
    """The days from today on which it holds at some time."""
    period = promotion.period

    def holds(day: date) -> bool:
        midnight = datetime.combine(day, time(), zone)
        following = datetime.combine(day + timedelta(days=1), time(), zone)
        return (
            period.starts < following
            and (period.ends is None or period.ends > midnight)
            and (not period.weekdays or day.isoweekday() in period.weekdays)
            and (not promotion.who.member_days or day.day in promotion.who.member_days)
        )

    return bits(ahead for ahead in range(DAYS) if holds(today + timedelta(days=ahead)))
