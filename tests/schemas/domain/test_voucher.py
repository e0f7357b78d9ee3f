"""A voucher's number is worth its face value once (rule 24)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.voucher import VoucherUse, used_again


def uses(*worths: int) -> list[VoucherUse]:
    return [VoucherUse(f"t{n}", f"L-{n:06d}", 1, worth) for n, worth in enumerate(worths)]


@pytest.mark.parametrize(
    ("worths", "flagged"),
    [
        ((), []),
        ((5000,), []),
        ((5000, 5000), [1]),
        ((5000, 5000, 5000), [1, 2]),
        ((3000, 2000), [1]),
        ((5000, -2000, 2000), []),
        ((5000, -2000, 1500, 500), []),
        ((5000, -2000, 5000), [2]),
        ((5000, -2000, 5000, 2000), [2, 3]),
        ((-2000, 5000, 2000), []),  # the return came with a clock that was behind
    ],
)
def test_used_again(worths: tuple[int, ...], flagged: list[int]) -> None:
    assert used_again(uses(*worths)).keys() == {(f"t{n}", 1) for n in flagged}


def test_it_is_told_who_had_taken_it() -> None:
    assert used_again(uses(5000, -1000, 3000)) == {
        ("t2", 1): "used again for 30.00: L-000000 had taken it, 10.00 of it were left"
    }


@given(st.lists(st.integers(-5000, 5000).filter(bool), max_size=8))
def test_what_is_not_flagged_was_worth_no_more_than_the_face_and_what_was_given_back(
    worths: list[int],
) -> None:
    flagged = {int(ticket[1:]) for ticket, _ in used_again(uses(*worths))}
    first = next((worth for worth in worths if worth > 0), 0)
    given_back = -sum(worth for worth in worths if worth < 0)
    used = sum(worth for n, worth in enumerate(worths) if worth > 0 and n not in flagged)
    assert used <= first + given_back
