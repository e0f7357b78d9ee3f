"""Which database a command works on: the configured one, or the site's private server.

a DSN is configured            that one; nothing is started
no site process is running     the private server is started, and stopped with the command
the site is running, or        its server is used as it is: `token` or `import` beside `serve`; it is not
another command is             stopped before this one is done, or for some seconds at least
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from ops.embedded_postgres import EmbeddedPostgres
from ops.embedded_postgres.guests import Guests

#: For how many seconds a process is waited for that owns the server while it does not answer.
_STARTING: Final = 60.0
_LOOK: Final = 0.05


class DatabaseSettings(Protocol):
    """What headquarters' and a branch's settings have in common."""

    @property
    def data(self) -> Path:
        """Where a private server keeps its files."""

    @property
    def dsn(self) -> str | None:
        """The configured database, if there is one."""


@contextmanager
def provide(settings: DatabaseSettings) -> Iterator[str]:
    """The URL of the database to work on, for as long as the context lasts."""
    if settings.dsn is not None:
        yield settings.dsn
        return
    server = EmbeddedPostgres(settings.data / "postgres")
    guests = Guests(server.directory)
    with guests.staying():
        if _is_run_by_another(server):
            server.ensure_database()
            yield server.dsn()
            return
    server.start()
    try:
        server.ensure_database()
        yield server.dsn()
    finally:
        with guests.gone():
            server.stop()


def _is_run_by_another(server: EmbeddedPostgres) -> bool:
    """Whether a process owns the server and it answers; one that is just starting it is waited for."""
    limit = time.monotonic() + _STARTING
    while server.is_owned() and time.monotonic() < limit:
        if server.is_running():
            return True
        time.sleep(_LOOK)
    return False
