"""Post-voids and tender exchanges: what they change at the branch and at headquarters, and when not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select

from branch import corrections
from branch.corrections import CorrectionError
from branch.day_checks import day_checks
from branch.day_state import DayError
from branch.reports import figures
from hq.days import verify_day
from replication.streams import journal_of
from schemas.domain.correction import Exchange
from schemas.domain.day import DayTotals
from schemas.domain.ticket import TenderLine, Ticket
from schemas.tables.day_figures import day_totals
from schemas.tables.exception_lookup import exceptions
from schemas.tables.exception_sources import ExceptionQuery
from schemas.tables.lane_audit import audit
from schemas.tables.stock import stock_on_hand
from schemas.tables.ticket_digest import held, stated
from schemas.tables.ticket_truth import journal_tickets, reproject, untrue
from schemas.tables.tickets import ticket, ticket_correction
from tests.branch.shop import CODE, DAY, MANAGER, LaneTill, Shop, piece

CARD = (TenderLine("card", 350),)


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """A lane that has sold for 3.50 in cash, then two for 5.00 by card, and ended its shift."""
    shop.open_day()
    made = shop.lane(1)
    made.open_shift()
    made.sell(tenders=(TenderLine("cash", 1000),), change=650)
    made.sell(piece("milk"), piece("rice", 75, 2000, 2), tenders=(TenderLine("card", 500),))
    made.end_shift()
    made.push()
    return made


def void(shop: Shop, sale: Ticket, reason: str = "rung up twice", authority: str = "C1") -> None:
    with shop.engine.begin() as connection:
        corrections.post_void(connection, CODE, sale.uuid, MANAGER, authority, reason, shop.clock())


def exchange(shop: Shop, sale: Ticket, amount: int = 350, reason: str = "wrong key") -> None:
    with shop.engine.begin() as connection:
        corrections.exchange(
            connection, CODE, sale.uuid, Exchange("cash", "card", amount), MANAGER, reason,
            shop.clock(),
        )  # fmt: skip


def everywhere(shop: Shop) -> list[DayTotals]:
    """The day's totals at the branch and at headquarters, once all of it has arrived there."""
    shop.deliver()
    found = []
    for engine in (shop.engine, shop.headquarters.engine):
        with engine.connect() as connection:
            found.append(day_totals(connection, CODE, DAY))
    return found


def on_hand(connection: Connection) -> dict[str, int]:
    return {row.item: row.quantity for row in connection.execute(select(stock_on_hand))}


def test_a_post_void_takes_the_sale_out_of_every_figure_and_the_goods_come_back(
    shop: Shop, lane: LaneTill
) -> None:
    """Of 8.50 in two receipts, 5.00 by card are voided: 3.50 are left, and two receipts all the same."""
    void(shop, lane.sold[1])
    here, there = everywhere(shop)
    assert here == there == DayTotals(2, 350, {"cash": 350, "card": 0}, {})
    with shop.engine.connect() as connection:
        assert on_hand(connection) == {"milk": -1000, "rice": 0}
        audited = audit(connection, CODE, DAY)
        (lane_totals,), problems = audited.totals, audited.problems
        assert (lane_totals.tickets, lane_totals.gross, problems) == (2, 850, ())
        scope = figures.Scope(CODE, DAY)
        assert figures.sales(connection, scope) == figures.Sales(2, 350, 0)
        assert [(one.key, one.amount) for one in figures.by_operator(connection, scope)] == [
            ("C1", 350)
        ]
        assert {one.item: one.amount for one in figures.best_sellers(connection, scope)} == {
            "milk": 350, "rice": 0,
        }  # fmt: skip
    with shop.headquarters.engine.connect() as connection:
        row = connection.execute(select(ticket_correction)).one()
        assert (row.kind, row.operator, row.authority, row.reason) == (
            "post_void", MANAGER, "C1", "rung up twice",
        )  # fmt: skip


def test_corrections_are_exceptions_of_who_made_them(shop: Shop, lane: LaneTill) -> None:
    exchange(shop, lane.sold[0], 100)
    void(shop, lane.sold[1])
    with shop.engine.connect() as connection:
        rows = exceptions(connection, ExceptionQuery([CODE], DAY, DAY))
    assert {(one.kind, one.operator, one.authority, one.cause, one.amount) for one in rows} == {
        ("tender_exchange", MANAGER, MANAGER, "wrong key", 100),
        ("post_void", MANAGER, "C1", "rung up twice", 500),
    }


def test_an_exchange_moves_money_from_one_tender_to_another(shop: Shop, lane: LaneTill) -> None:
    """1.00 of the 3.50 in cash was by card; the till expects 2.50 less its float, cards 6.00."""
    exchange(shop, lane.sold[0], 100)
    here, there = everywhere(shop)
    assert here == there == DayTotals(2, 850, {"cash": 250, "card": 600}, {})
    shop.count(lane.shift, cash=10_250, card=600)
    shop.close_day()
    here, there = everywhere(shop)
    assert here == there
    assert not any(there.over_short.values())
    with shop.headquarters.engine.connect() as connection:
        assert verify_day(connection, CODE, DAY) == ()


def test_what_was_exchanged_is_post_voided_as_it_was_paid_then(shop: Shop, lane: LaneTill) -> None:
    exchange(shop, lane.sold[0], 100)
    void(shop, lane.sold[0])
    here, there = everywhere(shop)
    assert here == there == DayTotals(2, 500, {"cash": 0, "card": 500}, {})


def test_a_sale_is_post_voided_once_with_a_reason_and_by_two(shop: Shop, lane: LaneTill) -> None:
    sale = lane.sold[0]
    with pytest.raises(CorrectionError, match="only with a reason"):
        void(shop, sale, reason=" ")
    with pytest.raises(CorrectionError, match="by two people"):
        void(shop, sale, authority=MANAGER)
    void(shop, sale)
    with pytest.raises(CorrectionError, match="was post-voided before"):
        void(shop, sale)
    with pytest.raises(CorrectionError, match="was post-voided before"):
        exchange(shop, sale)


@pytest.mark.parametrize("kind", ["points", "stored_value", "coupon", "voucher"])
def test_what_was_redeemed_is_given_back_at_a_till(shop: Shop, lane: LaneTill, kind: str) -> None:
    lane.open_shift()
    sale = lane.sell(tenders=(TenderLine(kind, 350),))  # type: ignore[arg-type]
    lane.push()
    with pytest.raises(CorrectionError, match="by a return at a till"):
        void(shop, sale)


@pytest.mark.parametrize("amount", [0, -1, 351])
def test_no_more_is_exchanged_than_was_paid_so(shop: Shop, lane: LaneTill, amount: int) -> None:
    with pytest.raises(CorrectionError, match=r"N001.01-000001 3.50 were paid so"):
        exchange(shop, lane.sold[0], amount)


def test_a_closed_day_is_reopened_first(shop: Shop, lane: LaneTill) -> None:
    shop.count(lane.shift, cash=10_350, card=500)
    shop.close_day()
    with pytest.raises(DayError, match="is closed: re-open the day, then correct N001"):
        void(shop, lane.sold[1])
    shop.reopen_day("a sale was rung up twice")
    void(shop, lane.sold[1])
    closed = shop.close_day(DAY, *_warnings(shop))
    assert (closed.revision, closed.totals.gross, closed.totals.over_short["card"]) == (2, 350, 500)
    here, there = everywhere(shop)
    assert here == there == closed.totals
    with shop.headquarters.engine.connect() as connection:
        assert verify_day(connection, CODE, DAY) == ()


def test_cash_of_an_older_day_waits_for_that_of_a_newer_one(shop: Shop, lane: LaneTill) -> None:
    shop.count(lane.shift, cash=10_350, card=500)
    shop.close_day()
    shop.open_day(DAY + timedelta(days=1))
    shop.close_day(DAY + timedelta(days=1))
    for on in (DAY, DAY + timedelta(days=1)):
        shop.reopen_day("counted wrongly", on)
    newer = "2026-03-03 is reopened too: correct its cash and close it"
    with pytest.raises(DayError, match=newer):
        exchange(shop, lane.sold[0])
    with pytest.raises(DayError, match=newer):
        shop.count(lane.shift, "again", cash=10_350, card=500)
    void(shop, lane.sold[1])  # by card: no cash moves
    shop.close_day(DAY + timedelta(days=1))
    exchange(shop, lane.sold[0])


def test_a_correction_is_proved_by_its_entry_as_a_ticket_is(shop: Shop, lane: LaneTill) -> None:
    void(shop, lane.sold[1])
    with shop.engine.begin() as connection:
        journal = journal_of(CODE)
        said = journal_tickets(connection, journal, DAY)
        assert {uuid: stated(one.ticket) for uuid, one in said.items()} == held(
            connection, CODE, DAY
        )
        connection.execute(ticket_correction.delete())
        connection.execute(ticket.update().where(ticket.c.corrects.is_not(None)).values(total=-1))
        (wrong,) = untrue(connection, CODE, journal, DAY)
        assert (wrong.problem, wrong.fields) == ("changed", ("total",))
        assert reproject(connection, journal, wrong)
        assert untrue(connection, CODE, journal, DAY) == []
        count = select(func.count()).select_from(ticket_correction)
        assert connection.execute(count).scalar_one() == 1


def _warnings(shop: Shop) -> list[str]:
    with shop.engine.connect() as connection:
        found = day_checks(connection, CODE, DAY, shop.clock())
    assert not any(check.blocking for check in found)
    return [check.key for check in found]
