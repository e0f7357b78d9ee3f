"""Which database a command works on: the configured one, or the site's private server.

a DSN is configured            that one; nothing is started
no site process is running     the private server is started, and stopped with the command
the site is running            its server is used as it is: `token` or `import` beside `serve`
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from ops.embedded_postgres import EmbeddedPostgres


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
    if server.is_owned() and server.is_running():
        yield server.dsn()
        return
    with server:
        server.ensure_database()
        yield server.dsn()
