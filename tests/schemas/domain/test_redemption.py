"""What is redeemed out of a grant, what points are worth, and what a refund gives back of them (rule 18)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.points import PointsRule, PointsTerms, earned
from schemas.domain.redemption import (
    Grant,
    GrantUse,
    PointsRate,
    overspent,
    points_given_back,
    room,
)
from schemas.domain.refund import Refunded, paid_sale, split
from schemas.domain.ticket import TenderLine
from tests.schemas.domain.samples import line, ticket

UNTIL = datetime(2026, 3, 3, tzinfo=UTC)
BEFORE = UNTIL - timedelta(seconds=1)
GRANT = Grant("G1", "stored_value", "N001.03", "e1", 10_000, 3_000, UNTIL)


@pytest.mark.parametrize(
    ("used", "at", "epoch", "left"),
    [
        ({}, BEFORE, "e1", 3_000),
        ({"m": 2_000}, BEFORE, "e1", 1_000),
        ({"m": 3_000}, BEFORE, "e1", 0),
        ({"n": 3_000, "o": 3_000, "p": 2_500}, BEFORE, "e1", 1_500),
        ({"m": 500, "n": 9_400}, BEFORE, "e1", 100),
        ({"n": 10_400}, BEFORE, "e1", 0),
        ({}, UNTIL, "e1", 0),
        ({}, BEFORE, "e2", 0),
    ],
)
def test_what_a_member_may_redeem_out_of_a_grant(
    used: dict[str, int], at: datetime, epoch: str, left: int
) -> None:
    assert room(GRANT, GrantUse(used), "m", epoch, at) == left


@pytest.mark.parametrize(
    ("rate", "points", "worth", "amount", "cost"),
    [
        (PointsRate(100, 100), 250, 250, 250, 250),
        (PointsRate(100, 1), 250, 2, 2, 200),
        (PointsRate(3, 2), 10, 6, 5, 8),
        (PointsRate(1, 100), -4, 0, 101, 2),
    ],
)
def test_what_points_are_worth(
    rate: PointsRate, points: int, worth: int, amount: int, cost: int
) -> None:
    assert (rate.worth(points), rate.cost(amount)) == (worth, cost)


@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 10**6))
def test_what_points_are_worth_costs_no_more_than_they_are(
    points: int, amount: int, held: int
) -> None:
    rate = PointsRate(points, amount)
    assert rate.cost(rate.worth(held)) <= held


@pytest.mark.parametrize(
    ("available", "redeemed", "over"), [(500, 300, 0), (500, 700, 200), (-50, 70, 70)]
)
def test_what_was_not_there_is_receivable(available: int, redeemed: int, over: int) -> None:
    assert overspent(available, redeemed) == over


@given(
    st.integers(1, 10_000),
    st.integers(1, 10_000),
    st.lists(st.integers(1, 3_000), max_size=6),
)
def test_refunds_in_any_pieces_give_back_what_was_redeemed(
    points: int, paid: int, pieces: list[int]
) -> None:
    sale = ticket(TenderLine("points", paid, points=points), lines=(line(amount=paid),))
    before: list[Refunded] = []
    back = 0
    for number, piece in enumerate([*pieces, paid], 1):
        for part in split(piece, [(paid_sale(sale, before), piece)]):
            if part.kind == "points":
                before.append(Refunded(f"r{number}", 1, 1, part.amount))
                back += part.points or 0
                given = sum(one.amount for one in before)
                assert back == points_given_back(points, paid, given)
    assert (sum(one.amount for one in before), back) == (paid, points)


def test_stored_value_goes_back_to_the_account_before_cash_does() -> None:
    sale = ticket(
        TenderLine("cash", 249), TenderLine("stored_value", 1000), lines=(line(amount=1249),)
    )  # fmt: skip
    parts = split(1249, [(paid_sale(sale, ()), 1249)])
    assert [(one.kind, one.amount, one.number, one.points) for one in parts] == [
        ("stored_value", 1000, 2, None), ("cash", 249, 0, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "points"), [("cash", 10), ("stored_value", 10), ("points", 6), ("coupon", 6)]
)
def test_what_is_paid_with_stored_value_earns_points_and_with_points_none(
    kind: str, points: int
) -> None:
    terms = PointsTerms({"*": PointsRule("*", 100, 1)}, {})
    tenders = (TenderLine(kind, 400), TenderLine("cash", 600))  # type: ignore[arg-type]
    (one,) = earned([line(amount=1000)], tenders, terms, {})
    assert one.points == points
