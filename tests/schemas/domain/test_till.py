"""Rule 5: what a till must hold, and what it is over or short."""

from __future__ import annotations

import pytest

from schemas.domain.till import Movement, expected, moved, over_short


@pytest.mark.parametrize(
    ("float_amount", "taken", "change", "held"),
    [
        (0, {}, 0, {"cash": 0}),
        (20_000, {}, 0, {"cash": 20_000}),
        (20_000, {"cash": 350}, 0, {"cash": 20_350}),
        (20_000, {"cash": 500}, 150, {"cash": 20_350}),
        (20_000, {"card": 350}, 0, {"cash": 20_000, "card": 350}),
        (
            20_000,
            {"cash": 1_100, "coupon": 100, "card": 100},
            250,
            {"cash": 20_850, "coupon": 100, "card": 100},
        ),
    ],
)
def test_expected(
    float_amount: int, taken: dict[str, int], change: int, held: dict[str, int]
) -> None:
    assert expected(float_amount, taken, change) == held


@pytest.mark.parametrize(
    ("movements", "left"),
    [
        ([], 0),
        ([("loan", 5_000)], 5_000),
        ([("paid_in", 300)], 300),
        ([("pickup", 60_000)], -60_000),
        ([("paid_out", 1_250)], -1_250),
        ([("no_sale", 0)], 0),
        ([("loan", 5_000), ("pickup", 60_000), ("paid_out", 1_250), ("no_sale", 0)], -56_250),
    ],
)
def test_what_went_through_the_drawer_is_expected_there(
    movements: list[tuple[Movement, int]], left: int
) -> None:
    assert moved(movements) == left
    assert expected(20_000, {"cash": 70_000}, 350, moved(movements)) == {"cash": 89_650 + left}


@pytest.mark.parametrize(
    ("held", "counted", "differences"),
    [
        ({}, {}, {}),
        ({"cash": 20_350}, {"cash": 20_350}, {"cash": 0}),
        ({"cash": 20_350}, {"cash": 20_300}, {"cash": -50}),
        ({"cash": 20_350}, {"cash": 20_400}, {"cash": 50}),
        ({"cash": 20_350, "card": 700}, {"cash": 20_350}, {"card": -700, "cash": 0}),
        ({"cash": 20_350}, {"cash": 20_350, "coupon": 100}, {"cash": 0, "coupon": 100}),
    ],
)
def test_over_short(
    held: dict[str, int], counted: dict[str, int], differences: dict[str, int]
) -> None:
    assert over_short(held, counted) == differences
    assert list(over_short(held, counted)) == sorted(differences)
