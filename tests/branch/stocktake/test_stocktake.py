"""A stocktake while lanes sell: counting, second counts, approval, and what arrives late (rule 26)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from branch.day_checks import day_checks
from branch.stocktake import counting, decisions, session
from branch.stocktake.counting import Counter
from branch.stocktake.scope import ScopeError
from branch.stocktake.session import StocktakeError
from branch.stocktake.sheet_file import take
from replication.console.csv_file import CsvFileError
from replication.streams import CHAIN_FEED
from schemas.domain.stock.stocktake import NOUGHT
from schemas.tables.staff import audit
from schemas.tables.stock import stock_document, stock_move
from schemas.wire import records
from tests.branch.shop import CODE, DAY, MANAGER, Shop, load, piece, publish
from tests.branch.stocktake.goods import (
    COKE,
    CRATE,
    OTHER,
    approve,
    begin,
    leave_the_rest,
    look,
    on_hand,
    scan,
    stock_up,
)


def refused(shop: Shop, name: str, text: str, who: str = "C1") -> str:
    with pytest.raises(StocktakeError) as error:
        scan(shop, name, text, who=who)
    return str(error.value)


def test_a_stocktake_while_a_lane_sells_and_a_ticket_that_comes_late(shop: Shop) -> None:
    """Counted 88 milk; 2 were sold before and reach the branch after the approval, 3 are sold after."""
    stock_up(shop)
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece("milk", 350, 5000))
    lane.push()
    shop.clock.pass_minutes(5)
    lane.sell(piece("milk", 350, 2000))  # stays at the lane
    shop.clock.pass_minutes(5)
    name = begin(shop)
    scan(shop, name, COKE, CRATE, f"3*{CRATE}", "39*milk", "97*bread", "19.5*pear")
    shop.clock.pass_minutes(5)
    lane.sell(piece("milk", 350, 3000))  # so does this one
    leave_the_rest(shop, name)
    (document,) = approve(shop, name)
    assert document.document == f"{CODE}-C-000001"
    assert (document.operator, document.authority) == (MANAGER, OTHER)
    found = {one.item: (one.expected, one.quantity, one.value) for one in document.lines}
    assert found == {
        "milk": (95_000, 88_000, -1400),
        "bread": (100_000, 97_000, -900),
        "pear": (20_000, 19_500, -250),
    }
    assert on_hand(shop)["milk"] == (88_000, 17_600)
    before = {one.item: (one.expected, one.value) for one in document.lines}
    lane.push()
    # what was posted is what the review goes on to show, whatever comes late
    after = {one.goods.item: one for one in look(shop, name).posted()}
    shown = {item: one.shown for item, one in after.items()}
    assert {
        item: (one and one.expected, after[item].value) for item, one in shown.items()
    } == before
    # the two that were gone already take nothing out again; the three do
    assert on_hand(shop)["milk"] == (85_000, 17_000)
    with shop.engine.connect() as connection:
        moved = connection.execute(
            select(stock_move.c.quantity, stock_move.c.reason)
            .where(stock_move.c.reference == lane.sold[1].uuid)
            .order_by(stock_move.c.number)
        ).all()
    assert [tuple(one) for one in moved] == [(-2000, "sale"), (2000, "stocktake")]
    shop.deliver()
    assert on_hand(shop, above=True) == on_hand(shop)


def test_what_is_scanned_adds_sets_and_is_taken_back(shop: Shop) -> None:
    stock_up(shop)
    name = begin(shop, sheets=["A", "B"])

    def milk() -> int | None:
        lines = {one.goods.item: one for one in look(shop, name).lines}
        shown = lines["milk"].shown
        return None if shown is None else shown.counted

    scan(shop, name, COKE, "2*milk")
    (twelve,) = scan(shop, name, CRATE)
    assert milk() == 15_000
    scan(shop, name, "7*milk", sheet=2, who="C2")
    assert milk() == 22_000
    with shop.engine.begin() as connection:
        for _ in range(2):  # the second time it is taken back already
            counting.take_back(connection, Counter(name, 1, "C1", shop.clock()), twelve)
    assert milk() == 10_000
    (four,) = scan(shop, name, "4=milk")
    assert milk() == 11_000
    with shop.engine.begin() as connection:
        counting.take_back(connection, Counter(name, 1, "C1", shop.clock()), four)
        written = counting.read("5*milk")
        for _ in range(2):  # sent twice, as a browser does whose answer was lost
            counting.enter(connection, Counter(name, 2, "C2", shop.clock()), written, "the same")
    assert milk() == 15_000
    assert "weighed" in refused(shop, name, "pear")
    for text in ("1.2345*pear", "-1*milk", "many*milk", "1000000*milk"):
        assert "no quantity" in refused(shop, name, text)
    assert "put it aside" in refused(shop, name, "bag")
    assert "Scan a barcode" in refused(shop, name, " ")


def test_what_is_outside_the_scope_or_nobody_knows(shop: Shop) -> None:
    stock_up(shop)
    name = begin(shop, scope="categories", categories=["food"])
    # fruit lies below food
    assert {one.goods.item for one in look(shop, name).lines} == {"milk", "bread", "pear"}
    assert "put it aside" in refused(shop, name, "soap")
    scan(shop, name, "3*4711")
    assert [(one.code, one.quantity) for one in look(shop, name).unknown] == [("4711", 3000)]
    with shop.engine.begin() as connection, pytest.raises(StocktakeError, match="Nobody knows"):
        decisions.look_up_again(connection, CODE, name, "4711", shop.clock())
    late = records.Item(item="4711", name="盐 Salt", category="food", unit="piece")
    with shop.headquarters.engine.begin() as connection:
        publish(connection, CHAIN_FEED, late)
    load(shop.runner)
    with shop.engine.begin() as connection:
        decisions.look_up_again(connection, CODE, name, "4711", shop.clock())
    assert not look(shop, name).unknown
    salt = next(one.shown for one in look(shop, name).lines if one.goods.item == "4711")
    assert salt is not None
    assert (salt.counted, salt.operators) == (3000, frozenset({"C1"}))
    with pytest.raises(ScopeError, match="bag, 4712"):
        begin(shop, scope="items", codes=["milk", "bag", "4712"])
    listed = begin(shop, scope="items", codes=[COKE, "soap"])
    assert [one.goods.item for one in look(shop, listed).lines] == ["milk", "soap"]


def test_a_second_count_is_by_another_person_and_blind(shop: Shop) -> None:
    stock_up(shop)
    name = begin(shop, scope="items", codes=["milk", "bread"], tolerance=500)
    scan(shop, name, "99*milk", "90*bread")
    states = {one.goods.item: one.verdict.state for one in look(shop, name).lines}
    assert states == {"milk": "agreed", "bread": "count_again"}
    with pytest.raises(StocktakeError, match="not ready"):
        approve(shop, name)
    with shop.engine.begin() as connection:
        again = decisions.count_again(connection, CODE, name, "Again")
    with pytest.raises(StocktakeError, match="somebody else"):
        scan(shop, name, "90*bread", sheet=again)
    with pytest.raises(StocktakeError, match="put it aside"):
        scan(shop, name, "milk", sheet=again, who="C2")
    scan(shop, name, "91*bread", sheet=again, who="C2")
    line = next(one for one in look(shop, name).lines if one.goods.item == "bread")
    assert line.verdict.state == "count_again"
    with shop.engine.begin() as connection, pytest.raises(StocktakeError, match="Say why"):
        decisions.decide(connection, CODE, name, ["bread"], 1, MANAGER, " ", shop.clock())
    with shop.engine.begin() as connection:
        third = decisions.count_again(connection, CODE, name, "Again")
    scan(shop, name, "91*bread", sheet=third, who=MANAGER)
    (document,) = approve(shop, name)
    assert {one.item: one.quantity for one in document.lines} == {"milk": 99_000, "bread": 91_000}


def test_not_counted_is_left_alone_or_said_to_be_nought(shop: Shop) -> None:
    stock_up(shop)
    name = begin(shop)
    scan(shop, name, "100*milk")
    now = shop.clock()
    with shop.engine.begin() as connection:
        decisions.decide(connection, CODE, name, ["bread"], NOUGHT, MANAGER, "", now)
        decisions.decide(connection, CODE, name, ["pear"], None, MANAGER, "", now)
        assert decisions.decide_rest(connection, CODE, name, None, MANAGER, now) == 0
    (document,) = approve(shop, name)
    assert {one.item: one.quantity for one in document.lines} == {"milk": 100_000, "bread": 0}
    assert on_hand(shop) == {"milk": (100_000, 20_000), "bread": (0, 0), "pear": (20_000, 10_000)}


def test_who_opened_it_does_not_approve_it(shop: Shop) -> None:
    stock_up(shop)
    name = begin(shop, scope="items", codes=["milk"])
    scan(shop, name, "100*milk")
    with pytest.raises(StocktakeError, match="another manager"):
        approve(shop, name, MANAGER)
    with shop.engine.connect() as connection:
        (check,) = [
            one
            for one in day_checks(connection, CODE, DAY, shop.clock())
            if one.code == "stocktake_open"
        ]
        assert not check.blocking
    approve(shop, name)
    with pytest.raises(StocktakeError, match="is over"):
        scan(shop, name, "milk")
    with pytest.raises(StocktakeError, match="is over"):
        approve(shop, name)
    other = begin(shop)
    with shop.engine.begin() as connection:
        session.cancel(connection, other, MANAGER, "water on the floor", shop.clock())
        acts = list(connection.execute(select(audit.c.act, audit.c.reason).order_by(audit.c.id)))
    assert acts[-1] == ("stocktake.cancel", "water on the floor")


def test_the_later_of_two_stocktakes_holds(shop: Shop) -> None:
    stock_up(shop)
    first = begin(shop, scope="items", codes=["milk", "bread"])
    scan(shop, first, "90*milk", "100*bread")
    shop.clock.pass_minutes(1)
    second = begin(shop, scope="items", codes=["milk"])
    scan(shop, second, "91*milk")
    approve(shop, second)
    approve(shop, first)
    assert on_hand(shop)["milk"] == (91_000, 18_200)
    with shop.engine.connect() as connection:
        numbers = connection.execute(
            select(stock_document.c.document).where(stock_document.c.kind == "stocktake")
        ).scalars()
        assert sorted(numbers) == [f"{CODE}-C-000001", f"{CODE}-C-000002"]


def test_a_sheet_as_a_file(shop: Shop) -> None:
    stock_up(shop)
    name = begin(shop)
    counter = Counter(name, 1, "C1", shop.clock())

    def send(data: bytes) -> list[str]:
        with shop.engine.connect() as connection:
            taken = take(connection, counter, data)
            if taken.faults:
                connection.rollback()
            else:
                connection.commit()
            return [f"{one.line}: {one.reason}" for one in taken.faults] + list(taken.unknown)

    assert send("code,quantity,name\nmilk,12,牛奶\nbread,,\npear,1.5,\n4711,2,\n".encode()) == [
        "4711"
    ]
    assert send("code,quantity,name\nmilk,12,牛奶\nbread,,\npear,1.5,\n4711,2,\n".encode()) == [
        "4711"
    ]
    found = {one.goods.item: one.shown and one.shown.counted for one in look(shop, name).lines}
    assert found == {"milk": 12_000, "bread": None, "pear": 1500}
    faults = send(f"code,quantity\nmilk,a dozen\nbag,1\n{COKE},4\nmilk,5\nbread,7\n".encode())
    assert [fault.split(":")[0] for fault in faults] == ["2", "3", "5"]
    # the good rows of a file with faults were not taken either
    assert {
        one.goods.item: one.shown and one.shown.counted for one in look(shop, name).lines
    } == found
    with pytest.raises(CsvFileError, match="GB18030"):
        send("code,quantity,name\nmilk,12,牛奶\n".encode("gbk"))
