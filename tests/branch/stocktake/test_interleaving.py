"""Sales, receipts, counts, approvals and late tickets in any order: the books end as the shelf (rule 26)."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.branch.shop import Shop, piece
from tests.branch.stocktake.goods import approve, begin, look, on_hand, receive, scan, stock_up


def finish(shop: Shop, name: str) -> None:
    """Approve a stocktake, unless later ones have overtaken it whole."""
    if look(shop, name).posted():
        approve(shop, name)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_whatever_comes_between_on_hand_is_what_is_there(shop: Shop, seed: int) -> None:
    """*Property*: sales, arrivals, receipts, counts and approvals in any order: branch, headquarters and the
    shelf agree once everything has arrived and all was counted once more.
    """
    chance = random.Random(seed)
    number = len(list(shop.directory.glob("*-journal.db"))) + 1
    if number == 1:
        stock_up(shop)
        shop.open_day()
    lane = shop.lane(number)
    lane.open_shift()
    goods = ("milk", "bread")
    shelf = {item: chance.randint(50, 200) for item in goods}
    everything = []
    for _ in range(14):
        shop.clock.pass_minutes(1)
        what, item = (
            chance.choice(("sell", "sell", "push", "receive", "count", "approve")),
            chance.choice(goods),
        )
        if what == "sell":
            pieces = chance.randint(1, 5)
            shelf[item] -= pieces
            lane.sell(piece(item, 350, pieces * 1000))
        elif what == "push":
            lane.push()
        elif what == "receive":
            pieces = chance.randint(1, 20)
            shelf[item] += pieces
            receive(shop, **{item: (pieces * 1000, chance.randint(1, 5000))})
        elif what == "count":
            name = begin(shop, scope="items", codes=goods)
            scan(shop, name, *(f"{shelf[one]}*{one}" for one in goods))
            everything.append(name)
        elif everything:
            finish(shop, everything.pop(chance.randrange(len(everything))))
    shop.clock.pass_minutes(1)
    last = begin(shop, scope="items", codes=goods)
    scan(shop, last, *(f"{shelf[one]}*{one}" for one in goods))
    steps: list[Callable[[], None]] = [
        lane.push,
        *(partial(finish, shop, name) for name in (*everything, last)),
    ]
    chance.shuffle(steps)
    for step in steps:
        step()
    held = on_hand(shop)
    assert {item: held[item][0] for item in goods} == {item: shelf[item] * 1000 for item in goods}
    shop.deliver()
    assert on_hand(shop, above=True) == held
