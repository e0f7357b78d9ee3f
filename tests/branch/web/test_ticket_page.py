"""A receipt's page: found by its number, corrected by a manager and a second person."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.branch.shop import DAY, PASSWORD, Shop
from tests.branch.web.conftest import send, sign_in
from tests.branch.web.test_pages import sold_out, texts


def test_a_receipt_is_found_exchanged_and_post_voided(shop: Shop, manager: TestClient) -> None:
    sale = sold_out(shop).sold[0]
    page = manager.get(f"/receipts?receipt={sale.receipt}")
    assert page.url.path == f"/tickets/{sale.uuid}"
    assert "Milk milk 1 piece $3.50 $3.50" in texts(page.text)
    here = f"/tickets/{sale.uuid}"
    moved = {"was": "cash", "paid": "card", "reason": "wrong key"}
    assert send(manager, f"{here}/exchange", amount="x", **moved)[0] == 422
    status, text = send(manager, f"{here}/exchange", amount="3.51", **moved)
    assert (status, "$3.50 were paid so" in text) == (409, True)
    status, text = send(manager, f"{here}/exchange", amount="1.50", **moved)
    assert "Cash -$1.50 Card $1.50" in texts(text)
    wrong = {"why": "rung up twice", "authority": "C1", "secret": "not it"}
    assert "do not match" in send(manager, f"{here}/void", **wrong)[1]
    assert "takes two people" in send(manager, f"{here}/void", **wrong | {"authority": "N001-M"})[1]
    status, text = send(manager, f"{here}/void", **wrong | {"secret": PASSWORD})
    assert (status, "Post-voided" in text) == (200, True)
    day = texts(manager.get(f"/days/{DAY}").text)
    assert f"Post-void of {sale.receipt}, $3.50" in day
    assert "with 收银员一" in day
    assert "not closed yet" in day


def test_what_is_no_receipt_here_is_refused(shop: Shop, manager: TestClient) -> None:
    sold_out(shop)
    for key in ("N001.01-000002", "M002.01-000001", "nonsense"):
        answer = manager.get(f"/receipts?receipt={key}")
        assert (answer.status_code, f"No receipt {key} is held" in answer.text) == (404, True)


def test_a_cashier_is_refused(shop: Shop, client: TestClient) -> None:
    sale = sold_out(shop).sold[0]
    sign_in(client, "C1")
    assert client.get(f"/tickets/{sale.uuid}").status_code == 403
