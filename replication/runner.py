"""The child's end of a link: four loops that run for as long as the site does.

    push     hello ─ send what follows the parent's mark ─ wait for more ─ …
    fetch    long poll ─ apply, position and sweep in one transaction ─ …
    recall   what the parent holds of our journal and we lost ─ stored and projected ─ …
    report   every change of a position or of the outbox, and a sign of life every few seconds

    what happens             what the loop does
    the line is down         tries again, with growing pauses and jitter, for ever
    refused, and it heals    says hello again and goes on from where the parent says it stands
    refused, for a person    shows the reason (`trouble`), tries again rarely
    the database is away     as for the line

One loop is one method of a few lines; `_keep_going` is what makes it survive. What is said first is in
`greeting`, what is reported in `reports`.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import DBAPIError

from replication import following, outbox
from replication.digest_messages import Asked
from replication.errors import LinkDownError, RefusedError
from replication.greeting import Greeting
from replication.journal_growth import JournalGrowth
from replication.load import Load
from replication.messages import Fetch, Status
from replication.pace import Pace
from replication.reports import Reports
from replication.site import Site
from replication.streams import journal_of
from replication.transport.base import Transport, online
from schemas.tables.base import reading

__all__ = ["LinkRunner", "Pace", "Site"]

_log = structlog.get_logger(__name__)
_FINISH = 10.0
_ASK_TRIES = 10
#: However slow the line, nobody is left without a report for longer.
_LONGEST_SILENCE = 60.0


class LinkRunner:
    """Runs a site's link to its parent on threads of its own, from `start` to `stop`."""

    def __init__(self, site: Site, transport: Transport, pace: Pace | None = None) -> None:
        self._site = site
        self._transport = transport
        self._pace = pace or Pace()
        self._stream = journal_of(site.identity.site)
        self._stop = threading.Event()
        self._growth = JournalGrowth(site.journals, self._stop)
        self._load = Load(outbox.BATCH_ENTRIES)
        self._greeting = Greeting(site, lambda: self._transport, self._stop)
        self._reports = Reports(site, lambda: self._transport, lambda: self.trouble)
        self._polling = threading.Event()
        self._troubles: dict[str, str] = {}
        loops = (self.push_once, self.fetch_once, self.recall_once, self.report_once)
        self._threads = [
            threading.Thread(target=self._keep_going, args=(loop,), name=loop.__name__, daemon=True)
            for loop in loops
        ]

    @property
    def site(self) -> Site:
        """Whose link it is."""
        return self._site

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; a transaction that is under way is finished first, a long poll is not waited for.

        A thread that waits for the parent's answer cannot be woken: it finds that it is too late.
        """
        self._stop.set()
        self._transport.close()
        limit = time.monotonic() + _FINISH
        while time.monotonic() < limit and any(
            thread.is_alive() and not (self._polling.is_set() and thread.name == "fetch_once")
            for thread in self._threads
        ):
            time.sleep(0.01)
        self._growth.close()

    def push_once(self) -> None:
        """Send what the parent lacks, or wait a moment when it has everything."""
        if self._greeting.is_due(self._pace.greet):
            self._greeting.say()
        with reading(self._site.journals) as connection:
            identity = self._site.identity
            data = outbox.next_batch(
                connection,
                self._stream,
                self._greeting.applied,
                identity.site,
                identity.sign,
                self._load.entries,
            )
        if data is None:
            self._growth.wait(self._pace.look)
            return
        with self._load.timed():
            answer = self._transport.push(data)
        self._greeting.note([answer])

    def fetch_once(self) -> None:
        """Wait for the next batch of any feed and apply it."""
        self._greeting.require(self._pace.first_pause)
        with reading(self._site.feeds) as connection:
            wants = following.wanted(connection, self._site.identity, self._site.outlet)
        self._polling.set()
        try:
            answer = self._transport.fetch(Fetch(wants=wants, wait=self._pace.wait))
        finally:
            self._polling.clear()
        if answer is None or self._stop.is_set():
            return
        with self._site.feeds.begin() as connection:
            following.take(connection, answer, self._site.identity, self._site.outlet)

    def recall_once(self) -> None:
        """Fetch back a piece of what this site lost of its own journal, or wait a moment."""
        self._greeting.require(self._pace.first_pause)
        if self._greeting.has_lost:
            self._greeting.fetch_back_a_piece()
        else:
            self._stop.wait(self._pace.report)

    def fetch_back(self) -> int:
        """Greet, and fetch back all that this site lost, at once; how many entries that were.

        Raises LinkDownError and RefusedError; what came until then is kept.
        """
        self._greeting.say()
        return self._greeting.fetch_back()

    def report_once(self) -> None:
        """Report when something changed, and now and then when nothing did."""
        self._reports.write_mark()
        self._greeting.require(self._pace.first_pause)
        took = self._reports.send(self._pace.alive)
        # On a line so thin that a report takes seconds, sales come before reports.
        pause = max(self._pace.report, took * self._pace.report_share)
        self._stop.wait(min(pause, _LONGEST_SILENCE))

    def status(self) -> Status:
        """What would be reported just now."""
        return self._reports.status()

    def ask(self, asked: Asked) -> bytes:
        """See `Online.ask`; a parent that forgot this site, or heard another process of it, is
        greeted first.
        """
        for _ in range(_ASK_TRIES):
            try:
                if not self._greeting.holds:
                    self._greeting.say()
                return online(self._transport).ask(asked)
            except RefusedError as error:
                if error.code not in {"no_session", "replayed"}:
                    raise
                self.greet_again()
        raise LinkDownError("the parent keeps forgetting this session: stop other copies of it")

    @property
    def trouble(self) -> str | None:
        """What a person must look at, of every loop that has something; None when all go well."""
        return "; ".join(dict.fromkeys(list(self._troubles.values()))) or None

    def greet_again(self) -> None:
        """Trust nothing that the parent said before: the next push begins with a hello."""
        self._greeting.forget()

    def _keep_going(self, loop: Callable[[], None]) -> None:
        pause = self._pace.first_pause
        while not self._stop.is_set():
            try:
                loop()
                pause = self._pace.first_pause
                self._troubles.pop(loop.__name__, None)
                continue
            except RefusedError as error:
                if error.heals:
                    self.greet_again()
                    pause = self._pace.first_pause
                else:
                    # The next push greets anew; the session goes on, so that the reports, which
                    # tell the parent of this trouble, still arrive.
                    self._greeting.hasten()
                    self._troubles[loop.__name__] = f"{error.code}: {error}"
                    pause = min(pause * 2, self._pace.trouble_pause)
                _log.warning(
                    "link refused", loop=loop.__name__, code=error.code, message=str(error)
                )
            except LinkDownError as error:
                self.greet_again()
                pause = min(pause * 2, self._pace.longest_pause)
                _log.info("link down", loop=loop.__name__, error=str(error))
            except DBAPIError as error:
                pause = min(pause * 2, self._pace.longest_pause)
                _log.warning("database away", loop=loop.__name__, error=str(error.orig))
            except Exception:  # noqa: BLE001 - see below
                # A bug must not end the link for ever without a word: it is logged and tried again.
                pause = self._pace.trouble_pause
                self._troubles[loop.__name__] = f"{loop.__name__} failed, see the log"
                _log.exception("link loop failed", loop=loop.__name__)
            self._stop.wait(pause * (0.5 + random.random() / 2))  # noqa: S311 - jitter, no secret
