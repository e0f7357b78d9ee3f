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

The server does not sync to disk: what a test wrote need not survive a power cut. Tests of
durability start a server of their own.
"""

import fcntl
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
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
}
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
    home = Path(tempfile.mkdtemp(prefix="cw-tests-"))
    try:
        with EmbeddedPostgres(home, FAST):
            written = meeting / "address.new"
            written.write_text(str(home), encoding="utf-8")
            written.rename(meeting / "address")
            with _lock(meeting / "users", fcntl.LOCK_EX):
                (meeting / "address").unlink()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def template(server: EmbeddedPostgres, meeting: Path, kind: DatabaseKind) -> str:
    """Give the name of the migrated database that others of `kind` are cut from."""
    name = f"template_{kind}"
    with _lock(meeting / "templates", fcntl.LOCK_EX):
        with server.administration() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if known.fetchone() is not None:
                return name
        # Not before it is needed: tests of the server itself run without any table.
        from schemas.tables.migrate import upgrade

        half_made = f"making_{kind}_{uuid.uuid4().hex}"
        server.ensure_database(half_made)
        upgrade(server.dsn(half_made), kind)
        with server.administration() as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(half_made), sql.Identifier(name)
                )
            )
    return name


@contextmanager
def fresh_database(server: EmbeddedPostgres, cut_from: str) -> Iterator[str]:
    """Give the URL of a new copy of the database `cut_from`; it is dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    with server.administration() as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(cut_from)
            )
        )
    try:
        yield server.dsn(name)
    finally:
        with server.administration() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
