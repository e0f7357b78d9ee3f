"""One private server's life: created, started, watched, restarted, stopped."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self
from urllib.parse import quote

import psutil
import psycopg
import structlog
from psycopg import sql

from ops.embedded_postgres import processes
from ops.embedded_postgres.account import BINARIES, account_for, let_in, open_private
from ops.embedded_postgres.error import EmbeddedPostgresError, failure
from ops.embedded_postgres.owner import Owner

ROLE: Final = "chainwright"

# The kernel allows 107 bytes for a socket's address on Linux and 103 elsewhere; the rest is reserve.
_SOCKET_PATH_LIMIT: Final = 100
_SOCKET_NAME: Final = ".s.PGSQL.5432"
_LOG_LIMIT: Final = 10 * 1024 * 1024

_START_LIMIT: Final = 60.0
# Fast shutdown rolls open transactions back and writes a checkpoint; immediate leaves recovery to
# the next start; killing is the last word. Seconds of patience with each.
_STOP_STEPS: Final = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
_WATCH_EVERY: Final = 0.1
_RESTART_PAUSES: Final = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

_DEFAULTS: Final[Mapping[str, str]] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # PostgreSQL's own default, taken from the system as it is used: the lines of a branch's busiest day and
    # their index fit in it; in half of it the close of such a day takes nearly three times as long.
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    # A site's queries are short; compiling them costs more than it saves.
    "jit": "off",
}

_log = structlog.get_logger(__name__)


class EmbeddedPostgres:
    """The private PostgreSQL that lives in `directory`.

    `settings` are further server options (`{"work_mem": "16MB"}`); they win over the defaults, but
    may not touch what keeps the server private. An instance that never starts may still give a
    `dsn`, look at `is_running` or `stop` a server that a killed site left behind.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory.resolve()
        self.data = self.directory / "data"
        self.log_file = self.directory / "postgres.log"
        self._identity = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        self.socket_directory = self._choose_socket_directory()
        # How its processes are recognised.
        self._cluster_name = f"chainwright-{self._identity}"
        private = {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": str(self.socket_directory),
            "unix_socket_permissions": "0700",
            "cluster_name": self._cluster_name,
        }
        given = dict(settings or {})
        if forbidden := sorted(private.keys() & given.keys()):
            msg = f"these options keep the server private and cannot be set: {', '.join(forbidden)}"
            raise ValueError(msg)
        self._options: Mapping[str, str] = {**_DEFAULTS, **given, **private}
        self._change = threading.RLock()
        self._stopping = threading.Event()
        self._supervisor: threading.Thread | None = None
        self._owner = Owner(self.directory)
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # --- what a site uses ---

    def start(self) -> None:
        """Own and run the server; return when it answers. Does nothing when this instance runs it.

        Raises `EmbeddedPostgresError` when another living process owns the directory, or when the
        server does not come up.
        """
        with self._change:
            if self._owner.is_here:
                return
            self.directory.mkdir(parents=True, exist_ok=True)
            self._owner.take()
            try:
                self._ensure_running()
            except BaseException:
                self._owner.release()
                raise
            self._stopping.clear()
            self._supervisor = threading.Thread(
                target=self._supervise, name=f"postgres-{self._identity}", daemon=True
            )
            self._supervisor.start()

    def stop(self) -> None:
        """Stop the server, whoever started it; return when none of its processes is left.

        Not for use inside a signal handler: let the handler end the main loop, and stop after it.
        Does nothing when no server runs. Refuses when another living process owns the server.
        """
        # Set before the lock is taken, so that a restart under way gives up instead of holding it.
        self._stopping.set()
        if self._supervisor is not None and self._supervisor is not threading.current_thread():
            self._supervisor.join()
        with self._change:
            self._supervisor = None
            if not self.directory.exists():
                return
            if not self._owner.is_here:
                self._owner.take()
            try:
                self._shut_down()
            finally:
                self._owner.release()

    def is_running(self) -> bool:
        """Whether a server of this directory lives and accepts connections."""
        lines = self._postmaster_lines()
        return bool(lines) and lines[-1].strip() == "ready" and self._postmaster_pid() is not None

    def is_owned(self) -> bool:
        """Whether a living process owns this directory, this one included."""
        return self._owner.is_anywhere()

    def dsn(self, database: str = "chainwright") -> str:
        """SQLAlchemy's URL of `database`, over the socket; the database need not exist yet."""
        # By hand, so that slashes stay slashes: a `%2F` is a trap for every reader of INI files.
        host = quote(str(self.socket_directory), safe="/")
        return f"postgresql+psycopg://{ROLE}@/{quote(database, safe='')}?host={host}"

    def ensure_database(self, name: str = "chainwright") -> None:
        """Create the database `name` unless it exists."""
        with self.administration() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if known.fetchone() is None:
                # Another process may create it in the same moment.
                with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    @contextmanager
    def administration(self) -> Iterator[psycopg.Connection]:
        """Give a connection outside any transaction, to the database that every cluster has."""
        with psycopg.connect(
            host=str(self.socket_directory), user=ROLE, dbname="postgres", autocommit=True
        ) as connection:
            yield connection

    # --- running ---

    def _supervise(self) -> None:
        failures = 0
        while not self._stopping.wait(_WATCH_EVERY):
            # Cheap: one look at a process number, ten times a second.
            if self._lives():
                continue
            pause = _RESTART_PAUSES[min(failures, len(_RESTART_PAUSES) - 1)]
            if self._stopping.wait(pause):
                return
            _log.warning("postgres.gone", directory=str(self.directory), attempt=failures + 1)
            try:
                self._ensure_running()
            except (EmbeddedPostgresError, OSError, psutil.Error) as error:
                failures += 1
                _log.error("postgres.restart_failed", error=str(error))
            else:
                failures = 0
                _log.info("postgres.restarted", directory=str(self.directory))

    def _lives(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        return self._postmaster_pid() is not None

    def _ensure_running(self) -> None:
        limit = time.monotonic() + _START_LIMIT
        found = self._postmaster_pid() is not None
        if not found:
            self._bring_up()
        while not self._answers():
            if not self._lives():
                if not found:
                    raise self._failure("PostgreSQL ended while it was starting")
                # What was found was ending already, as when its site was killed with it.
                found = False
                self._bring_up()
            if time.monotonic() > limit:
                raise self._failure(f"PostgreSQL did not answer within {_START_LIMIT:.0f} s")
            if self._stopping.is_set() and threading.current_thread() is self._supervisor:
                return
            time.sleep(0.01)

    def _bring_up(self) -> None:
        account = account_for(self.data)
        open_private(self.socket_directory, account)
        if account is not None:
            let_in(account, self.data, self.socket_directory / _SOCKET_NAME)
        self._clear_remains()
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster(account)
        self._launch(account)

    def _answers(self) -> bool:
        """Whether it really does: the process number of a server that was just killed may still be there."""
        if not self.is_running():
            return False
        try:
            with self.administration():
                return True
        except psycopg.OperationalError as error:
            _log.debug("postgres.no_answer", directory=str(self.directory), error=str(error))
            return False

    def _create_cluster(self, account: pwd.struct_passwd | None) -> None:
        """Build the cluster aside and rename it, so that a half-made one is never taken for whole.

        Locale `C.UTF-8` of the builtin provider sorts the same on every machine and for ever, which
        an index relies on; people's sort orders are asked for per query.
        """
        aside = self.directory / "data.new"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        if account is not None:
            os.chown(aside, account.pw_uid, account.pw_gid)
        command = [
            *(str(BINARIES / "initdb"), "--pgdata", str(aside), "--username", ROLE),
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--locale=C", "--auth=trust", "--no-instructions"),
        ]
        if self._options["fsync"] == "off":
            command.append("--no-sync")
        with self._open_log() as log:
            made = self._spawn(command, account, log).wait()
        if made != 0:
            raise self._failure("the database cluster could not be created")
        aside.rename(self.data)
        _sync_directory(self.directory)

    def _launch(self, account: pwd.struct_passwd | None) -> None:
        command = [str(BINARIES / "postgres"), "-D", str(self.data)]
        for name, value in self._options.items():
            command += ["-c", f"{name}={value}"]
        with self._open_log() as log:
            self._child = self._spawn(command, account, log)

    def _spawn(
        self, command: Sequence[str], account: pwd.struct_passwd | None, log: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
        return subprocess.Popen(  # noqa: S603 - our own binary with our own arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.directory,
            env={**inherited, "LC_ALL": "C"},
            # Ctrl-C goes to the whole foreground group; only the site decides when its server ends.
            start_new_session=True,
            user=None if account is None else account.pw_uid,
            group=None if account is None else account.pw_gid,
            extra_groups=None if account is None else [],
        )

    def _shut_down(self) -> None:
        pid = self._postmaster_pid()
        if pid is None and self._child is not None and self._child.poll() is None:
            pid = self._child.pid  # so young that it has not written its file yet
        if pid is not None:
            process = psutil.Process(pid)
            for request, patience in _STOP_STEPS:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(request)
                if processes.wait_gone([process], patience):
                    break
        if self._child is not None:
            self._child.wait()
            self._child = None
        self._clear_remains()

    # --- what a killed server leaves behind ---

    def _postmaster_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return []

    def _postmaster_pid(self) -> int | None:
        """Give the number of the living server, or None; a stranger's process does not count."""
        lines = self._postmaster_lines()
        if not lines or not lines[0].strip().isdigit():
            return None
        pid = int(lines[0])
        if self._child is not None and self._child.pid == pid:
            return pid if self._child.poll() is None else None
        try:
            return pid if processes.is_of(psutil.Process(pid), self._cluster_name) else None
        except psutil.Error:
            return None

    def _clear_remains(self) -> None:
        """End orphaned server processes and remove lock files. Only when no postmaster lives.

        PostgreSQL takes a lock file for valid when another server happens to have its process
        number, which is likely after a container restarts.
        """
        if not processes.end_orphans(self._cluster_name):
            raise self._failure("processes of the previous server do not end")
        for left in (
            self.data / "postmaster.pid",
            self.socket_directory / f"{_SOCKET_NAME}.lock",
            self.socket_directory / _SOCKET_NAME,
        ):
            left.unlink(missing_ok=True)

    # --- socket, log ---

    def _choose_socket_directory(self) -> Path:
        """Inside `directory` when its path is short enough for a socket, else beside other sockets.

        The choice depends on the directory alone, so that a later process finds the same socket.
        """
        inside = self.directory / "socket"
        if len(os.fsencode(inside / _SOCKET_NAME)) < _SOCKET_PATH_LIMIT:
            return inside
        name = f"chainwright-{os.geteuid()}-{self._identity}"
        outside = Path(tempfile.gettempdir()) / name
        if len(os.fsencode(outside / _SOCKET_NAME)) < _SOCKET_PATH_LIMIT:
            return outside
        return Path("/tmp") / name  # noqa: S108 - created 0700 and checked for its owner

    def _open_log(self) -> IO[bytes]:
        """Open the log for a new server; one previous log is kept."""
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_LIMIT:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        file = self.log_file.open("ab")
        os.fchmod(file.fileno(), 0o600)  # a failed statement stands there with its values
        return file

    def _failure(self, what: str) -> EmbeddedPostgresError:
        return failure(what, self.directory, self.log_file)


def _sync_directory(directory: Path) -> None:
    """Make a rename inside `directory` survive a power cut."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
