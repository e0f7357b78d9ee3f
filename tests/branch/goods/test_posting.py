"""Goods come, go, and are given up: as a manager does it, with what branch and headquarters then hold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from branch.goods import counting, documents, drafts, numbers
from branch.goods.counting import Change, Scan
from branch.goods.deliveries import deliveries, find_delivery
from branch.goods.partners import GoodsError
from branch.items import LabelRefusedError
from branch.wording import RefusalError
from replication import quarantine
from replication.streams import CHAIN_FEED
from schemas.domain.barcode import check_digit
from schemas.domain.stock.scanned import read_counted
from schemas.tables.stock import stock_document, stock_move
from schemas.tables.stock_drafts import stock_draft
from schemas.wire.records import Item, LabelLayout
from tests.branch.goods.scene import (
    BREAD,
    MILK,
    answer,
    begin,
    change,
    expect,
    on_hand,
    post,
    received,
    scan,
    stock_up,
)
from tests.branch.shop import CODE, DAY, MANAGER, Shop, load, publish


def test_an_order_comes_short_broken_beyond_it_and_with_something_unknown(shop: Shop) -> None:
    stock_up(shop)
    shop.open_day()
    expect(shop, "PO-1", "order", MILK, BREAD)
    draft = answer(shop, "PO-1")
    assert answer(shop, "PO-1") == draft
    # 3 cases, a piece of one more, 2 pieces broken; bread beyond what was ordered; a code nobody knows
    scan(shop, draft, "3*16901028075838", "06901028075831", "2/06901028075831")
    scan(shop, draft, "12*bread", "10*bread", "5*mystery")
    done = post(shop, draft)
    assert done.document == "N001-R-000001"
    assert (done.business_date, done.partner, done.refers_to, done.final) == (
        DAY,
        "S1",
        "PO-1",
        True,
    )
    assert [
        (one.number, one.item, one.quantity, one.expected, one.damaged, one.value, one.unknown_item)
        for one in done.lines
    ] == [
        (1, "milk", 37_000, 60_000, 2000, 7400, False),
        (2, "bread", 22_000, 20_000, 0, 4400, False),
        (3, "mystery", 5000, 0, 0, None, True),
    ]
    assert on_hand(shop) == {"milk": (37_000, 7400), "bread": (22_000, 4400)}
    with shop.engine.connect() as connection:
        assert deliveries(connection, CODE) == []
        assert drafts.drafts(connection) == []
    shop.deliver()
    assert on_hand(shop, at_headquarters=True) == on_hand(shop)

    # headquarters adds the item: what lies there can be booked, under the number of its line
    with shop.headquarters.engine.begin() as connection:
        publish(
            connection, CHAIN_FEED, Item(item="mystery", name="M", category="food", unit="piece")
        )
    with shop.engine.begin() as connection, pytest.raises(GoodsError, match="is known yet"):
        documents.resolve(connection, CODE, done.uuid, MANAGER, shop.clock())
    load(shop.runner)
    with shop.engine.begin() as connection:
        second = documents.resolve(connection, CODE, done.uuid, MANAGER, shop.clock())
    again = post(shop, second)
    assert (again.refers_to, again.lines[0].number) == (done.document, 3)
    assert on_hand(shop)["mystery"] == (5000, 0)
    with shop.engine.connect() as connection:
        assert documents.find_document(connection, CODE, done.uuid).resolved == {3}


def test_a_label_without_a_weight_that_is_read_later_holds_up_no_other_line(shop: Shop) -> None:
    stock_up(shop)
    shop.open_day()
    label = "2200042012346"
    draft = begin(shop, "receipt")
    scan(shop, draft, f"2*{label}", "mystery")
    done = post(shop, draft)
    layout = LabelLayout(
        layout="priced", prefix="22", item_digits=5, value="amount", value_digits=5
    )
    later = [layout, Item(item="mystery", name="M", category="food", unit="piece")]
    for one in later:
        with shop.headquarters.engine.begin() as connection:
            publish(connection, CHAIN_FEED, one)
        load(shop.runner)
        with shop.engine.begin() as connection:
            if one is layout:
                with pytest.raises(LabelRefusedError, match="bears no weight"):
                    documents.resolve(connection, CODE, done.uuid, MANAGER, shop.clock())
            else:
                second = documents.resolve(connection, CODE, done.uuid, MANAGER, shop.clock())
    assert [one.item for one in post(shop, second).lines] == ["mystery"]


def test_a_delivery_comes_in_parts_until_one_is_final(shop: Shop) -> None:
    stock_up(shop)
    shop.open_day()
    expect(shop, "PO-1", "order", MILK, BREAD)
    first = answer(shop, "PO-1")
    scan(shop, first, "2*16901028075838")
    part = post(shop, first, final=False)
    assert [one.item for one in part.lines] == ["milk"]
    with shop.engine.connect() as connection:
        (waiting,) = deliveries(connection, CODE)
    assert [(one.quantity, one.value) for one in waiting.lines] == [(3000, 7200), (20_000, 4000)]
    second = answer(shop, "PO-1")
    assert second != first
    scan(shop, second, "3*16901028075838", "20*bread")
    rest = post(shop, second)
    assert [(one.expected, one.value) for one in rest.lines] == [(3000, 7200), (20_000, 4000)]
    assert on_hand(shop) == {"milk": (60_000, 12_000), "bread": (20_000, 4000)}


def test_goods_are_sent_to_a_branch_received_from_one_given_back_and_given_up(shop: Shop) -> None:
    stock_up(shop)
    shop.open_day()
    received(shop, "40*milk", "10*bread", milk=4000, bread=1000)
    out = begin(shop, "transfer_out", "N002")
    scan(shop, out, "10*milk")
    sent = post(shop, out)
    assert (sent.document, sent.lines[0].value, sent.moves[0].value) == (
        "N001-O-000001",
        1000,
        -1000,
    )

    expect(shop, "N002-O-000007", "transfer", ("milk", "piece", 1000, 12_000, 1440), partner="N002")
    into = answer(shop, "N002-O-000007")
    scan(shop, into, "9*milk", "1/milk")
    came = post(shop, into)
    assert [(one.reason, one.quantity, one.value) for one in came.moves] == [
        ("transfer_in", 12_000, 1440), ("transit_difference", -3000, -360),
    ]  # fmt: skip
    assert on_hand(shop)["milk"] == (39_000, 4080)

    back = begin(shop, "return_to_vendor", "S2")
    scan(shop, back, "bread", reason="recalled")
    assert post(shop, back).lines[0].reason == "recalled"

    gone = begin(shop, "write_off")
    scan(shop, gone, "2*bread")
    with pytest.raises(GoodsError, match="choose the reason"):
        post(shop, gone)
    change(shop, gone, 1, Change(2000, reason="other"))
    with pytest.raises(GoodsError, match="in a few words"):
        post(shop, gone)
    with shop.engine.begin() as connection:
        drafts.say(connection, CODE, gone, "a bird took them", MANAGER, shop.clock())
    assert post(shop, gone).document == "N001-W-000001"
    assert on_hand(shop)["bread"] == (7000, 700)
    shop.deliver()
    assert on_hand(shop, at_headquarters=True) == on_hand(shop)


def test_an_order_to_send_is_followed_and_a_weighed_label_says_how_much(shop: Shop) -> None:
    stock_up(shop)
    shop.open_day()
    expect(shop, "T-1", "send", ("apple", "kg", 1000, 5000, None), partner="N002")
    draft = answer(shop, "T-1")
    scan(shop, draft, f"210004201234{check_digit('210004201234')}", "3*apple")
    done = post(shop, draft)
    assert [(one.quantity, one.expected) for one in done.lines] == [(4234, 5000)]
    assert (done.kind, done.partner, done.moves[0].value) == ("transfer_out", "N002", None)


@pytest.mark.parametrize(
    ("scanned", "said"),
    [("5*bag", "is a service"), ("999999*milk", "more than 999,999"), ("2/milk", None)],
)
def test_what_cannot_be_counted_is_refused_and_the_draft_kept(
    shop: Shop, scanned: str, said: str | None
) -> None:
    stock_up(shop)
    draft = begin(shop, "receipt")
    scan(shop, draft, "milk")
    if said is None:
        scan(shop, draft, scanned)
    else:
        with pytest.raises(GoodsError, match=said):
            scan(shop, draft, scanned)
    with shop.engine.connect() as connection:
        assert drafts.find(connection, CODE, draft).lines[0].line.quantity == 1000


def test_goods_go_nowhere_where_nobody_takes_them(shop: Shop) -> None:
    stock_up(shop)
    for code, said in (
        ("N003", "is closed"), ("N009", "There is no branch"), (CODE, "is this branch"),
    ):  # fmt: skip
        with pytest.raises(GoodsError, match=said):
            begin(shop, "transfer_out", code)
    with pytest.raises(GoodsError, match="Nothing more is bought"):
        begin(shop, "receipt", "S2")
    with pytest.raises(GoodsError, match="There is no supplier"):
        begin(shop, "return_to_vendor", "S9")
    out = begin(shop, "transfer_out", "N002")
    with pytest.raises(GoodsError, match="is unknown here"):
        scan(shop, out, "mystery")
    with pytest.raises(GoodsError, match="is weighed"):
        scan(shop, out, "apple")
    with pytest.raises(GoodsError, match="Nothing is counted"):
        post(shop, out)


def test_what_headquarters_withdrew_meanwhile_is_told_and_what_came_is_not_lost(shop: Shop) -> None:
    stock_up(shop)
    shop.open_day()
    expect(shop, "PO-1", "order", MILK)
    draft = answer(shop, "PO-1")
    scan(shop, draft, "5*milk")
    expect(shop, "PO-1", "order", MILK, withdrawn=True)
    with pytest.raises(GoodsError, match="withdrew PO-1"):
        post(shop, draft)
    with pytest.raises(GoodsError, match="not expected"):
        answer(shop, "PO-1")
    with shop.engine.begin() as connection:
        drafts.detach(connection, CODE, draft, MANAGER, shop.clock())
    done = post(shop, draft)
    assert (done.refers_to, done.lines[0].quantity) == ("", 5000)


def test_of_two_who_post_one_draft_the_later_is_told(shop: Shop) -> None:
    stock_up(shop)
    shop.open_day()
    draft = begin(shop, "receipt")
    scan(shop, draft, "milk")
    post(shop, draft)
    with pytest.raises(GoodsError, match="posted as N001-R-000001 by N001-M"):
        post(shop, draft)
    with shop.engine.begin() as connection, pytest.raises(GoodsError, match="posted as"):
        counting.add(connection, CODE, draft, Scan(read_counted("milk")), MANAGER, shop.clock())
    assert on_hand(shop) == {"milk": (1000, 0)}


def test_a_scan_that_is_sent_twice_counts_once(shop: Shop) -> None:
    stock_up(shop)
    draft = begin(shop, "receipt")
    scanned = Scan(read_counted("3*milk"), name="the third of this page")
    for taken in (True, False):
        with shop.engine.begin() as connection:
            line = counting.add(connection, CODE, draft, scanned, MANAGER, shop.clock())
        assert (line is not None) == taken
    with shop.engine.connect() as connection:
        assert drafts.find(connection, CODE, draft).lines[0].line.quantity == 3000


def test_a_draft_is_discarded_with_a_reason(shop: Shop) -> None:
    stock_up(shop)
    draft = begin(shop, "receipt")
    scan(shop, draft, "milk")
    with shop.engine.begin() as connection, pytest.raises(GoodsError, match="Say why"):
        drafts.discard(connection, CODE, draft, " ", MANAGER, shop.clock())
    with shop.engine.begin() as connection:
        drafts.discard(connection, CODE, draft, "counted twice", MANAGER, shop.clock())
        assert connection.execute(select(stock_draft)).all() == []


def test_the_date_is_that_of_the_open_day_or_of_the_next(shop: Shop) -> None:
    stock_up(shop)
    assert received(shop, "milk").business_date == DAY
    shop.open_day()
    shop.close_day()
    shop.clock.now += timedelta(days=1)
    shop.open_day(DAY + timedelta(days=1))
    shop.reopen_day("a delivery was forgotten")
    assert received(shop, "milk").business_date == DAY + timedelta(days=1)
    draft = begin(shop, "receipt")
    scan(shop, draft, "milk")
    with pytest.raises(RefusalError, match="takes no goods"):
        post(shop, draft, business_date=DAY - timedelta(days=1))
    assert post(shop, draft, business_date=DAY).business_date == DAY


@pytest.mark.fault("4", "a branch restored from a backup gives no number of a document twice")
def test_a_number_is_never_given_twice_after_a_restore(shop: Shop) -> None:
    stock_up(shop)
    shop.open_day()
    assert received(shop, "milk").document == "N001-R-000001"
    mark = shop.directory / numbers.SKIP_FILE
    for expected in ("N001-R-001002", "N001-R-002002"):
        with shop.engine.begin() as connection:
            numbers.skip(CODE, shop.clock, mark, connection, "restored")
        assert received(shop, "milk").document == expected
        # the same backup again, with the line dead: neither counter nor documents know of the skip
        with shop.engine.begin() as connection:
            connection.execute(text("UPDATE document_counter SET last = 1"))
            connection.execute(stock_document.delete().where(stock_document.c.document == expected))


def test_documents_come_back_after_a_restore_with_their_moves(shop: Shop) -> None:
    stock_up(shop)
    shop.open_day()
    received(shop, "10*milk", milk=1000)
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        assert quarantine.count_waiting(connection) == 0
        assert len(connection.execute(select(stock_move)).all()) == 1
    with shop.engine.connect() as connection:
        assert find_delivery(connection, CODE, "nothing") is None
