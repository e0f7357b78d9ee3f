"""Rule 4: an amount over lines by largest remainder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.promotion.spread import spread


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (500, [1999, 899, 350], [308, 138, 54]),
        (100, [1, 1, 1], [34, 33, 33]),
        (0, [5, 5], [0, 0]),
        (7, [0, 7], [0, 7]),
        (3, [3], [3]),
    ],
)
def test_worked_cases(amount: int, weights: list[int], parts: list[int]) -> None:
    assert spread(amount, weights) == parts


@given(st.lists(st.integers(0, 10_000), min_size=1).filter(any), st.data())
def test_parts_sum_to_the_whole_and_none_exceeds_its_weight(
    weights: list[int], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    parts = spread(amount, weights)
    assert sum(parts) == amount
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))
