"""Waiting until a site's own journal may have grown, whichever process made it grow.

    journal in   how it is noticed                                          cost while nothing happens
    PostgreSQL   LISTEN; `journal.append` notifies as its transaction commits   none
    SQLite       the file's data_version, which every other connection's        a look at shared memory
                 commit moves, looked at twenty times a second                 each time

It promises nothing: whoever waits looks again after its timeout at the latest. A database that is
away is waited for like one in which nothing happens, and listened to again as soon as it answers.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import Any

import psycopg
from sqlalchemy import Engine

from replication.journal import CHANNEL

#: A glance costs a third of a millisecond: a lane at rest uses less than one part in a hundred of a core.
_GLANCE = 0.05


class JournalGrowth:
    """Waits for one journal, on one thread; `close` may come from another when that has ended."""

    def __init__(self, journals: Engine, stop: threading.Event) -> None:
        self._url = journals.url
        self._stop = stop
        self._open: psycopg.Connection[Any] | sqlite3.Connection | None = None
        self._seen = 0

    def wait(self, timeout: float) -> None:
        """Return when the journal may have grown, after `timeout` seconds, or when told to stop."""
        if timeout <= 0:
            return
        try:
            if self._open is None:
                # What was appended before is not told of any more: the caller looks once again.
                self._open = self._begin()
                return
            if isinstance(self._open, sqlite3.Connection):
                self._glance(self._open, timeout)
            else:
                self._listen(self._open, timeout)
        except (psycopg.OperationalError, sqlite3.OperationalError):
            # The caller's next look at the journal says what is wrong with the database.
            self.close()
            self._stop.wait(timeout)

    def close(self) -> None:
        """Let go of the database."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _begin(self) -> psycopg.Connection[Any] | sqlite3.Connection:
        if self._url.get_backend_name() == "sqlite":
            file = sqlite3.connect(str(self._url.database), check_same_thread=False)
            self._seen = _version(file)
            return file
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(plain, autocommit=True)
        connection.execute(f"LISTEN {CHANNEL}")
        return connection

    @staticmethod
    def _listen(connection: psycopg.Connection[Any], timeout: float) -> None:
        if list(connection.notifies(timeout=timeout, stop_after=1)):
            # Many commits while a batch was on its way are one reason to look.
            list(connection.notifies(timeout=0))

    def _glance(self, file: sqlite3.Connection, timeout: float) -> None:
        limit = time.monotonic() + timeout
        while time.monotonic() < limit and not self._stop.wait(_GLANCE):
            version = _version(file)
            if version != self._seen:
                self._seen = version
                return


def _version(file: sqlite3.Connection) -> int:
    return int(file.execute("PRAGMA data_version").fetchone()[0])
