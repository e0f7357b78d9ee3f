"""Ranges that move with the calendar, and those that one is compared with."""

from __future__ import annotations

from datetime import date

import pytest

from hq.reporting.ranges import (
    Comparison,
    Range,
    Relative,
    compared_with,
    month_after,
    moved,
    relative,
)

D = date.fromisoformat


def dates(text: str) -> Range:
    first, _, last = text.partition("..")
    return Range(D(first), D(last or first))


@pytest.mark.parametrize(
    ("name", "today", "is_"),
    [
        ("today", "2026-03-04", "2026-03-04"),
        ("yesterday", "2026-03-01", "2026-02-28"),
        ("this_week", "2026-03-04", "2026-03-02..2026-03-04"),
        ("last_week", "2026-03-02", "2026-02-23..2026-03-01"),
        ("last_7_days", "2026-03-04", "2026-02-25..2026-03-03"),
        ("this_month", "2026-03-04", "2026-03-01..2026-03-04"),
        ("last_month", "2026-01-31", "2025-12-01..2025-12-31"),
        ("last_month", "2028-03-31", "2028-02-01..2028-02-29"),
        ("last_30_days", "2026-03-31", "2026-03-01..2026-03-30"),
        ("last_quarter", "2026-02-14", "2025-10-01..2025-12-31"),
        ("this_year", "2026-03-04", "2026-01-01..2026-03-04"),
        ("last_year", "2026-03-04", "2025-01-01..2025-12-31"),
    ],
)
def test_a_range_by_its_name(name: Relative, today: str, is_: str) -> None:
    assert relative(name, D(today)) == dates(is_)


@pytest.mark.parametrize(
    ("asked", "comparison", "earlier"),
    [
        ("2026-03-02..2026-03-08", "week", "2026-02-23..2026-03-01"),
        ("2026-03-02..2026-03-08", "weeks_52", "2025-03-03..2025-03-09"),
        ("2026-03-02..2026-03-04", "period", "2026-02-27..2026-03-01"),
        ("2026-03-01..2026-03-31", "period", "2026-02-01..2026-02-28"),
        ("2026-01-01..2026-03-31", "period", "2025-10-01..2025-12-31"),
        ("2026-03-02..2026-03-08", "year", "2025-03-02..2025-03-08"),
        ("2028-02-29", "year", "2027-02-28"),
    ],
)
def test_what_a_range_is_compared_with(asked: str, comparison: Comparison, earlier: str) -> None:
    assert compared_with(dates(asked), comparison) == dates(earlier)


@pytest.mark.parametrize(
    ("comparison", "earlier", "later"),
    [("week", "2026-02-24", "2026-03-03"), ("weeks_52", "2025-03-04", "2026-03-03"),
     ("period", "2026-02-28", "2026-03-03"), ("year", "2025-03-03", "2026-03-03")],
)  # fmt: skip
def test_a_day_stands_beside_that_of_its_place(
    comparison: Comparison, earlier: str, later: str
) -> None:
    assert moved(D(earlier), dates("2026-03-02..2026-03-04"), comparison) == D(later)


def test_a_month_stands_beside_that_of_its_place() -> None:
    assert month_after("2025-12", dates("2026-01-01..2026-03-31"), "period") == "2026-03"
    assert month_after("2025-02", dates("2026-01-01..2026-03-31"), "year") == "2026-02"
