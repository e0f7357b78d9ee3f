"""A lane's journal purged of its beginning: only what headquarters has, and the rest still holds."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from replication import chain_check, epochs, journal, outbox, recovery
from replication.chain_check import Break
from replication.errors import RefusedError
from replication.purge import Needed, purge
from replication.runner import LinkRunner
from replication.testing import MemoryTransport
from schemas.tables.base import reading
from schemas.tables.receipt_continuity import ReceiptContinuity
from schemas.wire.entry import Entry
from tests.sites import NOON, SmallSite, Town

LONG_AGO, GRACE = NOON - timedelta(days=40), NOON - timedelta(days=35)


@pytest.fixture
def hq(town: Town) -> SmallSite:
    return town.headquarters()


@pytest.fixture
def branch(town: Town, hq: SmallSite) -> SmallSite:
    return town.branch("N001", hq)


@pytest.fixture
def lane(town: Town, branch: SmallSite) -> SmallSite:
    return town.lane("N001.01", branch)


def write(lane: SmallSite, at: datetime, *bodies: bytes) -> list[Entry]:
    with lane.journals.begin() as connection:
        drafts = [journal.Draft("note", 1, at, body) for body in bodies]
        return journal.append(connection, lane.stream, drafts)


def linked(child: SmallSite, above: SmallSite) -> LinkRunner:
    return child.link(MemoryTransport(above.serving(), child.name))


def run(link: LinkRunner, turns: int = 5) -> None:
    for _ in range(turns):
        try:
            link.push_once()
            link.recall_once()
        except RefusedError as error:
            if not error.heals:
                raise
            link.greet_again()


def deliver(lane: SmallSite, branch: SmallSite, hq: SmallSite) -> None:
    """Everything up, and the word of it down."""
    run(linked(lane, branch))
    run(linked(branch, hq))
    run(linked(lane, branch))


def purged(lane: SmallSite, *, since: datetime = GRACE, first: dict[str, int] | None = None) -> int:
    with reading(lane.feeds) as connection:
        secured = outbox.secured_marks(connection, lane.stream)
    needed = Needed(since, first or {})
    return purge(lane.journals, lane.stream, secured, lambda _: needed, pause=0)


def left(site: SmallSite) -> list[bytes]:
    return [one.body for one in site.entries()]


def breaks(site: SmallSite) -> tuple[Break, ...]:
    with site.journals.connect() as journals, site.feeds.connect() as feeds:
        return chain_check.check(journals, feeds, ReceiptContinuity()).breaks


def at_hq(hq: SmallSite) -> list[bytes]:
    return sorted(body for _, body in hq.books.applied)


def test_what_headquarters_has_goes_and_the_rest_still_verifies(
    lane: SmallSite, branch: SmallSite, hq: SmallSite
) -> None:
    write(lane, LONG_AGO, b"1", b"2", b"3")
    deliver(lane, branch, hq)
    write(lane, LONG_AGO, b"4")
    assert purged(lane) == 3
    assert left(lane) == [b"4"]
    assert breaks(lane) == ()
    deliver(lane, branch, hq)
    assert at_hq(hq) == [b"1", b"2", b"3", b"4"]
    assert purged(lane) == 1
    assert (left(lane), breaks(lane)) == ([], ())
    write(lane, NOON, b"5")
    deliver(lane, branch, hq)
    assert at_hq(hq) == [b"1", b"2", b"3", b"4", b"5"]
    assert breaks(lane) == ()
    assert (lane.books.restored, lane.books.applied) == ([], [])


def test_what_only_the_branch_has_stays(lane: SmallSite, branch: SmallSite) -> None:
    write(lane, LONG_AGO, b"1", b"2")
    run(linked(lane, branch))
    assert purged(lane) == 0


def test_what_is_young_or_needed_stays_with_all_that_follows(
    lane: SmallSite, branch: SmallSite, hq: SmallSite
) -> None:
    (first, *_) = write(lane, LONG_AGO, b"1", b"2", b"3")
    write(lane, NOON, b"young")
    write(lane, LONG_AGO, b"by a clock that went back")
    deliver(lane, branch, hq)
    assert purged(lane, first={first.epoch: 2}) == 1
    assert purged(lane) == 2
    assert left(lane) == [b"young", b"by a clock that went back"]
    assert breaks(lane) == ()


def test_of_several_epochs_the_older_goes_first(
    lane: SmallSite, branch: SmallSite, hq: SmallSite
) -> None:
    write(lane, LONG_AGO, b"1", b"2")
    with lane.journals.begin() as connection:
        epochs.begin(connection, lane.stream, "restored", LONG_AGO)
    write(lane, LONG_AGO, b"3")
    deliver(lane, branch, hq)
    with lane.journals.connect() as connection:
        older = epochs.heads(connection, lane.stream)[0].epoch
    assert purged(lane, first={older: 2}) == 1
    assert sorted(left(lane)) == [b"2", b"3"]
    assert purged(lane) == 2
    write(lane, NOON, b"4")
    deliver(lane, branch, hq)
    assert at_hq(hq) == [b"1", b"2", b"3", b"4"]
    assert (lane.books.restored, lane.books.applied, breaks(lane)) == ([], [], ())


def test_a_branch_put_back_below_it_gets_it_from_headquarters_first(
    lane: SmallSite, branch: SmallSite, hq: SmallSite
) -> None:
    old = branch.backup()
    write(lane, LONG_AGO, b"1", b"2", b"3")
    deliver(lane, branch, hq)
    write(lane, NOON, b"4")
    assert purged(lane) == 3
    branch.restore(old)
    branch.books.applied.clear()
    link = linked(lane, branch)
    with pytest.raises(RefusedError, match="must come back from headquarters") as refused:
        link.push_once()
    assert refused.value.heals
    run(linked(branch, hq))
    deliver(lane, branch, hq)
    assert sorted(body for _, body in branch.books.applied) == [b"1", b"2", b"3", b"4"]
    assert at_hq(hq) == [b"1", b"2", b"3", b"4"]


def test_a_lane_put_back_after_a_purge_begins_its_epoch_as_ever(
    lane: SmallSite, branch: SmallSite, hq: SmallSite
) -> None:
    recovery.start(lane.recovery())
    write(lane, LONG_AGO, b"1", b"2", b"3")
    deliver(lane, branch, hq)
    purged(lane, first={lane.entries()[0].epoch: 3})
    old = lane.backup()
    write(lane, NOON, b"4", b"5")
    deliver(lane, branch, hq)
    lane.restore(old)
    write(lane, NOON, b"4 again")
    deliver(lane, branch, hq)
    assert at_hq(hq) == [b"1", b"2", b"3", b"4", b"4 again", b"5"]
    assert sorted(left(lane)) == [b"3", b"4", b"4 again", b"5"]
    assert breaks(lane) == ()
