"""The steps of a link: one batch up, one batch down, and a visit that is made of both.

    push     what follows the parent's marks, no more than the line carries at once
    fetch    the next batch of any feed, applied with its position in one transaction
    visit    greet, fetch back what was lost, then up and down until nothing is left

On a capped line sales come before bulk: while the journal has something to send, or the line has not
yet paid for what came, feeds that are being loaded are not asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from replication import following, outbox
from replication.greeting import Greeting
from replication.load import Load
from replication.messages import Fetch
from replication.read_ahead import ReadAhead
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
        self._ahead: ReadAhead | None = None

    def read_ahead(self) -> None:
        """From now on, ask for what follows a batch while it is applied, on a thread beside this one."""
        self._ahead = ReadAhead(lambda fetch: self._transport().fetch(fetch))

    def push(self) -> int:
        """Send a batch if the parent lacks one; how many entries that were."""
        with reading(self._site.journals) as connection:
            identity = self._site.identity
            data = outbox.next_batch(
                connection,
                self._stream,
                self._greeting.applied,
                identity.site,
                identity.sign,
                self._load.entries,
                self._greeting.wire,
            )
        if data is None:
            return 0
        count = peek(data).count
        with self._load.timed(count):
            answer = self._transport().push(data)
        self._greeting.note([answer])
        return count

    def fetch(self, wait: float) -> bool:
        """Ask for the next batch of any feed and apply it; whether one came within the wait."""
        with reading(self._site.feeds) as connection:
            wants = following.wanted(connection, self._site.identity, self._site.outlet)
            if self.rate is not None:
                held_up = self._bulk_waits(self.rate)
                wants = following.urgent_first(connection, wants, bulk=held_up == 0)
                wait = min(wait, held_up) if held_up else wait
        fetch = Fetch(wants=wants, wait=wait, wire=self._site.outlet.spoken.newest)
        ahead = self._ahead if self.rate is None else None
        self.polling.set()
        try:
            answer = ahead.fetch(fetch) if ahead else self._transport().fetch(fetch)
        finally:
            self.polling.clear()
        if answer is None or self._stop.is_set():
            return False
        if ahead:
            ahead.follow(fetch, answer)
        with self._site.feeds.begin() as connection:
            following.take(connection, answer, self._site.identity, self._site.outlet)
        return True

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
