"""(5) A day over 9.6 kbit/s: 500 tickets up and 200 price changes down, beside size ÷ bandwidth.

The branch's link runs as it does in a shop, over a line that carries so many bits a second, both
directions together: greeting, batches, answers, long polls and reports. It ends when headquarters
has the last ticket and the branch the last price. The peer is arithmetic: the batches alone, as
they are signed and packed at their best (one per 500 tickets, one of prices), at the full bandwidth.

Unless `--whole` is given the line is faster by a factor that the note names, and the time that was
taken is multiplied by it: sizes are as they are, but what a computer takes counts that much more.
Every byte that went over the line is counted.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks import four_branches
from benchmarks.counting_line import CountingLine
from benchmarks.four_branches import Chain
from benchmarks.measures import SECONDS, Outcome, Round, Wording, compare, p50
from benchmarks.native import NotReplicatedError
from benchmarks.sales import BRANCH, DATE
from benchmarks.scale import Scale
from benchmarks.shops import Shop
from hq import publication
from replication import identity, outbox, position
from replication.feed_office import read_range
from replication.streams import CHAIN_FEED
from schemas.tables.base import reading
from schemas.wire.batch import pack_feed
from schemas.wire.records import Price

_BITS = 9600
_TICKETS, _PRICES = 500, 200
_PATIENCE = 7200.0
_LOOK = 0.02


def run(scale: Scale, place: Path) -> Outcome:
    """Measure in `place`."""
    with four_branches.running(place, [BRANCH]) as chain:
        shop = chain.shops[0]
        _settle(chain, shop)
        smallest = _prepare(chain, shop)
        with CountingLine(chain.address, bits=_BITS * scale.thin) as line:
            begun = time.perf_counter()
            with chain.links(line.address):
                _wait(chain, shop)
                took = time.perf_counter() - begun
            carried = line.bytes
    measure = compare(
        [Round([took * scale.thin], [smallest * 8 / _BITS])], p50,
        Wording(f"a day over {_BITS / 1000} kbit/s", "the batches' size ÷ bandwidth", SECONDS),
    )  # fmt: skip
    return Outcome(
        [measure],
        [(f"thin line: {_TICKETS} tickets, {_PRICES} prices; {smallest:,} bytes of batches at their"
         f" best, {carried:,} bytes over the line, {scale.thin}× as fast as {_BITS} bit/s")],
    )  # fmt: skip


def _settle(chain: Chain, shop: Shop) -> None:
    """Let a fresh branch load what there is, over a line that does not matter."""
    with chain.links():
        while not _stands(shop):
            time.sleep(_LOOK)


def _prepare(chain: Chain, shop: Shop) -> int:
    """A day on both sides; the bytes of its batches at their best."""
    sold = shop.sell(_TICKETS, DATE)
    for one in sold:
        with shop.engine.begin() as connection:
            shop.keep(connection, [one])
    with reading(shop.engine) as connection:
        head = shop.head()
        up = outbox.next_batch(connection, head.stream, {}, BRANCH, shop.identity.sign) or b""
    prices = [
        Price(document="P000002", item=f"{number:08}", unit="piece", tier="", price=100 + number)
        for number in range(_PRICES)
    ]
    before = _head(chain)
    with chain.hq.begin() as connection:
        publication.publish(connection, {CHAIN_FEED: prices})
    with chain.hq.connect() as connection:
        records, through = read_range(connection, CHAIN_FEED, before, before + _PRICES)
        who = identity.load(connection)
        epoch = identity.new_epoch()
        down = pack_feed(CHAIN_FEED, epoch, before, through, records, who.site, who.sign)
    return len(up) + len(down)


def _head(chain: Chain) -> int:
    row = chain.looking.execute("SELECT head FROM stream WHERE name = %s", (CHAIN_FEED,)).fetchone()
    return int(row[0]) if row else 0


def _wait(chain: Chain, shop: Shop) -> None:
    limit = time.monotonic() + _PATIENCE
    target, head = shop.head(), _head(chain)
    while time.monotonic() < limit:
        row = chain.looking.execute(
            "SELECT through FROM position WHERE stream = %s", (shop.stream,)
        ).fetchone()
        if row == (target.sequence,) and _stands(shop, head):
            return
        time.sleep(_LOOK)
    raise NotReplicatedError(f"the day did not get through in {_PATIENCE:.0f} s")


def _stands(shop: Shop, through: int = 1) -> bool:
    """Whether the branch has applied the chain's feed through this number."""
    with shop.engine.connect() as connection:
        held = [one for one in position.all_feeds(connection) if one.stream == CHAIN_FEED]
        return bool(held) and not held[0].loading and held[0].through >= through
