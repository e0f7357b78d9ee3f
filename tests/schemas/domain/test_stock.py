"""Rules 10 and 25: what a ticket does to stock."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.stock.average import Holding, arrive, at_average
from schemas.domain.stock.move import sold_quantities
from schemas.domain.ticket import SaleLine
from tests.schemas.domain.samples import line, ticket


@pytest.mark.parametrize(
    ("lines", "quantities"),
    [
        ((), {}),
        ((line(quantity=3000),), {"milk": -3000}),
        ((replace(line(quantity=2000), factor=12_000),), {"milk": -24_000}),
        # a pack and a piece of one item are one move of its base unit
        (
            (
                line(1),
                line(2, item="tea"),
                replace(line(3, quantity=1000), unit="crate", factor=12_000),
            ),
            {"milk": -13_000, "tea": -1000},
        ),
        # 0.333 of a unit that holds 0.5 base units: 0.1665 rounds away from zero
        ((replace(line(quantity=333), factor=500),), {"milk": -167}),
        ((replace(line(), voided=True),), {}),
        ((replace(line(), unknown_item=True), line(2, item="tea")), {"tea": -1000}),
    ],
)
def test_what_a_ticket_moves(lines: tuple[SaleLine, ...], quantities: dict[str, int]) -> None:
    assert sold_quantities(ticket(lines=lines)) == quantities


def test_a_return_moves_back_what_the_sale_moved() -> None:
    sold = replace(line(quantity=333), factor=500)
    back = replace(line(2, amount=-350, quantity=-333), factor=500)
    assert sold_quantities(ticket(lines=(sold, back))) == {"milk": 0}


@pytest.mark.parametrize(
    ("held", "quantity", "value"),
    [
        (Holding(), -2000, None),
        (Holding(20_000, 6600, 6600, 20_000), -2000, -660),
        # all that is left takes all that it is worth: 1.00 for three goes 0.33, 0.34, 0.33
        (Holding(3000, 100, 100, 3000), -1000, -33),
        (Holding(2000, 67, 100, 3000), -1000, -34),
        (Holding(1000, 33, 100, 3000), -1000, -33),
        # one is there for 3.00, three are sold: the two others at the last average
        (Holding(1000, 300, 660, 2000), -3000, -300 - 660),
        (Holding(-2000, -660, 660, 2000), -1000, -330),
        # what comes back is worth the last average, whatever a rounded remainder says
        (Holding(1, 1, 330, 1000), 5000, 1650),
        (Holding(-1000, -330, 330, 1000), 1000, 330),
        (Holding(-1000, -330, 330, 1000), 3000, 330 + 660),
        (Holding(0, 0, 330, 1000), 1000, 330),
    ],
)
def test_what_leaves_or_comes_back_is_worth_its_average(
    held: Holding, quantity: int, value: int | None
) -> None:
    assert at_average(held, quantity) == value


@pytest.mark.parametrize(
    ("held", "quantity", "value", "variance", "average"),
    [
        (Holding(), 20_000, 6600, 0, (6600, 20_000)),
        (Holding(10_000, 3000, 3000, 10_000), 10_000, 3600, 0, (6600, 20_000)),
        # rule 25: sell 2 at unknown cost, receive 20 at 3.30: 3.30, not 3.67
        (Holding(-2000, 0), 20_000, 6600, -660, (5940, 18_000)),
        # sold at 3.00, replaced at 3.30: what the two cost more is variance
        (Holding(-2000, -600, 3000, 10_000), 20_000, 6600, -60, (5940, 18_000)),
        # still oversold: the average is that of the goods that came
        (Holding(-5000, -1500, 300, 1000), 2000, 660, -150, (660, 2000)),
        (Holding(-2000, -600, 300, 1000), 2000, 660, -60, (660, 2000)),
        # counted in before anybody knew what it cost
        (Holding(5000, 0), 10_000, 3300, 1650, (4950, 15_000)),
    ],
)
def test_what_an_arrival_makes_of_the_average(
    held: Holding, quantity: int, value: int, variance: int, average: tuple[int, int]
) -> None:
    done = arrive(held, quantity, value)
    assert (done.value, done.variance) == (value, variance)
    assert (done.holding.cost_value, done.holding.cost_quantity) == average
    assert done.holding.value == held.value + value + variance


@given(
    st.lists(
        st.one_of(
            st.integers(-30_000, 30_000),
            st.tuples(st.integers(1, 50_000), st.integers(0, 20_000)),
        ),
        max_size=30,
    )
)
def test_nothing_is_worth_nothing_and_no_value_is_made_or_lost(
    steps: list[int | tuple[int, int]],
) -> None:
    """*Property*: moves sum to what is there, and nought pieces are worth nought."""
    held, quantity, value = Holding(), 0, 0
    for step in steps:
        if isinstance(step, int):
            worth = at_average(held, step) or 0
            held = held.changed(step, worth)
            quantity, value = quantity + step, value + worth
        else:
            done = arrive(held, *step)
            held = done.holding
            quantity, value = quantity + step[0], value + done.value + done.variance
        assert (held.quantity, held.value) == (quantity, value)
        if quantity == 0:
            assert value == 0
