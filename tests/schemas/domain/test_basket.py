"""Rules 2, 11 and 16: what a basket costs and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.basket import (
    Basket,
    BasketError,
    BasketFault,
    ItemUnit,
    Totals,
    add_line,
    add_unknown,
    override_amount,
    reprice_label,
    sale_lines,
    set_member,
    totals,
    void_line,
)
from schemas.domain.label import Printed
from schemas.domain.pricing import PriceRow
from schemas.domain.quantity import extend
from schemas.domain.tax import TaxPolicy
from schemas.domain.ticket import Discount, discrepancies
from tests.schemas.domain.samples import NOON, card, ticket

MILK = ItemUnit("milk", "Milk", "1l", category="dairy", tax_code="A", tax_rate=1300, barcode="69")
BAG = ItemUnit("bag?", "Paper bag", "piece", tax_code="B", tax_rate=2000)
LATER = NOON + timedelta(hours=1)


def prices(listed: int, gold: int | None = None, unit: str = "1l") -> tuple[PriceRow, ...]:
    """Return the list price of milk and, if given, the one for gold members, from noon on."""
    everyone = PriceRow("P1", 0, "milk", unit, "", listed, NOON, None, 1)
    if gold is None:
        return (everyone,)
    return (everyone, replace(everyone, document="P2", tier="gold", price=gold))


TWO = add_unknown(add_line(Basket(), MILK, prices(350, 300), 3000, NOON), BAG, 30, 1000, NOON)


def costs(basket: Basket) -> list[tuple[int, tuple[Discount, ...]]]:
    """Return what each line costs and why."""
    return [(line.amount, line.discounts) for line in sale_lines(basket, "line")]


def member_price(amount: int) -> Discount:
    """Return the discount of a gold member."""
    return Discount("member_price", amount, "gold", rule="P2")


def by_hand(amount: int, authority: str = "lee") -> Discount:
    """Return the discount of an override."""
    return Discount("override", amount, "dented", authority=authority)


GOLD = set_member(TWO, "m1", "gold")


def labelled(printed: Printed) -> Basket:
    """Return a gold member's basket with three litres whose label says what they cost."""
    basket = add_line(Basket(), MILK, prices(350, 300), 3000, NOON, printed)
    return set_member(basket, "m1", "gold")


def by_label(amount: int, reason: str) -> Discount:
    """Return the discount of a label."""
    return Discount("label", amount, reason, rule="ew")


OLD = labelled(Printed(1000, "ew", stale=True))


@pytest.mark.parametrize(
    ("basket", "expected"),
    [
        (Basket(), []),
        (TWO, [(1050, ()), (30, ())]),
        (GOLD, [(900, (member_price(150),)), (30, ())]),
        (set_member(TWO, "m2", "silver"), [(1050, ()), (30, ())]),
        (set_member(GOLD, None, "gold"), [(1050, ()), (30, ())]),
        (override_amount(TWO, 1, 1000, "dented", "lee"), [(1000, (by_hand(50),)), (30, ())]),
        (override_amount(TWO, 2, 130, "dented", "lee"), [(1050, ()), (130, (by_hand(-100),))]),
        # an override stands, whether the member is scanned before it or after it
        (
            override_amount(GOLD, 1, 850, "dented", "lee"),
            [(850, (member_price(150), by_hand(50))), (30, ())],
        ),
        (
            set_member(override_amount(TWO, 1, 950, "dented", "lee"), "m1", "gold"),
            [(950, (member_price(150), by_hand(-50))), (30, ())],
        ),
        # each override is kept, also one that changes nothing
        (
            override_amount(override_amount(TWO, 1, 0, "dented", "kim"), 1, 1000, "dented", "lee"),
            [(1000, (by_hand(1050, "kim"), by_hand(-1000))), (30, ())],
        ),
        (override_amount(TWO, 2, 30, "dented", "lee"), [(1050, ()), (30, (by_hand(0),))]),
        # 0.001 l: a member price that rounds to the same is no discount
        (
            set_member(add_line(Basket(), MILK, prices(350, 300), 1, NOON), "m1", "gold"),
            [(0, ())],
        ),
        # what a label bears is charged, to members too
        (labelled(Printed(1050, "ew")), [(1050, (by_label(0, "printed"),))]),
        (labelled(Printed(1051, "ew")), [(1051, (by_label(-1, "printed"),))]),
        (OLD, [(1000, (by_label(50, "stale"),))]),
        (labelled(Printed(1050, "ew", stale=True)), [(1050, (by_label(0, "stale"),))]),
        (
            override_amount(OLD, 1, 990, "dented", "lee"),
            [(990, (by_label(50, "stale"), by_hand(10)))],
        ),
        (
            reprice_label(OLD, 1, repriced=True),
            [(900, (by_label(0, "repriced"), member_price(150)))],
        ),
        (
            set_member(reprice_label(OLD, 1, repriced=True), None),
            [(1050, (by_label(0, "repriced"),))],
        ),
    ],
)
def test_what_lines_cost_and_why(
    basket: Basket, expected: list[tuple[int, tuple[Discount, ...]]]
) -> None:
    assert costs(basket) == expected


def test_a_line_tells_what_was_sold() -> None:
    milk, bag = sale_lines(TWO, "line")
    assert (milk.number, milk.item, milk.name, milk.unit) == (1, "milk", "Milk", "1l")
    assert (milk.quantity, milk.list_price, milk.barcode) == (3000, 350, "69")
    assert (milk.category, milk.tax_code, milk.tax_rate) == ("dairy", "A", 1300)
    assert (milk.tax, milk.price_document, milk.unknown_item) == (121, "P1", False)
    assert (bag.number, bag.name, bag.list_price, bag.tax) == (2, "Paper bag", 30, 5)
    assert (bag.unknown_item, bag.price_document, bag.barcode) == (True, None, None)


def test_a_price_is_fixed_when_its_line_is_entered() -> None:
    """From one o'clock on milk is dearer; the litre entered at noon is not, the next one is."""
    raised = (
        *prices(350, 300),
        replace(prices(400)[0], document="P3", starts=LATER, published=3),
        replace(prices(380)[0], document="P4", starts=LATER, published=4, tier="gold"),
    )
    basket = add_line(add_line(Basket(), MILK, raised, 1000, NOON), MILK, raised, 1000, LATER)
    assert basket.lines[0].prices == prices(350, 300)
    assert [line.list_price for line in sale_lines(basket, "line")] == [350, 400]
    assert [amount for amount, _ in costs(set_member(basket, "m1", "gold"))] == [300, 380]


def test_a_voided_line_stays_and_counts_for_nothing() -> None:
    basket = void_line(GOLD, 1)
    lines = sale_lines(basket, "line")
    assert [(line.number, line.voided) for line in lines] == [(1, True), (2, False)]
    assert totals(lines) == Totals(total=30, saved=0, tax=5)
    again = add_line(basket, MILK, prices(350), 1000, NOON)
    assert [line.number for line in again.lines] == [1, 2, 3]
    assert GOLD.lines[0].voided is False


@pytest.mark.parametrize(
    ("basket", "policy", "expected"),
    [
        (Basket(), "line", Totals(0, 0, 0)),
        (TWO, "line", Totals(1080, 0, 126)),
        (GOLD, "receipt", Totals(930, 150, 109)),
        (OLD, "line", Totals(1000, 0, 115)),  # a label's step is nothing saved
    ],
)
def test_totals(basket: Basket, policy: TaxPolicy, expected: Totals) -> None:
    assert totals(sale_lines(basket, policy)) == expected


@pytest.mark.parametrize(
    ("act", "fault", "words"),
    [
        (lambda: add_line(TWO, MILK, (), 1000, NOON), "no_price", "item milk"),
        (lambda: add_line(TWO, MILK, prices(1), 1000, NOON - timedelta(1)), "no_price", "milk"),
        (lambda: add_line(TWO, MILK, prices(1, unit="crate"), 1000, NOON), "no_price", "1l"),
        (lambda: add_line(TWO, MILK, prices(1), 0, NOON), "quantity", "0 times"),
        (lambda: add_unknown(TWO, BAG, 30, -1500, NOON), "quantity", "-1.5 times"),
        (lambda: add_unknown(TWO, BAG, -1, 1000, NOON), "amount", "cannot cost -0.01"),
        (lambda: void_line(TWO, 3), "no_line", "no line 3"),
        (lambda: void_line(TWO, 0), "no_line", "no line 0"),
        (lambda: void_line(void_line(TWO, 1), 1), "voided", "line 1 is voided"),
        (lambda: override_amount(void_line(TWO, 1), 1, 5, "r", "lee"), "voided", "line 1"),
        (lambda: override_amount(TWO, 9, 5, "r", "lee"), "no_line", "no line 9"),
        (lambda: override_amount(TWO, 1, -5, "r", "lee"), "amount", "cannot cost -0.05"),
        (lambda: override_amount(TWO, 1, 5, " ", "lee"), "unexplained", "reason"),
        (lambda: override_amount(TWO, 1, 5, "r", ""), "unexplained", "authority"),
        (lambda: reprice_label(TWO, 1, repriced=True), "no_stale_label", "override its amount"),
        (
            lambda: reprice_label(labelled(Printed(9, "ew")), 1, repriced=True),
            "no_stale_label",
            "line 1",
        ),
        (lambda: reprice_label(void_line(OLD, 1), 1, repriced=True), "voided", "line 1"),
        (lambda: reprice_label(OLD, 2, repriced=True), "no_line", "no line 2"),
    ],
)
def test_what_a_basket_cannot_take(
    act: Callable[[], Basket], fault: BasketFault, words: str
) -> None:
    with pytest.raises(BasketError, match=words) as refused:
        act()
    assert refused.value.fault == fault


LINES = st.tuples(st.integers(0, 3000), st.none() | st.integers(0, 3000), st.integers(1, 9999))
OVERRIDES = st.tuples(st.integers(1, 5), st.integers(0, 9999))


@given(st.lists(LINES, max_size=5), st.lists(OVERRIDES, max_size=4), st.integers(0, 5))
def test_every_basket_makes_a_sound_ticket(
    lines: list[tuple[int, int | None, int]], overrides: list[tuple[int, int]], voided: int
) -> None:
    basket = Basket()
    for listed, gold, quantity in lines:
        basket = add_line(basket, MILK, prices(listed, gold), quantity, NOON)
    for number, amount in overrides:
        if number <= len(lines):
            basket = override_amount(basket, number, amount, "dented", "lee")
    if 1 <= voided <= len(lines):
        basket = void_line(basket, voided)
    for scanned in (basket, set_member(basket, "m1", "gold")):
        sold = sale_lines(scanned, "receipt")
        for line in sold:
            explained = sum(discount.amount for discount in line.discounts)
            assert extend(line.list_price, line.quantity) - explained == line.amount
        found = totals(sold)
        assert discrepancies(ticket(card(found.total), lines=sold, total=found.total)) == []


@given(st.lists(LINES, max_size=5))
def test_the_instant_of_the_member_s_scan_does_not_matter(
    lines: list[tuple[int, int | None, int]],
) -> None:
    late, early = Basket(), set_member(Basket(), "m1", "gold")
    for listed, gold, quantity in lines:
        late = add_line(late, MILK, prices(listed, gold), quantity, NOON)
        early = add_line(early, MILK, prices(listed, gold), quantity, NOON)
    assert set_member(late, "m1", "gold") == early
    assert totals(sale_lines(early, "line")).total <= totals(sale_lines(late, "line")).total
