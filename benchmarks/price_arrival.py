"""A price change until it is active on a lane: one item, and 20,000 of them in one document; and the last
hop of it alone, from a branch's commit.

Ours runs from headquarters' commit of the publication (drafted and approved before) through three
real processes, headquarters, branch and lane, until the lane's catalogue, asked as the till asks it,
gives the new price: two long polls answered, two signatures checked, rows and positions committed at
the branch and at the lane. It is looked for every two milliseconds. The header that puts all rows
in force is published last, so the one item that is asked for stands for all of them.

The peer of one item are two bare requests over the same hops, to the same servers through the same
client: a nonce from headquarters, one from the branch. That is the line alone, with no disk in it;
for what a person waits for the limit is one second. The last hop is measured with a record of the branch's
own feed, a message, against one bare request there. The peer of the mass change is what its rows
cost wherever they are put, see `bare_prices`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx2

from benchmarks import bare_prices, small_chain
from benchmarks.bare_prices import BarePrices
from benchmarks.measures import SECONDS, Limit, Measure, Outcome, Round, Wording, compare, p50
from benchmarks.scale import Scale
from benchmarks.small_chain import Chain
from branch import messages
from branch.messages import Sending
from hq import price_changes, publication
from hq.price_changes import NewPriceChange
from hq.price_rows import PriceCell
from pos_frontend import databases
from pos_frontend.catalogue import Catalogue
from replication.clock import system_clock
from replication.console.users import User
from replication.streams import CHAIN_FEED
from schemas.domain.pricing import price_in_force
from schemas.wire.records import Item

_NAME = "price change to active on a lane"
_BUYER = User("BUYER", "Buyer", "buyer")
_APPROVER = User("APPROVER", "Approver", "approver")
_PATIENCE = 120.0
_LOOK = 0.002


class NotArrivedError(RuntimeError):
    """A price did not get to the lane."""


def run(scale: Scale, place: Path) -> Outcome:
    """Measure both in `place`."""
    items = [f"{number:08}" for number in range(1, scale.mass + 1)]
    with (
        small_chain.running(place) as chain,
        databases.for_till(chain.lane_data) as both,
    ):
        lane = Catalogue(both.catalogue)
        with chain.hq.begin() as connection:
            publication.publish(connection, {CHAIN_FEED: [_item(code) for code in items]})
        # Every item has a price then, and every path was taken once.
        _change(chain, lane, items, 100)
        measures = [
            _single(chain, lane, items, scale), _hop(chain, lane, scale),
            _mass(chain, lane, items, scale),
        ]  # fmt: skip
    count = f"{scale.rounds * scale.changes} of one item, {scale.mass_changes} of {scale.mass:,}"
    return Outcome(measures, [f"price changes: {count}; a catalogue of {scale.mass:,} items"])


def _single(chain: Chain, lane: Catalogue, items: Sequence[str], scale: Scale) -> Measure:
    rounds = [Round() for _ in range(scale.rounds)]
    with httpx2.Client(trust_env=False) as client:
        for turn in range(scale.rounds * scale.changes):
            now = rounds[turn // scale.changes]
            now.ours.append(_change(chain, lane, [items[turn]], 200 + turn))
            begun = time.perf_counter()
            for site in ("hq", "branch"):
                client.post(f"{chain.addresses[site]}/link/challenge").raise_for_status()
            now.peer.append(time.perf_counter() - begun)
    limit = Limit(1.0, of_ratio=False)
    return compare(rounds, p50, Wording(f"{_NAME}, 1 item", "2 bare HTTP round trips", limit=limit))


def _hop(chain: Chain, lane: Catalogue, scale: Scale) -> Measure:
    rounds = [Round() for _ in range(scale.rounds)]
    with httpx2.Client(trust_env=False) as client:
        for turn in range(scale.rounds * scale.changes):
            now = rounds[turn // scale.changes]
            now.ours.append(_say(chain, lane, f"Message {turn}"))
            begun = time.perf_counter()
            client.post(f"{chain.addresses['branch']}/link/challenge").raise_for_status()
            now.peer.append(time.perf_counter() - begun)
    wording = Wording(
        "a branch's own record to a lane", "1 bare HTTP round trip",
        limit=Limit(1.0, of_ratio=False),
    )  # fmt: skip
    return compare(rounds, p50, wording)


def _say(chain: Chain, lane: Catalogue, text: str) -> float:
    """Seconds from the commit at the branch until the lane holds its message."""
    asked = Sending(small_chain.LANE, text, 60, "M1", "Manager")
    with chain.branch.begin() as connection:
        messages.send(connection, small_chain.BRANCH, asked, system_clock())
        begun = time.perf_counter()  # the block ends with the commit
    while all(one.text != text for one in lane.messages(small_chain.LANE)):
        if time.perf_counter() - begun > _PATIENCE:
            raise NotArrivedError(f"{text} did not get to the lane in {_PATIENCE:.0f} s")
        time.sleep(_LOOK)
    return time.perf_counter() - begun


def _mass(chain: Chain, lane: Catalogue, items: Sequence[str], scale: Scale) -> Measure:
    rounds: list[Round] = []
    bare = BarePrices(chain.branch, chain.lane_data.parent / "bare.db")
    try:
        for turn in range(scale.mass_changes):
            took = _change(chain, lane, items, 1000 + turn)
            rows = bare_prices.rows_of(f"X{turn:06}", items)
            begun = time.perf_counter()
            bare.write(rows)
            rounds.append(Round([took], [time.perf_counter() - begun]))
    finally:
        bare.close()
    name = f"{_NAME}, {len(items):,} items"
    return compare(rounds, p50, Wording(name, "COPY + SQLite insert of the rows", SECONDS))


def _change(chain: Chain, lane: Catalogue, items: Sequence[str], price: int) -> float:
    """Seconds from the commit at headquarters until the lane sells at this price."""
    now = system_clock()
    new = NewPriceChange(
        f"To {price}", CHAIN_FEED, now - timedelta(seconds=1), None,
        [PriceCell(item, "piece", "", price) for item in items],
    )  # fmt: skip
    with chain.hq.begin() as connection:
        document = price_changes.draft(connection, new, _BUYER, now)
    with chain.hq.begin() as connection:
        price_changes.approve(connection, document, _APPROVER, now)
    with chain.hq.begin() as connection:
        price_changes.publish(connection, document, _BUYER, now)
        begun = time.perf_counter()  # the block ends with the commit
    while not _sells_at(lane, items[-1], price):
        if time.perf_counter() - begun > _PATIENCE:
            raise NotArrivedError(f"{document} did not get to the lane in {_PATIENCE:.0f} s")
        time.sleep(_LOOK)
    return time.perf_counter() - begun


def _sells_at(lane: Catalogue, item: str, price: int) -> bool:
    found = lane.find(item)
    priced = price_in_force(found.prices, "", system_clock()) if found else None
    return priced is not None and priced.list.price == price


def _item(code: str) -> Item:
    return Item(item=code, name=f"Item {code}", category="01-001-001", unit="piece")
