"""(a) Tickets of four branches into headquarters, against native logical replication.

A backlog stands in four branch databases: one ticket per transaction, as branches take them in,
and the day's close behind them. Ours: four links hand it over in batches that are read, signed,
sent, verified (signatures, the branch's chain and each lane's), projected, and the control totals
of the close compared with what is held; until headquarters stands at the end of every journal. The
peer: four subscriptions apply the same rows to the same tables with the same indexes, until the
last is visible. Ours keeps the journal as well; the peer has none.

Each of the two is idle while the other works; a round of ours is followed by one of the peer's.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import text

from benchmarks import four_branches
from benchmarks.four_branches import Chain
from benchmarks.measures import Limit, Outcome, Round, Unit, Wording, compare, p50
from benchmarks.native import Native, NotReplicatedError
from benchmarks.sales import DATE
from benchmarks.scale import Scale
from benchmarks.shops import Shop, Sold

_PATIENCE = 600.0
#: Seldom enough not to be felt by what is measured, which takes seconds.
_LOOK = 0.01


def run(scale: Scale, place: Path) -> Outcome:
    """Measure in `place`."""
    count = scale.backlog * len(four_branches.BRANCHES)
    with (
        four_branches.running(place) as chain,
        Native(chain.server, four_branches.BRANCHES) as peer,
    ):
        # One more than is counted: the first opens what the others find open.
        dates = [DATE + timedelta(days=turn) for turn in range(scale.drains + 1)]
        rounds = [_turn(chain, peer, scale.backlog, business_date) for business_date in dates]
        four_branches.check(chain, peer, count * len(rounds))
    wording = Wording(
        "tickets of four branches into headquarters", "native logical replication",
        Unit("tickets/s", things=count), Limit(1.0, of_ratio=True),
    )  # fmt: skip
    return Outcome(
        [compare(rounds[1:], p50, wording)],
        [f"backlog: {scale.drains} of {count:,} tickets, one per transaction at the branch"],
    )


def _turn(chain: Chain, peer: Native, backlog: int, business_date: date) -> Round:
    with peer.held():
        last = _fill(chain.shops, backlog, business_date)
        ours = _drain(chain)
        begun = time.perf_counter()
    peer.wait_for(last)
    theirs = time.perf_counter() - begun
    peer.settle()
    return Round([ours], [theirs])


def _drain(chain: Chain) -> float:
    """Seconds until headquarters has applied the journals of all branches."""
    target = sum(shop.head().sequence for shop in chain.shops)
    begun = time.perf_counter()
    with chain.links():
        while _applied(chain) < target:
            if time.perf_counter() - begun > _PATIENCE:
                raise NotReplicatedError(f"headquarters did not take {target} entries")
            time.sleep(_LOOK)
        return time.perf_counter() - begun


def _applied(chain: Chain) -> int:
    row = chain.looking.execute(
        "SELECT sum(through) FROM position WHERE stream = ANY(%s)",
        ([shop.stream for shop in chain.shops],),
    ).fetchone()
    return int(row[0] or 0) if row else 0


def _fill(shops: Sequence[Shop], backlog: int, business_date: date) -> list[str]:
    """Sell at every branch; the last ticket of each."""
    sold = [shop.sell(backlog, business_date) for shop in shops]
    with ThreadPoolExecutor(len(shops)) as threads:
        list(threads.map(_keep, shops, sold))
    for shop in shops:
        shop.close_day(business_date)
    return [of_shop[-1].ticket.uuid for of_shop in sold]


def _keep(shop: Shop, sold: Sequence[Sold]) -> None:
    with shop.engine.connect() as connection:
        for one in sold:
            with connection.begin():
                # What is measured comes after: a source in a hurry does not wait for its disk.
                connection.execute(text("SET LOCAL synchronous_commit = off"))
                shop.keep(connection, [one])
