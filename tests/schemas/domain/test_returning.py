"""Rules 3, 4 and 22: what may be returned, and that the parts sum to what was paid."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.basket import (
    Basket,
    BasketError,
    ItemUnit,
    add_unknown,
    override_amount,
    sale_lines,
    totals,
    void_line,
)
from schemas.domain.quantity import extend
from schemas.domain.returning import (
    Given,
    Worth,
    add_return,
    excesses,
    given_by,
    left,
    part,
    return_line,
    reversed_line,
)
from schemas.domain.stock.move import sold_quantities
from schemas.domain.ticket import Discount, Original, Returned, SaleLine, discrepancies
from tests.schemas.domain.samples import NOON, cash, line, ticket

CHECKED = Returned(checked=True, original=Original("A", "A-1-000001", "uuid", 1))


def sold(amount: int, quantity: int, tax: int, price: int | None = None) -> SaleLine:
    """A sold line; what its price does not explain is a discount."""
    listed = price if price is not None else amount
    off = extend(listed, quantity) - amount
    discounts = (Discount("override", off, "agreed", authority="M1"),) if off else ()
    return replace(
        line(quantity=quantity), list_price=listed, amount=amount, tax=tax, discounts=discounts
    )


def of(number: int, worth: Worth) -> Given:
    return Given(f"t{number}", 1, 1, worth.quantity, worth.amount, worth.tax)


@pytest.mark.parametrize(
    ("amount", "quantity", "tax", "parts", "worth"),
    [
        (1000, 3000, 115, [1000, 1000, 1000], [(333, 38), (333, 38), (334, 39)]),
        (1000, 3000, 115, [2000, 1000], [(667, 77), (333, 38)]),
        (1000, 3000, 115, [3000], [(1000, 115)]),
        (2450, 7000, 282, [1000] * 7, [(350, 40)] * 6 + [(350, 42)]),  # the case of rule 3
        (839, 1234, 97, [617, 617], [(420, 49), (419, 48)]),
        (2, 4000, 1, [1000] * 4, [(1, 0), (1, 1), (0, 0), (0, 0)]),
        (0, 2000, 0, [1000, 1000], [(0, 0), (0, 0)]),
    ],
)
def test_parts_of_a_line(
    amount: int, quantity: int, tax: int, parts: list[int], worth: list[tuple[int, int]]
) -> None:
    line_sold = sold(amount, quantity, tax)
    given: list[Given] = []
    for number, some in enumerate(parts):
        given.append(of(number, part(line_sold, left(line_sold, given), some)))
    assert [(one.amount, one.tax) for one in given] == worth
    assert left(line_sold, given) == Worth(0, 0, 0)


@st.composite
def returned_in_parts(draw: st.DrawFn) -> tuple[SaleLine, list[int]]:
    quantity = draw(st.integers(1, 50_000))
    amount = draw(st.integers(0, 100_000))
    tax = draw(st.integers(0, amount))
    price = draw(st.integers(0, 5_000))
    cuts = sorted(draw(st.sets(st.integers(1, quantity), max_size=6)) | {quantity})
    parts = [high - low for low, high in zip([0, *cuts], cuts, strict=False)]
    return sold(amount, quantity, tax, price), parts


@given(returned_in_parts())
def test_parts_sum_to_what_was_paid_and_every_line_adds_up(
    case: tuple[SaleLine, list[int]],
) -> None:
    line_sold, parts = case
    given: list[Given] = []
    for number, some in enumerate(parts):
        worth = part(line_sold, left(line_sold, given), some)
        given.append(of(number, worth))
        back = return_line(line_sold, worth, CHECKED)
        assert discrepancies(ticket(cash(back.amount), lines=(back,))) == []
        assert 0 <= worth.tax <= worth.amount
    assert sum(one.amount for one in given) == line_sold.amount
    assert sum(one.tax for one in given) == line_sold.tax
    assert left(line_sold, given) == Worth(0, 0, 0)
    with pytest.raises(ValueError, match="left to return"):
        part(line_sold, left(line_sold, given), 1)


@given(returned_in_parts(), st.integers(1, 60_000))
def test_never_more_than_was_sold(case: tuple[SaleLine, list[int]], asked: int) -> None:
    line_sold, parts = case
    before = [of(0, part(line_sold, left(line_sold, []), parts[0]))]
    remaining = left(line_sold, before)
    assert remaining.quantity == line_sold.quantity - parts[0]
    if asked > remaining.quantity:
        with pytest.raises(ValueError, match="left to return"):
            part(line_sold, remaining, asked)
    else:
        worth = part(line_sold, remaining, asked)
        assert worth.amount <= remaining.amount
        assert worth.tax <= remaining.tax


def test_two_who_could_not_ask_each_other_give_back_no_more_money_than_was_paid() -> None:
    three = sold(1000, 3000, 115)
    one = part(three, left(three, []), 1000)
    twice = [of(1, one), of(2, one)]  # each took it for the first
    assert part(three, left(three, twice), 1000) == Worth(1000, 334, 39)
    assert left(three, [*twice, of(3, one), of(4, one)]) == Worth(0, 0, 0)


def test_nothing_is_left_of_a_voided_line_or_of_a_return() -> None:
    assert left(replace(sold(100, 1000, 0), voided=True), []).quantity == 0
    assert left(return_line(sold(100, 1000, 0), Worth(1000, 100, 0), CHECKED), []).quantity == 0


def test_a_rounded_part_without_a_discount_says_what_it_was_rounded_by() -> None:
    weighed = sold(839, 1234, 0, price=680)
    assert weighed.discounts == ()
    halves = [return_line(weighed, Worth(617, 420, 0), CHECKED)]
    halves.append(return_line(weighed, Worth(617, 419, 0), CHECKED))
    assert [one.discounts for one in halves] == [(), (Discount("basket", -1, "rounding"),)]


def test_an_exchange_is_one_basket_and_its_return_line_keeps_its_worth() -> None:
    given_back = return_line(sold(1000, 3000, 115), Worth(1000, 333, 38), CHECKED)
    basket = add_return(Basket(), given_back, NOON)
    basket = add_unknown(basket, ItemUnit("tea", "tea", "piece", tax_rate=1300), 500, 1000, NOON)
    lines = sale_lines(basket, "receipt")
    assert [(one.number, one.quantity, one.amount, one.tax) for one in lines] == [
        (1, -1000, -333, -38),
        (2, 1000, 500, 58),
    ]
    assert totals(lines).total == 167
    assert discrepancies(ticket(cash(167), lines=lines)) == []
    with pytest.raises(BasketError, match="line 1 is a return") as refused:
        override_amount(basket, 1, 0, "why", "M1")
    assert refused.value.fault == "returned"
    assert totals(sale_lines(void_line(basket, 1), "line")).total == 500


def test_what_is_taken_back_without_a_receipt_costs_what_it_costs_today_or_less() -> None:
    today = replace(sold(320, 1000, 37, price=350), tax_rate=1300)
    allowed = Returned("faulty", "M1")
    back = reversed_line(today, allowed)
    assert (back.quantity, back.amount, back.tax) == (-1000, -320, -37)
    lower = reversed_line(today, allowed, 200)
    assert (lower.amount, lower.tax) == (-200, -23)
    assert lower.discounts[-1] == Discount("override", -120, "faulty", authority="M1")
    for one in (back, lower):
        assert discrepancies(ticket(cash(one.amount), lines=(one,))) == []
    with pytest.raises(ValueError, match="would be more"):
        reversed_line(today, allowed, 321)


def test_a_return_moves_the_stock_back() -> None:
    pack = replace(sold(1000, 3000, 0), factor=6000)
    back = return_line(pack, Worth(2000, 667, 0), CHECKED)
    assert [*sold_quantities(ticket(cash(-667), lines=(back,))).values()] == [12_000]


def test_the_later_of_two_is_the_one_in_excess() -> None:
    original = ticket(cash(1000), lines=(sold(1000, 3000, 115),))
    first, second = Given("t1", 1, 1, 2000, 667, 77), Given("t2", 4, 1, 2000, 667, 77)
    assert excesses(original, [first]) == {}
    assert list(excesses(original, [first, second])) == [("t2", 4)]
    assert (
        "gives back 2 for 667 of its line 1, 1 for 333 were left"
        in (excesses(original, [first, second])["t2", 4])
    )
    assert list(excesses(original, [Given("t3", 1, 9, 1000, 1, 0)])) == [("t3", 1)]


def test_what_a_ticket_gave_back_is_named_by_receipt_or_uuid() -> None:
    back = return_line(sold(1000, 3000, 115), Worth(1000, 333, 38), CHECKED)
    lines = (back, replace(back, number=2, voided=True), line(3))
    told = [Given("t", 1, 1, 1000, 333, 38)]
    assert list(given_by("t", lines, "uuid")) == told
    assert list(given_by("t", lines, "A-1-000001")) == told
    assert list(given_by("t", lines, "another")) == []
