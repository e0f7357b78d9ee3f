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

One loop is one method of a few lines; `_keep_going` is what makes it survive.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from replication import (
    following,
    greeting,
    incarnation,
    journal,
    outbox,
    position,
    recovery,
    self_report,
)
from replication.digest_messages import Asked
from replication.errors import LinkDownError, RefusedError
from replication.identity import Identity
from replication.journal_growth import JournalGrowth
from replication.load import Load
from replication.messages import (
    Fetch,
    Mark,
    PositionReport,
    Recall,
    SiteStatus,
    Status,
)
from replication.recovery import Lost, Recovery
from replication.streams import journal_of
from replication.subscribe import Outlet
from replication.transport.base import Transport, online
from schemas.tables.base import reading
from schemas.tables.link import position_report, site_status
from schemas.wire.batch import WIRE_VERSION, BatchError, open_batch, read_entries
from schemas.wire.entry import Entry

_log = structlog.get_logger(__name__)
_FINISH = 10.0
_ASK_TRIES = 10
#: However slow the line, nobody is left without a report for longer.
_LONGEST_SILENCE = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a link looks and how long it waits, in seconds. A journal that grew is noticed at
    once; it is looked at besides, so that nothing depends on being told. The next report waits
    `report_share` times as long as the last one took: reports get a twentieth of the line's time.
    """

    look: float = 0.5
    wait: float = 25.0
    report: float = 0.5
    greet: float = 60.0
    alive: float = 3.0
    first_pause: float = 0.2
    longest_pause: float = 5.0
    trouble_pause: float = 30.0
    report_share: float = 20.0


@dataclass(frozen=True, slots=True)
class Site:
    """The databases of a site and who it is. A lane's journal and catalogue are two files."""

    identity: Identity
    journals: Engine
    feeds: Engine
    outlet: Outlet
    recovery: Recovery
    detail: Callable[[], Mapping[str, Any]]


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
        self._greeting = threading.Lock()
        self._greeted = threading.Event()
        self._polling = threading.Event()
        self._marks: dict[str, Mark] = {}
        self._lost: list[Lost] = []
        self._greeted_at = -math.inf
        self._noted: incarnation.Mark | None = None
        self._last_report: tuple[Status | None, float] = (None, 0.0)
        self._reported_through: datetime | None = None
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
        if not self._greeted.is_set() or self._must_greet_again():
            self._greet()
        applied = {epoch: mark.applied for epoch, mark in self._marks.items()}
        with reading(self._site.journals) as connection:
            identity = self._site.identity
            data = outbox.next_batch(
                connection,
                self._stream,
                applied,
                identity.site,
                identity.sign,
                self._load.entries,
            )
        if data is None:
            self._growth.wait(self._pace.look)
            return
        with self._load.timed():
            answer = self._transport.push(data)
        self._note([answer])

    def fetch_once(self) -> None:
        """Wait for the next batch of any feed and apply it."""
        self._require_greeting()
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
        self._require_greeting()
        if self._lost:
            self._fetch_back_a_piece(self._lost[0])
        else:
            self._stop.wait(self._pace.report)

    def fetch_back(self) -> int:
        """Greet, and fetch back all that this site lost, at once; how many entries that were.

        Raises LinkDownError and RefusedError; what came until then is kept.
        """
        self._greet()
        came = 0
        while self._lost:
            came += self._fetch_back_a_piece(self._lost[0])
        return came

    def _fetch_back_a_piece(self, lost: Lost) -> int:
        entries = self._recalled(Recall(stream=self._stream, epoch=lost.epoch, after=lost.after))
        if not entries:
            message = f"the parent no longer gives {lost} back: ask again"
            raise RefusedError("gap", message)
        with self._site.recovery.engine.begin() as connection:
            recovery.regain(self._site.recovery, connection, entries)
        reached = entries[-1].sequence
        _log.warning("fetched back", stream=self._stream, epoch=lost.epoch, through=reached)
        rest = [Lost(lost.epoch, reached, lost.through)] if reached < lost.through else []
        self._lost = rest + self._lost[1:]
        return len(entries)

    def report_once(self) -> None:
        """Report when something changed, and now and then when nothing did."""
        self._write_mark()
        self._require_greeting()
        status, newest = self._status()
        last, sent = self._last_report
        quiet = last is not None and _same(last, status)
        pause = self._pace.report
        # Not the site's clock, which may jump or be simulated: how long ago is a matter of real time.
        if not quiet or time.monotonic() - sent > self._pace.alive:
            begun = time.monotonic()
            self._transport.status(status)
            self._last_report = (status, time.monotonic())
            self._reported_through = newest
            # On a line so thin that a report takes seconds, sales come before reports.
            took = time.monotonic() - begun
            pause = min(max(pause, took * self._pace.report_share), _LONGEST_SILENCE)
        self._stop.wait(pause)

    def status(self) -> Status:
        """What would be reported just now."""
        return self._status()[0]

    def ask(self, asked: Asked) -> bytes:
        """See `Online.ask`; a parent that forgot this site, or heard another process of it, is
        greeted first.
        """
        for _ in range(_ASK_TRIES):
            try:
                if not self._greeted.is_set():
                    self._greet()
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
        self._greeted.clear()

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
                    self._greeted_at = -math.inf
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

    def _greet(self) -> None:
        with self._greeting:
            marks = self._hello()
            # Whatever was lost is noted before anything is sent: no number is given twice.
            self._lost = recovery.reconcile(self._site.recovery, marks, self._parent_hash)
            self._note(marks)
            self._marks = {mark.epoch: mark for mark in marks}
            self._greeted_at = time.monotonic()
            self._greeted.set()

    def _hello(self) -> list[Mark]:
        """Say hello; the parent's marks for every epoch of our journal that it holds."""
        with reading(self._site.journals) as connection:
            clock = self._site.outlet.clock()
            hello = greeting.hello_of(connection, self._site.identity, clock)
        welcome = self._transport.hello(hello)
        # A parent of the first release knows of the present epoch alone.
        return welcome.marks or [welcome.mark]

    def _must_greet_again(self) -> bool:
        """Now and then, to learn what another incarnation of this site, or its parent, lost or won."""
        return time.monotonic() - self._greeted_at > self._pace.greet

    def _parent_hash(self, epoch: str, sequence: int) -> bytes:
        """The hash that the parent holds after an entry of our journal, which is not its last."""
        after = Recall(stream=self._stream, epoch=epoch, after=sequence, limit=1)
        entries = self._recalled(after)
        if not entries:
            raise RefusedError("gap", f"the parent holds nothing after entry {sequence} of {epoch}")
        return entries[0].previous

    def _recalled(self, recall: Recall) -> list[Entry]:
        answer = self._transport.recall(recall)
        if answer is None:
            return []
        with reading(self._site.feeds) as connection:
            verify = following.signed_by_parent(connection, self._site.identity)
        try:
            header, payload = open_batch(answer, verify)
            return read_entries(header, payload)
        except BatchError as error:
            raise RefusedError(error.problem, str(error)) from error

    def _write_mark(self) -> None:
        """Note outside the database how far the journal has come."""
        with reading(self._site.journals) as connection:
            present = incarnation.present(connection, self._site.identity.site)
            head = journal.head_of(connection, self._stream)
        if present is None:
            return
        mark = incarnation.Mark(present.name, head.epoch, head.sequence)
        if mark != self._noted:
            incarnation.write_mark(self._site.recovery.mark, mark)
            self._noted = mark

    def _require_greeting(self) -> None:
        if not self._greeted.wait(self._pace.first_pause) and not self._stop.is_set():
            raise LinkDownError("the parent has not been greeted yet")

    def _note(self, marks: Sequence[Mark]) -> None:
        news = [mark for mark in marks if mark != self._marks.get(mark.epoch)]
        if not news:
            return
        with reading(self._site.journals) as connection:
            present = journal.head_of(connection, self._stream).epoch
        with self._site.feeds.begin() as connection:
            for mark in news:
                at = self._site.outlet.clock()
                outbox.remember(connection, mark, at, over=mark.epoch != present)
        self._marks |= {mark.epoch: mark for mark in news}

    def _status(self) -> tuple[Status, datetime | None]:
        identity = self._site.identity
        with reading(self._site.journals) as journals, reading(self._site.feeds) as feeds:
            box = outbox.look(journals, feeds, self._stream)
            reports = [
                PositionReport(site=identity.site, stream=one.stream, epoch=one.epoch,
                               through=one.through, applied_at=one.applied_at)
                for one in position.all_feeds(feeds)
                if one.applied_at is not None and not one.loading
            ]  # fmt: skip
            newest: datetime | None = None
            below: list[PositionReport] = []
            sites: list[SiteStatus] = []
            if self._site.outlet.relays:
                newest, below = self._reports_below(feeds)
                sites = [
                    SiteStatus.model_validate(row.status)
                    for row in feeds.execute(select(site_status).order_by(site_status.c.site))
                ]
            told = self_report.compose(journals, feeds, box, self.trouble)
        detail = dict(self._site.detail()) | told
        own = SiteStatus(
            site=identity.site, parent=identity.parent or "", clock=self._site.outlet.clock(),
            wire=WIRE_VERSION, pending=box.pending, oldest_unsent=box.oldest,
            quarantine=int(detail.pop("quarantine", 0)), detail=detail,
        )  # fmt: skip
        return Status(reports=reports + below, sites=[own, *sites]), newest

    def _reports_below(self, connection: Any) -> tuple[datetime | None, list[PositionReport]]:  # noqa: ANN401
        query = select(position_report).order_by(position_report.c.received)
        if self._reported_through is not None:
            # A report may commit after a younger one was sent: look back a little, repeats are harmless.
            query = query.where(position_report.c.received >= self._reported_through)
        rows = list(connection.execute(query))
        reports = [
            PositionReport(site=row.site, stream=row.stream, epoch=row.epoch, through=row.through,
                           applied_at=row.applied_at)
            for row in rows
        ]  # fmt: skip
        return (rows[-1].received if rows else self._reported_through), reports


def _same(one: Status, other: Status) -> bool:
    """Whether two reports say the same, their clocks aside."""

    def bare(status: Status) -> list[dict[str, Any]]:
        return [site.model_dump(exclude={"clock"}) for site in status.sites]

    return one.reports == other.reports and bare(one) == bare(other)
