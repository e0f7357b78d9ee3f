"""Sends what the till tells of the moment to the branch: lightly, and only the newest.

    a line from the till          sent at once, yet a second after the one before at the earliest
    nothing new                   sent again every ten seconds: a branch that was started anew knows nothing
    the line is back              sent at once
    the branch does not answer    tried again after two seconds, with what is newest then
    it knows no moments           (an older release) asked again every five minutes: it may be upgraded

It keeps nothing, and nobody waits for it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from replication.clock import Clock
from replication.errors import LinkDownError, RefusedError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MomentPace:
    """In seconds."""

    least: float = 1.0
    repeat: float = 10.0
    retry: float = 2.0
    unknown: float = 300.0


class MomentSender:
    """Sends from `start` to `stop`, on a thread of its own, by `send`."""

    def __init__(
        self, send: Callable[[bytes], None], clock: Clock, pace: MomentPace | None = None
    ) -> None:
        self._send = send
        self._clock = clock
        self._pace = pace or MomentPace()
        self._changed = threading.Condition()
        self._newest: dict[str, object] | None = None
        self._new = False
        self._ending = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="moments", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what was not sent is left."""
        self._stop.set()
        with self._changed:
            self._ending = True
            self._changed.notify()

    def take(self, line: bytes) -> None:
        """Have a moment sent instead of the one before."""
        try:
            told = json.loads(line)
        except ValueError:
            _log.warning("the till told what cannot be read", line=line[:200])
            return
        if isinstance(told, dict):
            with self._changed:
                self._newest, self._new = told, True
                self._changed.notify()

    def again(self) -> None:
        """Send the newest again: the branch may have forgotten it."""
        with self._changed:
            self._new = True
            self._changed.notify()

    def _run(self) -> None:
        while not self._stop.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._new or self._ending, self._pace.repeat)
                newest, self._new = self._newest, False
            if newest is not None and not self._stop.is_set():
                self._stop.wait(self._say(newest))

    def _say(self, newest: dict[str, object]) -> float:
        """Send one; for how long to be silent then."""
        told = {**newest, "at": self._clock().isoformat()}
        try:
            self._send(json.dumps(told).encode())
        except RefusedError as error:
            if error.code == "not_online":
                return self._pace.unknown
            _log.info("a moment was refused", code=error.code, message=str(error))
        except LinkDownError as error:
            _log.debug("a moment was not sent", error=str(error))
        else:
            return self._pace.least
        self._new = True
        return self._pace.retry
