"""Corrections as pure values: what they say of a ticket, and what stands in their way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schemas.domain.correction import (
    Act,
    Exchange,
    Obstacle,
    as_ticket,
    correction_discrepancies,
    obstacle,
    paid_by,
    post_void,
    tender_exchange,
)
from schemas.domain.returning import Given, given_by, left
from schemas.domain.ticket import (
    Control,
    Discount,
    Foreign,
    Returned,
    SaleLine,
    TenderKind,
    TenderLine,
    Ticket,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACT = Act("c1", "M1", "C2", "rung up twice", AT)


def line(number: int, amount: int, **more: object) -> SaleLine:
    made = SaleLine(number, f"i{number}", "Item", "piece", 1000, amount, amount, tax=amount // 10)
    return replace(made, **more)  # type: ignore[arg-type]


def sale(*tenders: TenderLine, change: int = 0, rounding: int = 0) -> Ticket:
    """Rice for 10.00 less 1.00, soap for 2.00, and one that was voided: 11.00."""
    off = Discount("override", 100, "dented", authority="M1")
    return Ticket(
        uuid="t1", branch="N001", lane="N001.01", counter=7, shift="s1",
        business_date=date(2026, 3, 1), zone="Asia/Shanghai", started=AT, committed=AT,
        operator="C1", lines=(
            line(1, 900, list_price=1000, discounts=(off,)), line(2, 200),
            line(3, 500, voided=True),
        ),
        tenders=tenders or (TenderLine("cash", 1100),), total=1100, rounding=rounding,
        change=change, control=Control(1, 1100, 1100), member="9101",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sold", "back"),
    [
        (sale(), [("cash", -1100)]),
        (sale(TenderLine("cash", 2000), change=900), [("cash", -2000)]),
        (sale(TenderLine("cash", 1095), rounding=-5), [("cash", -1095)]),
        (
            sale(TenderLine("card", 600, "r1"), TenderLine("cash", 500)),
            [("card", -600), ("cash", -500)],
        ),
        (
            sale(TenderLine("foreign", 1425, foreign=Foreign("USD", 200, 7_125_000)), change=325),
            [("foreign", -1425)],
        ),
    ],
    ids=["cash", "change", "rounded", "split", "foreign"],
)
def test_a_post_void_negates_all_of_a_sale(sold: Ticket, back: list[tuple[str, int]]) -> None:
    void = post_void(sold, (), ACT)
    assert [(one.kind, one.amount) for one in void.tenders] == back
    assert (void.total, void.rounding, void.change) == (-1100, -sold.rounding, -sold.change)
    assert [(one.number, one.quantity, one.amount, one.tax) for one in void.lines] == [
        (1, -1000, -900, -90), (2, -1000, -200, -20),
    ]  # fmt: skip
    assert [one.amount for one in void.lines[0].discounts] == [-100]
    assert correction_discrepancies(void) == []
    assert (void.receipt, void.cashier, void.shift, void.member) == (
        "N001.01-000007", "C1", "s1", "9101",
    )  # fmt: skip


def test_nothing_of_a_post_voided_sale_is_left_to_return() -> None:
    """It is found as a return of all of it, by uuid and by receipt number."""
    sold = sale()
    void = as_ticket(post_void(sold, (), ACT))
    for key in (sold.uuid, sold.receipt):
        given = list(given_by(void.uuid, void.lines, key))
        assert [left(one, given).quantity for one in sold.sold()] == [0, 0]


def test_an_exchange_moves_an_amount_and_a_post_void_after_it_undoes_both() -> None:
    sold = sale(TenderLine("cash", 2000), change=900)
    moved = tender_exchange(sold, (), ACT, Exchange("cash", "card", 300))
    assert [(one.kind, one.amount) for one in moved.tenders] == [("cash", -300), ("card", 300)]
    assert (moved.lines, moved.total, correction_discrepancies(moved)) == ((), 0, [])
    assert paid_by(sold, [moved]) == {"cash": 800, "card": 300}
    void = post_void(sold, [moved], ACT)
    assert not any(paid_by(sold, [moved, void]).values())
    assert correction_discrepancies(void) == []


@pytest.mark.parametrize(
    "asked",
    [
        Exchange("cash", "cash", 100), Exchange("cash", "card", 1101), Exchange("card", "cash", 1),
        Exchange("cash", "card", 0), Exchange("cash", "qr", -5),
    ],
)  # fmt: skip
def test_no_more_is_exchanged_than_was_paid_so(asked: Exchange) -> None:
    with pytest.raises(ValueError, match="was paid with"):
        tender_exchange(sale(TenderLine("cash", 2000), change=900), (), ACT, asked)


def _returning() -> Ticket:
    back = line(4, -300, quantity=-1000, returned=Returned("broken", "M1"))
    return replace(sale(), lines=(*sale().lines, back))


@pytest.mark.parametrize(
    ("sold", "given", "why"),
    [
        (sale(), (), None),
        (sale(), (Given("t2", 1, 1, 1000, 900, 90),), "returned"),
        (_returning(), (), "gives_back"),
        *(
            (sale(TenderLine(kind, 1100)), (), "redeemed")
            for kind in ("points", "stored_value", "coupon", "voucher")
        ),
    ],
)
def test_what_stands_in_the_way(
    sold: Ticket, given: tuple[Given, ...], why: Obstacle | None
) -> None:
    assert obstacle(sold, given, ()) == why
    assert obstacle(sold, given, [post_void(sale(), (), ACT)]) == "voided"
    kinds: list[TenderKind] = ["cash", "card", "qr", "foreign"]
    assert all(obstacle(sale(TenderLine(kind, 1100)), (), ()) is None for kind in kinds)
