"""Exceptions on their way into the lane's journal, on a thread of its own: no act waits for them.

    note ──▶ waiting ──▶ journal.db, durably, within a moment
                └─ the disk refuses: tried again, every few seconds, in order

More than wait room for are given up, which the log says. A kill within the moment loses what waited;
what was noted of a payment is noted again, for the terminal is asked about it again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import structlog
from sqlalchemy.exc import DBAPIError

from schemas.domain.exceptions import TillException

_log = structlog.get_logger(__name__)
_ROOM = 500
_PAUSE = 5.0
_PATIENCE = 5.0


class ExceptionLog:
    """Writes by `write`, which raises DBAPIError when the disk refuses. It begins with its first."""

    def __init__(self, write: Callable[[TillException], None], pause: float = _PAUSE) -> None:
        self._write = write
        self._pause = pause
        self._changed = threading.Condition()
        self._waiting: deque[TillException] = deque()
        self._ending = False
        self._thread: threading.Thread | None = None

    def note(self, fact: TillException) -> None:
        """Have it written; returns at once and never raises."""
        with self._changed:
            if len(self._waiting) >= _ROOM:
                _log.error("an exception is given up: too many wait for the disk", fact=str(fact))
                return
            self._waiting.append(fact)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="exceptions", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Write what waits, if the disk lets us, and end."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_PATIENCE)
        if self._waiting:
            _log.error("exceptions were not written", facts=[str(one) for one in self._waiting])

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ending)
                if not self._waiting:
                    return
                fact = self._waiting[0]
            if self._written(fact):
                with self._changed:
                    self._waiting.popleft()
            elif self._rest():
                return

    def _written(self, fact: TillException) -> bool:
        try:
            self._write(fact)
        except DBAPIError as error:
            _log.warning("an exception is not written yet", error=str(error.orig))
            return False
        return True

    def _rest(self) -> bool:
        """Leave the disk alone for a while; whether this is the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ending, self._pause)
            return self._ending
