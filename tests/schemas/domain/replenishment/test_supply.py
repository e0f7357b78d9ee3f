"""Rule 27: when an order may be placed, when it arrives, and until when it must last."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from schemas.domain.replenishment.supply import (
    NoOrderDayError,
    SupplyTerms,
    arrival,
    days_to_last,
    is_order_day,
    next_order_day,
)

MONDAY = date(2026, 3, 2)


def _day(ahead: int) -> date:
    return MONDAY + timedelta(days=ahead)


@pytest.mark.parametrize(
    ("supply", "following", "arrives", "lasts"),
    [
        (SupplyTerms(0), 1, 0, 1),
        (SupplyTerms(1), 1, 1, 2),
        (SupplyTerms(2, order_weekdays=frozenset({0, 3})), 3, 2, 5),
        (SupplyTerms(3, order_weekdays=frozenset({0})), 7, 3, 10),
        # closed on Thursday: the next order is Monday's, which arrives on Wednesday
        (SupplyTerms(2, order_weekdays=frozenset({0, 3}), closed=frozenset({_day(3)})), 7, 2, 9),
        # closed on the day of arrival: the goods come on the day after
        (SupplyTerms(2, closed=frozenset({_day(2)})), 1, 3, 3),
    ],
)
def test_a_calendar(supply: SupplyTerms, following: int, arrives: int, lasts: int) -> None:
    assert is_order_day(supply, MONDAY)
    assert next_order_day(supply, MONDAY) == _day(following)
    assert arrival(supply, MONDAY) == _day(arrives)
    assert days_to_last(supply, MONDAY) == lasts


def test_a_calendar_without_a_day_says_so() -> None:
    with pytest.raises(NoOrderDayError, match="no order within a year"):
        next_order_day(SupplyTerms(1, order_weekdays=frozenset()), MONDAY)
    closed = SupplyTerms(1, closed=frozenset(_day(ahead) for ahead in range(400)))
    assert not is_order_day(closed, MONDAY)
    with pytest.raises(NoOrderDayError, match="closed for a year"):
        arrival(closed, MONDAY)


@pytest.mark.parametrize("wrong", [(-1, 1, 0), (1, 0, 0), (1, 1, -1)])
def test_terms_that_order_for_the_past_are_refused(wrong: tuple[int, int, int]) -> None:
    lead, review, minimum = wrong
    with pytest.raises(ValueError, match="below"):
        SupplyTerms(lead, review, minimum=minimum)
