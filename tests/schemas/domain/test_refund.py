"""Rule 22: refunds go to the original tender, up to what it paid."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.domain.refund import PaidSale, PaidWith, Part, Refunded, paid_sale, refunded_by, split
from schemas.domain.ticket import (
    Foreign,
    Original,
    OriginalTender,
    Returned,
    TenderKind,
    TenderLine,
)
from tests.schemas.domain.samples import card, cash, coupon, line, ticket

VOUCHER = TenderLine("voucher", 500, "V-1", face_value=800)
DOLLARS = TenderLine("foreign", 1425, foreign=Foreign("USD", 200, 7_123_400))


@pytest.mark.parametrize(
    ("tenders", "before", "due", "parts"),
    [
        ([card(500), cash(749)], {}, 350, [("card", 350)]),
        ([card(500), cash(749)], {1: 350}, 899, [("card", 150), ("cash", 749)]),
        ([card(500), cash(749)], {1: 500}, 100, [("cash", 100)]),
        ([VOUCHER, card(499)], {}, 999, [("voucher", 500), ("card", 499)]),
        ([VOUCHER, card(499)], {}, 600, [("voucher", 500), ("card", 100)]),
        ([DOLLARS], {}, 1249, [("cash", 1249)]),
        ([cash(1249)], {}, 1249, [("cash", 1249)]),
        ([cash(500), coupon(100), card(400)], {}, 1000, [("coupon", 100), ("card", 400), ("cash", 500)]),
        ([card(500)], {}, 900, [("card", 500), ("cash", 400)]),  # the rest was paid with goods
    ],
)  # fmt: skip
def test_split(
    tenders: list[TenderLine], before: dict[int, int], due: int, parts: list[tuple[TenderKind, int]]
) -> None:
    refunded = [Refunded("r", number, number, amount) for number, amount in before.items()]
    paid = paid_sale(ticket(*tenders), refunded)
    assert [(one.kind, one.amount) for one in split(due, [(paid, due)])] == parts


def test_goods_of_two_receipts_are_given_back_receipt_by_receipt() -> None:
    first = PaidSale("a", (PaidWith(1, "card", 1000, "r1"),))
    second = PaidSale("b", (PaidWith(2, "qr", 300, "r2"),))
    assert split(1200, [(first, 400), (second, 500)]) == (
        Part("card", 400, "a", 1, "r1"),
        Part("qr", 300, "b", 2, "r2"),
        Part("cash", 500),
    )
    # In an exchange less is given back than came back.
    assert split(350, [(first, 400), (second, 500)]) == (Part("card", 350, "a", 1, "r1"),)


def test_what_a_ticket_gave_back_is_known_by_either_name_of_the_sale() -> None:
    source = Original("A", "A-1-000007", "sale", 1)
    back = replace(line(amount=-600, quantity=-1000), returned=Returned(original=source))
    tenders = (
        TenderLine("card", -200, "x", original_tender=OriginalTender("sale", 1)),
        TenderLine("cash", -300, original_tender=OriginalTender("sale", 2, "why", "M1")),
        TenderLine("voucher", -50, original_tender=OriginalTender("another", 1)),
        cash(-50),
    )
    one = ticket(*tenders, lines=(back,))
    told = [Refunded("uuid", 1, 1, 200), Refunded("uuid", 2, 2, 300)]
    assert list(refunded_by(one, "sale")) == list(refunded_by(one, "A-1-000007")) == told
    assert list(refunded_by(one, "A-1-000008")) == []


AMOUNTS = st.lists(
    st.tuples(st.sampled_from(["cash", "card", "qr", "voucher", "coupon"]), st.integers(1, 2000)),
    min_size=1,
    max_size=5,
)


@settings(deadline=None)
@given(AMOUNTS, st.lists(st.integers(1, 1500), max_size=6))
def test_no_tender_gives_back_more_than_it_paid_over_all_returns(
    paid: list[tuple[TenderKind, int]], returns: list[int]
) -> None:
    """The parts sum to what is given back; all of a sale comes back to what paid it, cash as well."""
    sale = ticket(*(TenderLine(kind, amount) for kind, amount in paid))
    left = sum(amount for _, amount in paid)
    refunded: list[Refunded] = []
    in_cash = 0
    for place, asked in enumerate([*returns, 10**6]):
        due = min(asked, left)
        parts = split(due, [(paid_sale(sale, refunded), due)])
        assert sum(one.amount for one in parts) == due
        assert all(one.amount > 0 for one in parts)
        assert [one.kind for one in parts[:-1] if one.kind == "cash"] == []
        refunded += [
            Refunded(f"r{place}", n, o.number, o.amount) for n, o in enumerate(parts) if o.ticket
        ]
        in_cash += sum(one.amount for one in parts if one.ticket is None)
        left -= due
    given = {n: sum(o.amount for o in refunded if o.tender == n) for n in range(1, len(paid) + 1)}
    for number, (kind, amount) in enumerate(paid, 1):
        assert given[number] == (0 if kind == "cash" else amount)
    assert in_cash == sum(amount for kind, amount in paid if kind == "cash")
