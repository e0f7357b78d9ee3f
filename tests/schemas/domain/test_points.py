"""Rule 17: what a ticket earns, and what of it goes again with the goods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.points import (
    EVERYTHING,
    Multiplied,
    PointsRule,
    PointsTerms,
    earned,
    taken_back,
)
from schemas.domain.ticket import PointsEarned, Returned, SaleLine, TenderLine
from tests.schemas.domain.samples import card, cash, coupon, line

PARENTS = {"fresh": "", "fruit": "fresh", "dry": ""}
POINT_A_YUAN = PointsRule(EVERYTHING, 100, 1)
TERMS = PointsTerms(
    {
        EVERYTHING: POINT_A_YUAN,
        "fresh": PointsRule("fresh", 100, 3),
        "dry": PointsRule("dry", 1000, 5, unpaid=()),
    },
    PARENTS,
)
PLAIN = PointsTerms({EVERYTHING: POINT_A_YUAN}, PARENTS)


def of(category: str, amount: int, number: int = 1) -> SaleLine:
    return replace(line(number, amount), category=category)


def back(amount: int, number: int = 1) -> SaleLine:
    return replace(line(number, -amount, quantity=-1000), list_price=amount, returned=Returned())


@pytest.mark.parametrize(
    ("terms", "lines", "tenders", "multiplied", "expected"),
    [
        # whole points of the sum, not of each line
        (PLAIN, [line(1, 999)], [cash(999)], {}, [("points", 9, (1,))]),
        (PLAIN, [line(1, 60), line(2, 60)], [cash(120)], {}, [("points", 1, (1, 2))]),
        (PLAIN, [line(1, 99)], [cash(99)], {}, []),
        # what was voided, cost nothing or came back earns nothing
        (PLAIN, [line(1, 500), replace(line(2, 900), voided=True)], [], {}, [("points", 5, (1,))]),
        (PLAIN, [line(1, 500), back(300, 2), line(3, 0)], [], {}, [("points", 5, (1,))]),
        # stored value counts as paid, like cash and cards; coupons and points do not
        (PLAIN, [line(1, 1000)], [coupon(400), card(600)], {}, [("points", 6, (1,))]),
        (PLAIN, [line(1, 1000)], [TenderLine("coupon", 1000)], {}, []),
        (
            TERMS,
            [of("fruit", 1000), of("dry", 1000, 2), of("other", 1000, 3)],
            [coupon(300), cash(2700)],
            {},
            [("points", 9, (3,)), ("points:dry", 5, (2,)), ("points:fresh", 27, (1,))],
        ),
        # multipliers are told under their own names
        (
            PLAIN,
            [line(1, 1000), line(2, 500)],
            [cash(1500)],
            {2: Multiplied(300, "S1")},
            [("S1", 10, (2,)), ("points", 15, (1, 2))],
        ),
        (
            PLAIN,
            [line(1, 1050)],
            [cash(1050)],
            {1: Multiplied(0, "S1")},
            [("S1", -10, (1,)), ("points", 10, (1,))],
        ),
        # nothing is given where there is no rule
        (PointsTerms({}, {}), [line(1, 1000)], [cash(1000)], {1: Multiplied(200, "S1")}, []),
    ],
)
def test_what_a_ticket_earns(
    terms: PointsTerms,
    lines: list[SaleLine],
    tenders: list[TenderLine],
    multiplied: Mapping[int, Multiplied],
    expected: list[tuple[str, int, tuple[int, ...]]],
) -> None:
    assert earned(lines, tenders, terms, multiplied) == tuple(
        PointsEarned(*one) for one in expected
    )


@pytest.mark.parametrize(
    ("points", "sold", "given_back", "expected"),
    [
        (100, 3000, [1000, 1000, 1000], [33, 67, 100]),
        (100, 3000, [3000], [100]),
        (100, 3000, [2999, 1], [100, 100]),
        (7, 700, [700, 700], [7, 7]),  # in excess: no more than was earned
        (-10, 1000, [500, 500], [-5, -10]),
        (5, 0, [100], [0]),
    ],
)
def test_what_returns_take_back_in_all(
    points: int, sold: int, given_back: list[int], expected: list[int]
) -> None:
    so_far = [sum(given_back[: place + 1]) for place in range(len(given_back))]
    assert [taken_back(points, sold, amount) for amount in so_far] == expected


@given(st.integers(-10_000, 10_000), st.lists(st.integers(1, 100_000), min_size=1, max_size=8))
def test_all_of_it_returned_in_any_pieces_takes_back_all(points: int, pieces: list[int]) -> None:
    sold, so_far, before = sum(pieces), 0, 0
    for piece in pieces:
        so_far += piece
        now = taken_back(points, sold, so_far)
        assert abs(now) >= abs(before)
        before = now
    assert before == points


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=6), st.integers(0, 300_000))
def test_no_more_is_earned_than_was_paid(amounts: list[int], by_coupon: int) -> None:
    lines = [line(place, amount) for place, amount in enumerate(amounts, 1)]
    due = sum(amounts)
    paid = [coupon(min(by_coupon, due)), cash(due - min(by_coupon, due))]
    points = sum(one.points for one in earned(lines, paid, PLAIN, {}))
    assert points == (due - min(by_coupon, due)) // 100
    reordered = earned(list(reversed(lines)), paid, PLAIN, {})
    assert sum(one.points for one in reordered) == points
