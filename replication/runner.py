"""The child's end of a link: loops that run for as long as the site does.

    push      hello ─ send what follows the parent's mark ─ wait for more ─ …
    fetch     long poll ─ apply, position and sweep in one transaction ─ …
    recall    what the parent holds of our journal and we lost ─ stored and projected ─ …
    report    every change of a position or of the outbox, and a sign of life every few seconds
    exchange  all of these once, until nothing is left: for a way that is not used all the time

    the way in use is        push, fetch, recall, report    exchange
    used in real time        run                            rests
    used now and then        rest; the mark outside the     when one is owed, until it is made
                             database is still written

    what happens             what the loop does
    the line is down         tries again, with growing pauses and jitter, for ever
    the parent is busy       tries again when it said
    refused, and it heals    says hello again and goes on from where the parent says it stands
    refused, for a person    shows the reason (`trouble`), tries again rarely
    the database is away     as for the line

One loop is one method of a few lines; `_keep_going` is what makes it survive. What is said first is in
`greeting`, what goes up and down in `steps`, what is reported in `reports`, when an exchange is owed in
`link_schedule`.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import DBAPIError

from replication.digest_messages import Asked
from replication.errors import LinkDownError, RefusedError
from replication.greeting import Greeting
from replication.journal_growth import JournalGrowth
from replication.messages import Status
from replication.pace import Pace
from replication.reports import Reports
from replication.site import Site
from replication.steps import Exchanged, Steps
from replication.transport.base import Transport, online
from replication.transport.line_rate import LineRate

__all__ = ["LinkRunner", "Pace", "Site"]

_log = structlog.get_logger(__name__)
_FINISH = 10.0
_TRIES = 10
#: However slow the line, nobody is left without a report for longer.
_LONGEST_SILENCE = 60.0
#: How often a loop that rests looks whether it still does, in seconds.
_GATE_LOOK = 1.0


class LinkRunner:
    """Runs a site's link to its parent on threads of its own, from `start` to `stop`."""

    def __init__(self, site: Site, transport: Transport, pace: Pace | None = None) -> None:
        self._site = site
        self._transport = transport
        self._pace = pace or Pace()
        self._stop = threading.Event()
        self._live = threading.Event()
        self._live.set()
        self._owed = threading.Event()
        self._growth = JournalGrowth(site.journals, self._stop)
        self._greeting = Greeting(site, lambda: self._transport, self._stop)
        self._steps = Steps(site, lambda: self._transport, self._greeting, self._stop)
        self._reports = Reports(site, lambda: self._transport, lambda: self.trouble)
        self._troubles: dict[str, str] = {}
        self.exchanged: Exchanged | None = None
        loops = (
            (self.push_once, self._live),
            (self.fetch_once, self._live),
            (self.recall_once, self._live),
            (self.report_once, None),
            (self.exchange_once, self._owed),
        )
        self._threads = [
            threading.Thread(
                target=self._keep_going, args=(loop, gate), name=loop.__name__, daemon=True
            )
            for loop, gate in loops
        ]

    @property
    def site(self) -> Site:
        """Whose link it is."""
        return self._site

    def use(self, pace: Pace, rate: LineRate | None, *, live: bool) -> None:
        """Go on at this pace and rate, by loops that are `live` or by exchanges that are owed."""
        self._pace, self._steps.rate = pace, rate
        self._troubles.clear()
        self.greet_again()
        if live:
            self._owed.clear()
            self._live.set()
        else:
            self._live.clear()

    def owe(self) -> None:
        """Have an exchange made, now, and again until it is made."""
        self._owed.set()

    def start(self) -> None:
        """Begin."""
        self._steps.look_ahead()
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
            thread.is_alive() and not (self._steps.polling.is_set() and thread.name == "fetch_once")
            for thread in self._threads
        ):
            # A loop that rests is woken, to find that there is nothing more to do.
            self._live.set()
            self._owed.set()
            time.sleep(0.01)
        self._growth.close()

    def push_once(self) -> None:
        """Send what the parent lacks, or wait a moment when it has everything."""
        if self._greeting.is_due(self._pace.greet):
            self._greeting.say()
        if not self._steps.push():
            self._growth.wait(self._pace.look)

    def fetch_once(self) -> None:
        """Wait for the next batch of any feed and apply it."""
        self._greeting.require(self._pace.first_pause)
        self._steps.fetch(self._pace.wait)

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
        if not self._live.is_set():
            self._stop.wait(self._pace.report)
            return
        self._greeting.require(self._pace.first_pause)
        took = self._reports.send(self._pace.alive)
        # On a line so thin that a report takes seconds, sales come before reports.
        pause = max(self._pace.report, took * self._pace.report_share)
        self._stop.wait(min(pause, _LONGEST_SILENCE))

    def exchange_once(self) -> None:
        """Make the exchange that is owed."""
        self.exchange()
        self._owed.clear()

    def exchange(self) -> Exchanged:
        """Greet, fetch back what was lost, send and fetch until nothing is left, report.

        Raises LinkDownError, and RefusedError where that is for a person; what was done is kept.
        """
        for _ in range(_TRIES):
            try:
                return self._visit()
            except RefusedError as error:
                if not error.heals or self._stop.is_set():
                    raise
                _log.info("exchange begins again", code=error.code, message=str(error))
                self._stop.wait(error.retry_after)
        raise LinkDownError("the parent sends this exchange away again and again: it is made later")

    def status(self) -> Status:
        """What would be reported just now."""
        return self._reports.status()

    def ask(self, asked: Asked) -> bytes:
        """See `Online.ask`; a parent that forgot this site, or heard another process of it, is
        greeted first.
        """
        for _ in range(_TRIES):
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
        every = [*self._troubles.values(), self._greeting.doubt]
        return "; ".join(dict.fromkeys(one for one in every if one)) or None

    def greet_again(self) -> None:
        """Trust nothing that the parent said before: the next push begins with a hello."""
        self._greeting.forget()

    def _visit(self) -> Exchanged:
        done = self.exchanged = self._steps.visit()
        self._reports.send(alive=-1.0)
        _log.info("exchange made", sent=done.sent, received=done.received, regained=done.regained)
        return done

    def _keep_going(self, loop: Callable[[], None], gate: threading.Event | None = None) -> None:
        pause = self._pace.first_pause
        while not self._stop.is_set():
            if gate is not None and (not gate.wait(_GATE_LOOK) or self._stop.is_set()):
                continue
            least = 0.0
            try:
                loop()
                pause = self._pace.first_pause
                self._troubles.pop(loop.__name__, None)
                continue
            except RefusedError as error:
                least = error.retry_after
                if error.heals:
                    if error.code != "busy":
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
            jittered = pause * (0.5 + random.random() / 2)  # noqa: S311 - jitter, no secret
            self._stop.wait(max(least, jittered))
