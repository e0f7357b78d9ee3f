"""A discount off the whole basket at the till, and 10% off a line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pos_frontend.basket import Overriding, Sale
from pos_frontend.discounting import Discounting
from pos_frontend.errors import TillError
from pos_frontend.till import Till
from schemas.domain.ticket import discrepancies
from tests.pos_frontend.shop import BREAD, MILK, Scene


def ten(off: str, pin: str = "9999") -> Discounting:
    return Discounting(off, "damaged", "M1", pin)


def sale_of(till: Till) -> Sale:
    assert till.sale is not None
    return till.sale


def filled(scene: Scene) -> Till:
    till = scene.ready()
    till.scan(MILK)
    till.scan(f"2*{BREAD}")
    return till


def test_a_share_follows_the_basket_and_an_amount_stays(scene: Scene) -> None:
    till = filled(scene)
    till.discount(ten("10%"))
    assert sale_of(till).totals.total == 2_148 - 215
    till.scan(MILK)
    assert sale_of(till).totals.total == 2_498 - 250
    till.discount(ten("5"))
    assert sale_of(till).totals.total == 1_998
    till.void_line(2)
    assert sale_of(till).totals.total == 200
    till.void_line(1)
    assert sale_of(till).totals.total == 0
    till.discount(ten("0"))
    assert sale_of(till).totals.total == 350


def test_the_ticket_says_who_gave_it_and_why(scene: Scene) -> None:
    till = filled(scene)
    till.discount(ten("10%"))
    till.tender("cash")
    ticket = till.last
    assert ticket is not None
    given = [one for line in ticket.lines for one in line.discounts]
    assert {(one.kind, one.reason, one.authority) for one in given} == {("basket", "damaged", "M1")}
    assert sum(one.amount for one in given) == 215
    assert discrepancies(ticket) == []


def test_it_comes_back_with_the_basket(scene: Scene) -> None:
    till = filled(scene)
    till.discount(ten("10%"))
    scene.restart().sign_in("C1", "1111")
    assert sale_of(scene.till).totals.total == 1_933


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda till: till.discount(Discounting("10%", "why")), "authority"),
        (lambda till: till.discount(ten("10%", "0000")), "pin"),
        (lambda till: till.discount(Discounting("10%", " ", "M1", "9999")), "unexplained"),
        (lambda till: till.discount(ten("100.01%")), "percent"),
        (lambda till: till.discount(ten("-1")), "amount"),
        (lambda till: till.discount(ten("x%")), "number"),
        (lambda till: till.discount(ten("21.49")), "discount_exceeds"),
    ],
)
def test_what_is_refused_changes_nothing(
    scene: Scene, act: Callable[[Till], None], code: str
) -> None:
    till = filled(scene)
    with pytest.raises(TillError, match=code):
        act(till)
    assert sale_of(till).totals.total == 2_148


def test_nothing_has_no_discount(scene: Scene) -> None:
    with pytest.raises(TillError, match="empty"):
        scene.ready().discount(ten("10%"))


def test_a_line_is_overridden_by_a_share_of_what_it_costs(scene: Scene) -> None:
    till = filled(scene)
    till.override(Overriding(2, "10%", "damaged", "M1", "9999"))
    line = sale_of(till).lines[1]
    assert (line.amount, line.discounts[-1].kind) == (1_798 - 180, "override")
    with pytest.raises(TillError, match="no_line"):
        till.override(Overriding(9, "10%", "damaged", "M1", "9999"))
