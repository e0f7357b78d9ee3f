"""Whether a promotion is in force here and now for this customer, and how often still.

condition       holds when
period          starts ≤ at < ends
weekdays        the branch's local date is one of them
hours           the branch's local time is within one of them
members, tiers  a member is known, and of such a tier
birthday        the local date is the member's birthday, or in its month (29 February: the 28th)
member days     the local day of the month is one of them
coupon          one of that kind is presented
limits          something is left of the least of them
"""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.domain.promotion.promotion import Hours, Period, Promotion, Who
from schemas.domain.promotion.sale import Context

_FEBRUARY, _LEAP_DAY = 2, 29


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A context, with what the branch's clock says worked out once."""

    context: Context
    today: date
    minute: int
    coupons: frozenset[str]

    def remaining(self, promotion: Promotion) -> int | None:
        """How often the promotion may be used in this basket: 0 not at all, None without limit."""
        if not (self.is_time(promotion.period) and self._has_coupon(promotion.who)):
            return 0
        if not self.is_for(promotion.who):
            return 0
        limits, context = promotion.limits, self.context
        caps: list[int] = []
        if limits.basket is not None:
            caps.append(limits.basket)
        if limits.member is not None:
            caps.append(limits.member - context.used_by_member.get(promotion.id, 0))
        if limits.day is not None:
            caps.append(limits.day - context.used_today.get(promotion.id, 0))
        return max(0, min(caps)) if caps else None

    def is_time(self, period: Period) -> bool:
        """Whether the instant is within a period, on the branch's clock."""
        at = self.context.at
        return (
            period.starts <= at
            and (period.ends is None or at < period.ends)
            and (not period.weekdays or self.today.isoweekday() in period.weekdays)
            and (not period.hours or any(_within(self.minute, one) for one in period.hours))
        )

    def _has_coupon(self, who: Who) -> bool:
        return who.coupon is None or who.coupon in self.coupons

    def is_for(self, who: Who) -> bool:
        """Whether the customer is one of whom it is for, whatever coupons they have."""
        context = self.context
        if not asks_for_member(who):
            return True
        return (
            context.member is not None
            and (not who.tiers or context.tier in who.tiers)
            and (not who.member_days or self.today.day in who.member_days)
            and (who.birthday == "no" or self._is_birthday(who.birthday))
        )

    def _is_birthday(self, which: str) -> bool:
        born = self.context.birthday
        if born is None or born.month != self.today.month:
            return False
        return which == "month" or self.today.day == _celebrated(born, self.today.year)


def eligibility(context: Context) -> Eligibility:
    """Prepare a context."""
    local = context.at.astimezone(_zone(context.zone))
    kinds = frozenset(one.kind for one in context.coupons)
    return Eligibility(context, local.date(), local.hour * 60 + local.minute, kinds)


def asks_for_member(who: Who) -> bool:
    """Whether a customer has to be a member: for tiers, birthdays and member days too."""
    return who.members_only or bool(who.tiers or who.member_days) or who.birthday != "no"


def _within(minute: int, hours: Hours) -> bool:
    if hours.starts < hours.ends:
        return hours.starts <= minute < hours.ends
    return minute >= hours.starts or minute < hours.ends


def _celebrated(born: date, year: int) -> int:
    """The day of its month on which a birthday is kept."""
    if (born.month, born.day) == (_FEBRUARY, _LEAP_DAY) and not isleap(year):
        return _LEAP_DAY - 1
    return born.day


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
