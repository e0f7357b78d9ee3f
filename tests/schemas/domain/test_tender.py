"""Rule 5: cash rounding, change and what may be tendered."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.tender import (
    TenderError,
    TenderFault,
    change,
    is_paid,
    remaining,
    rounded_cash,
    rounding,
    take,
    voucher,
)
from schemas.domain.ticket import Foreign, TenderLine, discrepancies
from tests.schemas.domain.samples import card, cash, coupon, line, ticket


def dollars(amount: int) -> TenderLine:
    """Foreign notes worth so much here."""
    return TenderLine("foreign", amount, foreign=Foreign("USD", amount, 1_000_000))


TENDERS = st.lists(
    st.one_of(
        st.builds(TenderLine, st.sampled_from(["cash", "card", "coupon"]), st.integers(-5, 3000)),
        st.integers(1, 3000).map(dollars),
    ),
    max_size=6,
)


@pytest.mark.parametrize(
    ("amount", "step", "rounded"),
    [
        (1003, 0, 1003),
        (1003, 1, 1003),
        (1002, 5, 1000),
        (1003, 5, 1005),
        (-1003, 5, -1005),
        (2, 5, 0),
        (1005, 10, 1010),
        (-1005, 10, -1010),
        (1050, 100, 1100),
    ],
)
def test_cash_is_rounded_to_a_step(amount: int, step: int, rounded: int) -> None:
    assert rounded_cash(amount, step) == rounded


@pytest.mark.parametrize(
    ("total", "tenders", "step", "by_cash", "by_card"),
    [
        (1003, [], 0, 1003, 1003),
        (1003, [], 5, 1005, 1003),
        (1003, [card(500)], 5, 505, 503),
        (1003, [cash(500)], 5, 505, 503),
        (1003, [coupon(100), card(903)], 5, 0, 0),
        (1003, [cash(2000)], 5, 0, 0),
        (1002, [card(1000)], 5, 0, 2),
        (1003, [card(500), cash(504)], 5, 1, 0),
        (0, [], 5, 0, 0),
    ],
)
def test_remaining(
    total: int, tenders: list[TenderLine], step: int, by_cash: int, by_card: int
) -> None:
    assert remaining(total, tenders, "cash", step) == by_cash
    assert remaining(total, tenders, "card", step) == by_card


@pytest.mark.parametrize(
    ("total", "tenders", "step", "found"),
    [
        (1003, [], 0, (0, False, 0)),
        (1003, [cash(1000)], 0, (0, False, 0)),
        (1003, [cash(1003)], 0, (0, True, 0)),
        (1003, [cash(2000)], 0, (0, True, 997)),
        (1003, [card(1003)], 5, (0, True, 0)),  # no cash, no rounding
        (1003, [cash(2000)], 5, (2, True, 995)),
        (1002, [cash(1000)], 5, (-2, True, 0)),
        (1003, [card(500), cash(1000)], 5, (2, True, 495)),  # 5.03 in cash
        (1003, [card(500), cash(500)], 5, (2, False, 0)),
        (1003, [cash(500), card(503)], 5, (0, True, 0)),  # 5.00 in cash
        (1003, [coupon(1), cash(1000)], 5, (-2, True, 0)),
        (2, [], 5, (0, False, 0)),
        (2, [cash(0)], 5, (-2, True, 0)),
        (0, [], 0, (0, True, 0)),  # all given away
    ],
)
def test_rounding_paid_and_change(
    total: int, tenders: list[TenderLine], step: int, found: tuple[int, bool, int]
) -> None:
    assert rounding(total, tenders, step) == found[0]
    assert is_paid(total, tenders, step) is found[1]
    assert change(total, tenders, step) == found[2]


@pytest.mark.parametrize(
    ("total", "tenders", "tender", "fault", "words"),
    [
        (1003, [], card(1004), "exceeds", "take at most 10.03"),
        (1003, [], coupon(1100), "exceeds", "coupon of 11.00 exceeds the 10.03"),
        (1003, [cash(500)], card(504), "exceeds", "take at most 5.03"),
        (1003, [], card(0), "amount", "card of 0.00"),
        (1003, [], cash(0), "amount", "cash of 0.00"),
        (1003, [], cash(-500), "amount", "cash of -5.00"),
        (1003, [cash(1003)], cash(1), "paid", "finish the sale"),
        (1003, [card(1003)], cash(1), "paid", "no further cash"),
        (0, [], cash(500), "paid", "nothing is left"),
    ],
)
def test_take_refuses(
    total: int, tenders: list[TenderLine], tender: TenderLine, fault: TenderFault, words: str
) -> None:
    with pytest.raises(TenderError, match=words) as refused:
        take(total, tenders, tender)
    assert refused.value.fault == fault


@pytest.mark.parametrize(
    ("total", "tenders", "tender", "step"),
    [
        (1003, [], card(1003), 0),
        (1003, [], card(500), 0),
        (1003, [coupon(500)], coupon(503), 0),
        (1003, [card(500)], cash(5000), 0),  # change will be given
        (1003, [], cash(1), 0),
        (2, [], cash(0), 5),  # rounds to nothing
    ],
)
def test_take(total: int, tenders: list[TenderLine], tender: TenderLine, step: int) -> None:
    assert take(total, tenders, tender, step) == (*tenders, tender)


def test_a_card_is_not_rounded() -> None:
    with pytest.raises(TenderError, match=r"take at most 10\.03"):
        take(1003, [], card(1005), 5)


@given(st.integers(1, 10**7), st.sampled_from([5, 10, 50, 100]))
def test_rounding_takes_the_sign_of_the_amount(amount: int, step: int) -> None:
    rounded = rounded_cash(amount, step)
    assert rounded % step == 0
    assert abs(rounded - amount) * 2 <= step
    assert rounded_cash(-amount, step) == -rounded


@given(st.integers(0, 5000), TENDERS, st.sampled_from([0, 1, 5, 10, 100]))
def test_what_was_taken_makes_a_sound_ticket(
    total: int, offered: list[TenderLine], step: int
) -> None:
    taken: tuple[TenderLine, ...] = ()
    for tender in offered:
        with contextlib.suppress(TenderError):
            taken = take(total, taken, tender, step)
    if not is_paid(total, taken, step):
        assert change(total, taken, step) == 0
        left = remaining(total, taken, "cash", step)
        taken = take(total, taken, cash(left), step)
    sale = ticket(
        *taken,
        lines=(line(amount=total),),
        rounding=rounding(total, taken, step),
        change=change(total, taken, step),
    )
    assert discrepancies(sale) == []
    assert remaining(total, taken, "cash", step) == remaining(total, taken, "card", step) == 0


@pytest.mark.parametrize(
    ("total", "step", "due"), [(-1003, 0, -1003), (-1003, 5, -1005), (-1002, 5, -1000), (-2, 5, 0)]
)
def test_a_refund_in_cash_is_what_is_due_and_no_more(total: int, step: int, due: int) -> None:
    assert remaining(total, [], "cash", step) == due
    assert not is_paid(total, [], step)
    for wrong in (cash(due - 1), cash(1), card(total - 1), dollars(due)):
        with pytest.raises(TenderError, match="is no refund here") as refused:
            take(total, [], wrong, step)
        assert refused.value.fault == "refund"
    paid = take(total, [], cash(due), step)
    assert is_paid(total, paid, step)
    assert (rounding(total, paid, step), change(total, paid, step)) == (due - total, 0)
    held = ticket(*paid, lines=(line(amount=total, quantity=-1000),), rounding=due - total)
    assert [one for one in discrepancies(held) if "line" not in one] == []


def test_a_refund_may_be_split_and_rounds_its_cash_part_only() -> None:
    parts = take(-1003, [], card(-501), 5)
    assert (is_paid(-1003, parts, 5), remaining(-1003, parts, "cash", 5)) == (False, -500)
    assert remaining(-1003, parts, "card", 5) == -502
    parts = take(-1003, parts, cash(-500), 5)
    assert (is_paid(-1003, parts, 5), rounding(-1003, parts, 5)) == (True, 2)
    assert remaining(-1003, parts, "cash", 5) == 0
    with pytest.raises(TenderError, match="nothing is left"):
        take(-1003, parts, cash(-1), 5)


@pytest.mark.parametrize(
    ("total", "tenders", "step", "found"),
    [
        (1003, [dollars(1003)], 5, (0, True, 0)),  # no local cash, no rounding
        (1003, [dollars(2000)], 0, (0, True, 997)),
        (1003, [dollars(2000)], 5, (2, True, 995)),  # 9.97 in local cash
        (1003, [dollars(1005)], 5, (2, True, 0)),  # 0.02 rounds to nothing
        (1, [dollars(46)], 10, (5, True, 40)),  # 0.50 would be more than was taken
        (1003, [dollars(1000)], 5, (0, False, 0)),
        (1003, [dollars(1000), cash(5)], 5, (2, True, 0)),
        (1003, [cash(500), dollars(2000)], 5, (2, True, 1495)),
        (1003, [voucher(1003, 500, "V"), dollars(1000)], 0, (0, True, 497)),
    ],
)
def test_foreign_money_is_no_cash_part_and_change_for_it_is_local_cash(
    total: int, tenders: list[TenderLine], step: int, found: tuple[int, bool, int]
) -> None:
    taken: tuple[TenderLine, ...] = ()
    for one in tenders:
        taken = take(total, taken, one, step)
    told = (rounding(total, taken, step), is_paid(total, taken, step), change(total, taken, step))
    assert told == found
    sale = ticket(*taken, lines=(line(amount=total),), rounding=told[0], change=told[2])
    assert [one for one in discrepancies(sale) if told[1] or "due" not in one] == []


@pytest.mark.parametrize(
    ("left", "face", "pays", "forfeited"),
    [(1003, 500, 500, 0), (1003, 1003, 1003, 0), (1003, 2000, 1003, 997)],
)
def test_a_voucher_pays_what_is_left_and_gives_no_change(
    left: int, face: int, pays: int, forfeited: int
) -> None:
    one = voucher(left, face, "V-1")
    assert (one.amount, one.forfeited, one.reference) == (pays, forfeited, "V-1")
    taken = take(left, [], one)
    assert (change(left, taken), rounding(left, taken, 5)) == (0, 0)


@pytest.mark.parametrize(
    ("tender", "words"),
    [
        (TenderLine("foreign", 350), "foreign, and says None"),
        (replace(dollars(350), kind="cash"), "cash, and says Foreign"),
        (replace(dollars(350), amount=351), "which Foreign"),
        (TenderLine("foreign", 350, foreign=Foreign("X", 350, 10**6, 10**9)), "which Foreign"),
        (TenderLine("voucher", 350, "V", face_value=300), "pays 350 by a voucher of 300"),
    ],
)
def test_what_does_not_add_up_in_a_tender_is_told(tender: TenderLine, words: str) -> None:
    sale = ticket(tender, lines=(line(amount=tender.amount),))
    (told,) = discrepancies(sale)
    assert words in told
