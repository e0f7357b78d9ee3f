"""The doors of online shops: who comes in, what is available, what changed, and what is kept back and fetched."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hq.shop import clients, holds, upkeep
from hq.shop.api.gate import Gate
from hq.shop.api.problem import Refused
from hq.shop.api.routes import OPERATIONS, routes
from hq.shop.clients import ClientError
from schemas.domain.pickup import Picked
from schemas.tables.shop import shop_client
from tests.hq.conftest import NOON, Chain
from tests.hq.goods.goods_scene import line, posted, say
from tests.hq.shop.shop_scene import UNTIL, OnlineShop, lines, stepped, stock_up, told


@pytest.fixture
def shop(chain: Chain) -> OnlineShop:
    stock_up(chain)
    return OnlineShop(chain)


def test_a_secret_is_shown_once_and_ends_by_rotation_and_revocation(shop: OnlineShop) -> None:
    engine = shop.chain.hq.engine
    with engine.connect() as connection:
        assert shop.secret not in str(connection.execute(select(shop_client)).all())
    assert shop.ask("GET", "/branches")[0] == 200
    old = shop.secret
    with engine.begin() as connection:
        shop.secret = clients.rotate(connection, "web", "ADMIN", NOON)
    assert shop.ask("GET", "/branches")[0] == 200
    with engine.begin() as connection:
        clients.revoke(connection, "web", "ADMIN", "leaked", NOON)
    for secret in (shop.secret, old, "", "cw_web_", "cw_web_0" * 40):
        shop.secret = secret
        status, problem = shop.ask("GET", "/branches")
        assert (status, problem["code"]) == (401, "no_key")
    with engine.begin() as connection:
        with pytest.raises(ClientError, match="revoked already"):
            clients.revoke(connection, "web", "ADMIN", "leaked", NOON)
        with pytest.raises(ClientError, match="a shop web already"):
            clients.make(connection, "web", "Web", (), 0, "ADMIN", NOON)
        with pytest.raises(ClientError, match="no branch N009"):
            clients.make(connection, "web2", "Web", ("N009",), 0, "ADMIN", NOON)


def test_who_guesses_is_made_to_wait_and_the_shop_is_not(shop: OnlineShop) -> None:
    secret, shop.secret = shop.secret, "cw_web_guessed"
    answers = [shop.ask("GET", "/branches")[0] for _ in range(8)]
    assert answers[:5] == [401] * 5
    assert answers[-1] == 429
    shop.secret = secret
    assert shop.ask("GET", "/branches")[0] == 200


def test_every_operation_needs_a_key(shop: OnlineShop) -> None:
    """A quarter of an hour lies between any two: nobody is told to wait."""
    hours = itertools.count(0.0, 1000.0)
    doors = TestClient(Starlette(routes=routes(shop.chain.hq, lambda: next(hours))))
    for one in OPERATIONS:
        path = f"/shop/v1{one.path}".format(key="k")
        for headers in ({}, {"Authorization": f"Basic {shop.secret}"}):
            answer = doors.request(one.method, path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "no_key"), one.name
            assert answer.headers["content-type"] == "application/problem+json"
    assert doors.get("/shop/v1/openapi.json").json()["openapi"] == "3.1.0"


def test_a_shop_may_ask_so_often_and_no_more(shop: OnlineShop) -> None:
    clock = [0.0]
    gate = Gate(shop.chain.hq.engine, 2, lambda: clock[0])
    said = f"bearer  {shop.secret}"
    assert [gate.admit(said, "").client for _ in range(2)] == ["web", "web"]
    with pytest.raises(Refused) as refused:
        gate.admit(said, "")
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "30"})
    clock[0] += 30
    assert gate.admit(said, "").client == "web"


def test_a_shop_sees_its_scope_and_never_its_buffer(chain: Chain) -> None:
    stock_up(chain)
    shop = OnlineShop(chain, "north", "N002", buffer=3000)
    _, branches = shop.ask("GET", "/branches")
    assert [one["branch"] for one in branches["branches"]] == ["N002"]
    assert branches["branches"][0]["figures"] == {
        "branch": "N002", "heard": None, "pending": None, "set_aside": 0, "complete": False,
    }  # fmt: skip
    assert shop.available(branch="N002") == 1000
    assert shop.ask("GET", "/availability", branch="N001")[1]["code"] == "unknown_branch"
    assert shop.reserve("k", "N002", i1001=2)[1]["short"] == [
        {"item": "1001", "wanted": 2000, "available": 1000}
    ]
    assert shop.reserve("k", "N001", i1001=1)[1]["code"] == "unknown_branch"


def test_changes_are_told_from_a_cursor_on(shop: OnlineShop) -> None:
    seen, page = [], None
    while True:
        _, answer = shop.ask("GET", "/availability", limit=1, page=page)
        seen += [(one["branch"], one["item"], one["available"]) for one in answer["available"]]
        page, cursor = answer["next"], answer["cursor"]
        if page is None:
            break
    assert seen == [("N001", "1001", 10_000), ("N001", "1002", 5000), ("N002", "1001", 4000)]

    # What other tests do on the same server may let a change be told twice, and never left out.
    def changed() -> list[tuple[str, str, int]]:
        nonlocal cursor
        _, answer = shop.ask("GET", "/availability", since=cursor)
        cursor = answer["cursor"]
        return [(one["branch"], one["item"], one["available"]) for one in answer["available"]]

    shop.reserve("k1", i1002=2)
    assert ("N001", "1002", 3000) in changed()
    engine = shop.chain.hq.engine
    with engine.begin() as connection:
        say(connection, posted("write_off", "N002", "N002-W-1", [line(1, "1001", 1000, 100)]))
    assert ("N002", "1001", 3000) in changed()
    assert upkeep.look(engine, UNTIL) == 1
    assert ("N001", "1002", 5000) in changed()
    with engine.begin() as connection:
        clients.change(connection, "web", ("N001",), 0, "ADMIN", NOON)
    status, problem = shop.ask("GET", "/availability", since=cursor)
    assert (status, problem["code"]) == (410, "stale_cursor")


def test_a_running_transaction_is_not_passed_by(shop: OnlineShop) -> None:
    """It changed first, and commits after a cursor was told: the cursor tells it all the same."""
    engine = shop.chain.hq.engine
    with engine.connect() as slow, slow.begin():
        say(slow, posted("write_off", "N002", "N002-W-1", [line(1, "1001", 1000, 100)]))
        shop.reserve("k1", i1001=1)
        _, answer = shop.ask("GET", "/availability")
        told_before = {(one["branch"], one["item"]): one["available"]
                       for one in answer["available"]}  # fmt: skip
        assert told_before["N002", "1001"] == 4000
    _, after = shop.ask("GET", "/availability", since=answer["cursor"])
    assert ("N002", "1001", 3000) in {
        (one["branch"], one["item"], one["available"]) for one in after["available"]
    }


def test_the_same_key_has_the_same_answer(shop: OnlineShop) -> None:
    status, held = shop.reserve("k1", i1001=4, i1002=1)
    assert (status, held["state"], shop.available()) == (201, "held", 6000)
    assert shop.reserve("k1", i1001=4, i1002=1) == (200, held)
    status, problem = shop.reserve("k1", i1001=5)
    assert (status, problem["code"], [*problem["differences"]]) == (409, "other_content", ["lines"])
    assert shop.ask("DELETE", "/reservations/k1")[1]["state"] == "released"
    assert shop.ask("DELETE", "/reservations/k1")[1]["state"] == "released"
    assert shop.reserve("k1", i1001=4, i1002=1)[1]["state"] == "released"
    assert shop.available() == 10_000
    assert shop.ask("GET", "/reservations/k9")[0] == 404
    shop.reserve("k2", i1001=10)
    status, problem = shop.order("o1")
    assert problem["short"] == [{"item": "1001", "wanted": 2000, "available": 0}]
    assert shop.ask("GET", "/orders/o1")[0] == 404, "what was refused is asked again later"


@pytest.mark.parametrize(
    ("path", "changes", "status", "code"),
    [
        ("/reservations/k", {"until": NOON.isoformat()}, 422, "until"),
        ("/reservations/k", {"until": (NOON + timedelta(hours=25)).isoformat()}, 422, "until"),
        ("/reservations/k", {"until": "9999-12-31T23:59:59-05:00"}, 422, "invalid"),
        ("/reservations/k", {"lines": []}, 422, "invalid"),
        ("/reservations/k", {"lines": lines({"i1001": 1}) * 2}, 422, "twice"),
        ("/reservations/k", {"lines": lines({"i1001": 0})}, 422, "invalid"),
        ("/reservations/k", {"lines": lines({"i7777": 1})}, 409, "unknown_item"),
        ("/reservations/k", {"branch": "N009"}, 409, "unknown_branch"),
        ("/reservations/k!", {}, 422, "invalid"),
        ("/reservations/k%0Ak", {}, 422, "invalid"),
        ("/nowhere", {}, 404, "not_found"),
        ("/branches", {}, 405, "method"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_way_out(
    shop: OnlineShop, path: str, changes: dict[str, object], status: int, code: str
) -> None:
    body = {"branch": "N001", "until": UNTIL.isoformat(), "lines": lines({"i1001": 1})} | changes
    found, problem = shop.ask("PUT", path, body)
    assert (found, problem["code"], problem["status"]) == (status, code, status)
    assert problem["way_out"]
    assert shop.available() == 10_000


def test_an_order_goes_to_the_branch_and_comes_back_short_with_a_substitute(
    shop: OnlineShop,
) -> None:
    engine = shop.chain.hq.engine
    shop.reserve("r1", i1001=6, i1002=2)
    status, order = shop.order("o1", reservation="r1", payment="online", total=1200)
    assert (status, order["state"], order["reached"]) == (201, "accepted", False)
    assert shop.order("o1", reservation="r1", payment="online", total=1200) == (200, order)
    assert shop.order("o2", reservation="r1")[1]["code"] == "reservation_over"
    assert shop.ask("GET", "/reservations/r1")[1]["state"] == "ordered"
    assert (shop.available(), shop.available("1002")) == (4000, 3000)
    (header,) = told(shop.chain)
    assert (header.order, header.rows, header.total) == (order["order"], 2, 1200)
    _, changes = shop.ask("GET", "/orders")
    number = order["order"]
    found = (Picked(1, "1001", "苹果", 1000), Picked(2, "1002", "梨", 2000),
             Picked(1, "1003", "茶", 3000))  # fmt: skip
    with engine.begin() as connection:
        say(connection, stepped(number, 1, "picked", *found), stepped(number, 2, "ready"))
        assert {one[1]: one[2] for one in holds.kept_back(connection, NOON)} == {
            "1001": 1000, "1002": 2000, "1003": 3000,
        }  # fmt: skip
    _, after = shop.ask("GET", "/orders", since=changes["cursor"])
    (ready,) = after["orders"]
    assert (ready["state"], ready["lines"][0]["picked"]) == ("ready", 1000)
    assert ready["lines"][0]["substitutes"] == [{"item": "1003", "name": "茶", "quantity": 3000}]
    with engine.begin() as connection:
        say(connection, stepped(number, 3, "handed_over", receipt=17))
        assert holds.committed_by_item(connection, "N001", NOON, ["1001"]).get("1001", 0) == 1000, (
            "its receipt is not here"
        )
    assert upkeep.look(engine, NOON) == 0
    assert upkeep.look(engine, NOON + timedelta(days=4)) == 1
    _, order = shop.ask("GET", "/orders/o1")
    assert (order["state"], order["receipt"]) == ("handed_over", "N001.01-000017")
    assert [one["step"] for one in order["history"]] == ["picked", "ready", "handed_over"]
    with engine.connect() as connection:
        assert {one[1]: one[2] for one in holds.kept_back(connection, NOON)} == {}
    status, problem = shop.ask("PUT", "/orders/o1/cancellation", {"reason": "late"})
    assert (status, problem["code"]) == (409, "handed_over")


def test_a_cancellation_waits_for_the_branch_which_decides(shop: OnlineShop) -> None:
    engine = shop.chain.hq.engine
    numbers = {key: shop.order(key)[1]["order"] for key in ("o1", "o2", "o3")}
    for key in ("o1", "o2"):
        status, order = shop.ask("PUT", f"/orders/{key}/cancellation", {"reason": "no more"})
        assert (status, order["state"], order["cancellation"]["outcome"]) == (
            200, "cancelling", "waiting",
        )  # fmt: skip
        assert shop.ask("PUT", f"/orders/{key}/cancellation", {"reason": "again"})[1] == order
    assert [one.withdrawn for one in told(shop.chain)].count("cancelled") == 2
    assert shop.available() == 4000, "nobody knows yet where the goods are"
    assert upkeep.look(engine, NOON + timedelta(days=1)) == 1
    found = Picked(1, "1001", "苹果", 2000)
    with engine.begin() as connection:
        say(connection, stepped(numbers["o1"], 1, "given_back"),
            # Picked, laid ready and fetched before the branch heard.
            stepped(numbers["o2"], 1, "picked", found), stepped(numbers["o2"], 2, "ready"),
            stepped(numbers["o2"], 3, "handed_over", receipt=5),
            stepped(numbers["o3"], 1, "given_back"),
            # Another branch has no say.
            stepped(numbers["o3"], 2, "picked", found, branch="N002"))  # fmt: skip
    _, answer = shop.ask("GET", "/orders")
    told_now = {
        one["key"]: (one["state"], one["cancellation"]["outcome"]) for one in answer["orders"]
    }
    assert told_now == {
        "o1": ("cancelled", "done"), "o2": ("handed_over", "too_late"), "o3": ("expired", "done"),
    }  # fmt: skip


def test_items_and_prices_are_listed_page_by_page(shop: OnlineShop) -> None:
    chain = shop.chain
    document = chain.load("prices", "item,unit,tier,price\n1001,piece,,5.00\n1002,piece,,3.00\n")
    assert document is not None
    from hq import price_changes
    from tests.hq.conftest import APPROVER, BUYER

    with chain.hq.engine.begin() as connection:
        price_changes.approve(connection, document, APPROVER, NOON)
        price_changes.publish(connection, document, BUYER, NOON)
    found, page = [], None
    while True:
        _, answer = shop.ask("GET", "/items", limit=2, page=page)
        found += [(one["item"], [of["unit"] for of in one["units"]]) for one in answer["items"]]
        page = answer["next"]
        if page is None:
            break
    assert found == [("1001", ["piece"]), ("1002", ["piece"]), ("1003", ["box"])]
    _, answer = shop.ask("GET", "/prices", branch="N001", limit=1)
    _, rest = shop.ask("GET", "/prices", branch="N001", limit=1, page=answer["next"])
    assert [*answer["prices"], *rest["prices"]] == [
        {"item": "1001", "unit": "piece", "price": 500},
        {"item": "1002", "unit": "piece", "price": 300},
    ]


@pytest.mark.parametrize(
    ("accepted", "language", "title", "detail", "what"),
    [
        ("", "en", "Not possible now", "the catalogue has no goods 7777", "is missing"),
        ("fr, zh-HK;q=0.8", "zh-CN", "目前不可行", "商品资料中没有可售实物商品 7777", "缺少"),
    ],
)
def test_a_refusal_is_said_in_the_language_that_is_asked_for(
    shop: OnlineShop, accepted: str, language: str, title: str, detail: str, what: str
) -> None:
    """What a program reads of it is the same in each."""
    headers = {"Authorization": f"Bearer {shop.secret}", "Accept-Language": accepted}
    body = {"branch": "N001", "until": UNTIL.isoformat(), "lines": lines({"i7777": 1})}
    answer = shop.doors.put("/shop/v1/reservations/k", json=body, headers=headers)
    problem = answer.json()
    assert answer.headers["content-language"] == language
    assert (problem["title"], problem["detail"]) == (title, detail)
    assert (problem["code"], problem["type"], problem["items"]) == (
        "unknown_item", "/shop/v1/problems/unknown_item", ["7777"],
    )  # fmt: skip
    answer = shop.doors.put("/shop/v1/reservations/k", json={"branch": "N001"}, headers=headers)
    assert answer.json()["errors"] == [
        {"where": "until", "what": what}, {"where": "lines", "what": what},
    ]  # fmt: skip
    headers["Authorization"] = "Bearer web.nothing"
    answer = shop.doors.get("/shop/v1/branches", headers=headers)
    assert (answer.status_code, answer.headers["content-language"]) == (401, language)
