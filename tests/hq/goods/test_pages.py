"""The pages about goods and stock, as a browser without scripts uses them."""

from __future__ import annotations

from datetime import timedelta

from hq import closing
from tests.hq.conftest import NOON, Chain
from tests.hq.goods.goods_scene import line, posted, say, stock_the_chain
from tests.hq.test_web_price_changes import Browser, Files, Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture
from tests.papers import papers

FORM = {
    "kind": "order", "branch": "N002", "partner": "S1", "expected": "2026-03-05", "note": "early",
    "typed": "1001,box,2\n1002,piece,5.5",
}  # fmt: skip


def pressed(browser: Browser, path: str, **fields: str) -> str:
    return str(browser.post(path, files=None, **fields).text)


def test_an_order_is_drafted_sent_followed_and_withdrawn(chain: Chain, open_as: Open) -> None:
    stock_the_chain(chain)
    buyer = open_as("BUY", "900001")
    assert "S1 · Orchard" in buyer.get("/goods/new?kind=order").text
    for wrong, said in (
        ({"typed": "1001,crate,x\n9,piece,1"}, "Line 2, item: there is no item 9"),
        ({"typed": ""}, "type at least one line"),
        ({"expected": "soon"}, "is no date"),
        ({"partner": "S2"}, "Nothing more is bought"),
    ):
        answer = buyer.post("/goods/new", files=None, **FORM | wrong)
        assert answer.status_code == 422
        assert said in answer.text
    file: Files = {"file": ("order.csv", "item,unit,quantity\n1001,box,2\n1002,piece,5.5\n")}
    drafted = buyer.post("/goods/new", files=file, **FORM | {"typed": ""})
    assert "G000001 is drafted" in drafted.text
    assert "48.00" in drafted.text
    assert "is sent" in pressed(buyer, "/goods/G000001/send")
    short = (line(1, "1001", 1000, 2400, unit="box", factor=24_000, expected=2000, damaged=500),
             line(7, "777", 3000, None, unknown_item=True))  # fmt: skip
    with chain.hq.engine.begin() as connection:
        say(connection, posted("receipt", "N002", "N002-R-000001", short, partner="S1",
                               refers_to="G000001", final=False))  # fmt: skip
    seen = buyer.get("/goods/G000001").text
    for said in ("damaged 0.5", "Unknown item", "N002-R-000001", "more to come", "Partly received"):
        assert said in seen, said
    assert "G000001" in buyer.get("/goods?kind=order&state=sent&branch=N002").text
    assert "G000001" not in buyer.get("/goods?kind=send").text
    assert "is withdrawn" in pressed(buyer, "/goods/G000001/withdraw", reason="not needed")
    assert "not needed" in buyer.get("/goods/G000001").text


def test_nobody_sees_or_does_what_is_not_theirs(chain: Chain, open_as: Open) -> None:
    stock_the_chain(chain)
    buyer, regional = open_as("BUY", "900001"), open_as("REG", "900003")
    buyer.post("/goods/new", files=None, **FORM)
    assert "G000001" not in regional.get("/goods").text
    assert regional.get("/goods/G000001").status_code == 404
    assert regional.post("/goods/G000001/send", files=None).status_code == 403


def test_goods_in_transit_are_named_and_sent_on(chain: Chain, open_as: Open) -> None:
    stock_the_chain(chain)
    long_ago = NOON - timedelta(days=5)
    out = (line(1, "1001", 10_000, 1000),)
    with chain.hq.engine.begin() as connection:
        say(
            connection,
            posted("transfer_out", "N001", "N001-O-000001", out, long_ago, partner="N002"),
            posted("transfer_out", "N001", "N001-O-000002", out, partner="N003"),
        )
        closing.close(connection, "N002", "ADMIN", "moved", NOON, ledger=chain.hq.ledger)
    buyer = open_as("BUY", "900001")
    seen = buyer.get("/goods/transit").text
    assert "Longer than 3 days on their way: 1 transfers" in seen
    assert "Nobody can receive these goods" in seen
    assert "Longer than" not in buyer.get("/goods/transit?days=5").text
    assert buyer.get("/goods/transit?days=x").status_code == 422
    assert "15.00" in buyer.get("/goods/N001-O-000002").text, "the franchise pays delivery prices"
    said = pressed(buyer, "/goods/N001-O-000001/send-on", branch="N001", reason="send it back")
    assert "N001-O-000001 goes to N001 now" in said


def test_stock_shows_what_lies_where_and_why(chain: Chain, open_as: Open) -> None:
    stock_the_chain(chain)
    chain.load("taxes", "tax_code,rate\nnone,13.00\n")
    with chain.hq.engine.begin() as connection:
        say(
            connection,
            posted("receipt", "N001", "N001-R-000001",
                   (line(1, "1001", 10_000, 1000), line(2, "1002", 4000, None)), partner="S1"),
            posted("write_off", "N001", "N001-W-000001", (line(1, "1001", 1000, 100),)),
            posted("transfer_out", "N001", "N001-O-000001", (line(1, "1001", 3000, 300),),
                   partner="N002"),
        )  # fmt: skip
    buyer, regional = open_as("BUY", "900001"), open_as("REG", "900003")
    seen = buyer.get("/stock").text
    for said in (
        "6.00",
        "6.78",
        "Moves of unknown cost: 1",
        "branches not everything is here",
        "N002",
    ):
        assert said in seen, said
    assert "1002" in buyer.get("/stock?only=uncosted").text
    assert "There is nothing to show" in buyer.get("/stock?only=negative").text
    assert "苹果" in buyer.get("/stock?find=苹").text
    assert "N002" not in regional.get("/stock?only=expected").text
    csv = buyer.get("/stock.csv").text
    assert "N001,店 N001,1001,苹果,piece,6,6.00,6.78,0,0," in csv
    assert "N002,店 N002,1001,苹果,piece,0,0.00,0.00,3,0," in csv
    ledger = buyer.get("/stock/items/1001").text
    for said in ("Write-off", "N001-W-000001", "/goods/N001-O-000001", "Goods receipt"):
        assert said in ledger, said
    for said in ("Write-off", "-1.00"):
        assert said in buyer.get("/stock/variance").text.replace("−", "-"), said
    assert "N001,店 N001,Write-off,1001,苹果,1,-1,0.00,-1.00,-1.00,0," in (
        buyer.get("/stock/variance.csv").text
    )
    for name in ("stock", "stock/variance", "stock/margins"):
        papers(buyer.client, f"/{name}.pdf", f"hq-{name.replace('/', '-')}")
    assert "There is nothing to show" in buyer.get("/stock/variance?reason=stocktake").text
