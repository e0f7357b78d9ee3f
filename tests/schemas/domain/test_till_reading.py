"""The X and the Z: what a lane itself tells of a shift."""

from __future__ import annotations

from dataclasses import replace

from schemas.domain.ticket import Discount, Foreign, TenderLine
from schemas.domain.till import BasketCancelled, CashMoved, Movement
from schemas.domain.till_reading import Times, reading, taken
from tests.schemas.domain.samples import DAY, NOON, card, cash, line, ticket


def cancelled(amount: int) -> BasketCancelled:
    return BasketCancelled("b", "A", "A-1", DAY, "kim", NOON, amount, 2)


def moved(movement: Movement, amount: int) -> CashMoved:
    return CashMoved("m", "shift", "A", "A-1", DAY, "kim", NOON, movement, amount, "why", "kim")


def test_the_figures_of_a_shift() -> None:
    lowered = replace(line(2, 800), amount=700, discounts=(Discount("override", 100, "why"),))
    voided = replace(line(3, 50), voided=True)
    back = replace(line(1, -300), quantity=-1000)
    figures = reading(
        [
            ticket(cash(1_100), lines=(line(), lowered, voided), change=50),
            ticket(cash(-300), lines=(back,)),
            ticket(card(350)),
        ],
        [cancelled(1_000), cancelled(250)],
        [moved("pickup", 600), moved("no_sale", 0), moved("pickup", 400)],
        20_000,
    )
    assert figures.tickets == Times(3, 1_100)
    assert (figures.lines, figures.discounts) == (4, 100)
    assert figures.returns == Times(1, -300)
    assert figures.voided == Times(1, 50)
    assert figures.cancelled == Times(2, 1_250)
    assert figures.moves == {"pickup": Times(2, 1_000), "no_sale": Times(1, 0)}
    # 200.00 and 11.00 less 3.00 given back, 0.50 change and 10.00 to the safe.
    assert figures.expected == {"cash": 19_750, "card": 350}


def test_a_shift_in_which_nothing_was_sold() -> None:
    figures = reading([], [], [], 20_000)
    assert (figures.tickets, figures.returns, figures.moves) == (Times(), Times(), {})
    assert figures.expected == {"cash": 20_000}


def test_foreign_money_is_counted_by_currency_and_vouchers_by_their_face() -> None:
    dollars = TenderLine("foreign", 1_425, foreign=Foreign("USD", 200, 7_125_000))
    voucher = TenderLine("voucher", 350, "V1", face_value=500)
    assert taken([ticket(dollars, cash(5)), ticket(voucher), ticket(dollars)]) == {
        "USD": 400, "cash": 5, "voucher": 500,
    }  # fmt: skip
