"""The pages of stocktakes without a script: counting, paper, decisions, and who may see what."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from tests.branch.shop import Shop
from tests.branch.stocktake.goods import OTHER, begin, look, on_hand, stock_up
from tests.branch.web.conftest import send, sign_in
from tests.papers import papers


def test_a_stocktake_without_a_script(shop: Shop, manager: TestClient) -> None:
    stock_up(shop)
    fields = {
        "name": "Saturday",
        "scope": "categories",
        "tolerance": "",
        "sheets": "A",
        "codes": "",
    }
    status, text = send(manager, "/stocktakes/open", category=["food"], **fields)
    assert (status, "Saturday" in text) == (200, True)
    (name,) = set(re.findall(r"/stocktakes/([0-9a-f-]{36})/review", text))
    here = f"/stocktakes/{name}"
    assert send(manager, f"{here}/sheets/1", code="100*milk", scan="one")[0] == 200
    assert send(manager, f"{here}/sheets/1", code="100*milk", scan="one")[0] == 200
    assert send(manager, f"{here}/sheets/1", code="much*milk", scan="two")[0] == 422
    assert send(manager, f"{here}/sheets", name="B", codes="milk\nbread")[0] == 200
    assert send(manager, f"{here}/sheets", name="B", codes="")[0] == 409
    for path, paper in (
        ("sheets/2/sheet.pdf", "sheet"),
        ("sheets/2/sheet.pdf?expected=yes", "sheet-expected"),
        ("report.pdf", "gains-and-losses"),
    ):
        papers(manager, f"{here}/{path}", paper)
    assert manager.get(f"{here}/sheets/2/sheet.csv").text.splitlines()[1] == "milk,,牛奶 Milk,piece"
    assert manager.get(f"{here}/sheets/9").status_code == 404
    assert send(manager, f"{here}/approve", reason="")[0] == 409
    assert send(manager, f"{here}/rest", choice="leave")[0] == 200
    sign_in(manager, OTHER)
    status, text = send(manager, f"{here}/approve", reason="")
    assert (status, "N001-C-000001" in text) == (200, True)
    assert on_hand(shop)["milk"] == (100_000, 20_000)


def test_a_cashier_counts_blind(shop: Shop, client: TestClient) -> None:
    stock_up(shop)
    name = begin(shop)
    sign_in(client, "C1")
    page = client.get(f"/stocktakes/{name}/sheets/1")
    assert "100" not in re.sub(r"<(head|script).*?</\1>", "", page.text, flags=re.DOTALL)
    token = page.text.split('name="csrf" value="')[1].split('"')[0]
    fields = {"csrf": token, "code": "milk", "scan": "one"}
    assert client.post(f"/stocktakes/{name}/sheets/1", data=fields).status_code == 200
    (milk,) = [one for one in look(shop, name).lines if one.goods.item == "milk"]
    assert milk.shown is not None
    assert milk.shown.counted == 1000
    for path in ("review", "report.pdf", "sheets/1/sheet.pdf?expected=yes"):
        assert client.get(f"/stocktakes/{name}/{path}").status_code == 403
    assert client.get(f"/stocktakes/{name}/sheets/1/sheet.pdf").status_code == 200
