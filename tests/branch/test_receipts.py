from __future__ import annotations

import pytest

from branch.receipts import Numbered, Range, missing


def numbered(*counters: int, first_ordinal: int = 1) -> list[Numbered]:
    """Tickets that their lane counted one by one from the first ordinal on."""
    start = counters[0] if counters else 0
    return [Numbered(one, first_ordinal + one - start) for one in counters]


@pytest.mark.parametrize(
    ("held", "elsewhere", "said", "expected"),
    [
        pytest.param([], set(), None, [], id="an idle lane that said nothing"),
        pytest.param([], set(), (41, 0), [], id="an idle lane"),
        pytest.param([], set(), (41, 3), ["39–41"], id="all of the date are missing"),
        pytest.param(numbered(5, 6, 7), set(), (7, 3), [], id="nothing is missing"),
        pytest.param(numbered(5, 6), set(), None, [], id="the shift still runs"),
        pytest.param(numbered(7, 8, first_ordinal=4), set(), (8, 5), ["4–6"], id="at the start"),
        pytest.param(numbered(16, 20), set(), (20, 5), ["17–19"], id="between"),
        pytest.param(numbered(5, 7, 9), set(), (9, 5), ["6", "8"], id="two ranges"),
        pytest.param(numbered(19, 20), set(), (23, 5), ["21–23"], id="at the end"),
        pytest.param(numbered(5, 9), {6, 7}, (9, 3), ["8"], id="some were sold on another date"),
    ],
)
def test_missing_receipts_are_named_by_range(
    held: list[Numbered], elsewhere: set[int], said: tuple[int, int] | None, expected: list[str]
) -> None:
    found = missing(held, elsewhere, said)
    shown = [
        f"{one.first}–{one.last}" if one.first != one.last else f"{one.first}" for one in found
    ]
    assert shown == expected


def test_a_range_reads_as_printed() -> None:
    assert Range(17, 19).text("N001.03") == "N001.03-000017–000019"
    assert Range(17, 17).text("N001.03") == "N001.03-000017"
