"""The receiving end: accepted once, in order, verified, and nothing held up by one bad entry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from replication import journal, quarantine
from replication.errors import RefusedError
from replication.testing import MemoryTransport
from schemas.tables.journal import journal_entry, stream
from schemas.wire.batch import pack_journal
from tests.sites import SmallSite, Town


@pytest.fixture
def chain(town: Town) -> tuple[SmallSite, SmallSite, SmallSite]:
    """Headquarters, a branch, a lane."""
    hq = town.headquarters()
    branch = town.branch("N001", hq)
    return hq, branch, town.lane("N001.01", branch)


Chain = tuple[SmallSite, SmallSite, SmallSite]


def push_all(child: SmallSite, above: SmallSite) -> None:
    above.serving().push(child.name, child.batch())


def test_a_ticket_crosses_two_edges_with_its_original_bytes(chain: Chain) -> None:
    hq, branch, lane = chain
    (written,) = lane.write(b'{"sold":1}')
    push_all(lane, branch)
    push_all(branch, hq)
    (held,) = hq.entries(branch.stream)
    assert held.origin == written.as_origin()
    assert held.body == written.body
    assert branch.books.applied == hq.books.applied == [("N001.01", b'{"sold":1}')]


def test_a_repeated_batch_is_answered_with_the_position_and_changes_nothing(chain: Chain) -> None:
    hq, branch, lane = chain
    lane.write(b"1", b"2")
    first = branch.serving().push(lane.name, lane.batch())
    again = branch.serving().push(lane.name, lane.batch())
    assert (first.applied, again.applied) == (2, 2)
    assert [body for _, body in branch.books.applied] == [b"1", b"2"]
    assert len(branch.entries()) == 2
    assert hq.books.applied == []


def test_an_overlapping_batch_adds_only_what_is_new(chain: Chain) -> None:
    _, branch, lane = chain
    lane.write(b"1", b"2")
    push_all(lane, branch)
    lane.write(b"3")
    push_all(lane, branch)
    assert [body for _, body in branch.books.applied] == [b"1", b"2", b"3"]


def test_a_gap_is_refused_and_heals(chain: Chain) -> None:
    _, branch, lane = chain
    lane.write(b"1", b"2")
    with pytest.raises(RefusedError) as refused:
        branch.serving().push(lane.name, lane.batch(after=1))
    assert refused.value.code == "gap"
    assert refused.value.heals
    assert branch.entries() == []


def test_a_rewritten_journal_is_refused(chain: Chain) -> None:
    """Its own key signs it, so only the chain can tell: entry 2 follows another entry 1."""
    _, branch, lane = chain
    lane.write(b"1")
    push_all(lane, branch)
    lane.write(b"2")
    second = lane.entries()[1]
    forged = pack_journal([replace(second, previous=bytes(32))], lane.name, lane.identity.sign)
    with pytest.raises(RefusedError) as refused:
        branch.serving().push(lane.name, forged)
    assert refused.value.code == "chain"
    assert not refused.value.heals
    assert len(branch.entries()) == 1


@pytest.mark.parametrize("site", ["branch", "hq"])
def test_a_poisoned_entry_is_parked_and_the_rest_flows(chain: Chain, site: str) -> None:
    hq, branch, lane = chain
    (hq if site == "branch" else branch).books.poison = b"\0"
    lane.write(b"1", b"poison", b"3")
    push_all(lane, branch)
    push_all(branch, hq)
    choking, well = (branch, hq) if site == "branch" else (hq, branch)
    assert [body for _, body in choking.books.applied] == [b"1", b"3"]
    assert [body for _, body in well.books.applied] == [b"1", b"poison", b"3"]
    with choking.journals.connect() as connection:
        (parked,) = quarantine.waiting(connection)
    assert "cannot read" in parked.reason
    assert len(hq.entries(branch.stream)) == 3


def test_a_ticket_that_was_changed_on_its_way_is_parked_at_headquarters(chain: Chain) -> None:
    hq, branch, lane = chain
    lane.write(b'{"amount":100}')
    push_all(lane, branch)
    with branch.journals.begin() as connection:
        connection.execute(journal_entry.update().values(body=b'{"amount":101}'))
    push_all(branch, hq)
    with hq.journals.connect() as connection:
        (parked,) = quarantine.waiting(connection)
    assert "changed on its way" in parked.reason
    assert hq.books.applied == []


def test_a_relayed_gap_is_told_by_headquarters(chain: Chain) -> None:
    """A branch that leaves a lane's entry out cannot hide it: the lane's own chain tells."""
    hq, branch, lane = chain
    lane.write(b"1", b"2", b"3")
    push_all(lane, branch)
    first, _, third = branch.entries()
    assert third.origin is not None
    with branch.journals.begin() as connection:
        connection.execute(journal_entry.delete())
        connection.execute(stream.update().values(head=0, hash=bytes(32)))
        shorter = [
            journal.Draft(one.kind, one.version, one.committed, one.body, one.origin)
            for one in (first, third)
        ]
        journal.append(connection, branch.stream, shorter)
    push_all(branch, hq)
    with hq.journals.connect() as connection:
        (parked,) = quarantine.waiting(connection)
    assert "does not follow entry 1" in parked.reason


def test_a_repeated_origin_is_kept_and_projected_once(chain: Chain) -> None:
    hq, branch, lane = chain
    (written,) = lane.write(b"1")
    push_all(lane, branch)
    with branch.journals.begin() as connection:
        draft = journal.Draft("note", 1, written.committed, b"1", written.as_origin(), "repeat")
        journal.append(connection, branch.stream, [draft])
    push_all(branch, hq)
    assert hq.books.applied == [("N001.01", b"1")]
    with hq.journals.connect() as connection:
        standings = connection.execute(
            select(journal_entry.c.standing).order_by(journal_entry.c.sequence)
        ).scalars()
        assert list(standings) == ["first", "repeat"]


def test_a_branch_may_not_relay_the_lane_of_another(town: Town) -> None:
    hq = town.headquarters()
    one, other = town.branch("N001", hq), town.branch("N002", hq)
    stranger = town.lane("N002.01", one)
    stranger.write(b"1")
    push_all(stranger, one)
    push_all(one, hq)
    with hq.journals.connect() as connection:
        (parked,) = quarantine.waiting(connection)
    assert "not its parent" in parked.reason
    assert hq.books.applied == []
    assert other.entries() == []


def test_secured_follows_headquarters_and_applied_the_branch(chain: Chain) -> None:
    hq, branch, lane = chain
    lane.write(b"1", b"2")
    mark = branch.serving().push(lane.name, lane.batch())
    assert (mark.applied, mark.secured) == (2, 0)
    branch.link(MemoryTransport(hq.serving(), branch.name)).push_once()
    mark = branch.serving().push(lane.name, lane.batch())
    assert (mark.applied, mark.secured) == (2, 2)
