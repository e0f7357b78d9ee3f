"""What a site does by itself once a night beside verifying: work that nobody waits for.

    due ──▶ every task in turn ──▶ due again at the same time tomorrow
              └─ the database is away: tried again a little later

A task tells what it did in the log alone; what it may remove is its own business.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from replication.clock import Clock

_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 20.0
_RETRY = timedelta(minutes=10)
_AT = time(2, 30)


class Housekeeping:
    """Does its tasks once a night, on a thread of its own from `start` to `stop`.

    A task answers how much it removed.
    """

    def __init__(
        self, tasks: Mapping[str, Callable[[datetime], int]], clock: Clock, at: time = _AT
    ) -> None:
        self._tasks = tasks
        self._clock = clock
        self._at = at
        self.due = self._next(clock())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; what is under way ends with the process, whole or not at all."""
        self._stop.set()

    def tick(self) -> None:
        """Do the tasks if they are due."""
        now = self._clock()
        if now < self.due:
            return
        self.due = now + _RETRY
        for name, task in self._tasks.items():
            try:
                _log.info("housekeeping", task=name, removed=task(now))
            except DBAPIError as error:
                _log.warning("housekeeping put off", task=name, error=str(error.orig))
                return
        self.due = self._next(now)

    def _next(self, now: datetime) -> datetime:
        local = now.astimezone()
        due = local.replace(hour=self._at.hour, minute=self._at.minute, second=0, microsecond=0)
        return due if due > local else due + timedelta(days=1)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.tick()
            except Exception:  # noqa: BLE001 - see below
                # A fault of ours must not end the nightly work for good without a word.
                _log.exception("housekeeping failed")
                self.due = self._clock() + _RETRY
