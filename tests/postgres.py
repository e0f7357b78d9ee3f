"""One PostgreSQL for a whole test run, however many workers it has and however it ends.

A small process of its own, the keeper, owns the server. Whoever uses the server holds a shared lock
on a file in the run's directory; the keeper waits for that lock exclusively. The kernel releases a
lock when its holder ends, by whatever end, so the keeper gets it when the last worker is gone: then
it stops the server and removes its files. There is no count that a killed worker could leave wrong.

| the run               | the lock                       | the keeper                              |
|-----------------------|--------------------------------|-----------------------------------------|
| first worker asks     | shared                         | started, starts the server              |
| others ask            | shared                         | waits                                   |
| last worker ends      | free                           | takes it, stops the server, ends        |
| a worker asks so late | waits until the keeper is done | a new one is started                    |

The server does not sync to disk, and its files are in memory where there is room: what a test wrote
need not survive a power cut, and most of the time went into making and removing the hundreds of files of
each database. Tests of durability start a server of their own, on a disk.

Migrating a database and filling it is done once in a run, in a template; each test gets a copy of its
own. A template is named by what it holds, and whoever asks first makes it.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from psycopg import sql

from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.kinds import DatabaseKind

FAST: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    # What is logged is never replayed; it need not fill the memory.
    "max_wal_size": "256MB",
}
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a directory of random name is made in it
# Templates, a few copies for each worker and the log come to a third of this.
_ROOM: Final = 2 * 1024**3
_START_LIMIT: Final = 60.0

# Keepers that this process started: they outlive whoever asked, and are not to be waited for.
_keepers: Final[list[subprocess.Popen[bytes]]] = []


@contextmanager
def _lock(path: Path, mode: int) -> Iterator[IO[bytes]]:
    with path.open("ab") as file:
        fcntl.flock(file, mode)
        yield file


@contextmanager
def shared_server(meeting: Path) -> Iterator[EmbeddedPostgres]:
    """Use the server of the run whose workers meet in the directory `meeting`."""
    with _lock(meeting / "users", fcntl.LOCK_SH):
        with _lock(meeting / "starting", fcntl.LOCK_EX):
            if not (meeting / "address").exists():
                _start_keeper(meeting)
        yield EmbeddedPostgres(Path((meeting / "address").read_text(encoding="utf-8")))


def _start_keeper(meeting: Path) -> None:
    with (meeting / "keeper.log").open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.postgres", str(meeting)],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C is for the tests; the keeper ends when they have.
            start_new_session=True,
        )
    _keepers.append(keeper)
    limit = time.monotonic() + _START_LIMIT
    while not (meeting / "address").exists():
        if keeper.poll() is not None or time.monotonic() > limit:
            told = (meeting / "keeper.log").read_text(encoding="utf-8")
            raise RuntimeError(f"the tests' PostgreSQL did not start:\n{told}")
        time.sleep(0.02)


def keep(meeting: Path) -> None:
    """Run the server until nobody uses it any more."""
    # A directory of its own: a socket's path is short, and a test run's directory is not.
    home = Path(tempfile.mkdtemp(prefix="cw-tests-", dir=_in_memory()))
    try:
        with EmbeddedPostgres(home, FAST):
            written = meeting / "address.new"
            written.write_text(str(home), encoding="utf-8")
            written.rename(meeting / "address")
            with _lock(meeting / "users", fcntl.LOCK_EX):
                (meeting / "address").unlink()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _in_memory() -> Path | None:
    """Give the directory whose files are in memory; None when there is none, or no room."""
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM:
        return _MEMORY
    return None


def template(server: EmbeddedPostgres, meeting: Path, kind: DatabaseKind) -> str:
    """Give the name of the migrated database that others of `kind` are cut from."""

    def migrated(dsn: str) -> None:
        # Not before it is needed: tests of the server itself run without any table.
        from schemas.tables.migrate import upgrade

        upgrade(dsn, kind)

    return prepared(server, meeting, kind, "template1", migrated)


def prepared(
    server: EmbeddedPostgres,
    meeting: Path,
    what: str,
    cut_from: str,
    fill: Callable[[str], None],
) -> str:
    """Give the name of the template that holds `what`: a copy of the database `cut_from`, filled.

    `fill` is given its URL, once in a run, and lets go of every connection before it ends.
    """
    name = f"template_{what}"
    with _lock(meeting / "templates", fcntl.LOCK_EX):
        with server.administration() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if known.fetchone() is not None:
                return name
        half_made = f"making_{uuid.uuid4().hex}"
        _copy(server, cut_from, half_made)
        fill(server.dsn(half_made))
        with server.administration() as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(half_made), sql.Identifier(name)
                )
            )
    return name


def _copy(server: EmbeddedPostgres, cut_from: str, name: str) -> None:
    # The files as they are: to log every page of an almost empty database takes several times as long.
    with server.administration() as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(cut_from)
            )
        )


@contextmanager
def fresh_database(server: EmbeddedPostgres, cut_from: str) -> Iterator[str]:
    """Give the URL of a new copy of the database `cut_from`; it is dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    _copy(server, cut_from, name)
    try:
        yield server.dsn(name)
    finally:
        with server.administration() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
