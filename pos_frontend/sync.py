"""The sync process: the lane's end of the link to its branch, apart from the till.

It writes catalogue.db and reads journal.db. It ends on SIGTERM or SIGINT, and, when a till
supervises it, as soon as the till is gone: the till holds the other end of its standard input,
which the system closes however the till ends. What comes down there are the till's moments, which go on
to the branch (`moment_sender`). Each change of the line is told to the till as one
line of JSON on standard output; logs go to standard error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from pos_frontend import databases
from pos_frontend.catalogue import Catalogue
from pos_frontend.journal import LaneJournal
from pos_frontend.link_site import link_site
from pos_frontend.lookup import kept_counts
from pos_frontend.moment_sender import MomentSender
from pos_frontend.purge import purge
from pos_frontend.recovery import recovery_of
from pos_frontend.settings import LaneSettings
from pos_frontend.status import LinkState
from pos_frontend.verify import verify
from replication import identity
from replication.clock import clock_of
from replication.errors import LinkDownError, LinkError, RefusedError
from replication.housekeeping import Housekeeping
from replication.nightly import NightlyCheck
from replication.runner import LinkRunner
from replication.serving import collect_seldom, plain_logs
from replication.transport.http import HttpTransport
from replication.transport.watched import WatchedTransport
from schemas.tables.base import reading

Tell = Callable[[LinkState], None]


class LinkTeller:
    """Tells, through `tell`, each change of whether the branch answers and what it refuses, or else what
    the lane itself refuses of it (`trouble`).
    """

    def __init__(self, tell: Tell, trouble: Callable[[], str | None]) -> None:
        self._tell = tell
        self._trouble = trouble
        self._last: LinkState | None = None
        self._lock = threading.Lock()

    def heard(self, error: LinkError | None) -> None:
        """Note how a call to the branch went; a refusal is an answer."""
        trouble = self._trouble() or ""
        if isinstance(error, RefusedError) and not error.heals:
            trouble = f"{error.code}: {error}"
        state = LinkState(online=not isinstance(error, LinkDownError), trouble=trouble)
        with self._lock:
            if state != self._last:
                self._last = state
                self._tell(state)


def run(settings: LaneSettings, *, supervised: bool) -> None:
    """Keep the lane in step with its branch until told to stop."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    plain_logs()
    collect_seldom()
    stop = threading.Event()
    with (
        databases.for_sync(settings.data) as both,
        databases.journal_writer(settings.data) as writer,
        _stopping(stop),
    ):
        with reading(both.journal) as connection:
            lane = identity.load(connection)
        clock = clock_of(settings.clock)
        line = HttpTransport(settings.parent, lane)
        moments = MomentSender(line.moment, clock)
        if supervised:
            threading.Thread(target=_hear_till, args=(moments, stop), daemon=True).start()

        def tell(state: LinkState) -> None:
            (_to_stdout if supervised else _to_nobody)(state)
            if state.online:
                moments.again()

        teller = LinkTeller(tell, lambda: runner.trouble)
        transport = WatchedTransport(line, teller.heard)
        own = _detail(LaneJournal(both.journal, lane.site), settings.data)

        def detail() -> Mapping[str, Any]:
            return {**own(), **check.detail(), "grace_days": settings.journal.keep_days}

        back = recovery_of(writer, lane.site, clock, settings.data)
        site = link_site(lane, both.journal, both.catalogue, back, detail)
        runner = LinkRunner(site, transport)
        check = NightlyCheck(
            lambda: verify(runner, repair=settings.verify.repair), settings.verify,
            lane.site, clock, _zone(Catalogue(both.catalogue), lane.parent or ""),
        )  # fmt: skip
        keeping = Housekeeping(
            {"journal": partial(purge, both.catalogue, writer, lane.site, settings.journal.keep_days)},
            clock,
        )  # fmt: skip
        runner.start()
        check.start()
        keeping.start()
        moments.start()
        stop.wait()
        moments.stop()
        keeping.stop()
        check.stop()
        runner.stop()


def _zone(catalogue: Catalogue, branch: str) -> Callable[[], tzinfo | None]:
    """The zone of the lane's branch, once its record has arrived."""

    def zone() -> tzinfo | None:
        found = catalogue.branch(branch)
        return None if found is None else ZoneInfo(found.zone)

    return zone


def _detail(journal: LaneJournal, data: Path) -> Callable[[], Mapping[str, Any]]:
    """What the lane tells its branch about itself beside positions."""

    def detail() -> Mapping[str, Any]:
        counters, shift = journal.counters(), journal.open_shift()
        return {
            "receipt": counters.receipt,
            "operator": shift.operator if shift else "",
            "shift": shift.shift if shift else "",
            "inquiries": kept_counts(data),
        }

    return detail


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT end the process cleanly."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    yield


def _hear_till(moments: MomentSender, stop: threading.Event) -> None:
    """Take the till's moments, until its end of the pipe closes."""
    for line in sys.stdin.buffer:
        moments.take(line)
    stop.set()


def _to_stdout(state: LinkState) -> None:
    try:
        print(json.dumps({"online": state.online, "trouble": state.trouble}), flush=True)  # noqa: T201
    except BrokenPipeError:
        # The till is gone; its end of standard input tells us to end, and nobody reads this.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _to_nobody(state: LinkState) -> None:
    """The line's state goes to the log of the runner when no till listens."""
    del state
