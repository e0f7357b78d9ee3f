"""(f, g) What 1, 10, 100 and 1,000 subscribed branches cost headquarters.

- *Cost of a price change:* 20,000 prices are published, and each of the branches takes them from
  `Parent.fetch`, as behind its long poll. A batch is encoded once, whatever the number: that it was
  is checked. Against one branch; the time is headquarters' own, without the network.
- *Waking up:* so many long polls wait at headquarters' process; one price is published; until the
  last has its batch. Against one long poll. Requests are signed, answers are real HTTP.
- *Memory:* what headquarters' process holds more with so many branches waiting than without.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import psutil
from sqlalchemy import Engine, select

from benchmarks import four_branches, long_polls
from benchmarks.four_branches import Chain
from benchmarks.long_polls import Poll
from benchmarks.measures import (
    MEBIBYTES,
    SECONDS,
    Limit,
    Measure,
    Outcome,
    Round,
    Wording,
    compare,
    p50,
)
from benchmarks.scale import Scale
from hq import inbound, publication
from replication import identity
from replication.apply import Inbound
from replication.clock import system_clock
from replication.identity import Identity
from replication.messages import Fetch, Wanted
from replication.parent import Parent
from replication.streams import CHAIN_FEED
from schemas.tables.journal import stream
from schemas.wire.batch import peek
from schemas.wire.records import Price

_MANY = (1, 10, 100, 1000)
_SETTLE = 0.5


class EncodedAgainError(RuntimeError):
    """A batch was made more than once for the branches that wanted it."""


def run(scale: Scale, place: Path) -> Outcome:
    """Measure in `place`."""
    counts = [count for count in _MANY if count <= scale.readers]
    with four_branches.running(place, ()) as chain:
        sites = long_polls.introduce(chain.hq, scale.readers)
        handed = _hand_out(chain, sites, counts, scale)
        woken, memory = asyncio.run(_wake(chain, sites, counts, scale))
    return Outcome(
        [*handed, *woken, memory],
        [f"branches: {scale.mass:,} price changes, encoded once for all"],
    )


def _hand_out(
    chain: Chain, sites: list[Identity], counts: list[int], scale: Scale
) -> list[Measure]:
    with chain.hq.connect() as connection:
        who = identity.load(connection)
    parent = Parent(chain.hq, who, Inbound(inbound.project, system_clock))
    taken: dict[int, list[float]] = {count: [] for count in counts}
    for turn in range(scale.rounds):
        for count in counts:
            epoch, head = _head(chain.hq)
            _publish(chain, scale.mass, turn * len(counts) + count)
            taken[count].append(_fetch_all(parent, sites[:count], epoch, head))
    return [
        compare(
            [Round([ours], [one]) for ours, one in zip(taken[count], taken[1], strict=True)], p50,
            Wording(f"{scale.mass:,} prices handed to {count:,} branches", "1 branch"),
        )
        for count in counts[1:]
    ]  # fmt: skip


def _fetch_all(parent: Parent, sites: list[Identity], epoch: str, after: int) -> float:
    before = parent.feeds.encoded
    begun = time.perf_counter()
    encoded = set()
    for one in sites:
        position = after
        while True:
            want = Wanted(stream=CHAIN_FEED, epoch=epoch, after=position)
            data = parent.fetch(one.site, Fetch(wants=[want], wait=0))
            if not isinstance(data, bytes):
                break
            position = peek(data).through
            encoded.add(position)
    took = time.perf_counter() - begun
    if parent.feeds.encoded - before != len(encoded):
        message = f"{len(encoded)} batches were encoded {parent.feeds.encoded - before} times"
        raise EncodedAgainError(message)
    return took


async def _wake(
    chain: Chain, sites: list[Identity], counts: list[int], scale: Scale
) -> tuple[list[Measure], Measure]:
    epoch, head = _head(chain.hq)
    polls = [Poll(one, chain.address, epoch, head) for one in sites]
    process = psutil.Process(chain.process.pid)
    alone = float(process.memory_info().rss)
    await long_polls.greet_all(polls)
    taken: dict[int, list[float]] = {count: [] for count in counts}
    held = alone
    for turn in range(scale.rounds + 1):
        for count in counts:
            waiting = polls[:count]
            await long_polls.ask_all(waiting)
            await asyncio.sleep(_SETTLE)
            held = max(held, float(process.memory_info().rss))
            begun = time.perf_counter()
            await asyncio.to_thread(_publish, chain, 1, turn)
            await long_polls.receive_all(waiting)
            taken[count].append(time.perf_counter() - begun)
            for poll in polls:
                poll.after = waiting[0].after
    for poll in polls:
        poll.close()
    most = counts[-1]
    woken = [
        compare(
            # The first of each count warms up.
            [Round([ours], [one]) for ours, one in zip(taken[count][1:], taken[1][1:], strict=True)],
            p50,
            Wording(f"waking {count:,} long polls with a price", "1 long poll", SECONDS,
                    Limit(1.0, of_ratio=False) if count == most else None),
        )
        for count in counts[1:]
    ]  # fmt: skip
    memory = compare(
        [Round([held], [alone])], p50,
        Wording(f"headquarters' memory with {most:,} idle branches", "with none", MEBIBYTES),
    )  # fmt: skip
    return woken, memory


def _publish(chain: Chain, count: int, price: int) -> None:
    rows = [
        Price(document="P000009", item=f"{number:08}", unit="piece", tier="", price=1 + price)
        for number in range(count)
    ]
    with chain.hq.begin() as connection:
        publication.publish(connection, {CHAIN_FEED: rows})


def _head(engine: Engine) -> tuple[str, int]:
    with engine.connect() as connection:
        row = connection.execute(select(stream).where(stream.c.name == CHAIN_FEED)).one()
        return row.epoch, row.head
