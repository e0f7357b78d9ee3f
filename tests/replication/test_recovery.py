"""Databases put back from a backup, copied, or lost with their disk: nothing is lost, nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from replication import epochs, incarnation, outbox, recovery
from replication.errors import RefusedError
from replication.produced import ProducedFeeds
from replication.runner import LinkRunner
from replication.streams import CHAIN_FEED, group_feed
from replication.testing import MemoryTransport
from schemas.tables.base import reading
from schemas.wire.records import Tax
from tests.replication.test_feed import publish, taxes
from tests.sites import NOON, SmallSite, Town


def run(link: LinkRunner, turns: int = 8) -> None:
    """As the loops do: greet, push and fetch back until nothing is left."""
    for _ in range(turns):
        try:
            link.push_once()
            link.recall_once()
        except RefusedError as error:
            if not error.heals:
                raise
            link.greet_again()


def load(link: LinkRunner) -> None:
    """Fetch until nothing more comes."""
    for _ in range(6):
        link.fetch_once()


def bodies(site: SmallSite, stream: str | None = None) -> list[bytes]:
    return sorted(entry.body for entry in site.entries(stream))


def applied(site: SmallSite) -> list[bytes]:
    return sorted(body for _, body in site.books.applied)


@pytest.fixture
def hq(town: Town) -> SmallSite:
    return town.headquarters()


@pytest.fixture
def branch(town: Town, hq: SmallSite) -> SmallSite:
    return town.branch("N001", hq)


def linked(child: SmallSite, above: SmallSite) -> LinkRunner:
    return child.link(MemoryTransport(above.serving(), child.name))


def test_a_branch_put_back_gets_back_what_it_lost(hq: SmallSite, branch: SmallSite) -> None:
    branch.write(b"1", b"2")
    run(linked(branch, hq))
    old = branch.backup()
    branch.write(b"3", b"4")
    run(linked(branch, hq))
    branch.restore(old)
    run(linked(branch, hq))
    assert bodies(branch) == bodies(hq, branch.stream) == [b"1", b"2", b"3", b"4"]
    assert branch.books.applied == [("N001", b"3"), ("N001", b"4")]
    branch.write(b"5")
    run(linked(branch, hq))
    assert bodies(hq, branch.stream) == [b"1", b"2", b"3", b"4", b"5"]
    assert len({entry.epoch for entry in hq.entries(branch.stream)}) == 2
    with reading(branch.journals) as connection:
        assert outbox.look(connection, connection, branch.stream).pending == 0


def test_what_it_wrote_before_anybody_noticed_is_kept_beside_what_it_lost(
    hq: SmallSite, branch: SmallSite
) -> None:
    branch.write(b"1", b"2", b"3")
    run(linked(branch, hq))
    old = branch.backup()
    branch.write(b"4", b"5")
    run(linked(branch, hq))
    branch.restore(old)
    branch.write(b"4 again", b"6", b"7")
    run(linked(branch, hq))
    everything = [b"1", b"2", b"3", b"4", b"4 again", b"5", b"6", b"7"]
    assert bodies(branch) == bodies(hq, branch.stream) == everything
    assert applied(hq) == everything
    assert branch.books.restored


def test_a_branch_with_a_line_that_is_dead_begins_an_epoch_before_its_first_write(
    hq: SmallSite, branch: SmallSite
) -> None:
    recovery.start(branch.recovery())
    branch.write(b"1")
    old = branch.backup()
    branch.write(b"2")
    link = linked(branch, hq)
    run(link)
    link.report_once()
    before = branch.entries()[0].epoch
    branch.restore(old)
    why = recovery.start(branch.recovery())
    assert why == "it ends at 1, it had come to 2"
    (written,) = branch.write(b"3")
    assert (written.epoch != before, written.sequence) == (True, 1)
    run(linked(branch, hq))
    assert bodies(branch) == bodies(hq, branch.stream) == [b"1", b"2", b"3"]


def test_a_start_after_a_crash_is_no_restore(branch: SmallSite) -> None:
    assert recovery.start(branch.recovery()) is None
    branch.write(b"1")
    assert recovery.start(branch.recovery()) is None
    with branch.journals.begin() as connection:
        # Killed between the commit of the new name and the mark.
        incarnation.begin(connection, branch.name)
    assert recovery.start(branch.recovery()) is None


def test_a_database_on_a_machine_without_its_mark_counts_as_restored(branch: SmallSite) -> None:
    recovery.start(branch.recovery())
    branch.write(b"1")
    branch.recovery().mark.unlink()
    assert recovery.start(branch.recovery()) == "it was put on a machine that it did not run on"


def test_a_mark_that_does_not_read_counts_as_none(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    assert incarnation.read_mark(mark) is None
    mark.write_text('{"incarnation": ', "utf-8")
    assert incarnation.read_mark(mark) is None


def test_headquarters_put_back_is_sent_the_rest(hq: SmallSite, branch: SmallSite) -> None:
    branch.write(b"1")
    run(linked(branch, hq))
    old = hq.backup()
    branch.write(b"2", b"3")
    link = linked(branch, hq)
    run(link)
    hq.restore(old)
    link.greet_again()
    run(link)
    assert bodies(hq, branch.stream) == [b"1", b"2", b"3"]
    with reading(branch.journals) as connection:
        assert len(epochs.heads(connection, branch.stream)) == 1


def test_both_put_back_to_different_times(hq: SmallSite, branch: SmallSite) -> None:
    branch.write(b"1")
    run(linked(branch, hq))
    old_hq = hq.backup()
    branch.write(b"2")
    run(linked(branch, hq))
    old_branch = branch.backup()
    branch.write(b"3")
    run(linked(branch, hq))
    hq.restore(old_hq)
    branch.restore(old_branch)
    run(linked(branch, hq))
    branch.write(b"4")
    run(linked(branch, hq))
    # What only the two lost disks held is gone with them; everything else is there once.
    assert bodies(branch) == bodies(hq, branch.stream) == [b"1", b"2", b"4"]


def test_a_branch_put_back_beside_lanes_that_send_again(
    town: Town, hq: SmallSite, branch: SmallSite
) -> None:
    lane = town.lane("N001.01", branch)
    lane.write(b"1")
    run(linked(lane, branch))
    run(linked(branch, hq))
    old = branch.backup()
    lane.write(b"2", b"3")
    run(linked(lane, branch))
    run(linked(branch, hq))
    lane.write(b"4")
    branch.restore(old)
    branch.books.applied.clear()
    # The lane is faster than headquarters: the same entries come both ways.
    run(linked(lane, branch))
    run(linked(branch, hq))
    run(linked(lane, branch))
    assert applied(branch) == [b"2", b"3", b"4"]
    assert applied(hq) == [b"1", b"2", b"3", b"4"]
    origins = [one.origin.sequence for one in hq.entries(branch.stream) if one.origin]
    assert sorted(origins) == [1, 2, 3, 4]
    with reading(lane.journals) as journals, reading(lane.feeds) as marks:
        box = outbox.look(journals, marks, lane.stream)
    assert (box.pending, box.secured) == (0, 4)


def test_what_headquarters_gives_back_is_not_asked_of_the_lane_again(
    town: Town, hq: SmallSite, branch: SmallSite
) -> None:
    lane = town.lane("N001.01", branch)
    lane.write(b"1")
    run(linked(lane, branch))
    run(linked(branch, hq))
    old = branch.backup()
    lane.write(b"2", b"3")
    run(linked(lane, branch))
    run(linked(branch, hq))
    branch.restore(old)
    branch.books.applied.clear()
    run(linked(branch, hq))
    assert applied(branch) == [b"2", b"3"]
    lane.write(b"4")
    run(linked(lane, branch))
    run(linked(branch, hq))
    assert applied(branch) == [b"2", b"3", b"4"]
    assert applied(hq) == [b"1", b"2", b"3", b"4"]


def test_a_lanes_new_disk_gets_the_journal_of_the_old_one(
    town: Town, hq: SmallSite, branch: SmallSite
) -> None:
    lane = town.lane("N001.01", branch)
    lane.write(b"1", b"2")
    run(linked(lane, branch))
    run(linked(branch, hq))
    fresh = town.lane("N001.01", branch, disk="-second")
    run(linked(fresh, branch))
    assert bodies(fresh) == [b"1", b"2"]
    assert fresh.books.applied == [("N001.01", b"1"), ("N001.01", b"2")]
    fresh.write(b"3")
    run(linked(fresh, branch))
    run(linked(branch, hq))
    assert applied(hq) == [b"1", b"2", b"3"]


def test_two_copies_that_are_both_alive_are_kept_and_shown(
    town: Town, hq: SmallSite, branch: SmallSite
) -> None:
    recovery.start(branch.recovery())
    branch.write(b"1")
    run(linked(branch, hq))
    copy = town.copy(branch)
    recovery.start(copy.recovery())
    branch.write(b"here")
    copy.write(b"there")
    for _ in range(3):
        run(linked(branch, hq))
        run(linked(copy, hq))
    assert bodies(hq, branch.stream) == [b"1", b"here", b"there"]
    assert applied(hq) == [b"1", b"here", b"there"]
    with reading(hq.journals) as connection:
        forked = incarnation.alive(connection)
    assert list(forked) == ["N001"]
    assert len(forked["N001"]) == 2
    # A person decides which of them goes on.
    with hq.journals.begin() as connection:
        with reading(copy.journals) as of_copy:
            name = incarnation.present(of_copy, "N001")
        assert name is not None
        assert incarnation.shut_out(connection, "N001", name.name, NOON)
    link = linked(copy, hq)
    with pytest.raises(RefusedError, match="shut out"):
        link.push_once()
    run(linked(branch, hq))
    with reading(hq.journals) as connection:
        assert incarnation.alive(connection) == {}


def test_headquarters_put_back_begins_its_feeds_anew_and_nobody_waits_for_ever(
    town: Town, hq: SmallSite
) -> None:
    branch = town.branch("N001", hq, (CHAIN_FEED,))
    link = linked(branch, hq)
    run(link)
    publish(hq, CHAIN_FEED, Tax(tax_code="a", rate=1))
    load(link)
    old = hq.backup()
    publish(hq, CHAIN_FEED, Tax(tax_code="b", rate=2))
    load(link)
    hq.restore(old)
    load(link)
    assert taxes(branch.feeds) == {"a": 1}
    publish(hq, CHAIN_FEED, Tax(tax_code="c", rate=3))
    load(link)
    assert taxes(branch.feeds) == {"a": 1, "c": 3}


def test_headquarters_notices_by_its_mark_before_its_numbers_are_drawn_anew(
    town: Town, hq: SmallSite
) -> None:
    feeds = ProducedFeeds(hq.feeds, "hq", hq.directory / "hq.json")
    assert feeds.start() is None
    branch = town.branch("N001", hq, (CHAIN_FEED,))
    link = linked(branch, hq)
    run(link)
    publish(hq, CHAIN_FEED, Tax(tax_code="a", rate=1))
    old = hq.backup()
    publish(hq, CHAIN_FEED, Tax(tax_code="b", rate=2))
    feeds.note()
    load(link)
    hq.restore(old)
    assert feeds.start() == "it ends at 1, it had come to 2"
    # As many as were lost: by numbers alone nobody would miss anything.
    publish(hq, CHAIN_FEED, Tax(tax_code="c", rate=3))
    load(link)
    assert taxes(branch.feeds) == {"a": 1, "c": 3}
    assert feeds.start() is None


def test_a_feed_that_was_begun_after_the_backup_is_gone_everywhere(
    town: Town, hq: SmallSite
) -> None:
    group = group_feed("north")
    branch = town.branch("N001", hq, (CHAIN_FEED, group))
    lane = town.lane("N001.01", branch, (CHAIN_FEED, group))
    links = [linked(branch, hq), linked(lane, branch)]
    publish(hq, CHAIN_FEED, Tax(tax_code="a", rate=1))
    old = hq.backup()
    publish(hq, group, Tax(tax_code="b", rate=2))
    for link in links:
        run(link)
        load(link)
    assert taxes(lane.feeds) == {"a": 1, "b": 2}
    hq.restore(old)
    publish(hq, CHAIN_FEED, Tax(tax_code="c", rate=3))
    for link in links:
        load(link)
    assert taxes(branch.feeds) == taxes(lane.feeds) == {"a": 1, "c": 3}
    publish(hq, group, Tax(tax_code="d", rate=4))
    for link in links:
        load(link)
    assert taxes(branch.feeds) == taxes(lane.feeds) == {"a": 1, "c": 3, "d": 4}
