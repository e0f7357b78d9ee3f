"""Goods that come back to the till: with a receipt, without one, and with nobody to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from pos_frontend.basket import Overriding
from pos_frontend.errors import TillError
from pos_frontend.kept_basket import KeptBasket
from pos_frontend.returns import FoundSale, GivingBack, TakingBack
from schemas.domain.returning import Given
from schemas.domain.stock.move import sold_quantities
from schemas.domain.ticket import Original, Returned, Ticket, discrepancies
from schemas.domain.till import BasketCancelled
from schemas.tables.base import reading
from schemas.tables.journal import journal_entry
from schemas.tables.kinds import DatabaseKind
from schemas.wire import entries
from schemas.wire.inquiries import HeldTicket
from schemas.wire.records import Unit
from tests.pos_frontend.at_page import NOBODY, Lane
from tests.pos_frontend.chain import FAR, above_the_lane, far_ticket, hold
from tests.pos_frontend.shop import BREAD, CHAIN, LANE, MILK, Scene, load

MANAGER = {"authority": "M1", "pin": "9999"}


def found(ticket: Ticket, *given: Given, checked: bool = True) -> FoundSale:
    return FoundSale(HeldTicket(ticket, "城西一店", "CNY"), given, checked)


def sold(scene: Scene, *codes: str) -> Ticket:
    """A sale that was just made."""
    for code in codes:
        scene.till.scan(code)
    scene.till.tender("cash")
    assert scene.till.last is not None
    return scene.till.last


def last(scene: Scene) -> Ticket:
    assert scene.till.last is not None
    return scene.till.last


def test_what_was_paid_is_given_back_in_cash_and_the_figures_fall(scene: Scene) -> None:
    till = scene.ready()
    till.set_member("9001")
    sale = sold(scene, f"3*{MILK}", BREAD)
    assert sale.total == 3 * 320 + 899
    till.give_back(found(sale), GivingBack(1, "2"))
    till.tender("cash")
    back = last(scene)
    assert (back.total, back.change, [one.amount for one in back.tenders]) == (-640, 0, [-640])
    line = back.lines[0]
    assert (line.quantity, line.amount, line.tax) == (-2000, -640, -73)
    assert line.returned == Returned(
        checked=True, original=Original("N001", sale.receipt, sale.uuid, 1)
    )
    assert discrepancies(back) == []
    assert (back.control.gross, back.control.tickets) == (sale.total - 640, 2)
    assert back.control.grand_total == sale.control.grand_total - 640
    assert back.business_date == sale.business_date


def test_a_known_excess_is_refused_also_within_one_basket(scene: Scene) -> None:
    till = scene.ready()
    sale = sold(scene, f"3*{MILK}")
    elsewhere = Given("t", 1, 1, 1000, 350, 40)
    till.give_back(found(sale, elsewhere), GivingBack(1, "1"))
    with pytest.raises(TillError, match="over_return") as refused:
        till.give_back(found(sale, elsewhere), GivingBack(1, "2"))
    assert refused.value.values["left"] == "1"
    till.give_back(found(sale, elsewhere), GivingBack(1))
    with pytest.raises(TillError, match="returned_all"):
        till.give_back(found(sale, elsewhere), GivingBack(1))
    till.void_line(2)
    till.give_back(found(sale, elsewhere), GivingBack(1))
    till.tender("cash")
    assert last(scene).total == -700


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        (GivingBack(9), "no_line"),
        (GivingBack(1, "0"), "quantity"),
        (GivingBack(1, "-1"), "quantity"),
        (GivingBack(1, "x"), "number"),
    ],
)
def test_what_cannot_be_given_back_leaves_the_basket_alone(
    scene: Scene, asked: GivingBack, fault: str
) -> None:
    till = scene.ready()
    sale = sold(scene, MILK)
    with pytest.raises(TillError) as refused:
        till.give_back(found(sale), asked)
    assert refused.value.code == fault
    assert till.sale is None


def test_money_of_another_country_is_not_given_back(scene: Scene) -> None:
    till = scene.ready()
    sale = sold(scene, MILK)
    with pytest.raises(TillError, match="return_currency"):
        till.give_back(replace(found(sale), held=HeldTicket(sale, "x", "USD")), GivingBack(1))


def test_a_pack_from_elsewhere_comes_back_with_its_whole_content(scene: Scene) -> None:
    till = scene.ready()
    load(scene.data, {CHAIN: [Unit(item="1001", unit="box", factor=12_000)]})
    sale = sold(scene, MILK)
    # As a site above has it: without how much of the base unit is in a unit.
    above = replace(sale, lines=(replace(sale.lines[0], unit="box", factor=1000),))
    till.give_back(found(above), GivingBack(1))
    till.tender("cash")
    assert [*sold_quantities(last(scene)).values()] == [12_000]


def test_with_nobody_to_ask_a_manager_allows_it_and_the_ticket_says_so(scene: Scene) -> None:
    till = scene.ready()
    sale = sold(scene, f"2*{MILK}")
    unchecked = found(sale, checked=False)
    with pytest.raises(TillError, match="authority"):
        till.give_back(unchecked, GivingBack(1, "1", "faulty"))
    with pytest.raises(TillError, match="no_right"):
        till.give_back(unchecked, GivingBack(1, "1", "faulty", "C2", "2222"))
    with pytest.raises(TillError, match="unexplained"):
        till.give_back(unchecked, GivingBack(1, "1", " ", **MANAGER))
    with pytest.raises(TillError, match="over_return"):
        till.give_back(unchecked, GivingBack(1, "3", "faulty", **MANAGER))
    till.give_back(unchecked, GivingBack(1, "1", "faulty", **MANAGER))
    till.tender("cash")
    returned = last(scene).lines[0].returned
    assert returned is not None
    assert (returned.checked, returned.reason, returned.authority) == (False, "faulty", "M1")


def test_without_a_receipt_it_is_todays_price_or_less_by_a_manager(scene: Scene) -> None:
    till = scene.ready()
    with pytest.raises(TillError, match="authority"):
        till.take_back(TakingBack(MILK, "faulty"))
    with pytest.raises(TillError, match="return_price"):
        till.take_back(TakingBack(MILK, "faulty", "3.51", **MANAGER))
    with pytest.raises(TillError, match="unknown_item"):
        till.take_back(TakingBack("nothing", "faulty", **MANAGER))
    assert till.sale is None
    till.take_back(TakingBack(f"2*{MILK}", "faulty", **MANAGER))
    till.take_back(TakingBack(MILK, "faulty", "2", "N002.01-000017", **MANAGER))
    with pytest.raises(TillError, match="returned"):
        till.override(Overriding(1, "0", "why", "M1", "9999"))
    till.tender("cash")
    back = last(scene)
    assert [line.amount for line in back.lines] == [-700, -200]
    assert [line.returned for line in back.lines] == [
        Returned("faulty", "M1"),
        Returned("faulty", "M1", original=Original("N002", "N002.01-000017")),
    ]
    assert discrepancies(back) == []


def test_an_exchange_pays_the_difference_and_an_even_one_nothing(scene: Scene) -> None:
    till = scene.ready()
    sale = sold(scene, MILK)
    till.give_back(found(sale), GivingBack(1))
    till.scan(BREAD)
    till.tender("cash", "10")
    assert (last(scene).total, last(scene).change) == (899 - 350, 1000 - 549)
    till.take_back(TakingBack(MILK, "wrong", **MANAGER))
    till.scan(MILK)
    assert till.tender("cash")
    assert (last(scene).total, last(scene).tenders) == (0, ())
    assert discrepancies(last(scene)) == []


def test_a_refund_is_cash_and_all_of_it(scene: Scene) -> None:
    till = scene.ready()
    till.take_back(TakingBack(MILK, "faulty", **MANAGER))
    for kind, amount in (("card", None), ("cash", "3"), ("cash", "4")):
        with pytest.raises(TillError, match="tender_refund"):
            till.tender("card" if kind == "card" else "cash", amount)
    assert till.tender("cash", "3.50")
    assert last(scene).total == -350


def test_a_return_outlives_a_power_cut(scene: Scene) -> None:
    kept = KeptBasket(scene.data)
    kept.start()
    scene.keeps = kept  # type: ignore[assignment] # the real one, on the disk
    till = scene.restart()
    scene.ready()
    sale = sold(scene, f"2*{MILK}")
    till.give_back(found(sale), GivingBack(1, "1"))
    before = till.sale
    kept.stop()
    scene.keeps = KeptBasket(scene.data)  # type: ignore[assignment]
    till = scene.restart()
    assert till.sale == before
    till.sign_in("C1", "1111")
    with pytest.raises(TillError, match="over_return"):
        till.give_back(found(sale), GivingBack(1, "2"))
    till.tender("cash")
    assert last(scene).total == -350


def test_a_cancelled_return_leaves_the_entry_of_a_cancelled_basket(scene: Scene) -> None:
    till = scene.ready()
    till.take_back(TakingBack(MILK, "faulty", **MANAGER))
    till.cancel()
    with reading(scene.both.journal) as connection:
        rows = connection.execute(select(journal_entry).order_by(journal_entry.c.sequence)).all()
    facts = [entries.decode(row.kind, row.version, bytes(row.body)) for row in rows]
    assert not [one for one in facts if isinstance(one, Ticket)]
    cancelled = [one for one in facts if isinstance(one, BasketCancelled)]
    assert [(one.amount, one.lines) for one in cancelled] == [(-350, 1)]


def returnable(lane: Lane, key: str) -> dict[str, object]:
    """Look up by its key what may be returned."""
    begun = lane.ask("lookup", key=key, returning=True)
    assert begun["ok"], begun
    told: dict[str, object] = lane.told()
    return told


def lefts(told: dict[str, object]) -> list[int]:
    ticket = told["ticket"]
    assert isinstance(ticket, dict)
    return [line["left"] for line in ticket["lines"]]


def test_a_sale_of_another_branch_is_checked_with_the_whole_chain(
    scene: Scene,
    at_work: Callable[[str], Lane],
    new_database: Callable[[DatabaseKind], str],
) -> None:
    with above_the_lane(new_database, scene.data) as above:
        sale = far_ticket(7)
        hold(above.headquarters, sale)
        lane = at_work(above.address)
        told = returnable(lane, f"{FAR}-7")
        assert (told["complete"], told["by"], lefts(told)) == (True, "above", [2000, 2000, 0])
        assert lane.ask("give_back", line=1, quantity="1")["ok"]
        # A coupon paid a part of it, which comes first.
        assert lane.ask("tender", kind="cash")["error"]["code"] == "tender_refund"
        told = lane.ask("tender", kind="coupon")["state"]["payment"]["refund"]
        assert told == [{"kind": "cash", "amount": 3800, "of": None}]
        assert lane.ask("tender", kind="cash")["state"]["last"]["total"] == -4400
        assert lane.ask("give_back", line=1)["error"]["code"] == "no_original"

        # It is not at headquarters yet, and counts all the same: the lane knows it by itself.
        assert lefts(returnable(lane, f"{FAR}-7")) == [1000, 2000, 0]
        mine = scene.journal.last_ticket()
        assert mine is not None
        hold(above.branch, replace(mine, uuid="00000000-0000-4000-8000-000000000099", counter=9))
        # Another lane's is known to the branch, and one of another branch to headquarters.
        hold(
            above.headquarters,
            replace(mine, uuid="00000000-0000-4000-8000-000000000098", branch="N003",
                    lane="N003.01", lines=(replace(mine.lines[0], quantity=-500, amount=-2200),)),
        )  # fmt: skip
        assert lefts(returnable(lane, sale.uuid))[0] == 0
        refused = lane.ask("give_back", line=1)
        assert refused["error"]["code"] == "returned_all"

        above.headquarters_desk.close()
        told = returnable(lane, f"{FAR}-7")
        assert (told["outcome"], told["complete"], told["through"]) == ("unknown", False, None)


def test_the_lanes_own_sale_is_returned_with_the_line_down_by_a_manager(
    at_work: Callable[[str], Lane],
) -> None:
    lane = at_work(NOBODY)
    lane.ask("scan", code=f"2*{MILK}")
    lane.ask("tender", kind="cash")
    told = returnable(lane, "1")
    assert (told["complete"], told["why"], lefts(told)) == (False, "line_down", [2000])
    assert lane.ask("give_back", line=1)["error"]["code"] == "authority"
    given = lane.ask("give_back", line=1, quantity="1", reason="faulty", operator="M1", pin="9999")
    line = given["state"]["basket"]["lines"][0]
    assert (line["amount"], line["returned"]["checked"]) == (-350, False)
    assert line["returned"]["receipt"] == f"{LANE}-000001"
    lane.ask("tender", kind="cash")
    assert lefts(returnable(lane, "1")) == [1000]
