"""Ranges of business dates: those that move with the calendar, and those that one is compared with.

    a range        is, seen from a date                       compared with      begins
    today          that date                                  week               7 days earlier
    last_week      Monday to Sunday of the week before        weeks_52           364 days earlier, so with
    last_month     the whole month before                                        the same weekdays
    …                                                         period             as long, and ends the day before
                                                              year               on the same date a year earlier

Weeks begin on Monday. What a saved report asks for is the name, never the dates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

Relative = Literal[
    "today", "yesterday", "this_week", "last_week", "last_7_days", "this_month", "last_month",
    "last_30_days", "last_quarter", "this_year", "last_year",
]  # fmt: skip
RELATIVE: tuple[Relative, ...] = get_args(Relative)
Comparison = Literal["week", "weeks_52", "period", "year"]
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MONTHS = 12
_FEBRUARY, _LEAP_DAY = 2, 29


@dataclass(frozen=True, slots=True)
class Range:
    """Business dates, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


def relative(name: Relative, today: date) -> Range:
    """The range of that name, seen from a date."""
    return _RELATIVE[name](today)


def compared_with(asked: Range, comparison: Comparison) -> Range:
    """The earlier range that a range is held against, as long as it (but for a leap day)."""
    match comparison:
        case "week":
            return Range(asked.first - _WEEK, asked.last - _WEEK)
        case "weeks_52":
            return Range(asked.first - 52 * _WEEK, asked.last - 52 * _WEEK)
        case "period":
            return _period_before(asked)
        case "year":
            return Range(_year_before(asked.first), _year_before(asked.last))


def moved(day: date, asked: Range, comparison: Comparison) -> date:
    """The date of an earlier range as it stands beside those of the later: the other way round."""
    if comparison == "year":
        leap = day.month == _FEBRUARY and day.day == _LEAP_DAY
        return (day - _DAY if leap else day).replace(year=day.year + 1)
    return day + (asked.first - compared_with(asked, comparison).first)


def month_after(month: str, asked: Range, comparison: Comparison) -> str:
    """The same for a month, written 2026-03: so many months as lie between the two ranges."""
    earlier = compared_with(asked, comparison).first
    between = (asked.first.year - earlier.year) * _MONTHS + asked.first.month - earlier.month
    number = int(month[:4]) * _MONTHS + int(month[5:7]) - 1 + between
    return f"{number // _MONTHS}-{number % _MONTHS + 1:02}"


def _period_before(asked: Range) -> Range:
    """Whole months before whole months; else as many days."""
    end = asked.first - _DAY
    if asked.first.day == 1 and (asked.last + _DAY).day == 1:
        months = (
            (asked.last.year - asked.first.year) * _MONTHS + asked.last.month - asked.first.month
        )
        return Range(_months_before(end, months), end)
    return Range(end - timedelta(days=asked.days - 1), end)


def _months_before(day: date, months: int) -> date:
    """The first of the month so many months before."""
    number = day.year * _MONTHS + day.month - 1 - months
    return date(number // _MONTHS, number % _MONTHS + 1, 1)


def _year_before(day: date) -> date:
    leap = day.month == _FEBRUARY and day.day == _LEAP_DAY
    return (day - _DAY if leap else day).replace(year=day.year - 1)


def _week_of(today: date) -> date:
    return today - timedelta(days=today.weekday())


def _quarter_before(today: date) -> Range:
    first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    return Range(_months_before(first, 3), first - _DAY)


_RELATIVE: Mapping[Relative, Callable[[date], Range]] = {
    "today": lambda day: Range(day, day),
    "yesterday": lambda day: Range(day - _DAY, day - _DAY),
    "this_week": lambda day: Range(_week_of(day), day),
    "last_week": lambda day: Range(_week_of(day) - _WEEK, _week_of(day) - _DAY),
    "last_7_days": lambda day: Range(day - _WEEK, day - _DAY),
    "this_month": lambda day: Range(day.replace(day=1), day),
    "last_month": lambda day: Range(_months_before(day, 1), day.replace(day=1) - _DAY),
    "last_30_days": lambda day: Range(day - 30 * _DAY, day - _DAY),
    "last_quarter": _quarter_before,
    "this_year": lambda day: Range(date(day.year, 1, 1), day),
    "last_year": lambda day: Range(date(day.year - 1, 1, 1), date(day.year - 1, 12, 31)),
}
