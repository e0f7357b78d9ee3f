"""The sync process: the lane's end of the link to its branch, apart from the till.

It writes catalogue.db and reads journal.db. It ends on SIGTERM or SIGINT, and, when a till
supervises it, as soon as the till is gone: the till holds the other end of its standard input,
which the system closes however the till ends. Each change of the line is told to the till as one
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
from typing import Any, TypeVar

import structlog

from pos_frontend import databases
from pos_frontend.journal import LaneJournal
from pos_frontend.settings import LaneSettings
from pos_frontend.status import LinkState
from replication import identity
from replication.clock import clock_of
from replication.errors import LinkDownError, RefusedError
from replication.messages import Fetch, Hello, Mark, RestartOrder, Status, Welcome
from replication.runner import LinkRunner, Site
from replication.subscribe import Outlet
from replication.transport.base import Transport
from replication.transport.http import HttpTransport
from schemas.tables.base import reading
from schemas.tables.catalogue_store import CatalogueStore

T = TypeVar("T")
Tell = Callable[[LinkState], None]


class WatchedTransport:
    """A transport that tells, through `tell`, whether the parent answers and what it refuses."""

    def __init__(self, inner: Transport, tell: Tell) -> None:
        self._inner = inner
        self._tell = tell
        self._last: LinkState | None = None
        self._lock = threading.Lock()

    def enrol(self, request: bytes) -> bytes:
        """See `Transport.enrol`."""
        return self._watched(lambda: self._inner.enrol(request))

    def hello(self, hello: Hello) -> Welcome:
        """See `Transport.hello`."""
        return self._watched(lambda: self._inner.hello(hello))

    def push(self, data: bytes) -> Mark:
        """See `Transport.push`."""
        return self._watched(lambda: self._inner.push(data))

    def fetch(self, fetch: Fetch) -> bytes | RestartOrder | None:
        """See `Transport.fetch`."""
        return self._watched(lambda: self._inner.fetch(fetch))

    def status(self, status: Status) -> None:
        """See `Transport.status`."""
        self._watched(lambda: self._inner.status(status))

    def close(self) -> None:
        """See `Transport.close`."""
        self._inner.close()

    def _watched(self, call: Callable[[], T]) -> T:
        try:
            answer = call()
        except LinkDownError:
            self._say(LinkState(online=False))
            raise
        except RefusedError as error:
            trouble = "" if error.heals else f"{error.code}: {error}"
            self._say(LinkState(online=True, trouble=trouble))
            raise
        self._say(LinkState(online=True))
        return answer

    def _say(self, state: LinkState) -> None:
        with self._lock:
            if state != self._last:
                self._last = state
                self._tell(state)


def run(settings: LaneSettings, *, supervised: bool) -> None:
    """Keep the lane in step with its branch until told to stop."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    stop = threading.Event()
    with databases.for_sync(settings.data) as both, _stopping(stop):
        if supervised:
            threading.Thread(target=_watch_parent, args=(stop,), daemon=True).start()
        with reading(both.journal) as connection:
            lane = identity.load(connection)
        transport = WatchedTransport(
            HttpTransport(settings.parent, lane), _to_stdout if supervised else _to_nobody
        )
        outlet = Outlet(CatalogueStore(), clock_of(settings.clock), relays=False)
        detail = _detail(LaneJournal(both.journal, lane.site))
        runner = LinkRunner(Site(lane, both.journal, both.catalogue, outlet, detail), transport)
        runner.start()
        stop.wait()
        runner.stop()


def _detail(journal: LaneJournal) -> Callable[[], Mapping[str, Any]]:
    """What the lane tells its branch about itself beside positions."""

    def detail() -> Mapping[str, Any]:
        counters, shift = journal.counters(), journal.open_shift()
        return {
            "receipt": counters.receipt,
            "operator": shift.operator if shift else "",
            "shift": shift.shift if shift else "",
        }

    return detail


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT end the process cleanly."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    yield


def _watch_parent(stop: threading.Event) -> None:
    """Wait for the till's end of the pipe to close."""
    while sys.stdin.buffer.read(1):
        pass
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
