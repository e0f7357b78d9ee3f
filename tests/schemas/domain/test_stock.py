"""Rules 10 and 25: what a ticket does to stock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.domain.stock import StockMove, moves_of
from schemas.domain.ticket import SaleLine
from tests.schemas.domain.samples import DAY, line, ticket


def moved(item: str, quantity: int) -> StockMove:
    """Return the move of the sample ticket."""
    return StockMove(item, quantity, "sale", "uuid", DAY)


@pytest.mark.parametrize(
    ("lines", "moves"),
    [
        ((), ()),
        ((line(quantity=3000),), (moved("milk", -3000),)),
        ((replace(line(quantity=2000), factor=12_000),), (moved("milk", -24_000),)),
        # a pack and a piece of one item are one move of its base unit
        (
            (
                line(1),
                line(2, item="tea"),
                replace(line(3, quantity=1000), unit="crate", factor=12_000),
            ),
            (moved("milk", -13_000), moved("tea", -1000)),
        ),
        # 0.333 of a unit that holds 0.5 base units: 0.1665 rounds away from zero
        ((replace(line(quantity=333), factor=500),), (moved("milk", -167),)),
        ((replace(line(), voided=True),), ()),
        ((replace(line(), unknown_item=True), line(2, item="tea")), (moved("tea", -1000),)),
    ],
)
def test_moves_of(lines: tuple[SaleLine, ...], moves: tuple[StockMove, ...]) -> None:
    assert moves_of(ticket(lines=lines)) == moves


def test_a_return_moves_back_what_the_sale_moved() -> None:
    sold = replace(line(quantity=333), factor=500)
    back = replace(line(2, amount=-350, quantity=-333), factor=500)
    assert moves_of(ticket(lines=(sold, back))) == (moved("milk", 0),)
