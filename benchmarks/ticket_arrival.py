"""(b) From the commit at a branch until the ticket is visible at headquarters, in real time.

A branch takes a ticket of ten rows in, as from a lane, and commits; the clock runs from then until
headquarters' tables, asked every millisecond, show it. The four branches take turns, at a pace at
which nothing queues. The peer's subscription is watched for the same commit: it is its own answer
to the same transaction, on its way at the same time.
"""

from __future__ import annotations

import time
from pathlib import Path

import psycopg

from benchmarks import four_branches, native
from benchmarks.four_branches import Chain
from benchmarks.measures import Limit, Outcome, Round, Wording, compare, p50, p99
from benchmarks.native import Native
from benchmarks.sales import DATE
from benchmarks.scale import Scale
from benchmarks.shops import Shop

_NAME = "ticket's commit at a branch to visible at headquarters"
_PEER = "native logical replication"
_LOOK = 0.001
_PAUSE = 0.05
_PATIENCE = 30.0


def run(scale: Scale, place: Path) -> Outcome:
    """Measure in `place`."""
    rounds = [Round() for _ in range(scale.rounds)]
    with (
        four_branches.running(place) as chain,
        Native(chain.server, four_branches.BRANCHES) as subscriber,
        native.connect(chain.server, native.DATABASE) as peer,
        chain.links(),
    ):
        # One from each branch that is not counted opens what the others find open.
        for turn in range(-len(chain.shops), scale.rounds * scale.arrivals):
            ours, theirs = _arrival(chain, chain.shops[turn % len(chain.shops)], peer)
            if turn >= 0:
                now = rounds[turn // scale.arrivals]
                now.ours.append(ours)
                now.peer.append(theirs)
        four_branches.check(chain, subscriber, len(chain.shops) + scale.rounds * scale.arrivals)
    limits = ((p50, "p50", 0.025), (p99, "p99", 0.150))
    return Outcome(
        [
            compare(
                rounds, statistic,
                Wording(f"{_NAME}, {word}", _PEER, limit=Limit(most, of_ratio=False)),
            )
            for statistic, word, most in limits
        ],
        [f"arrivals: {scale.rounds * scale.arrivals} tickets, looked for every millisecond"],
    )  # fmt: skip


def _arrival(chain: Chain, shop: Shop, peer: psycopg.Connection) -> tuple[float, float]:
    """Seconds until one more ticket is seen at headquarters, and at the subscriber."""
    sold = shop.sell(1, DATE)
    uuid = sold[0].ticket.uuid
    time.sleep(_PAUSE)
    with shop.engine.begin() as connection:
        shop.keep(connection, sold)
    begun = time.perf_counter()
    seen: dict[str, float] = {}
    watched = {"hq": chain.looking, "native": peer}
    while watched:
        for name, looking in list(watched.items()):
            if _is_there(looking, uuid):
                seen[name] = time.perf_counter() - begun
                del watched[name]
        if time.perf_counter() - begun > _PATIENCE:
            message = f"{uuid} did not get to {', '.join(watched)} in {_PATIENCE:.0f} s"
            raise native.NotReplicatedError(message)
        time.sleep(_LOOK)
    return seen["hq"], seen["native"]


def _is_there(looking: psycopg.Connection, uuid: str) -> bool:
    return looking.execute("SELECT 1 FROM ticket WHERE uuid = %s", (uuid,)).fetchone() is not None
