"""The steps of a link: one batch up, one batch down, and a visit that is made of both.

    push     what follows the parent's marks, no more than the line carries at once
    fetch    the next batch of any feed, applied with its position in one transaction
    visit    greet, fetch back what was lost, then up and down until nothing is left

On a capped line sales come before bulk: while the journal has something to send, or the line has not
yet paid for what came, feeds that are being loaded are not asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from replication import following, outbox
from replication.ahead import Ahead
from replication.greeting import Greeting
from replication.load import Load
from replication.messages import Fetch, RestartOrder, Wanted
from replication.site import Site
from replication.streams import journal_of
from replication.transport.base import Transport
from replication.transport.line_rate import LineRate
from schemas.tables.base import reading
from schemas.wire.batch import peek

#: How often bulk that is held up looks whether it may pass, in seconds.
_BULK_LOOK = 5.0


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What came of an exchange: entries sent and fetched back, batches of feeds received."""

    ended: datetime
    sent: int
    received: int
    regained: int


@dataclass(frozen=True, slots=True)
class _Lacking:
    """What the parent lacks: where it stands in each epoch, how much it is sent at most, and in which
    wire version.
    """

    applied: Mapping[str, int]
    most: int
    wire: int


class Steps:
    """Takes the steps of one link; pushes from one thread, fetches from one thread.

    `rate` is that of the line, None without a cap. `polling` is set while an answer is waited for.
    """

    def __init__(
        self, site: Site, transport: Callable[[], Transport], greeting: Greeting,
        stop: threading.Event,
    ) -> None:  # fmt: skip
        self.rate: LineRate | None = None
        self.polling = threading.Event()
        self._site = site
        self._transport = transport
        self._greeting = greeting
        self._stop = stop
        self._stream = journal_of(site.identity.site)
        self._load = Load(outbox.BATCH_ENTRIES)
        self._packing: Ahead[_Lacking, bytes | None] | None = None
        self._reading: Ahead[list[Wanted], bytes | RestartOrder | None] | None = None

    def look_ahead(self) -> None:
        """From now on, ask for what follows a batch while it is under way, on threads of their own."""
        self._packing = Ahead(self._pack)
        self._reading = Ahead(lambda wants: self._ask(wants, wait=0.0))

    def push(self) -> int:
        """Send a batch if the parent lacks one; how many entries that were."""
        lacking = _Lacking(self._greeting.applied, self._load.entries, self._greeting.wire)
        data = self._packing.taken(lacking) if self._packing else None
        data = data or self._pack(lacking)
        if data is None:
            return 0
        header = peek(data)
        if self._packing and header.count == lacking.most:
            applied = {**lacking.applied, header.epoch: header.through}
            self._packing.begin(replace(lacking, applied=applied))
        with self._load.timed(header.count):
            answer = self._transport().push(data)
        self._greeting.note([answer])
        return header.count

    def _pack(self, lacking: _Lacking) -> bytes | None:
        who = self._site.identity
        with reading(self._site.journals) as connection:
            return outbox.next_batch(
                connection, self._stream, lacking.applied, who.site, who.sign, lacking.most,
                lacking.wire,
            )  # fmt: skip

    def fetch(self, wait: float) -> bool:
        """Ask for the next batch of any feed and apply it; whether one came within the wait."""
        with reading(self._site.feeds) as connection:
            wants = following.wanted(connection, self._site.identity, self._site.outlet)
            if self.rate is not None:
                held_up = self._bulk_waits(self.rate)
                wants = following.urgent_first(connection, wants, bulk=held_up == 0)
                wait = min(wait, held_up) if held_up else wait
        ahead = self._reading if self.rate is None else None
        self.polling.set()
        try:
            answer = ahead.taken(wants) if ahead else None
            answer = answer or self._ask(wants, wait)
        finally:
            self.polling.clear()
        if answer is None or self._stop.is_set():
            return False
        if ahead and (next_wants := following.after(wants, answer)):
            ahead.begin(next_wants)
        with self._site.feeds.begin() as connection:
            following.take(connection, answer, self._site.identity, self._site.outlet)
        return True

    def _ask(self, wants: list[Wanted], wait: float) -> bytes | RestartOrder | None:
        newest = self._site.outlet.spoken.newest
        return self._transport().fetch(Fetch(wants=wants, wait=wait, wire=newest))

    def visit(self) -> Exchanged:
        """Greet, and leave nothing behind. Raises LinkDownError and RefusedError; what was done is kept."""
        self._greeting.say()
        regained, sent, received, moved = self._greeting.fetch_back(), 0, 0, True
        while moved and not self._stop.is_set():
            moved = False
            while entries := self.push():
                sent, moved = sent + entries, True
            if self.rate is not None:
                self.rate.rest("down")
            if self.fetch(wait=0.0):
                received, moved = received + 1, True
        return Exchanged(self._site.outlet.clock(), sent, received, regained)

    def _bulk_waits(self, rate: LineRate) -> float:
        """For how many seconds feeds that are being loaded are not asked for; 0 when they may pass."""
        if not rate.capped:
            return 0.0
        with reading(self._site.journals) as connection:
            sales_wait = outbox.has_more(connection, self._stream, self._greeting.applied)
        return _BULK_LOOK if sales_wait else min(rate.owed("down"), _BULK_LOOK)
