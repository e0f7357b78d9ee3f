"""Returns behind the till: figures, stock, and what was returned beyond what was sold (rules 22 and 24)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine, delete, select

from branch.inquiries import ANSWERERS
from branch.reports.figures import Scope, exceptions
from branch.verify import verify
from hq.day_answers import ANSWERS
from schemas.domain.returning import Given, Worth, return_line
from schemas.domain.ticket import Discount, Original, Returned, SaleLine, Ticket
from schemas.tables.base import reading
from schemas.tables.day_figures import day_totals
from schemas.tables.lane_audit import audit
from schemas.tables.stock import stock_on_hand
from schemas.tables.ticket_lookup import find_ticket
from schemas.tables.tickets import ticket, ticket_return
from schemas.tables.till_figures import till_figures
from schemas.wire.inquiries import ReceiptNumber
from schemas.wire.returns import RETURN, read_sold
from tests.branch.shop import CODE, DAY, LaneTill, Shop, piece


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """Give a lane with a float of 100.00."""
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    return lane


def back(sale: Ticket, quantity: int, amount: int, number: int = 1) -> SaleLine:
    """A return of so much of a sale's first line."""
    source = Original(sale.branch, sale.receipt, sale.uuid, 1)
    line = return_line(
        sale.lines[0], Worth(quantity, amount, 0), Returned("faulty", "M1", original=source)
    )
    return replace(line, number=number)


def flags(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(ticket.c.uuid, ticket.c.flags)).all()
    return {row.uuid: row.flags for row in rows if row.flags}


def test_a_return_lowers_the_till_and_the_day_and_raises_the_stock(
    shop: Shop, lane: LaneTill
) -> None:
    agreed = replace(
        piece(quantity=3000), amount=1000, discounts=(Discount("override", 50, "agreed"),)
    )
    sale = lane.sell(agreed)
    lane.sell(back(sale, 1000, 333), piece("bread", 200, number=2))
    lane.push()
    shop.deliver()
    for engine in (shop.engine, shop.headquarters.engine):
        with reading(engine) as connection:
            totals = day_totals(connection, CODE, DAY)
            assert (totals.tickets, totals.gross, totals.tenders) == (2, 867, {"cash": 867})
            (till,) = till_figures(connection, CODE, DAY)
            assert till.expected == {"cash": 10_867}
            audited = audit(connection, CODE, DAY)
            (of_lane,) = audited.totals
            assert (of_lane.gross, of_lane.grand_total, audited.problems) == (867, 867, ())
            held = find_ticket(connection, ReceiptNumber("N001.01", 2))
            assert held is not None
            assert held.ticket.lines[0].returned == lane.sold[1].lines[0].returned
        assert flags(engine) == {}
    with reading(shop.engine) as connection:
        stock = {one.item: one.quantity for one in connection.execute(select(stock_on_hand))}
        # The override of the sale counts; that a return reverses it is no second one.
        assert exceptions(connection, Scope(CODE, DAY)).overrides == 1
    assert stock == {"milk": -2000, "bread": -1000}


@pytest.mark.parametrize("late_sale", [False, True])
def test_the_later_of_two_returns_in_excess_is_flagged_and_nothing_is_refused(
    shop: Shop, lane: LaneTill, *, late_sale: bool
) -> None:
    sale = lane.ticket(piece(quantity=3000))
    if not late_sale:
        lane.state(sale)
    shop.clock.pass_minutes(1)
    first = lane.sell(back(sale, 2000, 700))
    shop.clock.pass_minutes(1)
    second = lane.sell(back(sale, 2000, 700))
    lane.push()
    shop.deliver()
    if late_sale:
        # It waited at another branch's broken line, which comes last.
        for engine in (shop.engine, shop.headquarters.engine):
            assert flags(engine) == {}
        lane.state(sale)
        lane.push()
        shop.deliver()
    words = (
        f"over-return of {sale.receipt}: line 1 gives back 2 for 700 of its line 1, "
        "1 for 350 were left"
    )
    for engine in (shop.engine, shop.headquarters.engine):
        assert flags(engine) == {second.uuid: [words]}
    with reading(shop.engine) as connection:
        answer = ANSWERERS[RETURN](connection, {"key": sale.receipt})
    told = read_sold(answer.body)
    assert (answer.outcome, answer.certain) == ("found", False)
    assert told.given == (
        Given(first.uuid, 1, 1, 2000, 700, 0),
        Given(second.uuid, 1, 1, 2000, 700, 0),
    )


def test_a_lost_return_is_named_and_written_anew(shop: Shop, lane: LaneTill) -> None:
    shop.headquarters._inbound = replace(shop.headquarters._inbound, answers=ANSWERS)
    sale = lane.sell(piece(quantity=3000))
    given = lane.sell(back(sale, 1000, 350))
    lane.push()
    shop.deliver()
    for engine in (shop.engine, shop.headquarters.engine):
        with engine.begin() as connection:
            connection.execute(delete(ticket_return))
        found = verify(shop.runner, day=DAY, repair=True)
        assert given.receipt in str(found.found)
        with reading(engine) as connection:
            assert connection.execute(select(ticket_return.c.ticket)).scalars().all() == [
                given.uuid
            ]
    assert verify(shop.runner, day=DAY, repair=False).found == ()
