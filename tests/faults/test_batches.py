"""Batches that arrive otherwise than they were sent, up and down: each is refused or changes nothing,
and in the end every site holds what the others hold, once.

Every case gets a chain with a backlog both ways, does its harm to both directions, and lets the link
go on by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from replication import feed, feed_office, following
from replication.errors import RefusedError
from replication.feed_office import Restart, Want
from replication.identity import Identity, new_private_key
from replication.messages import RestartOrder
from replication.runner import LinkRunner
from replication.streams import CHAIN_FEED
from replication.testing import MemoryTransport
from schemas.wire import batch
from schemas.wire.batch import Header, pack_feed, pack_journal, peek
from schemas.wire.records import Tax
from tests.faults.record_by_record import assert_equal
from tests.replication.test_feed import publish, taxes
from tests.replication.test_recovery import run
from tests.sites import NOON, SmallSite, Town


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Chain:
    """Headquarters, a branch and a lane, with entries and records that have not been sent yet."""

    hq: SmallSite
    branch: SmallSite
    lane: SmallSite
    clock: Clock
    refused: list[str] = field(default_factory=list)
    written: list[bytes] = field(default_factory=list)

    def write(self, *bodies: bytes) -> None:
        self.lane.write(*bodies)
        self.written += bodies

    def push(self, data: bytes) -> None:
        """A batch reaches the branch as if the lane had sent it."""
        with self.noted():
            self.branch.serving().push(self.lane.name, data)

    def give(self, data: bytes) -> None:
        """A batch reaches the branch as if headquarters had answered a fetch with it."""
        outlet = self.up().site.outlet
        with self.noted(), self.branch.feeds.begin() as connection:
            following.take(connection, data, self.branch.identity, outlet)

    @contextmanager
    def noted(self) -> Iterator[None]:
        try:
            yield
        except RefusedError as error:
            self.refused.append(error.code)

    def up(self) -> LinkRunner:
        return self.branch.link(MemoryTransport(self.hq.serving(), self.branch.name))

    def begin(self) -> str:
        """The branch begins to load the chain's feed; the epoch of it."""
        answer = self.hq.serving().feeds.serve(Want(CHAIN_FEED, "", 0))
        assert isinstance(answer, Restart)
        order = RestartOrder(stream=answer.stream, epoch=answer.epoch, head=answer.head)
        with self.branch.feeds.begin() as connection:
            following.take(connection, order, self.branch.identity, self.up().site.outlet)
        return answer.epoch

    def cut(self, epoch: str, after: int) -> bytes:
        """What headquarters answers to a reader that stands there."""
        data = self.hq.serving().feeds.serve(Want(CHAIN_FEED, epoch, after))
        assert isinstance(data, bytes)
        return data

    def settle(self) -> None:
        """The link goes on by itself."""
        for _ in range(2):
            up = self.up()
            down = self.lane.link(MemoryTransport(self.branch.serving(), self.lane.name))
            for link in (down, up, down):
                run(link, turns=3)
                for _ in range(5):
                    link.fetch_once()

    def assert_whole(self) -> None:
        """Every site holds everything once, in its order."""
        assert_equal(self.hq, self.branch, self.lane)
        wanted = [(self.lane.name, body) for body in self.written]
        assert self.hq.books.applied == self.branch.books.applied == wanted
        assert taxes(self.lane.feeds) == taxes(self.branch.feeds) == {"a": 1, "b": 2, "c": 3}


@pytest.fixture
def chain(town: Town, monkeypatch: pytest.MonkeyPatch) -> Chain:
    monkeypatch.setattr(feed_office, "_CUT_RECORDS", 1)
    clock = Clock()
    town._clock = clock
    hq = town.headquarters()
    branch = town.branch("N001", hq, (CHAIN_FEED,))
    made = Chain(hq, branch, town.lane("N001.01", branch, (CHAIN_FEED,)), clock)
    made.write(b"1", b"2")
    made.write(b"3", b"4")
    for number, code in enumerate("abc", 1):
        publish(hq, CHAIN_FEED, Tax(tax_code=code, rate=number))
    return made


def entries(chain: Chain, first: int, last: int) -> bytes:
    """A sound batch of some of the lane's entries."""
    some = [one for one in chain.lane.entries() if first <= one.sequence <= last]
    return pack_journal(some, chain.lane.name, chain.lane.identity.sign)


def both(chain: Chain, harm: Callable[[bytes], bytes]) -> None:
    """The same harm to a batch on its way up and to one on its way down."""
    chain.push(harm(entries(chain, 1, 2)))
    chain.give(harm(chain.cut(chain.begin(), 0)))


def duplicated(chain: Chain) -> None:
    up, epoch = entries(chain, 1, 2), chain.begin()
    down = chain.cut(epoch, 0)
    for _ in range(3):
        chain.push(up)
        chain.give(down)


def reordered(chain: Chain) -> None:
    epoch = chain.begin()
    first, second = chain.cut(epoch, 0), chain.cut(epoch, 1)
    for up, down in ((entries(chain, 3, 4), second), (entries(chain, 1, 2), first)):
        chain.push(up)
        chain.give(down)


def delayed_by_days(chain: Chain) -> None:
    up, epoch = entries(chain, 1, 2), chain.begin()
    down = chain.cut(epoch, 0)
    chain.settle()
    chain.clock.now += timedelta(days=9)
    chain.push(up)
    chain.give(down)


def truncated(chain: Chain) -> None:
    both(chain, lambda data: data[: len(data) // 2])
    chain.push(entries(chain, 1, 4)[:-1])


def bit_flipped(chain: Chain) -> None:
    """Any one bit, anywhere: the lengths, the header, the payload, the signature."""
    up, down = entries(chain, 1, 2), chain.cut(chain.begin(), 0)
    for data, bring in ((up, chain.push), (down, chain.give)):
        for place in range(0, len(data), 7):
            bring(data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :])
    assert len(chain.refused) == len(range(0, len(up), 7)) + len(range(0, len(down), 7))


def from_last_month(chain: Chain) -> None:
    """The month before, both ran in other epochs: a lane's disk and headquarters' feeds were new since."""
    old = chain.begin()
    up, down = entries(chain, 1, 2), chain.cut(old, 0)
    chain.settle()
    with chain.hq.feeds.begin() as connection:
        assert feed.renew(connection)
    chain.settle()
    chain.clock.now += timedelta(days=31)
    chain.write(b"5")
    chain.settle()
    chain.push(up)
    chain.give(down)


def signed_by_another_site(chain: Chain) -> None:
    stranger = Identity("N009.01", "lane", "N009", new_private_key())

    def resigned(data: bytes) -> bytes:
        return data[: -batch.SIGNATURE_BYTES] + stranger.sign(data[: -batch.SIGNATURE_BYTES])

    both(chain, resigned)
    held = chain.lane.entries()
    # By its own key, but in the name of the lane; and the lane's own, in the name of the branch.
    chain.push(pack_journal(held, chain.lane.name, chain.branch.identity.sign))
    chain.give(pack_feed(CHAIN_FEED, chain.begin(), 0, 9, [], "hq", chain.lane.identity.sign))


def empty(chain: Chain) -> None:
    """Nothing at all; and sound batches that hold nothing."""
    both(chain, lambda _: b"")
    head = chain.lane.entries()[0]
    nothing = Header("journal", head.stream, head.epoch, chain.lane.name, 0, 2, 0, 4, "00" * 32)
    chain.push(batch._seal(nothing, b"[]\n\n", chain.lane.identity.sign))


def oversized(chain: Chain) -> None:
    both(chain, lambda data: data + bytes(batch.MAX_BATCH_BYTES))
    promised = altered_size(entries(chain, 1, 2), 10**12, chain.lane)
    chain.push(promised)


def altered_size(data: bytes, size: int, signer: SmallSite) -> bytes:
    """A signed batch whose header promises so many bytes."""
    header = peek(data)
    payload = bytes(header.size)
    claimed = Header(
        header.type, header.stream, header.epoch, header.producer, header.after, header.through,
        header.count, size, header.previous,
    )  # fmt: skip
    return batch._seal(claimed, payload, signer.identity.sign)


def bomb(chain: Chain) -> None:
    """Fifty megabytes of noughts in a few kilobytes, under a header that promises a hundred bytes."""
    up, down = entries(chain, 1, 2), chain.cut(chain.begin(), 0)
    for data, signer, bring in ((up, chain.lane, chain.push), (down, chain.hq, chain.give)):
        header = peek(data)
        small = Header(
            header.type, header.stream, header.epoch, header.producer, header.after,
            header.through, header.count, 100, header.previous,
        )  # fmt: skip
        made = batch._seal(small, bytes(50 * 1024 * 1024), signer.identity.sign)
        assert len(made) < 10_000
        bring(made)


@pytest.mark.fault("2", "batches duplicated")
@pytest.mark.fault("2", "batches reordered")
@pytest.mark.fault("2", "batches delayed by days")
@pytest.mark.fault("2", "batches truncated")
@pytest.mark.fault("2", "batches bit-flipped")
@pytest.mark.fault("2", "batches from last month")
@pytest.mark.fault("2", "batches signed by another site")
@pytest.mark.fault("2", "batches empty")
@pytest.mark.fault("2", "batches oversized")
@pytest.mark.fault("2", "a decompression bomb")
@pytest.mark.parametrize(
    ("harm", "codes"),
    [
        pytest.param(duplicated, [], id="duplicated"),
        pytest.param(reordered, ["gap"], id="reordered"),
        pytest.param(delayed_by_days, [], id="delayed"),
        pytest.param(truncated, ["truncated"], id="truncated"),
        pytest.param(
            bit_flipped, ["bad_signature", "malformed", "truncated"], id="bit-flipped"),
        pytest.param(from_last_month, ["gap"], id="last-month"),
        pytest.param(
            signed_by_another_site, ["bad_signature"], id="another-site"),
        pytest.param(empty, ["malformed", "truncated"], id="empty"),
        pytest.param(oversized, ["oversized"], id="oversized"),
        pytest.param(bomb, ["oversized"], id="bomb"),
    ],
)  # fmt: skip
def test_batches_that_arrive_otherwise_than_they_were_sent(
    chain: Chain, harm: Callable[[Chain], None], codes: list[str]
) -> None:
    harm(chain)
    assert sorted(set(chain.refused)) == codes
    chain.settle()
    chain.assert_whole()
