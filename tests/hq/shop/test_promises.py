"""What the doors promise whatever is asked: repeats change nothing, and nothing is promised twice."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from hq.shop import holds
from schemas.tables.shop import TABLES
from schemas.tables.stock import stock_on_hand
from tests.hq.conftest import NOON, Chain
from tests.hq.shop.shop_scene import OnlineShop, stock_up

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOPS = TABLES[1:]
Ask = tuple[str, str, int]
#: What may be asked under few keys, so that they meet.
_ASKS = st.tuples(
    st.sampled_from(("reserve", "release", "order", "order_reserved", "cancel")),
    st.sampled_from(("a", "b", "c")),
    st.integers(1, 6),
)


@pytest.fixture
def shop(chain: Chain) -> OnlineShop:
    stock_up(chain)
    return OnlineShop(chain)


def ask(shop: OnlineShop, what: Ask) -> tuple[int, object]:
    kind, key, pieces = what
    match kind:
        case "reserve":
            status, told = shop.reserve(key, i1001=pieces)
        case "release":
            status, told = shop.ask("DELETE", f"/reservations/{key}")
        case "order":
            goods = [{"item": "1001", "quantity": pieces * 1000}]
            status, told = shop.order(key, lines=goods)
        case "order_reserved":
            status, told = shop.order(key, reservation=key)
        case _:
            body = {"reason": "no more"}
            status, told = shop.ask("PUT", f"/orders/{key}/cancellation", body)
    return status, told


def stands(shop: OnlineShop) -> dict[str, object]:
    """What the shop can see, without what is drawn by chance."""
    _, orders = shop.ask("GET", "/orders")
    reservations = {key: shop.ask("GET", f"/reservations/{key}")[1] for key in ("a", "b", "c")}
    states = sorted((one["key"], one["state"], one["lines"][0]["quantity"])
                    for one in orders["orders"])  # fmt: skip
    return {
        "orders": states,
        "reservations": {key: one.get("state") for key, one in reservations.items()},
        "available": shop.available(),
    }


def begin_anew(shop: OnlineShop) -> None:
    with shop.chain.hq.engine.begin() as connection:
        for table in _SHOPS:
            connection.execute(delete(table))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_ASKS, max_size=6))
def test_repeats_change_nothing(shop: OnlineShop, asks: Sequence[Ask]) -> None:
    """A sequence in which every request is repeated at once, what was made later too, ends like the one without."""
    begin_anew(shop)
    for one in asks:
        ask(shop, one)
    once = stands(shop)
    begin_anew(shop)
    made = []
    for one in asks:
        status, told = ask(shop, one)
        again = ask(shop, one)
        if status < 300:
            assert again == (200, told)
        if status == 201:
            made.append(one)
    for one in made:
        assert ask(shop, one)[0] == 200
    assert stands(shop) == once
    assert shop.available() == 10_000 - kept(shop)


def kept(shop: OnlineShop) -> int:
    with shop.chain.hq.engine.connect() as connection:
        return holds.committed_by_item(connection, "N001", NOON, ["1001"]).get("1001", 0)


def test_many_at_once_never_get_more_than_there_is(shop: OnlineShop) -> None:
    """Real threads ask for the last pieces of two items in either order; each is given once."""
    granted: list[int] = []
    begin = threading.Barrier(8)

    def buy(thread: int) -> None:
        begin.wait()
        for turn in range(6):
            key = f"{thread}-{turn}"
            if thread % 2:
                status, _ = shop.reserve(key, i1001=1, i1002=1)
            else:
                status, _ = shop.reserve(key, i1002=1, i1001=1)
            granted.append(status)

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(set(granted)) == [201, 409]
    assert granted.count(201) == 5, "there are five of 1002"
    assert shop.available("1002") == 0
    assert shop.available("1001") == 5000


def test_the_same_key_at_once_is_one_order(shop: OnlineShop) -> None:
    answers: list[tuple[int, str]] = []
    begin = threading.Barrier(6)

    def buy() -> None:
        begin.wait()
        status, told = shop.order("o1")
        answers.append((status, told["order"]))

    threads = [threading.Thread(target=buy) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(status for status, _ in answers) == [200] * 5 + [201]
    assert len({order for _, order in answers}) == 1
    assert shop.available() == 8000


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(_ASKS, st.integers(-3, 3)), max_size=8))
def test_nothing_is_promised_twice(shop: OnlineShop, asks: Sequence[tuple[Ask, int]]) -> None:
    """While tills sell and goods come, what is newly kept back is never more than what is there then."""
    begin_anew(shop)
    on_hand = 10
    for one, moved in asks:
        on_hand += moved
        with shop.chain.hq.engine.begin() as connection:
            connection.execute(
                stock_on_hand.update()
                .where(stock_on_hand.c.branch == "N001", stock_on_hand.c.item == "1001")
                .values(quantity=on_hand * 1000)
            )
        before = kept(shop)
        ask(shop, one)
        after = kept(shop)
        assert after <= max(before, on_hand * 1000)
