"""The child's end of a link: three loops that run for as long as the site does.

    push     hello ─ send what follows the parent's mark ─ wait for more ─ …
    fetch    long poll ─ apply, position and sweep in one transaction ─ …
    report   every change of a position or of the outbox, and a sign of life every few seconds

    what happens             what the loop does
    the line is down         tries again, with growing pauses and jitter, for ever
    refused, and it heals    says hello again and goes on from where the parent says it stands
    refused, for a person    shows the reason (`trouble`), tries again rarely
    the database is away     as for the line

One loop is one method of a few lines; `_keep_going` is what makes it survive.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from replication import journal, outbox, position, subscribe
from replication.errors import LinkDownError, RefusedError
from replication.feed import Restart
from replication.identity import Identity, signature_holds
from replication.journal_growth import JournalGrowth
from replication.load import Load
from replication.messages import (
    Fetch,
    Hello,
    JournalHead,
    Mark,
    PositionReport,
    RestartOrder,
    SiteStatus,
    Status,
    Wanted,
)
from replication.streams import journal_of
from replication.subscribe import Outlet
from replication.transport.base import Transport
from schemas.tables.base import reading
from schemas.tables.link import peer, position_report, site_status
from schemas.wire.batch import WIRE_VERSION, BatchError, open_batch, read_records

_log = structlog.get_logger(__name__)
_FINISH = 10.0
#: A report may take a twentieth of the line's time, unless that would be silence for too long.
_REPORT_SHARE = 20
_LONGEST_SILENCE = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a link looks and how long it waits, in seconds. A journal that grew is noticed at
    once; it is looked at besides, so that nothing depends on being told.
    """

    look: float = 0.5
    wait: float = 25.0
    report: float = 0.5
    alive: float = 3.0
    first_pause: float = 0.2
    longest_pause: float = 5.0
    trouble_pause: float = 30.0


@dataclass(frozen=True, slots=True)
class Site:
    """The databases of a site and who it is. A lane's journal and catalogue are two files."""

    identity: Identity
    journals: Engine
    feeds: Engine
    outlet: Outlet
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
        self._mark: Mark | None = None
        self._last_report: tuple[Status | None, float] = (None, 0.0)
        self._reported_through: datetime | None = None
        self.trouble: str | None = None
        loops = (self.push_once, self.fetch_once, self.report_once)
        self._threads = [
            threading.Thread(target=self._keep_going, args=(loop,), name=loop.__name__, daemon=True)
            for loop in loops
        ]

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
        mark = self._mark if self._greeted.is_set() else self._greet()
        if mark is None:
            mark = self._greet()
        with reading(self._site.journals) as connection:
            identity = self._site.identity
            data = outbox.next_batch(
                connection, mark, identity.site, identity.sign, self._load.entries
            )
        if data is None:
            self._growth.wait(self._pace.look)
            return
        with self._load.timed():
            answer = self._transport.push(data)
        self._note(answer)

    def fetch_once(self) -> None:
        """Wait for the next batch of any feed and apply it."""
        self._require_greeting()
        with reading(self._site.feeds) as connection:
            wants = self._wants(connection)
        self._polling.set()
        answer = self._transport.fetch(Fetch(wants=wants, wait=self._pace.wait))
        self._polling.clear()
        if answer is None or self._stop.is_set():
            return
        with self._site.feeds.begin() as connection:
            if isinstance(answer, RestartOrder):
                order = Restart(answer.stream, answer.epoch, answer.head)
                subscribe.begin_generation(connection, order, self._site.outlet)
                return
            try:
                header, payload = open_batch(answer, self._signed_by_parent(connection))
                records = read_records(header, payload)
            except BatchError as error:
                raise RefusedError(error.problem, str(error)) from error
            subscribe.receive(connection, header, records, self._site.outlet)
            subscribe.leave_unfollowed(connection, self._site.identity.roots, self._site.outlet)

    def report_once(self) -> None:
        """Report when something changed, and now and then when nothing did."""
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
            pause = min(max(pause, took * _REPORT_SHARE), _LONGEST_SILENCE)
        self._stop.wait(pause)

    def greet_again(self) -> None:
        """Trust nothing that the parent said before: the next push begins with a hello."""
        self._greeted.clear()

    def _keep_going(self, loop: Callable[[], None]) -> None:
        pause = self._pace.first_pause
        while not self._stop.is_set():
            try:
                loop()
                pause = self._pace.first_pause
                continue
            except RefusedError as error:
                self.greet_again()
                if error.heals:
                    pause = self._pace.first_pause
                else:
                    self.trouble = f"{error.code}: {error}"
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
                self.trouble = f"{loop.__name__} failed, see the log"
                _log.exception("link loop failed", loop=loop.__name__)
            self._stop.wait(pause * (0.5 + random.random() / 2))  # noqa: S311 - jitter, no secret

    def _greet(self) -> Mark:
        with self._greeting:
            with reading(self._site.journals) as connection:
                head = journal.head_of(connection, self._stream)
            welcome = self._transport.hello(
                Hello(
                    site=self._site.identity.site,
                    wire=WIRE_VERSION,
                    clock=self._site.outlet.clock(),
                    journal=JournalHead(stream=head.stream, epoch=head.epoch, head=head.sequence),
                )
            )
            if welcome.mark.applied > head.sequence:
                message = (
                    f"{welcome.site} holds {welcome.mark.applied} entries of {head.stream}, here are "
                    f"{head.sequence}: this database was restored from a backup or copied"
                )
                raise RefusedError("chain", message)
            self._note(welcome.mark)
            self.trouble = None
            self._greeted.set()
            return welcome.mark

    def _require_greeting(self) -> None:
        if not self._greeted.wait(self._pace.first_pause) and not self._stop.is_set():
            raise LinkDownError("the parent has not been greeted yet")

    def _note(self, mark: Mark) -> None:
        if mark == self._mark:
            return
        with self._site.feeds.begin() as connection:
            outbox.remember(connection, mark, self._site.outlet.clock())
        self._mark = mark

    def _wants(self, connection: Any) -> list[Wanted]:  # noqa: ANN401 - a SQLAlchemy connection
        held = {one.stream: one for one in position.all_feeds(connection)}
        names = [*self._site.identity.roots, *self._site.outlet.applier.followed(connection)]
        return [
            Wanted(
                stream=name,
                epoch=held[name].epoch if name in held else "",
                after=held[name].through if name in held else 0,
            )
            for name in dict.fromkeys(names)
        ]

    def _signed_by_parent(self, connection: Any) -> Callable[[str, bytes, bytes], bool]:  # noqa: ANN401
        parent = self._site.identity.parent
        key = connection.execute(select(peer.c.public_key).where(peer.c.site == parent)).scalar()

        def verify(producer: str, signature: bytes, signed: bytes) -> bool:
            return producer == parent and signature_holds(bytes(key), signature, signed)

        return verify

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
        detail = dict(self._site.detail())
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
