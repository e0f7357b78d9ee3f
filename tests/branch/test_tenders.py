"""Foreign money, vouchers and refunds behind the till: counts, figures, flags (rules 5, 6, 22 and 24)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine, select

from branch import tills
from branch.day_checks import day_checks
from branch.inquiries import ANSWERERS
from branch.reports import blocks
from branch.reports.till_report import z_report
from branch.tills import Till, TillError
from hq.consolidation.figures import answer
from hq.consolidation.question import Question
from hq.reports.branches import known_branches
from schemas.domain.refund import Refunded
from schemas.domain.ticket import (
    Foreign,
    Original,
    OriginalTender,
    Returned,
    SaleLine,
    TenderLine,
    Ticket,
)
from schemas.domain.till import COUNTED_KINDS
from schemas.tables import sales_store
from schemas.tables.base import reading
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.day_figures import day_totals
from schemas.tables.ticket_digest import held, stated
from schemas.tables.ticket_lookup import find_ticket
from schemas.tables.ticket_truth import reproject, untrue
from schemas.tables.tickets import tender_detail, ticket
from schemas.wire.records import ExchangeRate
from schemas.wire.returns import RETURN, read_sold
from tests.branch.reports.test_reports import lines, voice
from tests.branch.shop import CODE, DAY, MANAGER, LaneTill, Shop, piece
from tests.pos_frontend.shop import records_of

EUROS = TenderLine("foreign", 2200, foreign=Foreign("EUR", 2000, 1_100_000))


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """Give a lane with a float of 100.00."""
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    return lane


def voucher(amount: int, number: str = "V-1", face: int | None = None) -> TenderLine:
    return TenderLine("voucher", amount, number, face_value=amount if face is None else face)


def only_till(shop: Shop) -> Till:
    with shop.engine.connect() as connection:
        (till,) = tills.tills(connection, CODE, DAY)
    return till


def flags(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(ticket.c.uuid, ticket.c.flags)).all()
    return {row.uuid: row.flags for row in rows if row.flags}


def count(shop: Shop, lane: LaneTill, **counted: int) -> None:
    amounts = {key: counted.get(key, 0) for key in only_till(shop).keys}
    with shop.engine.begin() as connection:
        tills.count(connection, CODE, lane.shift, amounts, MANAGER, shop.clock())


def test_foreign_money_is_counted_by_currency_and_vouchers_by_their_face(
    shop: Shop, lane: LaneTill
) -> None:
    rates = [
        ExchangeRate(currency=code, local_currency=local, starts=shop.clock(), rate=rate)
        for code, local, rate in (
            ("EUR", "USD", 1_100_000), ("JPY", "USD", 6_500), ("GBP", "CNY", 9_000_000),
        )
    ]  # fmt: skip
    with shop.engine.begin() as connection:
        CatalogueStore().apply(connection, "feed:chain", 1, records_of(rates))
    lane.sell(piece(price=2350), tenders=(voucher(350, face=500), EUROS), change=200)
    lane.sell(piece(), tenders=(TenderLine("cash", 350),))
    lane.end_shift()
    lane.push()
    # What is counted says nothing of what was taken: yen have a rate, pounds have none here.
    till = only_till(shop)
    assert (till.keys, till.expected) == ((*COUNTED_KINDS, "EUR", "JPY"), None)
    for wrong in ({"EUR": -1}, {"cash": -1}):
        with pytest.raises(TillError, match="no money below nought"):
            count(shop, lane, **wrong)
    with pytest.raises(TillError, match="every tender"):
        shop.count(lane.shift, cash=10_150)
    count(shop, lane, cash=10_150, voucher=500, EUR=1500, card=-100)
    till = only_till(shop)
    assert till.expected == {"cash": 10_150, "voucher": 500, "EUR": 2000}
    assert till.over_short == {
        "EUR": -500, "JPY": 0, "card": -100, "cash": 0, "coupon": 0, "qr": 0, "voucher": 0,
    }  # fmt: skip
    assert till.difference == -100
    with shop.engine.connect() as connection:
        totals = day_totals(connection, CODE, DAY)
        found = {
            one.code: str(one.problem) for one in day_checks(connection, CODE, DAY, shop.clock())
        }
        told = voice(connection)
        printed = lines(z_report(connection, told, till))
    assert totals.tenders == {"cash": 150, "voucher": 350, "foreign": 2200}
    assert sum(totals.tenders.values()) == totals.gross
    assert "EUR -5.00" in found["till_foreign"]
    assert "till_short" in found
    assert "EUR | €20.00 | €15.00 | short €5.00" in printed
    assert blocks.differences(told, till.over_short or {}) == "short $1.00 · short €5.00"


def test_the_close_and_headquarters_agree_and_its_report_names_the_currency(
    shop: Shop, lane: LaneTill
) -> None:
    lane.sell(piece(price=2000), tenders=(EUROS,), change=200)
    lane.end_shift()
    lane.push()
    count(shop, lane, cash=9_800, EUR=2000)
    closed = shop.close_day()
    assert (closed.totals.tenders, closed.totals.over_short["EUR"]) == (
        {"cash": -200, "foreign": 2200}, 0,
    )  # fmt: skip
    shop.deliver()
    engine = shop.headquarters.engine
    with engine.connect() as connection:
        asked = Question(known_branches(connection), DAY, DAY, by=("tender",))
        report = answer(connection, asked, shop.clock())
        assert held(connection, CODE, DAY) == {one.uuid: stated(one) for one in lane.sold}
        back = find_ticket(connection, lane.sold[0].uuid)
    assert {
        row.keys[0]: (row.figures.foreign_amount, row.figures.taken, row.figures.change)
        for row in report.rows
    } == {"foreign:EUR": (2000, 2200, 0), "cash": (0, 0, 200)}
    total = report.total
    assert (total.taken - total.change, total.sales) == (2000, 2000)
    assert back is not None
    assert back.ticket.tenders == (EUROS,)
    assert flags(engine) == {}


def test_details_that_were_lost_are_written_anew_from_the_journal(
    shop: Shop, lane: LaneTill
) -> None:
    sale = lane.sell(piece(price=2200), tenders=(EUROS,))
    lane.push()
    with shop.engine.begin() as connection:
        connection.execute(tender_detail.delete())
        (wrong,) = untrue(connection, CODE, f"journal:{CODE}", DAY)
        assert (wrong.uuid, wrong.problem, wrong.fields) == (sale.uuid, "changed", ("details",))
        assert reproject(connection, f"journal:{CODE}", wrong)
        assert untrue(connection, CODE, f"journal:{CODE}", DAY) == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_voucher_that_was_used_twice_is_flagged_on_the_later_ticket(
    shop: Shop, lane: LaneTill, order: tuple[int, int]
) -> None:
    """Whichever arrives first, and never refused (rule 24)."""
    sold: list[Ticket] = []
    for _ in range(2):
        sold.append(lane.ticket(tenders=(voucher(350, face=500),)))
        shop.clock.pass_minutes(1)
    with shop.engine.begin() as connection:
        for place in order:
            sales_store.write(connection, [sold[place]])
    told = flags(shop.engine)
    assert told.keys() == {sold[1].uuid}
    assert told[sold[1].uuid] == [
        f"voucher V-1 used again for 5.00: {sold[0].receipt} had taken it, 0.00 of it were left"
    ]


def refund(sale: Ticket, *back: TenderLine) -> tuple[SaleLine, tuple[TenderLine, ...]]:
    source = Original(sale.branch, sale.receipt, sale.uuid, 1)
    line = replace(
        sale.lines[0], quantity=-1000, amount=sum(one.amount for one in back),
        list_price=-sum(one.amount for one in back), returned=Returned("", "", True, source),
    )  # fmt: skip
    return line, back


def test_what_was_given_back_of_a_tender_is_known_by_either_name_of_the_sale(
    shop: Shop, lane: LaneTill
) -> None:
    sale = lane.sell(piece(), tenders=(voucher(100), TenderLine("card", 250, "r-1")))
    shop.clock.pass_minutes(1)
    line, back = refund(
        sale,
        TenderLine("voucher", -100, "V-1", original_tender=OriginalTender(sale.uuid, 1)),
        TenderLine("cash", -50, original_tender=OriginalTender(sale.uuid, 2, "closed", MANAGER)),
    )
    given = lane.sell(line, tenders=back)
    shop.clock.pass_minutes(1)
    lane.sell(piece(price=100), tenders=(voucher(100),))  # it was handed out again
    lane.push()
    with shop.engine.connect() as connection:
        for key in (sale.uuid, sale.receipt):
            answer = ANSWERERS[RETURN](connection, {"key": key})
            sold = read_sold(answer.body)
            assert sold.refunded == (
                Refunded(given.uuid, 1, 1, 100), Refunded(given.uuid, 2, 2, 50),
            )  # fmt: skip
        kept = find_ticket(connection, given.uuid)
    assert kept is not None
    assert kept.ticket.tenders == back
    assert flags(shop.engine) == {}
    lane.end_shift()
    lane.push()
    count(shop, lane, voucher=100, card=250, cash=9_950)
    till = only_till(shop)
    assert till.expected == {"cash": 9_950, "card": 250, "voucher": 100}
