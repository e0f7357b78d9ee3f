"""Feeds: published whole, cut once, loaded by generation, relayed under the producer's numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine, select

from replication import feed, feed_office, position
from replication.errors import RefusedError
from replication.feed_office import FeedOffice, Restart, Want
from replication.streams import CHAIN_FEED, branch_feed, group_feed
from replication.testing import MemoryTransport
from schemas.tables.catalogue import tax
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream
from schemas.wire.records import RecordBody, Subscription, Tax
from tests.sites import SmallSite, Town

Chain = tuple[SmallSite, SmallSite, SmallSite]


def drafts(*bodies: RecordBody) -> list[feed.Draft]:
    return [feed.Draft(one.kind, one.record_key(), one.version, one.encode()) for one in bodies]


def publish(site: SmallSite, name: str, *bodies: RecordBody) -> int:
    with site.feeds.begin() as connection:
        return feed.publish(connection, {name: drafts(*bodies)})


def withdraw(site: SmallSite, name: str, body: RecordBody) -> int:
    with site.feeds.begin() as connection:
        gone = feed.Draft(body.kind, body.record_key(), body.version, b"", deleted=True)
        return feed.publish(connection, {name: [gone]})


def settle(child: SmallSite, above: SmallSite) -> None:
    """Let a child fetch until its parent has nothing more for it."""
    runner = child.link(MemoryTransport(above.serving(), child.name))
    runner.push_once()
    for _ in range(30):
        if not runner._steps.fetch(wait=0.0):
            return


def taxes(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {row.tax_code: row.rate for row in connection.execute(select(tax))}


def codes(engine: Engine) -> Sequence[str]:
    return sorted(taxes(engine))


@pytest.fixture
def chain(town: Town) -> Chain:
    """Headquarters, a branch that follows the chain's feed, a lane that follows it too."""
    hq = town.headquarters()
    roots = (branch_feed("N001"),)
    branch = town.branch("N001", hq, roots)
    publish(hq, branch_feed("N001"), Subscription(followed=CHAIN_FEED))
    return hq, branch, town.lane("N001.01", branch, roots)


def test_a_record_crosses_both_edges_under_one_number(chain: Chain) -> None:
    hq, branch, lane = chain
    number = publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    settle(branch, hq)
    settle(lane, branch)
    assert taxes(lane.feeds) == {"full": 1300}
    with hq.feeds.connect() as connection:
        epoch = connection.execute(
            select(stream.c.epoch).where(stream.c.name == CHAIN_FEED)
        ).scalar_one()
    assert branch.stands_at(CHAIN_FEED, epoch) == lane.stands_at(CHAIN_FEED, epoch) == number


def test_the_newest_record_of_a_key_is_kept_and_a_tombstone_deletes(chain: Chain) -> None:
    hq, branch, lane = chain
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300), Tax(tax_code="none", rate=0))
    settle(branch, hq)
    settle(lane, branch)
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=900))
    withdraw(hq, CHAIN_FEED, Tax(tax_code="none", rate=0))
    settle(branch, hq)
    settle(lane, branch)
    assert taxes(branch.feeds) == taxes(lane.feeds) == {"full": 900}


def test_a_batch_is_encoded_once_for_all_its_readers(chain: Chain) -> None:
    hq, _, _ = chain
    publish(hq, CHAIN_FEED, *(Tax(tax_code=str(n), rate=n) for n in range(50)))
    office = FeedOffice(hq.feeds, hq.identity)
    order = office.serve(Want(CHAIN_FEED, "", 0))
    assert isinstance(order, Restart)
    batches = {office.serve(Want(CHAIN_FEED, order.epoch, after)) for after in (0, 0, 10, 49)}
    assert len(batches) == 1
    assert office.encoded == 1
    assert office.serve(Want(CHAIN_FEED, order.epoch, order.head)) is None


def test_a_large_feed_is_cut_and_resumes(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    hq, branch, _ = chain
    monkeypatch.setattr(feed_office, "_CUT_RECORDS", 7)
    publish(hq, CHAIN_FEED, *(Tax(tax_code=f"{n:03}", rate=n) for n in range(100)))
    settle(branch, hq)
    assert len(taxes(branch.feeds)) == 100
    assert hq.serving().feeds.encoded >= 100 // 7


def test_a_foreign_epoch_loads_a_new_generation_and_sweeps_the_old(chain: Chain) -> None:
    """Headquarters was rebuilt: what it no longer has goes, at the branch and at its lanes."""
    hq, branch, lane = chain
    publish(hq, CHAIN_FEED, Tax(tax_code="old", rate=1), Tax(tax_code="both", rate=1))
    settle(branch, hq)
    settle(lane, branch)
    with hq.feeds.begin() as connection:
        connection.execute(feed_record.delete().where(feed_record.c.key == "old"))
        connection.execute(stream.update().where(stream.c.name == CHAIN_FEED).values(epoch="e2"))
    hq.serving().feeds = FeedOffice(hq.feeds, hq.identity)
    settle(branch, hq)
    settle(lane, branch)
    assert codes(branch.feeds) == codes(lane.feeds) == ["both"]
    assert branch.stands_at(CHAIN_FEED, "e2") > 0


def test_a_reader_below_the_floor_loads_anew(chain: Chain) -> None:
    hq, branch, _ = chain
    publish(hq, CHAIN_FEED, Tax(tax_code="a", rate=1), Tax(tax_code="b", rate=1))
    settle(branch, hq)
    head = withdraw(hq, CHAIN_FEED, Tax(tax_code="a", rate=1))
    with hq.feeds.begin() as connection:
        connection.execute(feed_record.delete().where(feed_record.c.deleted))
        connection.execute(stream.update().where(stream.c.name == CHAIN_FEED).values(floor=head))
    settle(branch, hq)
    assert codes(branch.feeds) == ["b"]


def test_joining_a_group_loads_its_feed_and_leaving_sweeps_it(chain: Chain) -> None:
    hq, branch, lane = chain
    east = group_feed("east")
    publish(hq, east, Tax(tax_code="east", rate=1))
    settle(branch, hq)
    assert codes(branch.feeds) == []
    publish(hq, branch_feed("N001"), Subscription(followed=east))
    settle(branch, hq)
    settle(lane, branch)
    assert codes(branch.feeds) == codes(lane.feeds) == ["east"]
    withdraw(hq, branch_feed("N001"), Subscription(followed=east))
    settle(branch, hq)
    settle(lane, branch)
    assert codes(branch.feeds) == codes(lane.feeds) == []
    with lane.feeds.connect() as connection:
        assert east not in {one.stream for one in position.all_feeds(connection)}


def test_what_is_published_together_appears_together(chain: Chain) -> None:
    hq, _, _ = chain
    with hq.feeds.begin() as connection:
        feed.publish(connection, {CHAIN_FEED: drafts(Tax(tax_code="a", rate=1))})
        office = FeedOffice(hq.feeds, hq.identity)
        before = office.serve(Want(CHAIN_FEED, "", 0))
    after = office.serve(Want(CHAIN_FEED, "", 0))
    assert isinstance(before, Restart)
    assert isinstance(after, Restart)
    assert before.head == 0 < after.head


def test_a_batch_of_another_producer_is_refused(chain: Chain, town: Town) -> None:
    hq, branch, _ = chain
    settle(branch, hq)
    stranger = town.headquarters()
    publish(stranger, branch_feed("N001"), Subscription(followed=CHAIN_FEED))
    runner = branch.link(MemoryTransport(hq.serving(), branch.name))
    runner.push_once()
    hq.serving().feeds = FeedOffice(hq.feeds, stranger.identity)
    publish(hq, branch_feed("N001"), Subscription(followed="feed:group:x"))
    with pytest.raises(RefusedError) as refused:
        runner.fetch_once()
    assert refused.value.code == "bad_signature"
    with branch.feeds.connect() as connection:
        assert CatalogueStore().followed(connection) == [CHAIN_FEED]
