"""Headquarters put back: what its branches still hold comes back, once, over the link as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from ops.embedded_postgres import EmbeddedPostgres
from replication import feed, position, surplus
from replication.feed_history import History
from replication.messages import PastEpoch, RestartOrder
from replication.parent import Parent
from replication.position import Position
from replication.produced import ProducedFeeds
from replication.runner import LinkRunner
from replication.streams import CHAIN_FEED, branch_feed, group_feed
from replication.testing import Faults, MemoryTransport
from replication.transport.letters.clerk import fetched
from schemas.tables.base import reading
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream
from schemas.tables.kinds import DatabaseKind
from schemas.wire.entries import decode_any
from schemas.wire.records import RecordBody, Subscription, Tax
from schemas.wire.surplus import FeedSurplus
from tests.postgres import fresh_database
from tests.replication.test_feed import publish, taxes, withdraw
from tests.sites import Backup, SmallSite, Town

CODES = ("N001", "N002")


@dataclass
class Chain:
    """Headquarters, which notices by its mark when it was put back, and two branches."""

    town: Town
    hq: SmallSite
    branches: dict[str, SmallSite]

    def produced(self) -> ProducedFeeds:
        return ProducedFeeds(self.hq.feeds, "hq", self.hq.directory / "hq.json")

    def publish(self, *bodies: RecordBody, name: str = CHAIN_FEED) -> int:
        number = publish(self.hq, name, *bodies)
        self.produced().note()
        return number

    def restore(self, backup: Backup) -> None:
        self.hq.restore(backup)
        assert self.produced().start() is not None

    def link(self, code: str) -> LinkRunner:
        site = self.branches[code]
        return site.link(MemoryTransport(self.hq.serving(), code))

    def settle(self, *codes: str) -> None:
        """Push, fetch and fetch back until nothing moves."""
        for code in codes or CODES:
            link = self.link(code)
            link.push_once()
            link.recall_once()
            load_all(link)
            link.push_once()

    def told(self, *codes: str) -> list[tuple[str, str, str, int, str]]:
        """What these branches state in their journals: by whom, feed, number, key and epoch."""
        return [
            (code, fact.feed, one.key, one.number, one.epoch)
            for code in codes or CODES
            for fact in surplus_in(self.branches[code])
            for one in fact.records
        ]

    def counter(self) -> str:
        with self.hq.feeds.connect() as connection:
            return feed.counter_of(connection).epoch


def load_all(link: LinkRunner) -> None:
    """Fetch until a fetch changes nothing."""
    before: list[Position] | None = None
    while before != (before := standing(link)):
        link.fetch_once()


def standing(link: LinkRunner) -> list[Position]:
    with reading(link.site.feeds) as connection:
        return position.all_feeds(connection)


def surplus_in(site: SmallSite, journal: str | None = None) -> list[FeedSurplus]:
    """What a journal tells of feeds."""
    read = [
        decode_any(one.kind, one.version, one.body)
        for one in site.entries(journal)
        if one.kind == "feed.surplus"
    ]
    return [one for one in read if isinstance(one, FeedSurplus)]


@pytest.fixture(scope="module")
def built(
    hq_database_server: EmbeddedPostgres,
    postgres_template: Callable[[DatabaseKind], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Chain, Backup]]:
    """Give a chain that is up to date, and all that its databases hold then."""
    with ExitStack() as stack:

        def make(kind: DatabaseKind) -> str:
            return stack.enter_context(fresh_database(hq_database_server, postgres_template(kind)))

        town = Town(make, tmp_path_factory.mktemp("town"))
        stack.callback(town.close)
        hq = town.headquarters()
        branches = {code: town.branch(code, hq, (branch_feed(code),)) for code in CODES}
        made = Chain(town, hq, branches)
        made.produced().start()
        for code in CODES:
            made.publish(Subscription(followed=CHAIN_FEED), name=branch_feed(code))
        made.publish(Tax(tax_code="a", rate=1), Tax(tax_code="b", rate=1))
        made.settle()
        yield made, [one for site in (hq, *branches.values()) for one in site.backup()]


@pytest.fixture
def chain(built: tuple[Chain, Backup]) -> Chain:
    """Give it as it was, with nothing in anybody's memory."""
    made, held = built
    made.hq.restore(held)
    for site in (made.hq, *made.branches.values()):
        site.parent = Parent(site.feeds, site.identity, site.serving()._inbound)
    (made.hq.directory / "hq.json").unlink()
    made.produced().note()
    return made


def test_what_headquarters_lost_is_told_once_by_each_branch(chain: Chain) -> None:
    old, epoch = chain.hq.backup(), chain.counter()
    chain.publish(Tax(tax_code="b", rate=2), Tax(tax_code="c", rate=3))
    gone = withdraw(chain.hq, CHAIN_FEED, Tax(tax_code="a", rate=1))
    chain.settle()
    chain.restore(old)
    chain.settle()
    chain.settle()
    lost = [(CHAIN_FEED, "b", gone - 2), (CHAIN_FEED, "c", gone - 1), (CHAIN_FEED, "a", gone)]
    assert chain.told() == [(code, *one, epoch) for code in CODES for one in lost]
    assert len(surplus_in(chain.hq, chain.branches["N002"].stream)) == 1
    (told,) = surplus_in(chain.branches["N001"])
    assert [(one.deleted, one.octets) for one in told.records] == [
        (False, Tax(tax_code="b", rate=2).encode()),
        (False, Tax(tax_code="c", rate=3).encode()),
        (True, b""),
    ]
    # They load what headquarters has: nothing of it is in force until somebody accepts it.
    assert taxes(chain.branches["N002"].feeds) == {"a": 1, "b": 1}


def test_who_had_not_read_it_tells_nothing(chain: Chain) -> None:
    old = chain.hq.backup()
    chain.publish(Tax(tax_code="c", rate=3))
    chain.settle("N001")
    chain.restore(old)
    chain.settle()
    assert [one[0] for one in chain.told()] == ["N001"]
    for _ in range(2):
        chain.publish(Tax(tax_code="d", rate=4))
        chain.settle()
    assert len(chain.told()) == 1, "what is published anew is not taken for lost"


def test_a_lane_tells_nothing(chain: Chain) -> None:
    branch = chain.branches["N001"]
    lane = chain.town.lane("N001.01", branch, (branch_feed("N001"),))

    def settle() -> None:
        chain.settle("N001")
        link = lane.link(MemoryTransport(branch.serving(), lane.name))
        link.push_once()
        load_all(link)
        link.push_once()

    settle()
    old = chain.hq.backup()
    chain.publish(Tax(tax_code="c", rate=3))
    settle()
    assert taxes(lane.feeds) == {"a": 1, "b": 1, "c": 3}
    chain.restore(old)
    settle()
    assert taxes(lane.feeds) == {"a": 1, "b": 1}
    assert lane.entries() == []
    assert len(chain.told("N001")) == 1


def test_headquarters_put_back_twice_and_a_branch_that_missed_the_first(chain: Chain) -> None:
    old, first = chain.hq.backup(), chain.counter()
    number = chain.publish(Tax(tax_code="c", rate=3))
    chain.settle()
    chain.restore(old)
    second = chain.counter()
    # N002 is away while the other loads the second epoch, and what is published in it.
    chain.publish(Tax(tax_code="d", rate=4))
    chain.settle("N001")
    chain.restore(old)
    assert len({first, second, chain.counter()}) == 3
    chain.settle()
    of_first, of_second = (CHAIN_FEED, "c", number, first), (CHAIN_FEED, "d", number, second)
    assert chain.told() == [("N001", *of_first), ("N001", *of_second), ("N002", *of_first)]
    for one in chain.branches.values():
        assert taxes(one.feeds) == {"a": 1, "b": 1}


def test_a_younger_backup_after_an_older_one(chain: Chain) -> None:
    """The wrong backup was put back first: what was published upon it is lost by the right one."""
    older = chain.hq.backup()
    chain.publish(Tax(tax_code="c", rate=3))
    younger, first = chain.hq.backup(), chain.counter()
    chain.settle()
    chain.restore(older)
    second = chain.counter()
    chain.publish(Tax(tax_code="d", rate=4))
    chain.settle()
    chain.restore(younger)
    chain.settle()
    told = [(key, epoch) for _, _, key, _, epoch in chain.told("N001")]
    assert told == [("c", first), ("d", second)]
    assert taxes(chain.branches["N001"].feeds) == {"a": 1, "b": 1, "c": 3}


def test_a_branch_dead_for_weeks_tells_late(chain: Chain) -> None:
    old = chain.hq.backup()
    chain.publish(Tax(tax_code="c", rate=3))
    chain.settle()
    chain.restore(old)
    for day in range(3):
        chain.publish(Tax(tax_code="day", rate=day))
        chain.settle("N001")
    chain.settle("N002")
    assert [one[2] for one in chain.told("N002")] == ["c"]
    assert taxes(chain.branches["N002"].feeds) == {"a": 1, "b": 1, "day": 2}


def test_a_branch_that_was_put_back_as_well_tells_again_under_the_same_origin(
    chain: Chain,
) -> None:
    old = chain.hq.backup()
    chain.publish(Tax(tax_code="c", rate=3))
    chain.settle()
    before = chain.branches["N001"].backup()
    chain.restore(old)
    chain.settle("N001")
    chain.branches["N001"].restore(before)
    chain.settle("N001")
    # What it told before is fetched back from headquarters, and told once more by the older state.
    first, again = chain.told("N001")
    assert first == again


def test_a_group_that_is_lost_with_its_feed_is_told_before_it_is_left(chain: Chain) -> None:
    old = chain.hq.backup()
    west = group_feed("west")
    chain.publish(Subscription(followed=west), name=branch_feed("N001"))
    chain.publish(Tax(tax_code="w", rate=9), name=west)
    chain.settle()
    assert taxes(chain.branches["N001"].feeds)["w"] == 9
    chain.restore(old)
    chain.settle()
    assert [one[:3] for one in chain.told()] == [
        ("N001", branch_feed("N001"), west),
        ("N001", west, "w"),
    ]
    assert taxes(chain.branches["N001"].feeds) == {"a": 1, "b": 1}


def test_a_feed_whose_first_record_is_lost_is_empty_again(chain: Chain) -> None:
    west = group_feed("west")
    chain.publish(Subscription(followed=west), name=branch_feed("N001"))
    chain.settle("N001")
    old = chain.hq.backup()
    number = chain.publish(Tax(tax_code="w", rate=9), name=west)
    chain.settle("N001")
    chain.restore(old)
    chain.settle("N001")
    assert [one[:4] for one in chain.told("N001")] == [("N001", west, "w", number)]
    assert taxes(chain.branches["N001"].feeds) == {"a": 1, "b": 1}
    chain.publish(Tax(tax_code="v", rate=8), name=west)
    chain.settle("N001")
    assert taxes(chain.branches["N001"].feeds) == {"a": 1, "b": 1, "v": 8}
    assert len(chain.told("N001")) == 1


def test_a_feed_that_is_left_in_the_ordinary_way_is_not_told(chain: Chain) -> None:
    west = group_feed("west")
    chain.publish(Subscription(followed=west), name=branch_feed("N001"))
    chain.publish(Tax(tax_code="w", rate=9), name=west)
    chain.settle()
    withdraw(chain.hq, branch_feed("N001"), Subscription(followed=west))
    chain.settle()
    assert taxes(chain.branches["N001"].feeds) == {"a": 1, "b": 1}
    assert chain.told() == []


def test_a_crash_as_the_generation_begins_tells_neither_twice_nor_never(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = chain.hq.backup()
    chain.publish(Tax(tax_code="c", rate=3))
    chain.settle()
    chain.restore(old)
    link = chain.link("N001")
    link.push_once()
    with monkeypatch.context() as dying:
        dying.setattr("replication.subscribe.begin_generation", _dies)
        with pytest.raises(KeyboardInterrupt):
            load_all(link)
    assert chain.told("N001") == []
    chain.settle("N001")
    assert [one[2] for one in chain.told("N001")] == ["c"]


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_over_a_line_that_loses_and_repeats_it_arrives_once(chain: Chain) -> None:
    old = chain.hq.backup()
    chain.publish(*(Tax(tax_code=f"{n:03}", rate=n) for n in range(450)))
    chain.settle("N001")
    chain.restore(old)
    site = chain.branches["N001"]
    faults = Faults(lost=0.2, unanswered=0.2, repeated=0.2, stale=0.2)
    link = site.link(MemoryTransport(chain.hq.serving(), "N001", faults, seed=1))
    for _ in range(60):
        for step in (link.push_once, link.fetch_once):
            try:
                step()
            except Exception:  # noqa: BLE001 - whatever the line does, the loops go on
                link.greet_again()
    chain.settle("N001")
    held = surplus_in(chain.hq, site.stream)
    assert [len(one.records) for one in held] == [200, 200, 50]
    keys = [record.key for one in held for record in one.records]
    assert keys == [f"{n:03}" for n in range(450)]


def test_large_records_are_told_in_small_entries(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surplus, "_MOST_OCTETS", 100)
    monkeypatch.setattr(surplus, "_READ_AT_ONCE", 2)
    old = chain.hq.backup()
    chain.publish(*(Tax(tax_code="x" * 90 + str(n), rate=n) for n in range(5)))
    chain.settle("N001")
    chain.restore(old)
    chain.settle("N001")
    assert [len(one.records) for one in surplus_in(chain.branches["N001"])] == [1] * 5


@pytest.mark.parametrize("way", ["http and sftp", "courier"])
def test_an_order_carries_its_history_whichever_way_it_goes(way: str) -> None:
    past = [PastEpoch(epoch="C1", through=100)]
    order = RestartOrder(stream=CHAIN_FEED, epoch="e", head=1, past=past, present="C2")
    if way == "courier":
        carried = RestartOrder.model_validate(json.loads(json.dumps(order.model_dump())))
    else:
        carried = RestartOrder.model_validate_json(fetched(order)[1])
    assert surplus.history_in(carried) == History((("C1", 100),), "C2")


def test_an_older_parent_tells_no_history_and_is_told_nothing() -> None:
    order = RestartOrder.model_validate_json('{"stream":"feed:chain","epoch":"e","head":1}')
    assert surplus.history_in(order) is None


def test_a_database_from_before_this_release_is_taken_for_the_oldest_epoch(chain: Chain) -> None:
    old = chain.hq.backup()
    chain.publish(Tax(tax_code="c", rate=3))
    chain.settle("N001")
    with chain.branches["N001"].feeds.begin() as connection:
        connection.exec_driver_sql("DELETE FROM feed_history")
    chain.restore(old)
    chain.settle("N001")
    assert [one[2] for one in chain.told("N001")] == ["c"]


def test_a_reader_that_is_ahead_gives_the_restore_away_and_is_asked(chain: Chain) -> None:
    """No mark outside the database noticed it, because it was put back as well."""
    old = chain.hq.backup()
    chain.publish(Tax(tax_code="c", rate=3))
    chain.settle("N001")
    chain.hq.restore(old)
    chain.settle("N001")
    assert [one[2] for one in chain.told("N001")] == ["c"]
    with chain.hq.feeds.connect() as connection:
        head = connection.execute(
            select(stream.c.head).where(stream.c.name == CHAIN_FEED)
        ).scalar_one()
        assert (
            connection.execute(
                select(feed_record.c.number).where(feed_record.c.key == "b")
            ).scalar_one()
            == head
        )


def test_put_back_again_in_the_middle_of_a_load_nothing_is_told_twice(chain: Chain) -> None:
    old = chain.hq.backup()
    chain.publish(Tax(tax_code="c", rate=3))
    chain.settle("N001")
    chain.restore(old)
    link = chain.link("N001")
    link.push_once()
    while not any(one.stream == CHAIN_FEED and one.loading for one in standing(link)):
        link.fetch_once()
    # The rows of the older generation still stand beside none of the new one.
    assert taxes(chain.branches["N001"].feeds) == {"a": 1, "b": 1, "c": 3}
    chain.restore(old)
    chain.settle("N001")
    assert [one[2] for one in chain.told("N001")] == ["c"]
    assert taxes(chain.branches["N001"].feeds) == {"a": 1, "b": 1}
