"""Rule 4: what a person gives off the whole basket, spread over its lines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.manual_discount import WHOLE, BasketDiscount, Off, discounted
from schemas.domain.ticket import Returned, SaleLine, discrepancies
from tests.schemas.domain.samples import card, line, ticket

WHY = ("dented", "lee")


@pytest.mark.parametrize(
    ("off", "whole", "taken"),
    [
        (Off(share=1000), 3_248, 325),
        (Off(share=1050), 1_000, 105),
        (Off(share=WHOLE), 777, 777),
        (Off(amount=500), 3_248, 500),
        (Off(amount=500), 300, 300),
        (Off(), 3_248, 0),
        (Off(share=1000), 0, 0),
    ],
)
def test_what_is_taken_off(off: Off, whole: int, taken: int) -> None:
    assert off.of(whole) == taken


def test_it_is_spread_by_largest_remainder_and_explained_on_each_line() -> None:
    lines = [line(number, amount) for number, amount in enumerate((1_999, 899, 350), 1)]
    less = discounted(lines, BasketDiscount(Off(amount=500), *WHY))
    assert [before.amount - after.amount for before, after in zip(lines, less, strict=True)] == [
        308, 138, 54,
    ]  # fmt: skip
    (one,) = less[0].discounts
    assert (one.kind, one.amount, one.reason, one.authority) == ("basket", 308, *WHY)


def test_voided_and_returned_goods_bear_none_of_it() -> None:
    back = replace(line(2, -350), quantity=-1000, returned=Returned("why", "lee"))
    lines = [line(1, 1_000), back, replace(line(3, 500), voided=True), line(4, 0)]
    less = discounted(lines, BasketDiscount(Off(share=1_000), *WHY))
    assert [one.amount for one in less] == [900, -350, 500, 0]
    assert discounted([back], BasketDiscount(Off(amount=100), *WHY)) == (back,)


OFFS = st.builds(Off, share=st.integers(1, WHOLE)) | st.builds(Off, amount=st.integers(0, 99_999))


@given(st.lists(st.integers(0, 9_999), max_size=6), OFFS)
def test_parts_sum_to_the_whole_and_none_exceeds_its_line(amounts: list[int], off: Off) -> None:
    lines = [line(number, amount) for number, amount in enumerate(amounts, 1)]
    less: tuple[SaleLine, ...] = discounted(lines, BasketDiscount(off, *WHY))
    assert sum(amounts) - sum(one.amount for one in less) == off.of(sum(amounts))
    assert all(one.amount >= 0 for one in less)
    total = sum(one.amount for one in less)
    assert discrepancies(ticket(card(total), lines=less, total=total)) == []
