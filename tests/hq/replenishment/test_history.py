"""What is told of the days of an item by its stock ledger: sold, without stock, not there yet, on offer."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, insert

from hq.replenishment.history import DAYS, ItemHistory, histories
from schemas.tables.stock import stock_move, stock_on_hand
from schemas.tables.tickets import ticket, ticket_line
from tests.hq.conftest import NOON, Chain

TODAY = date(2026, 3, 2)
FIRST = TODAY - timedelta(days=DAYS)


def move(
    connection: Connection, ago: int, pieces: int, reason: str = "sale", number: int = 0
) -> None:
    on = TODAY - timedelta(days=ago)
    connection.execute(
        insert(stock_move).values(
            reference=f"{ago} {reason} {number}", number=1, branch="N002", item="1001",
            quantity=pieces * 1000, value=None, reason=reason, business_date=on,
            at=NOON - timedelta(days=ago), stated=NOON,
        )
    )  # fmt: skip


def told(connection: Connection, on_hand: int, *, centre: bool = False) -> ItemHistory:
    connection.execute(
        insert(stock_on_hand).values(branch="N002", item="1001", quantity=on_hand * 1000)
    )
    (found,) = histories(connection, "N002", TODAY, [TODAY - timedelta(days=3)], centre=centre)
    return found


def on_offer(
    connection: Connection, ago: int, kind: str = "promotion", *, voided: bool = False
) -> None:
    """A ticket of that day with a line of which something was taken off."""
    uuid, on = f"{ago} {kind} {voided}", TODAY - timedelta(days=ago)
    of_nought = (
        "total",
        "rounding",
        "change",
        "control_tickets",
        "control_gross",
        "control_grand_total",
    )
    connection.execute(
        insert(ticket).values(
            uuid=uuid, branch="N002", lane="N002.01", counter=ago, shift="", business_date=on, posted=on,
            committed=NOON, local_hour=12, operator="C", provisional=False, late=False, flags=[],
            **dict.fromkeys(of_nought, 0),
        )
    )  # fmt: skip
    connection.execute(
        insert(ticket_line).values(
            ticket=uuid, number=1, item="1001", name="", unit="piece", quantity=1000, list_price=2,
            amount=1, tax=0, discounts=[{"kind": kind, "rule": "P", "amount": 1}], unknown_item=False,
            voided=voided,
        )
    )  # fmt: skip


def days_ago(bits: int) -> set[int]:
    return {DAYS - day for day in range(DAYS) if bits >> day & 1}


def test_an_empty_shelf_is_no_lack_of_customers(chain: Chain) -> None:
    """Came ten days ago, sold out six days ago, came again four days ago; something was sold this morning."""
    with chain.hq.engine.begin() as connection:
        move(connection, 10, 8, "receipt")
        for ago, pieces in ((9, -3), (7, -3), (6, -2), (4, 20), (2, -6), (0, -1)):
            move(connection, ago, pieces, "receipt" if pieces > 0 else "sale")
        move(connection, 2, 1, "sale", 1)
        found = told(connection, 14)
    demand = found.demand
    assert found.on_hand == 14_000
    assert [(DAYS - day, quantity) for day, quantity in demand.sold] == [
        (9, 3000), (7, 3000), (6, 2000), (2, 5000)
    ]  # fmt: skip
    assert days_ago(demand.short) == {10, 6, 5, 4}, "at its begin or its end nothing was there"
    assert days_ago(demand.unknown) == {3, *range(11, DAYS + 1)}


def test_what_a_centre_sends_is_what_was_wanted_of_it(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        move(connection, 10, 50, "receipt")
        move(connection, 5, -24, "transfer_out")
        assert told(connection, 26, centre=True).demand.sold == ((DAYS - 5, 24_000),)


def test_what_a_branch_sends_away_was_not_wanted_of_it(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        move(connection, 10, 50, "receipt")
        move(connection, 5, -24, "transfer_out")
        found = told(connection, 26).demand
    assert found.sold == ()
    assert found.first == FIRST


def test_days_on_offer_are_told_unless_that_is_the_usual_state(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        move(connection, 10, 50, "receipt")
        for ago in (7, 6, 5):
            move(connection, ago, -1)
        on_offer(connection, 7)
        on_offer(connection, 6, "manual")
        on_offer(connection, 5, voided=True)
        held = told(connection, 47).demand
        assert days_ago(held.promoted) == {7}, "neither by hand nor on a line that was taken back"
        on_offer(connection, 6)
        (found,) = histories(connection, "N002", TODAY, [], centre=False)
        assert found.demand.promoted == 0
        assert found.demand.sold == held.sold
