"""What a manager accepts alone, and where the terminal's word differs."""

from __future__ import annotations

import pytest

from schemas.domain.till_settlement import is_beyond, stated, terminal_differences


@pytest.mark.parametrize(
    ("over_short", "tolerance", "beyond"),
    [
        ({"cash": -500}, 0, False),  # no tolerance is set
        ({"cash": -500}, 500, False),
        ({"cash": -501}, 500, True),
        ({"cash": 501}, 500, True),
        ({"cash": 600, "card": -600}, 500, True),  # nought in all, and yet not right
        ({"cash": 300, "card": 300}, 500, True),
        ({"cash": 0, "USD": 900}, 500, False),  # foreign money is accepted by name
        ({}, 500, False),
    ],
)
def test_what_is_beyond_the_tolerance(
    over_short: dict[str, int], tolerance: int, *, beyond: bool
) -> None:
    assert is_beyond(over_short, tolerance) == beyond


def test_what_is_exact_is_not_stated() -> None:
    assert stated({"qr": 0, "cash": -1}) == {"cash": -1}


def test_the_terminal_differs_by_kind() -> None:
    assert terminal_differences({"card": 100, "qr": 50}, {"card": 90, "qr": 50}, {"card": 100}) == {
        "card": (100, 90, 100)
    }
