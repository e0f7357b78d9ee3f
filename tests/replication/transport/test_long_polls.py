"""Long polls that ask in one moment: one look, one cut, each its own answer, each told of a fault."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from replication.feed_office import Standing
from replication.messages import Fetch, RestartOrder, Wanted
from replication.parent import Parent
from replication.streams import CHAIN_FEED, branch_feed
from replication.transport.long_polls import LongPolls
from schemas.tables.link import feed_sent
from schemas.wire.batch import peek
from schemas.wire.records import Tax
from tests.replication.test_feed import publish
from tests.sites import SmallSite, Town

SITES = [f"N{number:03}" for number in range(1, 31)]


@pytest.fixture
def hq(town: Town) -> SmallSite:
    """Headquarters with a chain feed of one tax, and a feed of its own for one branch."""
    hq = town.headquarters()
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    publish(hq, branch_feed("N007"), Tax(tax_code="own", rate=900))
    return hq


def wants(site: str, epochs: Mapping[str, Standing], after: int = 0) -> Fetch:
    """What a branch asks that stands at `after` in the chain's feed and has read its own."""
    own, chain = branch_feed(site), epochs[CHAIN_FEED]
    standing = epochs.get(own)
    asked = [Wanted(stream=CHAIN_FEED, epoch=chain.epoch, after=after)]
    if standing is not None:
        asked.append(Wanted(stream=own, epoch=standing.epoch, after=0))
    return Fetch(wants=asked, wait=0)


def ask_all(parent: Parent, fetches: Mapping[str, Fetch]) -> list[bytes | RestartOrder | None]:
    async def together() -> list[bytes | RestartOrder | None]:
        polls = LongPolls(parent)
        return await asyncio.gather(*(polls.ask(site, one) for site, one in fetches.items()))

    return asyncio.run(together())


def counted(parent: Parent, monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The looks at the database from here on."""
    looks: list[set[str]] = []
    look = parent.feeds.look

    def noted(names: set[str]) -> Mapping[str, Standing]:
        looks.append(names)
        return look(names)

    monkeypatch.setattr(parent.feeds, "look", noted)
    return looks


def test_thirty_who_ask_at_once_cost_a_look_and_a_cut(
    hq: SmallSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = hq.serving()
    epochs = parent.feeds.look({CHAIN_FEED})
    looks = counted(parent, monkeypatch)
    answers = ask_all(parent, {site: wants(site, epochs) for site in SITES})
    assert len(set(answers)) == 1
    assert isinstance(answers[0], bytes)
    assert parent.feeds.encoded == 1
    # The first began a look at once; all the others shared the next.
    assert len(looks) <= 2
    with hq.feeds.connect() as connection:
        noted = connection.execute(select(feed_sent.c.site, feed_sent.c.through)).all()
    assert sorted(noted) == [(site, peek(answers[0]).through) for site in SITES]


def test_each_gets_its_own_answer(hq: SmallSite) -> None:
    """One has all of the chain's feed and a feed of its own, one a foreign epoch, one everything."""
    parent = hq.serving()
    epochs = parent.feeds.look({CHAIN_FEED, branch_feed("N007")})
    head = epochs[CHAIN_FEED].head
    foreign = Fetch(wants=[Wanted(stream=CHAIN_FEED, epoch="another", after=3)], wait=0)
    fetches = {
        "N007": wants("N007", epochs, head),
        "N008": foreign,
        "N009": wants("N009", epochs, head),
        "N010": wants("N010", epochs),
    }
    own, restart, nothing, chain = ask_all(parent, fetches)
    assert isinstance(own, bytes)
    assert peek(own).stream == branch_feed("N007")
    assert isinstance(restart, RestartOrder)
    told = (restart.stream, restart.epoch, restart.head)
    assert told == (CHAIN_FEED, epochs[CHAIN_FEED].epoch, head)
    assert nothing is None
    assert isinstance(chain, bytes)
    assert peek(chain).stream == CHAIN_FEED


def test_an_answer_is_no_older_than_its_question(hq: SmallSite) -> None:
    """Whoever asks while a look is under way is answered by a later one."""
    parent = hq.serving()
    before = parent.feeds.look({CHAIN_FEED})
    head = before[CHAIN_FEED].head

    async def ask_publish_ask() -> tuple[int, bytes | RestartOrder | None]:
        polls = LongPolls(parent)
        first = asyncio.ensure_future(polls.ask("N001", wants("N001", before, head)))
        await asyncio.sleep(0)  # the first look is begun
        number = publish(hq, CHAIN_FEED, Tax(tax_code="reduced", rate=900))
        second = await polls.ask("N002", wants("N002", before, head))
        await first
        return number, second

    number, second = asyncio.run(ask_publish_ask())
    assert isinstance(second, bytes)
    assert peek(second).through == number


@pytest.mark.parametrize("step", ["look", "prepare"])
def test_a_database_that_fails_is_told_to_all_and_asked_again_by_the_next(
    hq: SmallSite, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    parent = hq.serving()
    epochs = parent.feeds.look({CHAIN_FEED})

    def fails(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the server went away"))

    async def ask_twice() -> tuple[list[object], object]:
        polls = LongPolls(parent)
        with monkeypatch.context() as broken:
            broken.setattr(parent.feeds, step, fails)
            asked = (polls.ask(site, wants(site, epochs)) for site in SITES)
            failed = await asyncio.gather(*asked, return_exceptions=True)
        return list(failed), await polls.ask("N001", wants("N001", epochs))

    failed, then = asyncio.run(ask_twice())
    assert len(failed) == len(SITES)
    assert all(isinstance(one, OperationalError) for one in failed)
    assert isinstance(then, bytes)
