"""What was deleted long ago is forgotten, and whoever was away since then loads the feed anew."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text

from replication import feed, feed_office
from replication.feed_floor import FeedRetention, forgetting
from replication.feed_office import FeedOffice, Restart, Want
from replication.streams import CHAIN_FEED
from schemas.tables.feed import feed_publication, feed_record
from schemas.tables.journal import stream
from schemas.wire.records import Tax
from tests.replication.test_feed import Chain, chain, codes, publish, settle, withdraw
from tests.sites import NOON, SmallSite

__all__ = ["chain"]


def tax(code: str) -> Tax:
    return Tax(tax_code=code, rate=1)


def days_pass(site: SmallSite, days: int) -> None:
    with site.feeds.begin() as connection:
        connection.execute(
            text(
                "UPDATE feed_publication SET published = published - make_interval(days => :days)"
            ),
            {"days": days},
        )


def forget(site: SmallSite) -> int:
    return forgetting(site.feeds, FeedRetention())(NOON)


def tombstones(site: SmallSite) -> list[str]:
    with site.feeds.connect() as connection:
        query = select(feed_record.c.key).where(feed_record.c.deleted).order_by(feed_record.c.key)
        return list(connection.execute(query).scalars())


def generation(site: SmallSite) -> int:
    with site.feeds.connect() as connection:
        found = connection.execute(
            text("SELECT generation FROM position WHERE stream = :of"), {"of": CHAIN_FEED}
        )
        return int(found.scalar_one())


def test_who_was_away_for_longer_loads_anew_and_who_was_not_goes_on(chain: Chain) -> None:
    hq, branch, lane = chain
    publish(hq, CHAIN_FEED, tax("a"), tax("b"))
    settle(branch, hq)
    settle(lane, branch)
    withdraw(hq, CHAIN_FEED, tax("a"))
    settle(branch, hq)
    days_pass(hq, 91)
    days_pass(branch, 91)
    publish(hq, CHAIN_FEED, tax("c"))
    withdraw(hq, CHAIN_FEED, tax("b"))
    assert forget(hq) == forget(branch) == 1
    assert tombstones(hq) == ["b"]
    # The branch had heard of it, its lane had not.
    settle(branch, hq)
    settle(lane, branch)
    assert codes(branch.feeds) == codes(lane.feeds) == ["c"]
    assert (generation(branch), generation(lane)) == (1, 2)
    assert forget(hq) == 0


def test_publications_go_with_the_tombstones_but_for_the_newest_of_each_feed(chain: Chain) -> None:
    hq, _, _ = chain
    for code in "abc":
        publish(hq, CHAIN_FEED, tax(code))
    days_pass(hq, 91)
    forget(hq)
    with hq.feeds.connect() as connection:
        left = select(feed_publication.c.stream, func.count()).group_by(feed_publication.c.stream)
        assert {count for _, count in connection.execute(left)} == {1}


def test_a_load_of_many_batches_ends_although_its_first_are_below_the_floor(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    hq, branch, lane = chain
    publish(hq, CHAIN_FEED, *(tax(f"{number:02}") for number in range(20)), tax("gone"))
    withdraw(hq, CHAIN_FEED, tax("gone"))
    days_pass(hq, 91)
    assert forget(hq) == 1
    monkeypatch.setattr(feed_office, "_CUT_RECORDS", 6)
    settle(branch, hq)
    settle(lane, branch)
    assert len(codes(branch.feeds)) == len(codes(lane.feeds)) == 20
    assert (generation(branch), generation(lane)) == (1, 1)


def test_a_reader_of_an_older_release_is_not_sent_back_for_ever(chain: Chain) -> None:
    hq, _, _ = chain
    publish(hq, CHAIN_FEED, tax("a"), tax("b"))
    withdraw(hq, CHAIN_FEED, tax("a"))
    days_pass(hq, 91)
    forget(hq)
    publish(hq, CHAIN_FEED, tax("c"))
    with hq.feeds.connect() as connection:
        row = connection.execute(select(stream).where(stream.c.name == CHAIN_FEED)).one()
    office = FeedOffice(hq.feeds, hq.identity)
    assert isinstance(office.serve(Want(CHAIN_FEED, row.epoch, 2, target=0)), Restart)
    assert isinstance(office.serve(Want(CHAIN_FEED, row.epoch, 2, target=2)), Restart)
    assert isinstance(office.serve(Want(CHAIN_FEED, row.epoch, 2, target=row.floor)), bytes)
    assert isinstance(office.serve(Want(CHAIN_FEED, row.epoch, 2, target=None)), bytes)


def test_a_floor_of_an_epoch_that_is_over_holds_nobody_up(chain: Chain) -> None:
    """Headquarters put back: its numbers are smaller than the floor that its branch had."""
    hq, branch, lane = chain
    publish(hq, CHAIN_FEED, tax("a"))
    settle(branch, hq)
    old = hq.backup()
    publish(hq, CHAIN_FEED, *(tax(f"{number:02}") for number in range(9)))
    withdraw(hq, CHAIN_FEED, tax("00"))
    settle(branch, hq)
    settle(lane, branch)
    days_pass(branch, 91)
    assert forget(branch) == 1
    hq.restore(old)
    with hq.feeds.begin() as connection:
        feed.renew(connection)
    for code in "bcd":
        publish(hq, CHAIN_FEED, tax(code))
        settle(branch, hq)
        settle(lane, branch)
    assert codes(branch.feeds) == codes(lane.feeds) == ["a", "b", "c", "d"]
    assert generation(lane) == 2
