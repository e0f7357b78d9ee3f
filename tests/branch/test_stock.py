"""Rule 25: the branch fixes what goods cost, states it, and headquarters holds the same to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, select, update

from branch import own_journal, stock
from replication import journal, quarantine
from replication.streams import journal_of
from schemas.domain.stock.average import arrive
from schemas.domain.stock.document import StockDocument, StockLine
from schemas.domain.stock.move import StockMove, StockMoved
from schemas.tables import stock_store
from schemas.tables.catalogue import item as item_table
from schemas.tables.stock import stock_move, stock_on_hand
from tests.branch.shop import CODE, DAY, MANAGER, Shop, piece
from tests.branch.test_restores import settle
from tests.sites import put_back, rows_of

Sums = dict[str, tuple[int, int]]


def on_hand(engine: Engine) -> Sums:
    with engine.connect() as connection:
        rows = connection.execute(select(stock_on_hand).order_by(stock_on_hand.c.item))
        return {row.item: (row.quantity, row.value) for row in rows}


def ledger(engine: Engine) -> Sums:
    sums: Sums = {}
    with engine.connect() as connection:
        for row in connection.execute(select(stock_move)):
            quantity, value = sums.get(row.item, (0, 0))
            sums[row.item] = (quantity + row.quantity, value + (row.value or 0))
    return sums


def receive(shop: Shop, item: str, quantity: int, value: int) -> None:
    """Post goods that a supplier brought."""
    now = shop.clock()
    with shop.engine.begin() as connection:
        held = stock_store.holdings(connection, CODE, [item], lock=True)[item]
        done = arrive(held, quantity, value)
        uuid = f"receipt-{item}-{quantity}"
        moves = (
            StockMove(uuid, 1, item, quantity, done.value, "receipt", DAY, now),
            StockMove(uuid, 2, item, 0, done.variance, "variance", DAY, now),
        )
        line = StockLine(1, item, item, "piece", 1000, quantity, value)
        fact = StockDocument(
            uuid, f"{CODE}-R-000001", "receipt", CODE, DAY, now, MANAGER, (line,), moves, "S1"
        )
        own_journal.state(connection, CODE, fact, now)


def agree(shop: Shop) -> Sums:
    """Whatever way it came, branch and headquarters have the same, and it is the sum of the moves."""
    held = on_hand(shop.engine)
    assert on_hand(shop.headquarters.engine) == held
    assert ledger(shop.engine) == ledger(shop.headquarters.engine) == held
    for engine in (shop.engine, shop.headquarters.engine):
        with engine.connect() as connection:
            assert quarantine.count_waiting(connection) == 0
    return held


def test_two_are_sold_at_unknown_cost_twenty_arrive_at_3_30(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece("milk", quantity=2000))
    settle(shop.runner, [lane])
    receive(shop, "milk", 20_000, 6600)
    settle(shop.runner)
    assert agree(shop) == {"milk": (18_000, 5940)}
    lane.sell(piece("milk"), piece("milk", number=2))
    lane.sell(piece("milk", quantity=-1000))
    settle(shop.runner, [lane])
    assert agree(shop) == {"milk": (17_000, 5610)}


def test_a_service_has_no_stock(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    with shop.engine.begin() as connection:
        service = {
            "stream": "feed:chain", "key": "bag", "generation": 1, "item": "bag", "name": "Bag",
            "category": "", "unit": "piece", "tax_code": "", "stocked": False,
        }  # fmt: skip
        connection.execute(item_table.insert().values(service))
    lane.sell(piece("bag"), piece("milk", number=2))
    lane.sell(piece("bag"))
    settle(shop.runner, [lane])
    assert agree(shop) == {"milk": (-1000, 0)}


@pytest.mark.fault("4", "a branch restored: its stock, booked anew at another cost")
def test_what_is_booked_again_after_a_restore_counts_as_it_was_stated_first(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    receive(shop, "milk", 10_000, 3000)
    settle(shop.runner)
    backup = rows_of(shop.engine)
    receive(shop, "milk", 20_000, 9000)
    lane.sell(piece("milk", quantity=3000))
    settle(shop.runner, [lane])
    assert agree(shop) == {"milk": (27_000, 10_800)}

    put_back(shop.engine, backup)
    shop.clock.pass_minutes(10)
    shop.runner.greet_again()
    # The line is dead: the lane sends its ticket again, and the branch knows nothing of the dearer receipt.
    lane.runner.greet_again()
    lane.push()
    assert on_hand(shop.engine) == {"milk": (7000, 2100)}
    settle(shop.runner, [lane])
    assert agree(shop) == {"milk": (27_000, 10_800)}
    shop.clock.pass_minutes(10)
    lane.sell(piece("milk"))
    settle(shop.runner, [lane])
    assert agree(shop) == {"milk": (26_000, 10_400)}


def test_what_was_booked_before_moves_were_stated_is_told_to_headquarters(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    for _ in range(3):
        lane.sell(piece("milk"), piece("bread", number=2))
    settle(shop.runner, [lane])
    held = on_hand(shop.engine)
    with shop.engine.begin() as connection:
        connection.execute(update(stock_move).values(stated=None))
    with shop.headquarters.engine.begin() as connection:
        connection.execute(stock_move.delete())
        connection.execute(stock_on_hand.delete())
    stock.tell_headquarters(shop.engine, CODE, shop.clock)
    stock.tell_headquarters(shop.engine, CODE, shop.clock)
    settle(shop.runner)
    assert agree(shop) == held
    with shop.engine.connect() as connection:
        told = journal.head_of(connection, journal_of(CODE)).sequence
    stock.tell_headquarters(shop.engine, CODE, shop.clock)
    with shop.engine.connect() as connection:
        assert journal.head_of(connection, journal_of(CODE)).sequence == told


@pytest.mark.parametrize("earlier_first", [True, False])
def test_of_two_statements_the_earlier_counts_in_any_order(
    shop: Shop, *, earlier_first: bool
) -> None:
    now = shop.clock()
    move = StockMove("t1", 1, "milk", -1000, -300, "sale", DAY, now)
    other = StockMove("t1", 2, "tea", -1000, None, "sale", DAY, now)
    earlier = StockMoved(CODE, now, (move, other))
    later = StockMoved(CODE, now + timedelta(minutes=1), (replace(move, value=-330),))
    facts = [earlier, later] if earlier_first else [later, earlier]

    def write(connection: Connection) -> None:
        for fact in facts:
            stock_store.write_moves(connection, [fact])

    with shop.engine.begin() as connection:
        write(connection)
    with shop.headquarters.engine.begin() as connection:
        stock_store.write_moves(connection, facts)
    assert agree(shop) == {"milk": (-1000, -300), "tea": (-1000, 0)}
