"""*Property*: whatever a store does, in whatever order, branch and headquarters hold the same quantity and value,
and both are what a model says that shares no code with them: nothing is made or lost but under a name.

The same of two branches that send goods to one another, whose lines to headquarters die by chance: after every
step. A seed that fails is run alone by its number.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from schemas.domain.ticket import Ticket
from tests.branch.shop import CODE, LaneTill, MakeDatabase
from tests.scenarios.places import OTHER, Places, two_places
from tests.scenarios.store import PRICES, Store

_STEPS = 16


class Week:
    """One store, and what happens in it by chance."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.chance = store, Random(seed)
        self.lane: LaneTill | None = None
        self.cash: list[Ticket] = []
        self.closed = False

    def live(self) -> None:
        """Open, live through the steps, and close."""
        self.store.opens()
        self.lane = self.store.starts(1)
        steps = self.steps()
        for _ in range(_STEPS):
            self.chance.choice(steps)()
            self.look()
        self.store.ends(self.lane)
        self.store.counts(self.lane)
        self.store.closes()
        self.reclose()

    def steps(self) -> list[Callable[[], None]]:
        return [self.sell, self.sell, self.give_back, self.receive, self.transfer, self.write_off,
                self.count, self.void]  # fmt: skip

    def look(self) -> None:
        """Nothing is looked at before the end, unless every step is."""

    def sell(self) -> None:
        assert self.lane is not None
        bought = {self.item(): self.chance.randint(1, 9)}
        self.cash.append(self.store.sells(self.lane, **bought))

    def give_back(self) -> None:
        assert self.lane is not None
        self.store.sells(self.lane, **{self.item(): -self.chance.randint(1, 3)})

    def receive(self) -> None:
        item, ordered = self.item(), self.chance.randint(2, 40)
        came = self.chance.randint(1, ordered)
        each = self.chance.randint(1, 400)
        order = self.store.is_to_receive(each * ordered, **{item: ordered})
        self.store.receives(order, {item: each * came}, **{item: came})

    def transfer(self) -> None:
        self.store.sends(self.item(), self.chance.randint(1, 6))

    def write_off(self) -> None:
        self.store.writes_off(self.item(), self.chance.randint(1, 4))

    def count(self) -> None:
        self.store.arrives()
        stocktake = self.store.begins_stocktake("now")
        item = self.item()
        there = max(0, self.store.model.goods[item].quantity // 1000 + self.chance.randint(-2, 2))
        self.store.counts_goods(stocktake, **{item: there})
        self.store.leaves_uncounted(stocktake)
        self.store.approves(stocktake)
        self.store.model.is_counted(item, there * 1000)

    def void(self) -> None:
        self.store.arrives()
        if self.cash:
            sold = self.cash.pop(self.chance.randrange(len(self.cash)))
            self.store.post_voids(sold, "by chance")

    def reclose(self) -> None:
        if self.cash and self.chance.random() < 0.7:
            self.store.reopens("by chance")
            self.store.post_voids(self.cash.pop(), "after the close")
            assert self.lane is not None
            self.store.counts(self.lane, "once more")
            self.store.closes()

    def item(self) -> str:
        return self.chance.choice(sorted(PRICES))


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_made_or_lost_but_under_a_name(store: Store, seed: int) -> None:
    week = Week(store, seed)
    week.live()
    store.agrees()
    assert sum(store.model.reasons.values()) == sum(one.value for one in store.model.goods.values())


class TwoBranches(Week):
    """The store and another branch, with goods between them."""

    def __init__(self, store: Store, places: Places, seed: int) -> None:
        super().__init__(store, seed)
        self.places = places

    def steps(self) -> list[Callable[[], None]]:
        return [self.sell, self.receive, self.write_off, self.count, self.send, self.send,
                self.take_in, self.take_in, self.take_in, self.buy, self.lose_line]  # fmt: skip

    def look(self) -> None:
        self.store.arrives()
        self.places.agrees()

    def buy(self) -> None:
        """The other branch buys for itself, whatever that costs."""
        pieces = {self.item(): self.chance.randint(1, 20)}
        self.places.gets(OTHER, self.chance.randint(1, 3000), **pieces)

    def send(self) -> None:
        sender, receiver = self.chance.sample((CODE, OTHER), 2)
        items = self.chance.sample(sorted(PRICES), self.chance.randint(1, 2))
        self.places.sends(sender, receiver, **{one: self.chance.randint(1, 9) for one in items})

    def take_in(self) -> None:
        """What is expected comes: all, short, broken, or more of it, finally or in part."""
        waiting = [
            one
            for one in self.places.consignments
            if not one.done
            and any(part.rest for part in one.parts.values())
            and self.places.knows(one)
        ]
        if not waiting:
            return
        one = self.chance.choice(waiting)
        came = {
            item: (self.chance.randint(0, part.rest // 1000 + 1), self.chance.randint(0, 1))
            for item, part in one.parts.items()
            if part.rest
        }
        if any(any(each) for each in came.values()):
            self.places.receives(one, final=self.chance.random() < 0.5, **came)

    def lose_line(self) -> None:
        """The other branch's line dies, or comes back."""
        line = self.places.places[OTHER].line
        line.down = not line.down


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_made_or_lost_on_the_way(
    store: Store, new_database: MakeDatabase, tmp_path: Path, seed: int
) -> None:
    places = two_places(store, new_database, tmp_path)
    for code in (CODE, OTHER):
        for item in sorted(PRICES):
            places.gets(code, 997, **{item: 7})
    week = TwoBranches(store, places, seed)
    week.live()
    places.places[OTHER].line.down = False
    places.agrees()
    store.agrees()
    places.places[OTHER].engine.dispose()
