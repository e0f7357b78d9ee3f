"""A branch changes its group while prices are on their way to both: never without either, and at the
end its lanes and it hold the one and nothing of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Connection, select

from replication import feed, feed_office
from replication.errors import RefusedError
from replication.feed import Draft
from replication.messages import Fetch, RestartOrder
from replication.runner import LinkRunner
from replication.streams import CHAIN_FEED, branch_feed, group_feed
from replication.testing import MemoryTransport
from schemas.tables.catalogue import OFFICE_KINDS, TABLES
from schemas.tables.catalogue_store import CatalogueStore
from schemas.wire.record import Record
from schemas.wire.records import Price, PriceChange, Subscription, Tax
from tests.faults.record_by_record import assert_equal, content
from tests.replication.test_feed import drafts, publish
from tests.sites import NOON, SmallSite, Town

OWN, EAST, WEST = branch_feed("N001"), group_feed("east"), group_feed("west")
_ITEMS = 6


class Counted(MemoryTransport):
    """Knows whether the last fetch brought anything."""

    came = False

    def fetch(self, fetch: Fetch) -> bytes | RestartOrder | None:
        answer = super().fetch(fetch)
        self.came = answer is not None
        return answer


class KilledError(Exception):
    """The process ends here: what its transaction wrote is undone."""


@dataclass
class MortalStore(CatalogueStore):
    """A catalogue whose process is killed within its transaction, `lives` calls from now."""

    lives: int = 1_000_000

    def __post_init__(self) -> None:
        super().__init__(OFFICE_KINDS)

    def apply(
        self, connection: Connection, stream: str, generation: int, records: Sequence[Record]
    ) -> None:
        super().apply(connection, stream, generation, records)
        self._live()

    def sweep(self, connection: Connection, stream: str, generation: int) -> None:
        super().sweep(connection, stream, generation)
        self._live()

    def _live(self) -> None:
        self.lives -= 1
        if self.lives == 0:
            raise KilledError


def price_change(group: str, number: int) -> list[Price | PriceChange]:
    """A document with a price for every item, its header last."""
    name = f"{group}-{number}"
    rows = [
        Price(document=name, item=f"{item}", unit="kg", tier="", price=100 * number + item)
        for item in range(_ITEMS)
    ]
    header = PriceChange(
        document=name, title=name, starts=NOON, ends=None, published=number, rows=_ITEMS
    )
    return [*rows, header]


@dataclass
class Move:
    """The branch with two lanes below it, and what headquarters goes on publishing."""

    hq: SmallSite
    branch: SmallSite
    lanes: list[SmallSite]
    published: int = 1
    killed: int = 0
    _links: dict[str, LinkRunner] = field(default_factory=dict)

    @property
    def sites(self) -> list[SmallSite]:
        return [self.branch, *self.lanes]

    def publish_to_both(self) -> None:
        self.published += 1
        for stream, group in ((EAST, "east"), (WEST, "west")):
            publish(self.hq, stream, *price_change(group, self.published))

    def change_group(self) -> None:
        """As `hq.sites.save_branch` tells a branch: joined and left in one transaction."""
        joined = drafts(Subscription(followed=WEST))
        left = Draft("subscription", EAST, 1, b"", deleted=True)
        with self.hq.feeds.begin() as connection:
            feed.publish(connection, {OWN: [*joined, left]})

    def step(self, site: SmallSite) -> bool:
        """One fetch; a site that is killed in it is started again. Whether anything came."""
        above = self.hq if site is self.branch else self.branch
        link = self._links.get(site.name)
        if link is None:
            link = site.link(Counted(above.serving(), site.name))
            link.push_once()
            self._links[site.name] = link
        try:
            link.fetch_once()
        except KilledError:
            self.killed += 1
            del self._links[site.name]
        except RefusedError as error:
            if not error.heals:
                raise
            link.greet_again()
            link.push_once()
        return isinstance(link._transport, Counted) and link._transport.came

    def settle(self) -> None:
        came = [True]
        while any(came):
            came = [self.step(site) for site in self.sites]


def groups_in_force(site: SmallSite) -> set[str]:
    """The groups of which the site holds a whole price change."""
    with site.feeds.connect() as connection:
        headers = connection.execute(
            select(TABLES["price_change"].c.stream, TABLES["price_change"].c.document)
        ).all()
        rows = connection.execute(select(TABLES["price"].c.document)).scalars().all()
    return {row.stream for row in headers if rows.count(row.document) == _ITEMS}


@pytest.fixture
def move(town: Town) -> Move:
    """Give a branch in the east whose lanes have its prices."""
    hq = town.headquarters()
    branch = town.branch("N001", hq, (OWN,))
    lanes = [town.lane(f"N001.0{n}", branch, (OWN,)) for n in (1, 2)]
    made = Move(hq, branch, lanes)
    for site in made.sites:
        site.store = MortalStore()
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    publish(hq, OWN, Subscription(followed=CHAIN_FEED), Subscription(followed=EAST))
    for stream, group in ((EAST, "east"), (WEST, "west")):
        publish(hq, stream, *price_change(group, 1))
    made.settle()
    assert [groups_in_force(site) for site in made.sites] == [{EAST}] * 3
    return made


@pytest.mark.fault("12", "a branch that changes its group while prices are on their way to both")
@pytest.mark.parametrize(
    ("victim", "lives"), [*((0, step) for step in range(1, 7)), (1, 1), (1, 4)]
)
def test_killed_at_any_step_of_the_change(
    move: Move, monkeypatch: pytest.MonkeyPatch, victim: int, lives: int
) -> None:
    """The branch, or a lane, at each step: joined, half loaded, loaded, left, and after it."""
    monkeypatch.setattr(feed_office, "_CUT_RECORDS", 5)
    store = move.sites[victim].store
    assert isinstance(store, MortalStore)
    store.lives = lives
    move.change_group()
    for turn in range(12):
        if turn % 3 == 0:
            move.publish_to_both()
        for site in move.sites:
            move.step(site)
            assert groups_in_force(site) & {EAST, WEST}, f"{site.name} has no prices at {turn}"
    move.settle()
    assert move.killed == 1
    assert [groups_in_force(site) for site in move.sites] == [{WEST}] * 3
    assert_equal(move.hq, move.branch, *move.lanes)


@pytest.mark.fault("12", "a branch that changes its group while prices are on their way to both")
def test_a_group_without_any_prices_is_joined_all_the_same(move: Move) -> None:
    north = group_feed("north")
    left = Draft("subscription", EAST, 1, b"", deleted=True)
    with move.hq.feeds.begin() as connection:
        feed.publish(connection, {OWN: [*drafts(Subscription(followed=north)), left]})
    move.settle()
    assert [groups_in_force(site) for site in move.sites] == [set()] * 3
    assert_equal(move.hq, move.branch, *move.lanes)
    publish(move.hq, north, *price_change("north", 1))
    move.settle()
    assert [groups_in_force(site) for site in move.sites] == [{north}] * 3


@pytest.mark.fault("12", "a branch that changes its group while prices are on their way to both")
def test_there_and_back_with_the_line_dead_in_between(move: Move) -> None:
    """A lane that was away meanwhile finds the branch where it was, and has lost nothing."""
    before = content(move.lanes[1], {EAST})
    move.change_group()
    for _ in range(10):
        move.step(move.branch)
        move.step(move.lanes[0])
    assert groups_in_force(move.lanes[0]) == {WEST}
    back = drafts(Subscription(followed=EAST))
    left = Draft("subscription", WEST, 1, b"", deleted=True)
    with move.hq.feeds.begin() as connection:
        feed.publish(connection, {OWN: [*back, left]})
    move.settle()
    assert [groups_in_force(site) for site in move.sites] == [{EAST}] * 3
    assert content(move.lanes[1], {EAST}) == before
    assert_equal(move.hq, move.branch, *move.lanes)
