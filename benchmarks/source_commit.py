"""(c) What the journal costs a branch's commit: a ticket with it against the same rows without it.

One ticket of ten lines per transaction, its rows written by the product's own code, durable. Ours
appends the branch's journal entry in the same transaction: the head is locked, the entry chained,
stored and told of. With one writer the two take turns commit by commit. With eight, all eight write
to one branch for a while, then all eight without the journal: the journal's lock makes its writers
queue, since commit order is sequence order, which the bare rows do not promise.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import Connection

from benchmarks import native
from benchmarks.measures import Limit, Measure, Outcome, Round, Unit, Wording, compare, p50
from benchmarks.sales import BRANCH, DATE
from benchmarks.scale import Scale
from benchmarks.shops import Shop, Sold
from ops.embedded_postgres import EmbeddedPostgres
from replication import identity
from replication.identity import Identity
from schemas.tables.base import open_postgres
from schemas.tables.migrate import upgrade

_WRITERS = 8
_PEER = "the same rows without the journal"
Keep = Callable[[Connection, Sequence[Sold]], None]


def run(scale: Scale, place: Path) -> Outcome:
    """Measure on a server of its own, with fsync and synchronous_commit on."""
    with EmbeddedPostgres(place / "postgres", native.SETTINGS) as server:
        server.ensure_database(BRANCH)
        upgrade(server.dsn(BRANCH), "branch")
        engine = open_postgres(server.dsn(BRANCH), pool_size=_WRITERS)
        try:
            who = Identity(BRANCH, "branch", "hq", identity.new_private_key())
            with engine.begin() as connection:
                identity.establish(connection, who)
            shop = Shop(1, engine, who)
            measures = [_one_writer(shop, scale), _many_writers(shop, scale)]
        finally:
            engine.dispose()
    return Outcome(measures, [f"source commits: {scale.rounds * scale.commits} per writer"])


def _one_writer(shop: Shop, scale: Scale) -> Measure:
    rounds = []
    _commit(shop, shop.keep, shop.sell(1, DATE))
    for _ in range(scale.rounds):
        now = Round()
        for _ in range(scale.commits):
            now.ours.append(_commit(shop, shop.keep, shop.sell(1, DATE)))
            now.peer.append(_commit(shop, shop.keep_bare, shop.sell(1, DATE)))
        rounds.append(now)
    limit = Limit(1.3, of_ratio=True)
    return compare(rounds, p50, Wording("a branch's commit of a ticket", _PEER, limit=limit))


def _many_writers(shop: Shop, scale: Scale) -> Measure:
    rounds = [
        Round([_together(shop, shop.keep, scale.commits)],
              [_together(shop, shop.keep_bare, scale.commits)])
        for _ in range(scale.rounds)
    ]  # fmt: skip
    unit = Unit("tickets/s", things=_WRITERS * scale.commits)
    return compare(rounds, p50, Wording(f"the same, {_WRITERS} writers at once", _PEER, unit))


def _commit(shop: Shop, keep: Keep, sold: Sequence[Sold]) -> float:
    begun = time.perf_counter()
    with shop.engine.begin() as connection:
        keep(connection, sold)
    return time.perf_counter() - begun


def _together(shop: Shop, keep: Keep, commits: int) -> float:
    """Seconds that eight writers take for so many commits each."""
    work = [[shop.sell(1, DATE) for _ in range(commits)] for _ in range(_WRITERS)]

    def write(of_one: Sequence[Sequence[Sold]]) -> None:
        for sold in of_one:
            _commit(shop, keep, sold)

    with ThreadPoolExecutor(_WRITERS) as threads:
        begun = time.perf_counter()
        list(threads.map(write, work))
        return time.perf_counter() - begun
