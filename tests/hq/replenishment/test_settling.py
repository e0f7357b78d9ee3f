"""Which days of a demand are told to have changed since the proposal before."""

from __future__ import annotations

from datetime import date

import pytest

from hq.replenishment.line import history_told
from hq.replenishment.settling import changed_days
from schemas.domain.replenishment.demand import Demand

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def told(first: date, days: int, *sold: tuple[int, int]) -> dict[str, object]:
    return history_told(Demand(first, days, sold))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (told(MONDAY, 7, (0, 3000), (4, 1000)), []),
        (told(MONDAY, 7, (0, 3000), (4, 2000)), [["2026-03-06", 1000, 2000]]),
        (told(MONDAY, 7, (0, 3000)), [["2026-03-06", 1000, 0]]),
        (told(TUESDAY, 7, (3, 1000)), []),
        (told(TUESDAY, 7, (1, 5000), (3, 1000), (6, 9000)), [["2026-03-04", 0, 5000]]),
    ],
    ids=["the same", "another quantity", "taken back", "a day later", "a late one, and a new day"],
)
def test_days_that_both_know_are_compared_by_date(
    now: dict[str, object], expected: list[list[object]]
) -> None:
    then = told(MONDAY, 7, (0, 3000), (4, 1000))
    assert changed_days(then, now) == expected
    assert changed_days({}, now) == [], "a history that was forgotten says nothing"
