"""Rule 27: what a distribution centre sends when it has too little."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.replenishment.share import Need, share


def _needs(pack: int, **quantities: int) -> dict[str, Need]:
    return {branch: Need(quantity, pack) for branch, quantity in quantities.items()}


@pytest.mark.parametrize(
    ("available", "needs", "parts"),
    [
        (80, _needs(10, A=40, B=20, C=20), {"A": 40, "B": 20, "C": 20}),
        # one each leaves 20 for 30, 10 and 10: 12, 4 and 4; A's 2 over a pack are less than B's 4
        (50, _needs(10, A=40, B=20, C=20), {"A": 20, "B": 20, "C": 10}),
        # not even one pack each: in the order of their codes, whoever needs the most
        (20, _needs(10, C=90, A=10, B=10), {"A": 10, "B": 10, "C": 0}),
        (9, _needs(10, A=10), {"A": 0}),
        (-5, _needs(10, A=10), {"A": 0}),
        (15, _needs(10, A=0, B=20), {"A": 0, "B": 10}),
        # what is too little for one pack may be enough for another's
        (8, {"A": Need(12, 12), "B": Need(6, 6), "C": Need(6, 2)}, {"A": 0, "B": 6, "C": 2}),
        (5, {}, {}),
    ],
)
def test_worked_examples(available: int, needs: dict[str, Need], parts: dict[str, int]) -> None:
    assert share(available, needs) == parts


PACKED = st.tuples(st.integers(0, 30), st.sampled_from([1, 6, 10, 12])).map(
    lambda drawn: Need(drawn[0] * drawn[1], drawn[1])
)


@given(
    st.integers(-10, 2000),
    st.dictionaries(st.text("ABCD", min_size=1, max_size=3), PACKED),
    st.randoms(),
)
def test_parts_stay_within_their_bounds_in_any_order(
    available: int, needs: dict[str, Need], chance: random.Random
) -> None:
    parts = share(available, needs)
    assert parts.keys() == needs.keys()
    assert sum(parts.values()) <= max(available, 0)
    assert all(0 <= part <= needs[branch].quantity for branch, part in parts.items())
    assert all(part % needs[branch].pack == 0 for branch, part in parts.items())
    left = available - sum(parts.values())
    assert all(needs[one].pack > left for one, part in parts.items() if part < needs[one].quantity)
    named = list(needs.items())
    chance.shuffle(named)
    assert share(available, dict(named)) == parts


@given(st.integers(0, 500), st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_whoever_needs_more_gets_no_less(packs: int, wanted: list[int]) -> None:
    """Of equal packs, but for one: the order decides between equals, and over the first pack."""
    needs = {f"{number:02}": Need(want * 6, 6) for number, want in enumerate(wanted)}
    parts = share(packs * 6, needs)
    for one, need in needs.items():
        for other, less in needs.items():
            if need.quantity > less.quantity:
                assert parts[one] >= parts[other] - 6


@pytest.mark.parametrize(("quantity", "pack"), [(7, 6), (-6, 6), (6, 0)])
def test_a_need_is_whole_packs(quantity: int, pack: int) -> None:
    with pytest.raises(ValueError, match="packs"):
        Need(quantity, pack)
