"""Rule 24: what does not add up is found and named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.domain.ticket import Discount, SaleLine, Ticket, discrepancies
from tests.schemas.domain.samples import card, cash, coupon, line, ticket

MEMBER = Discount("member_price", 50, "gold", rule="P1")
RAISED = Discount("override", -100, "as recorded", authority="kim")


def one(changed: SaleLine) -> Ticket:
    """Return a ticket of one line, paid by card."""
    return ticket(card(changed.amount), lines=(changed,))


@pytest.mark.parametrize(
    "sound",
    [
        ticket(cash(350)),
        ticket(cash(500), change=150),
        ticket(card(300), coupon(50)),
        ticket(cash(400), lines=(line(amount=352),), rounding=-2, change=50),
        ticket(lines=()),
        ticket(cash(350), lines=(line(1), replace(line(2), voided=True))),
        one(replace(line(), amount=300, discounts=(MEMBER,), tax=35)),
        one(replace(line(), amount=400, discounts=(MEMBER, RAISED))),
        one(replace(line(), quantity=333, amount=117)),
        one(replace(line(), quantity=-1000, amount=-350, tax=-40)),
    ],
)
def test_a_sound_ticket_has_none(sound: Ticket) -> None:
    assert discrepancies(sound) == []


@pytest.mark.parametrize(
    ("unsound", "words"),
    [
        (ticket(card(351), total=351), "lines sum to 350, the total is 351"),
        (ticket(card(349)), "tenders less change are 349, due are 350"),
        (ticket(cash(500), change=100), "tenders less change are 400, due are 350"),
        (ticket(cash(350), rounding=5), "tenders less change are 350, due are 355"),
        (ticket(card(400), change=50), "change 50 exceeds the cash taken, 0"),
        (ticket(cash(300), change=-50), "change -50 is below nought"),
        (ticket(card(700), lines=(line(1), line(1))), "two lines bear the same number"),
        (one(replace(line(), tax=351)), "line 1 bears tax 351 on an amount of 350"),
        (one(replace(line(), tax=-40)), "line 1 bears tax -40 on an amount of 350"),
        (
            one(replace(line(amount=-350), list_price=-350)),
            "line 1 costs -350 for a quantity of 1000",
        ),
        (one(replace(line(), amount=349)), "line 1 costs 349, price less discounts are 350"),
        (
            one(replace(line(), discounts=(MEMBER,))),
            "line 1 costs 350, price less discounts are 300",
        ),
    ],
)
def test_what_does_not_add_up_is_named(unsound: Ticket, words: str) -> None:
    assert discrepancies(unsound) == [words]


def test_all_of_it_is_named() -> None:
    lines = (replace(line(1), tax=400), replace(line(1), amount=1))
    assert len(discrepancies(ticket(cash(1), lines=lines, total=9, change=2))) == 6


def test_the_receipt_number_names_lane_and_counter() -> None:
    assert replace(ticket(), counter=42).receipt == "A-1-000042"
