from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from branch import tills
from branch.day_checks import day_checks
from branch.tills import Till, TillError
from schemas.domain.ticket import TenderLine
from schemas.domain.till import COUNTED_KINDS, CashMoved, ShiftOpened, TillCounted
from schemas.domain.till_settlement import BatchTotal, TerminalSettled
from schemas.tables import sales_store
from schemas.tables.day_figures import day_totals
from schemas.tables.days import day_revision
from schemas.tables.journal import quarantine
from tests.branch.shop import CODE, DAY, MANAGER, LaneTill, Shop, piece


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """Give a lane that sold for 3.50, with a float of 100.00; its shift has not ended."""
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell()
    lane.push()
    return lane


def only_till(shop: Shop) -> Till:
    with shop.engine.connect() as connection:
        (till,) = tills.tills(connection, CODE, DAY)
        return till


def test_what_a_till_should_hold_is_hidden_until_it_is_counted(shop: Shop, lane: LaneTill) -> None:
    lane.end_shift()
    lane.push()
    before = only_till(shop)
    assert (before.state, before.expected, before.over_short) == ("to_count", None, None)
    shop.count(lane.shift, cash=10_360)
    after = only_till(shop)
    assert after.state == "settled"
    assert after.expected == {"cash": 10_350}
    assert after.over_short == {"card": 0, "cash": 10, "coupon": 0, "qr": 0, "voucher": 0}
    assert after.difference == 10


def test_what_went_through_the_drawer_is_expected_and_shown(shop: Shop, lane: LaneTill) -> None:
    lane.move_cash("loan", 5_000)
    lane.move_cash("pickup", 9_000)
    lane.move_cash("paid_in", 200)
    lane.move_cash("paid_out", 1_250)
    lane.move_cash("no_sale", 0)
    lane.end_shift()
    lane.push()
    shop.count(lane.shift, cash=5_300)
    till = only_till(shop)
    assert till.expected == {"cash": 10_350 + 5_000 - 9_000 + 200 - 1_250}
    assert till.difference == 0
    assert [(one.movement, one.amount, one.authority) for one in till.moves] == [
        ("loan", 5_000, MANAGER), ("no_sale", 0, MANAGER), ("paid_in", 200, MANAGER),
        ("paid_out", 1_250, MANAGER), ("pickup", 9_000, MANAGER),
    ]  # fmt: skip
    shop.close_day()
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        held = connection.execute(select(day_revision)).one()
    assert (held.differences, held.computed["over_short"]["cash"]) == ([], 0)


def test_a_lane_does_not_speak_of_anothers_drawer(shop: Shop, lane: LaneTill) -> None:
    foreign = CashMoved(
        "1", lane.shift, CODE, "N001.09", DAY, "C1", shop.clock(), "pickup", 100, "why", MANAGER
    )
    lane.state(foreign)
    lane.push()
    with shop.engine.connect() as connection:
        (parked,) = connection.execute(select(quarantine.c.reason)).scalars()
    assert "N001.09" in parked
    assert only_till(shop).moves == ()


def test_a_running_shift_is_not_counted(shop: Shop, lane: LaneTill) -> None:
    with pytest.raises(TillError, match="is still running: end it there first"):
        shop.count(lane.shift, cash=10_350)


def test_a_second_count_says_why_and_both_stay(shop: Shop, lane: LaneTill) -> None:
    lane.end_shift()
    lane.push()
    shop.count(lane.shift, cash=10_000)
    with pytest.raises(TillError, match="say why it is counted again"):
        shop.count(lane.shift, cash=10_350)
    shop.count(lane.shift, "a roll of coins", cash=10_350)
    till = only_till(shop)
    assert [(one.counted["cash"], one.reason) for one in till.counts] == [
        (10_000, ""),
        (10_350, "a roll of coins"),
    ]
    assert till.difference == 0


def test_the_later_count_counts_whichever_arrived_first(shop: Shop, lane: LaneTill) -> None:
    lane.end_shift()
    lane.push()
    noon = shop.clock()
    counts = [
        TillCounted(lane.shift, CODE, lane.name, DAY, {"cash": cash}, MANAGER, at)
        for cash, at in ((10_350, noon + timedelta(minutes=5)), (10_000, noon))
    ]
    with shop.engine.begin() as connection:
        sales_store.write(connection, counts)
        assert day_totals(connection, CODE, DAY).over_short == {"cash": 0}
    till = only_till(shop)
    assert [one.counted["cash"] for one in till.counts] == [10_000, 10_350]
    assert till.difference == 0


def test_a_cashiers_own_count_settles_the_till_and_a_manager_may_count_again(
    shop: Shop, lane: LaneTill
) -> None:
    lane.end_shift()
    lane.state(TillCounted(lane.shift, CODE, lane.name, DAY, {"cash": 10_300}, "C1", shop.clock()))
    lane.push()
    till = only_till(shop)
    assert (till.state, till.difference) == ("settled", -50)
    with pytest.raises(TillError, match="say why it is counted again"):
        shop.count(lane.shift, cash=10_350)
    shop.clock.pass_minutes(1)
    shop.count(lane.shift, "a coin had rolled away", cash=10_350)
    assert only_till(shop).difference == 0
    shop.close_day()
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        held = connection.execute(select(day_revision)).one()
    assert (held.differences, held.computed["over_short"]["cash"]) == ([], 0)


def test_a_count_names_every_tender_and_nothing_below_nought(shop: Shop, lane: LaneTill) -> None:
    lane.end_shift()
    lane.push()
    with shop.engine.begin() as connection, pytest.raises(TillError, match="every tender"):
        tills.count(connection, CODE, lane.shift, {"cash": 1}, "M", shop.clock())
    with pytest.raises(TillError, match="no money below nought"):
        shop.count(lane.shift, cash=-1)


def test_an_unknown_shift_is_named(shop: Shop) -> None:
    with pytest.raises(TillError, match="There is no shift nowhere"):
        shop.count("nowhere", cash=0)


def test_a_till_that_goes_on_is_one_till(shop: Shop, lane: LaneTill) -> None:
    """Float 100.00, a milk by C1 and two by C2, who goes on with the drawer: one count of 110.50."""
    first, noon = lane.shift, shop.clock()
    lane.end_shift()
    lane.push()
    shop.count(first, cash=10_350)
    assert only_till(shop).state == "settled"
    shop.clock.pass_minutes(30)
    lane.shift, lane.operator = "second", "C2"
    lane.state(ShiftOpened("second", CODE, lane.name, "C2", DAY, shop.clock(), 0, continues=first))
    lane.sell()
    lane.sell()
    lane.push()
    till = only_till(shop)
    assert (till.shift, till.state, till.operators, till.opened) == (
        first, "running", ("C1", "C2"), noon
    )  # fmt: skip
    # The count in between is a reading, and what should be there is hidden again.
    assert (till.expected, len(till.counts), len(till.readings)) == (None, 0, 1)
    with pytest.raises(TillError, match="still running"):
        shop.count(first, cash=11_050)
    lane.end_shift()
    lane.push()
    shop.count(first, cash=11_050)
    till = only_till(shop)
    assert (till.state, till.expected, till.difference) == ("settled", {"cash": 11_050}, 0)
    shop.close_day()
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        (row,) = connection.execute(select(day_revision))
    assert row.differences == []


def test_a_drawer_that_was_handed_over_keeps_its_counted_cash(shop: Shop, lane: LaneTill) -> None:
    first = lane.shift
    lane.end_shift()
    lane.state(TillCounted(first, CODE, lane.name, DAY, counted(cash=10_300), "C1", shop.clock()))
    lane.shift, lane.operator = "second", "C2"
    lane.state(ShiftOpened("second", CODE, lane.name, "C2", DAY, shop.clock(), 10_300, None, first))
    lane.sell()
    lane.end_shift()
    lane.push()
    with pytest.raises(TillError, match="C2 took the drawer"):
        shop.count(first, "found", cash=10_350)
    shop.count(first, "a slip was lost", cash=10_300, card=100)
    shop.count("second", cash=10_650)
    with shop.engine.connect() as connection:
        before, after = tills.tills(connection, CODE, DAY)
    assert (before.handed_over_to, before.difference) == ("C2", 50)
    assert (after.taken_over_from, after.float_amount, after.difference) == ("C1", 10_300, 0)


def test_the_terminal_is_held_against_the_lane(shop: Shop, lane: LaneTill) -> None:
    lane.sell(piece(), tenders=(TenderLine("card", 350),))
    lane.end_shift()
    totals = (BatchTotal("card", 1, 300),)
    lane.state(
        TerminalSettled(lane.shift, CODE, lane.name, DAY, "C1", shop.clock(), "settled", totals)
    )
    lane.push()
    shop.count(lane.shift, cash=10_350, card=350)
    assert only_till(shop).terminal_differences == {"card": (350, 300, 350)}
    with shop.engine.connect() as connection:
        found = [one.code for one in day_checks(connection, CODE, DAY, shop.clock())]
    assert found == ["terminal_differs"]


def counted(**amounts: int) -> dict[str, int]:
    return {kind: amounts.get(kind, 0) for kind in COUNTED_KINDS}
