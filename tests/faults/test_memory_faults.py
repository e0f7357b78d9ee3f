"""A link that loses, repeats, reorders and damages what it carries: by seed, and it ends complete."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select

from replication.errors import LinkDownError, RefusedError
from replication.runner import LinkRunner
from replication.streams import CHAIN_FEED
from replication.testing import Faults, MemoryTransport
from schemas.tables.feed import feed_record
from schemas.wire.records import Tax
from tests.replication.test_feed import publish, taxes
from tests.sites import SmallSite, Town

BAD_LINE = Faults(lost=0.15, unanswered=0.15, repeated=0.15, stale=0.1, damaged=0.1, cut=0.1)


def try_once(runner: LinkRunner, rng: random.Random) -> None:
    """One turn of one loop, with whatever the line does to it; healing as the runner's loop does."""
    try:
        rng.choice((runner.push_once, runner.fetch_once))()
    except (LinkDownError, RefusedError):
        runner.greet_again()


@pytest.mark.fault("2", "batches duplicated")
@pytest.mark.fault("2", "batches bit-flipped")
@pytest.mark.fault("2", "batches truncated")
@pytest.mark.fault("3", "the line flapping")
@pytest.mark.fault("3", "an acknowledgement lost while the data arrived")
@pytest.mark.parametrize("seed", range(12))
def test_everything_arrives_once_and_in_order(town: Town, seed: int) -> None:
    rng = random.Random(seed)
    hq = town.headquarters()
    branch = town.branch("N001", hq, (CHAIN_FEED,))
    lanes = [town.lane(f"N001.0{n}", branch, (CHAIN_FEED,)) for n in (1, 2)]
    lines = [MemoryTransport(hq.serving(), branch.name, BAD_LINE, seed)]
    lines += [
        MemoryTransport(branch.serving(), lane.name, BAD_LINE, seed + n)
        for n, lane in enumerate(lanes, 1)
    ]
    runners = [site.link(line) for site, line in zip([branch, *lanes], lines, strict=True)]
    sold: dict[str, list[bytes]] = {lane.name: [] for lane in lanes}
    for step in range(120):
        lane = rng.choice(lanes)
        if rng.random() < 0.3:
            body = f"{lane.name} {step}".encode()
            lane.write(body)
            sold[lane.name].append(body)
        if rng.random() < 0.1:
            publish(hq, CHAIN_FEED, Tax(tax_code=str(rng.randrange(5)), rate=step))
        try_once(rng.choice(runners), rng)
    for line in lines:
        line.faults = Faults()
    for _ in range(8):
        for runner in (*runners[1:], runners[0]):
            runner.push_once()
            runner.fetch_once()
    assert received(hq) == received(branch) == sold
    assert taxes(branch.feeds) == taxes(lanes[0].feeds) == taxes(lanes[1].feeds)
    assert taxes(branch.feeds) == published(hq)


def received(site: SmallSite) -> dict[str, list[bytes]]:
    """What the site projected, by the lane that wrote it, in the order of its arrival."""
    by_lane: dict[str, list[bytes]] = {"N001.01": [], "N001.02": []}
    for writer, body in site.books.applied:
        by_lane[writer].append(body)
    return by_lane


def published(hq: SmallSite) -> dict[str, int]:
    with hq.feeds.connect() as connection:
        rows = connection.execute(select(feed_record.c.body)).scalars()
        bodies = [Tax.model_validate_json(row) for row in rows]
    return {body.tax_code: body.rate for body in bodies}
