"""Rule 11: which price is in force."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.pricing import PriceRow, price_in_force
from tests.schemas.domain.samples import NOON

CHAIN, GROUP, BRANCH = 0, 1, 2
HOUR = timedelta(hours=1)


def row(price: int, level: int = CHAIN, published: int = 1, tier: str = "") -> PriceRow:
    """Return a price of one litre of milk that holds from noon on for good."""
    return PriceRow(
        document=f"P{published}",
        audience_level=level,
        item="milk",
        unit="1l",
        tier=tier,
        price=price,
        starts=NOON,
        ends=None,
        published=published,
    )


ROWS = st.lists(
    st.builds(
        lambda made, starts, ends: replace(
            made,
            starts=NOON + starts * HOUR,
            ends=None if ends is None else NOON + (starts + ends) * HOUR,
        ),
        st.builds(
            row,
            st.integers(0, 5),
            st.sampled_from([CHAIN, GROUP, BRANCH]),
            st.integers(1, 3),
            st.sampled_from(["", "", "gold", "silver"]),
        ),
        st.integers(-3, 2),
        st.none() | st.integers(0, 4),
    ),
    max_size=8,
)


@pytest.mark.parametrize(
    ("rows", "tier", "listed", "member"),
    [
        ([row(350)], "", 350, None),
        # a more specific audience beats a later publication
        ([row(350, BRANCH, 1), row(340, GROUP, 2), row(330, CHAIN, 3)], "", 350, None),
        ([row(340, GROUP, 1), row(330, CHAIN, 2)], "", 340, None),
        # a tie goes to the later publication, be it dearer
        ([row(350, published=1), row(360, published=2)], "", 360, None),
        # one document for two groups of one branch: the lower price
        ([row(350, GROUP, 2), row(345, GROUP, 2)], "", 345, None),
        # members: their own tier only, and only when it is lower
        ([row(350), row(300, tier="gold")], "gold", 350, 300),
        ([row(350), row(300, tier="gold")], "silver", 350, None),
        ([row(350), row(300, tier="gold")], "", 350, None),
        ([row(350), row(350, tier="gold")], "gold", 350, None),
        ([row(350), row(290, BRANCH, 2), row(300, CHAIN, 3, "gold")], "gold", 290, None),
        (
            [row(350, BRANCH), row(300, CHAIN, 9, "gold"), row(310, GROUP, 1, "gold")],
            "gold",
            350,
            310,
        ),
    ],
)
def test_price_in_force(rows: list[PriceRow], tier: str, listed: int, member: int | None) -> None:
    priced = price_in_force(rows, tier, NOON)
    assert priced is not None
    assert priced.list.price == listed
    assert (priced.member.price if priced.member else None) == member


@pytest.mark.parametrize(
    ("hours", "price"),
    [(-1, None), (0, 350), (1, 350), (2, 290), (3, 290), (4, 350), (5, 350), (6, None)],
)
def test_a_price_holds_from_its_start_up_to_before_its_end(hours: int, price: int | None) -> None:
    """From noon to six 3.50; an offer of the branch from two to four at 2.90."""
    regular = replace(row(350, published=2), ends=NOON + 6 * HOUR)
    offer = replace(row(290, BRANCH), starts=NOON + 2 * HOUR, ends=NOON + 4 * HOUR)
    priced = price_in_force([regular, offer], "", NOON + hours * HOUR)
    assert (priced.list.price if priced else None) == price


def test_a_member_price_alone_sells_nothing() -> None:
    assert price_in_force([row(300, tier="gold")], "gold", NOON) is None
    assert price_in_force([], "", NOON) is None


@given(ROWS, st.sampled_from(["", "gold"]), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    rows: list[PriceRow], tier: str, chance: random.Random
) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert price_in_force(shuffled, tier, NOON) == price_in_force(rows, tier, NOON)


def test_rows_that_differ_in_their_end_alone_have_an_order() -> None:
    ends = [None, NOON + HOUR, NOON + 2 * HOUR]
    rows = [replace(row(350), ends=end) for end in ends]
    found = [price_in_force(order, "", NOON) for order in itertools.permutations(rows)]
    assert found == [found[0]] * 6


@given(ROWS)
def test_a_member_never_pays_more_than_everyone(rows: list[PriceRow]) -> None:
    everyone = price_in_force(rows, "", NOON)
    member = price_in_force(rows, "gold", NOON)
    assert (everyone is None) == (member is None)
    if everyone and member:
        assert member.list == everyone.list
        assert member.member is None or member.member.price < everyone.list.price
