"""Orders and instructions to send: drafted, told, followed, withdrawn; and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hq import closing
from hq.audit import notes_on
from hq.goods import document as goods
from hq.goods import lines
from hq.goods.document import GoodsError, NewGoods, Search
from hq.goods.lines import Wanted
from hq.goods.open_goods import expected_by_item
from hq.goods.progress import line_progress, progress
from hq.refusal import RefusalError
from replication.console.users import User
from schemas.wire.delivery import Delivery, DeliveryLine
from tests.hq.conftest import BUYER, NOON, Chain
from tests.hq.goods.goods_scene import MONDAY, arrived, line, posted, say, stock_the_chain, told

BOXES = (Wanted("1001", "box", 2000), Wanted("1002", "piece", 5500), Wanted("1003", "box", 1000))
ORDER = NewGoods("order", "N002", "S1", MONDAY, BOXES, "before ten")
SEND = NewGoods("send", "N001", "N002", MONDAY, (Wanted("1001", "piece", 6000),))


def test_an_order_is_told_at_what_it_costs_and_followed_until_received(chain: Chain) -> None:
    stock_the_chain(chain)
    with chain.hq.engine.begin() as connection:
        document = goods.draft(connection, ORDER, BUYER, NOON)
        assert document == "G000001"
        assert told(connection, "N002") == []
        goods.send(connection, document, BUYER, NOON)
        assert told(connection, "N002") == [
            DeliveryLine(document=document, number=1, item="1001", unit="box", factor=24_000,
                         quantity=2000, value=4800),
            DeliveryLine(document=document, number=2, item="1002", unit="piece", factor=1000,
                         quantity=5500, value=1100),
            DeliveryLine(document=document, number=3, item="1003", unit="box", factor=1000,
                         quantity=1000, value=None),
            Delivery(document=document, direction="order", partner="S1", expected=MONDAY, rows=3,
                     note="before ten"),
        ]  # fmt: skip
        assert progress(connection, [document])[document].stage == "sent"
        arrived(connection, "N002")
        assert progress(connection, [document])[document].stage == "arrived"

        first = (
            line(1, "1001", 1000, 2400, unit="box", factor=24_000, expected=2000, damaged=500),
            line(4, "77777", 3000, None, unknown_item=True),
        )
        answer: dict[str, Any] = {"partner": "S1", "refers_to": document}
        say(connection, posted("receipt", "N002", "N002-R-000001", first, final=False, **answer))
        found, surplus = line_progress(connection, document, lines.read(connection, document))
        assert progress(connection, [document])[document].stage == "partly_received"
        assert [(one.left, one.short, one.over) for one in found] == [
            (24_000, 0, 0), (5500, 0, 0), (1000, 0, 0)
        ]  # fmt: skip
        assert [(one.item, one.unknown) for one in surplus] == [("77777", True)]
        left = connection.execute(expected_by_item("order").select()).all()
        assert sorted(tuple(one) for one in left) == [
            ("N002", "1001", 24_000, 2400), ("N002", "1002", 5500, 1100), ("N002", "1003", 1000, 0)
        ]  # fmt: skip

        later = NOON + timedelta(hours=1)
        second = (line(2, "1002", 6000, 1200),)
        say(connection, posted("receipt", "N002", "N002-R-000002", second, later, **answer))
        found, _ = line_progress(connection, document, lines.read(connection, document))
        assert progress(connection, [document])[document].stage == "received"
        assert [(one.left, one.short, one.over) for one in found] == [
            (0, 12_000, 0), (0, 0, 500), (0, 1000, 0)
        ]  # fmt: skip
        assert connection.execute(expected_by_item("order").select()).all() == []
        with pytest.raises(GoodsError, match="received finally"):
            goods.withdraw(connection, document, BUYER, "late", NOON)


def test_what_another_branch_says_of_a_document_means_nothing(chain: Chain) -> None:
    stock_the_chain(chain)
    with chain.hq.engine.begin() as connection:
        document = goods.draft(connection, ORDER, BUYER, NOON)
        goods.send(connection, document, BUYER, NOON)
        mine = (line(1, "1001", 2000, 4800, unit="box", factor=24_000),)
        say(connection, posted("receipt", "N003", "N003-R-000001", mine, refers_to=document))
        assert progress(connection, [document])[document].stage == "sent"


def test_an_instruction_to_send_is_done_by_a_transfer(chain: Chain) -> None:
    stock_the_chain(chain)
    with chain.hq.engine.begin() as connection:
        document = goods.draft(connection, SEND, BUYER, NOON)
        goods.send(connection, document, BUYER, NOON)
        header = told(connection, "N001", "delivery")
        assert header == [
            Delivery(document=document, direction="send", partner="N002", expected=MONDAY, rows=1)
        ]
        out = posted("transfer_out", "N001", "N001-O-000001", (line(1, "1001", 6000, 600),),
                     partner="N002", refers_to=document)  # fmt: skip
        say(connection, out)
        assert progress(connection, [document])[document].stage == "received"


def test_a_document_is_withdrawn_with_a_reason(chain: Chain) -> None:
    stock_the_chain(chain)
    with chain.hq.engine.begin() as connection:
        document = goods.draft(connection, ORDER, BUYER, NOON)
        goods.send(connection, document, BUYER, NOON)
        with pytest.raises(GoodsError, match="Say why"):
            goods.withdraw(connection, document, BUYER, " ", NOON)
        goods.withdraw(connection, document, BUYER, "cancelled", NOON)
        (header,) = told(connection, "N002", "delivery")
        assert isinstance(header, Delivery)
        assert header.withdrawn
        assert connection.execute(expected_by_item("order").select()).all() == []
        assert [one.act for one in notes_on(connection, "goods.", document)] == [
            "goods.draft", "goods.send", "goods.withdraw"
        ]  # fmt: skip
        with pytest.raises(GoodsError, match="is withdrawn"):
            goods.send(connection, document, BUYER, NOON)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (NewGoods("order", "N009", "S1", MONDAY, BOXES), "no branch N009"),
        (NewGoods("order", "N002", "S9", MONDAY, BOXES), "no supplier S9"),
        (NewGoods("order", "N002", "S2", MONDAY, BOXES), "Nothing more is bought"),
        (NewGoods("send", "N002", "N002", MONDAY, BOXES), "to itself"),
        (NewGoods("order", "N002", "S1", MONDAY, ()), "at least one line"),
        (NewGoods("order", "N002", "S1", MONDAY, (Wanted("9", "piece", 1),)), "no item 9"),
        (
            NewGoods("order", "N002", "S1", MONDAY, (Wanted("1002", "piece", 0),)),
            "more than nought",
        ),
        (NewGoods("order", "N002", "S1", MONDAY, (BOXES[0], BOXES[0])), "stands twice"),
        (NewGoods("order", "N003", "S1", MONDAY, BOXES), "N003 is closed"),
        (NewGoods("send", "N001", "N003", MONDAY, BOXES), "N003 is closed"),
        (NewGoods("order", "N001", "S1", MONDAY, BOXES), "not in the care of NORTH"),
    ],
)
def test_what_cannot_be_is_refused(chain: Chain, new: NewGoods, said: str) -> None:
    stock_the_chain(chain)
    actor = User("NORTH", "North", "buyer", ("N002",)) if "NORTH" in said else BUYER
    with chain.hq.engine.begin() as connection:
        closing.close(connection, "N003", "ADMIN", "moved", NOON, ledger=chain.hq.ledger)
        with pytest.raises(RefusalError, match=said):
            goods.draft(connection, new, actor, NOON)


def test_imports_draft_a_document_for_each_branch(chain: Chain) -> None:
    stock_the_chain(chain)
    head = "branch,supplier,expected,item,unit,quantity,note\n"
    chain.load(
        "orders", head + "N002,S1,2026-03-05,1001,box,2,\nN003,S1,2026-03-05,1001,box,1,\n"
        "N002,S1,2026-03-05,1002,piece,3.5,\n", BUYER,
    )  # fmt: skip
    chain.load("sends", "sender,branch,expected,item,unit,quantity\nN001,N002,2026-03-05,1001,piece,9\n", BUYER)  # fmt: skip
    with chain.hq.engine.connect() as connection:
        drafts = goods.newest(connection, Search())
        assert [(one.kind, one.branch, one.partner, one.row_count) for one in drafts] == [
            ("send", "N001", "N002", 1), ("order", "N003", "S1", 1), ("order", "N002", "S1", 2)
        ]  # fmt: skip
        assert goods.newest(connection, Search(scope=("N003",))) == drafts[1:2]
        after = (drafts[0].drafted, drafts[0].document)
        assert goods.newest(connection, Search(after=after)) == drafts[1:]


def test_an_import_names_every_wrong_cell(chain: Chain) -> None:
    stock_the_chain(chain)
    with pytest.raises(RefusalError, match="8 problems"):
        chain.load(
            "orders",
            "branch,supplier,expected,item,unit,quantity\n"
            "N009,S9,5.3.26,1001,crate,x\nN002,S2,2026-03-05,1001,box,0\n"
            "N002,S1,2026-03-05,1001,box,1\nN002,S1,2026-03-05,1001,box,1\n",
        )
