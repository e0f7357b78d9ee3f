"""Forty lanes of one branch that sell: real requests of real sessions, without forty tills behind them.

Each lane sends a ticket of ten lines twice a second, as a push of its own, and reports once a second, as
its sync process does while it sells. Told to, it tells its moment once a second as well. Tickets are made
beforehand; a few threads share the lanes and keep to the clock.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Engine

from benchmarks.sales import DATE
from benchmarks.shops import Shop
from replication import identity
from replication.clock import system_clock
from replication.identity import Identity
from replication.messages import Hello, JournalHead, SiteStatus, Status
from replication.streams import journal_of
from replication.transport.http import HttpTransport
from schemas.tables.base import upsert
from schemas.tables.link import peer
from schemas.wire.batch import pack_journal
from schemas.wire.entry import Entry
from schemas.wire.moment import Moment
from schemas.wire.versions import WIRE_VERSION

#: Tickets of each lane in a second.
RATE = 2
_THREADS = 8


@dataclass(slots=True)
class Lane:
    """One lane: who it is, its line, and the entries that it has yet to send."""

    who: Identity
    line: HttpTransport
    waiting: deque[Entry] = field(default_factory=deque)
    sent: int = 0

    def greet(self) -> None:
        """Open the session."""
        first = self.waiting[0]
        head = JournalHead(stream=first.stream, epoch=first.epoch, head=first.sequence - 1)
        hello = Hello(site=self.who.site, wire=WIRE_VERSION, clock=system_clock(), journal=head)
        self.line.hello(hello)

    def push(self) -> None:
        """Send the next ticket."""
        entry = self.waiting.popleft()
        self.line.push(pack_journal([entry], self.who.site, self.who.sign))
        self.sent += 1

    def report(self) -> None:
        """Say how it stands."""
        own = SiteStatus(
            site=self.who.site, parent=self.who.parent or "", clock=system_clock(),
            wire=WIRE_VERSION, pending=0, oldest_unsent=None, quarantine=0,
            detail={"receipt": self.sent, "operator": "C1"},
        )  # fmt: skip
        self.line.status(Status(reports=[], sites=[own]))

    def tell(self) -> None:
        """Tell the moment, which is another one each time."""
        now = system_clock()
        told = Moment(
            at=now, since=now - timedelta(milliseconds=400), state="selling", operator="C1",
            total=100 * self.sent, lines=self.sent % 20, printer="ready", version="1.0",
        )  # fmt: skip
        self.line.moment(told.model_dump_json(exclude_defaults=True).encode())


def introduce(engine: Engine, branch: str, count: int, address: str) -> list[Lane]:
    """Let a branch know so many lanes."""
    made = [
        Identity(f"{branch}.{number:02}", "lane", branch, identity.new_private_key())
        for number in range(1, count + 1)
    ]
    now = system_clock()
    known = [
        {"site": one.site, "public_key": one.public_key, "enrolled": now, "revoked": None}
        for one in made
    ]
    with engine.begin() as connection:
        upsert(connection, peer, known)
    return [Lane(one, HttpTransport(address, one)) for one in made]


def load(lanes: Sequence[Lane], shop: Shop, seconds: int) -> None:
    """Give each lane as many tickets as it sends in so many seconds."""
    of_lane = {journal_of(lane.who.site): lane for lane in lanes}
    for sold in shop.sell(len(lanes) * RATE * seconds, DATE):
        of_lane[sold.entry.stream].waiting.append(sold.entry)


def sell(lanes: Sequence[Lane], seconds: int, *, moments: bool) -> float:
    """Have all lanes sell for so many seconds; how many seconds that really took."""
    begun = time.perf_counter()
    turns = threading.Barrier(_THREADS)

    def work(number: int) -> None:
        turns.wait()
        mine = lanes[number::_THREADS]
        for turn in range(seconds * RATE):
            for place, lane in enumerate(mine):
                due = begun + (turn + place / len(mine)) / RATE
                time.sleep(max(0.0, due - time.perf_counter()))
                lane.push()
                if turn % RATE == 0:
                    lane.report()
                elif moments:
                    lane.tell()

    with ThreadPoolExecutor(_THREADS) as threads:
        for future in [threads.submit(work, number) for number in range(_THREADS)]:
            future.result()
    return time.perf_counter() - begun
