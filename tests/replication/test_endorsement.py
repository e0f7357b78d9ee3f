"""A branch on another machine, with another key: its lanes believe headquarters' word, and no other."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from replication import endorsement, following
from replication.errors import RefusedError
from replication.identity import Identity, new_private_key
from replication.messages import Endorsed, Hello, JournalHead, Welcome
from replication.runner import LinkRunner
from replication.streams import CHAIN_FEED
from replication.testing import MemoryTransport
from schemas.tables.base import reading, upsert
from schemas.tables.link import chain_root, peer
from schemas.tables.link import endorsement as endorsement_table
from schemas.wire.records import Tax
from tests.replication.test_feed import publish, taxes
from tests.sites import NOON, SmallSite, Town, introduce

ROOTS = (CHAIN_FEED,)


@pytest.fixture
def hq(town: Town) -> SmallSite:
    site = town.headquarters()
    publish(site, CHAIN_FEED, Tax(tax_code="a", rate=1))
    return site


@pytest.fixture
def branch(town: Town, hq: SmallSite) -> SmallSite:
    site = town.branch("N001", hq, ROOTS)
    bring_up(linked(site, hq))
    return site


@pytest.fixture
def lane(town: Town, branch: SmallSite) -> SmallSite:
    return town.lane("N001.01", branch, ROOTS)


def linked(child: SmallSite, above: SmallSite) -> LinkRunner:
    return child.link(MemoryTransport(above.serving(), child.name))


def bring_up(link: LinkRunner) -> None:
    for _ in range(3):
        link.push_once()
    for _ in range(6):
        link.fetch_once()


def on_a_bare_machine(town: Town, hq: SmallSite, *lanes: SmallSite) -> SmallSite:
    """The branch with a new key that headquarters admitted; its lanes' keys came back to it."""
    fresh = town.branch("N001", hq, ROOTS)
    with fresh.feeds.begin() as connection:
        rows = [
            {"site": one.name, "public_key": one.identity.public_key, "enrolled": NOON,
             "revoked": None}
            for one in lanes
        ]  # fmt: skip
        upsert(connection, peer, rows)
    bring_up(linked(fresh, hq))
    return fresh


def trusted(lane: SmallSite) -> bytes:
    with reading(lane.feeds) as connection:
        return following.parent_key(connection, lane.identity)


def welcome_of(above: SmallSite, child: SmallSite) -> Welcome:
    head = JournalHead(stream=child.stream, epoch="e", head=0)
    return above.serving().hello(
        child.name, Hello(site=child.name, wire=1, clock=NOON, journal=head)
    )


def heard(lane: SmallSite, welcome: Welcome) -> str:
    return endorsement.heed(lane.feeds, lane.identity, welcome, NOON)


def test_a_lane_goes_on_when_its_branch_was_replaced(
    town: Town, hq: SmallSite, branch: SmallSite, lane: SmallSite
) -> None:
    bring_up(linked(lane, branch))
    lane.write(b"unsent")
    fresh = on_a_bare_machine(town, hq, lane)
    publish(hq, CHAIN_FEED, Tax(tax_code="b", rate=2))
    bring_up(linked(fresh, hq))
    link = linked(lane, fresh)
    bring_up(link)
    assert link.trouble is None
    assert trusted(lane) == fresh.identity.public_key != branch.identity.public_key
    assert fresh.books.applied == [("N001.01", b"unsent")]
    assert taxes(lane.feeds) == {"a": 1, "b": 2}


def test_a_third_machine_replaces_the_second(
    town: Town, hq: SmallSite, branch: SmallSite, lane: SmallSite
) -> None:
    bring_up(linked(lane, branch))
    for _ in range(2):
        fresh = on_a_bare_machine(town, hq, lane)
        bring_up(linked(lane, fresh))
        assert trusted(lane) == fresh.identity.public_key


def test_a_lane_that_missed_a_machine_believes_the_one_after_it(
    town: Town, hq: SmallSite, branch: SmallSite, lane: SmallSite
) -> None:
    bring_up(linked(lane, branch))
    on_a_bare_machine(town, hq, lane)
    third = on_a_bare_machine(town, hq, lane)
    bring_up(linked(lane, third))
    assert trusted(lane) == third.identity.public_key


def test_a_lane_that_never_heard_of_headquarters_says_the_way_out_and_sends_on(
    town: Town, hq: SmallSite, branch: SmallSite, lane: SmallSite
) -> None:
    fresh = on_a_bare_machine(town, hq, lane)
    lane.write(b"unsent")
    link = linked(lane, fresh)
    link.push_once()
    link.push_once()
    assert fresh.books.applied == [("N001.01", b"unsent")]
    assert "never told here" in str(link.trouble)
    assert "issue a token there for N001.01" in str(link.trouble)
    link.fetch_once()
    with pytest.raises(RefusedError, match="with a token of N001"):
        link.fetch_once()
    assert trusted(lane) == branch.identity.public_key
    assert link.status().sites[0].detail["trouble"] == link.trouble


def test_the_stolen_machine_with_its_old_endorsement_is_not_believed(
    town: Town, hq: SmallSite, branch: SmallSite, lane: SmallSite
) -> None:
    bring_up(linked(lane, branch))
    stolen = welcome_of(branch, lane)
    fresh = on_a_bare_machine(town, hq, lane)
    bring_up(linked(lane, fresh))
    assert "it is an old one" in heard(lane, stolen)
    assert trusted(lane) == fresh.identity.public_key
    publish(hq, CHAIN_FEED, Tax(tax_code="b", rate=9))
    bring_up(linked(branch, hq))
    link = linked(lane, branch)
    link.push_once()
    with pytest.raises(RefusedError, match="the signature is not that of N001"):
        bring_up(link)
    assert taxes(lane.feeds) == {"a": 1}


def test_a_forged_endorsement_and_one_of_another_branch_are_not_believed(
    town: Town, hq: SmallSite, branch: SmallSite, lane: SmallSite
) -> None:
    bring_up(linked(lane, branch))
    true = welcome_of(branch, lane)
    assert true.endorsement is not None
    thief = Identity("hq", "hq", None, new_private_key())
    key = Identity("N001", "branch", "hq", new_private_key()).public_key.hex()
    later = true.endorsement.enrolment + 1

    def shown(**changes: object) -> Welcome:
        return true.model_copy(
            update={"endorsement": true.endorsement.model_copy(update=changes)}  # type: ignore[union-attr]
        )

    signed = thief.sign(
        endorsement._endorsed_words(
            Endorsed(site="N001", public_key=key, enrolment=later, signature="")
        )
    ).hex()
    assert "not signed by hq" in heard(lane, shown(public_key=key, enrolment=later))
    forged = shown(public_key=key, enrolment=later, signature=signed)
    assert "not signed by hq" in heard(lane, forged)
    assert "not signed by hq" in heard(lane, shown(public_key=key, signature="no hex"))
    # Whoever could introduce another headquarters would have to be believed already.
    own_root = forged.model_copy(
        update={"root": endorsement._introduce(thief, "hq", thief.public_key)}
    )
    assert "not signed by hq" in heard(lane, own_root)

    other = town.branch("N002", hq, ROOTS)
    bring_up(linked(other, hq))
    of_other = true.model_copy(update={"endorsement": welcome_of(other, lane).endorsement})
    assert "it is for N002" in heard(lane, of_other)
    assert trusted(lane) == branch.identity.public_key
    assert heard(lane, true) == ""


def test_a_root_is_believed_from_the_known_parent_alone(
    town: Town, hq: SmallSite, branch: SmallSite, lane: SmallSite
) -> None:
    stranger = town.branch("N001", hq, ROOTS)
    bring_up(linked(stranger, hq))
    heard(lane, welcome_of(stranger, lane))
    with reading(lane.feeds) as connection:
        assert connection.execute(select(chain_root)).all() == []
    heard(lane, welcome_of(branch, lane))
    with reading(lane.feeds) as connection:
        row = connection.execute(select(chain_root)).one()
    assert (row.site, bytes(row.public_key)) == ("hq", hq.identity.public_key)


def test_a_number_rises_even_when_headquarters_forgot_the_last(
    town: Town, hq: SmallSite, branch: SmallSite, lane: SmallSite
) -> None:
    bring_up(linked(lane, branch))
    first = welcome_of(branch, lane).endorsement
    old = hq.backup()
    fresh = on_a_bare_machine(town, hq, lane)
    second = welcome_of(fresh, lane).endorsement
    assert first is not None
    assert second is not None
    assert second.enrolment > first.enrolment
    hq.restore(old)
    with hq.feeds.begin() as connection:
        connection.execute(delete(endorsement_table))
        later = NOON.replace(hour=13)
        again, _ = endorsement.shown(connection, hq.identity, "N001", later)
    assert again is not None
    assert again.enrolment > second.enrolment


def test_a_token_lets_a_lane_believe_anew(
    town: Town, hq: SmallSite, branch: SmallSite, lane: SmallSite
) -> None:
    """Headquarters was founded anew: what a person does with a token counts for more than memory."""
    bring_up(linked(lane, branch))
    second = town.headquarters()
    publish(second, CHAIN_FEED, Tax(tax_code="new", rate=1))
    fresh = on_a_bare_machine(town, second, lane)
    assert "not signed by hq" in heard(lane, welcome_of(fresh, lane))
    with lane.feeds.begin() as connection:
        endorsement.forget(connection)
    introduce(fresh, lane)
    link = linked(lane, fresh)
    bring_up(link)
    assert link.trouble is None
    assert heard(lane, welcome_of(on_a_bare_machine(town, second, lane), lane)) == ""
