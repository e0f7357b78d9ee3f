"""Rule 14: when a promotion is in force, for whom and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schemas.domain.promotion.effect import PercentOff
from schemas.domain.promotion.eligibility import eligibility
from schemas.domain.promotion.promotion import Hours, Limits, Period, Promotion, Who
from schemas.domain.promotion.sale import Context
from tests.schemas.domain.promotion.offers import EVENING, GOLD, STRANGER, coupon, offer

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN = offer("p", PercentOff(1000))
NIGHT = Hours(22 * 60, 2 * 60)


def at(day: int, hour: int, minute: int = 0) -> Context:
    """Return a stranger in Shanghai at a local time of March 2026, eight hours before UTC."""
    instant = datetime(2026, 3, day, hour, minute, tzinfo=UTC)
    return replace(STRANGER, at=instant.replace(hour=(hour - 8) % 24, day=day - (hour < 8)))


def holds(promotion: Promotion, context: Context) -> bool:
    """Whether the promotion is in force."""
    return eligibility(context).remaining(promotion) is None


@pytest.mark.parametrize(
    ("period", "context", "expected"),
    [
        (Period(EVENING), STRANGER, True),
        (Period(BEGIN, EVENING), STRANGER, False),  # its end is no longer part of it
        (Period(BEGIN, weekdays=(1,)), STRANGER, True),
        (Period(BEGIN, weekdays=(2, 7)), STRANGER, False),
        (Period(BEGIN, weekdays=(2,)), at(3, 1), True),  # Tuesday here, Monday in UTC
        (Period(BEGIN, hours=(Hours(1200, 1201),)), STRANGER, True),
        (Period(BEGIN, hours=(Hours(0, 1200), Hours(1201, 1440))), STRANGER, False),
        (Period(BEGIN, hours=(NIGHT,)), at(3, 21, 59), False),
        (Period(BEGIN, hours=(NIGHT,)), at(3, 22), True),
        (Period(BEGIN, hours=(NIGHT,)), at(3, 1, 59), True),
        (Period(BEGIN, hours=(NIGHT,)), at(3, 2), False),
    ],
)
def test_when(period: Period, context: Context, expected: bool) -> None:
    assert holds(replace(PLAIN, period=period), context) is expected


@pytest.mark.parametrize(
    ("who", "context", "expected"),
    [
        (Who(), STRANGER, True),
        (Who(members_only=True), STRANGER, False),
        (Who(members_only=True), GOLD, True),
        (Who(tiers=("silver", "gold")), GOLD, True),
        (Who(tiers=("silver",)), GOLD, False),
        (Who(member_days=(2, 12)), GOLD, True),
        (Who(member_days=(2,)), STRANGER, False),
        (Who(member_days=(3,)), GOLD, False),
        (Who(birthday="day"), GOLD, True),
        (Who(birthday="day"), replace(GOLD, birthday=date(1990, 3, 1)), False),
        (Who(birthday="month"), replace(GOLD, birthday=date(1990, 3, 31)), True),
        (Who(birthday="month"), replace(GOLD, birthday=date(1990, 4, 2)), False),
        (Who(birthday="day"), replace(GOLD, birthday=None), False),
        (Who(coupon="k"), STRANGER, False),
        (Who(coupon="k"), replace(STRANGER, coupons=(coupon("1", "k"),)), True),
        (Who(coupon="k"), replace(STRANGER, coupons=(coupon("k", "other"),)), False),
    ],
)
def test_for_whom(who: Who, context: Context, expected: bool) -> None:
    assert holds(replace(PLAIN, who=who), context) is expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (datetime(2027, 2, 28, 4, tzinfo=UTC), True),
        (datetime(2028, 2, 28, 4, tzinfo=UTC), False),
        (datetime(2028, 2, 29, 4, tzinfo=UTC), True),
    ],
)
def test_who_was_born_on_29_february_has_a_birthday_every_year(
    today: datetime, expected: bool
) -> None:
    born = replace(GOLD, birthday=date(2000, 2, 29), at=today)
    assert holds(replace(PLAIN, who=Who(birthday="day")), born) is expected


@pytest.mark.parametrize(
    ("limits", "remaining"),
    [
        (Limits(), None),
        (Limits(basket=3), 3),
        (Limits(basket=3, member=4), 2),
        (Limits(day=5), 1),
        (Limits(member=1), 0),
    ],
)
def test_how_often_still(limits: Limits, remaining: int | None) -> None:
    context = replace(GOLD, used_by_member={"p": 2}, used_today={"p": 4, "q": 9})
    assert eligibility(context).remaining(replace(PLAIN, limits=limits)) == remaining
