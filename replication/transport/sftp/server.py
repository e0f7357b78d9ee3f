"""A small sftp server of the parent's own, for a site without OpenSSH: into the same letter box.

    connection       told apart by
    too many         closed at once
    no login         closed after half a minute
    a site's key     looked up among the peers at this very connection: unknown or revoked, no login,
                     counted as a refusal under the name it gave
    logged in        `SiteFiles` in the directory of its own; no shell, no command, no forwarding
    idle             closed after `idle` seconds

Two threads per connection: right for exchanges now and then, wrong for real time, which http is for.
"""

from __future__ import annotations

import hmac
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import paramiko
import structlog
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)
from sqlalchemy.exc import OperationalError

from replication.errors import RefusedError
from replication.parent import Parent
from replication.serving import ServingError
from replication.transport.letters.box import down, up
from replication.transport.sftp import keys
from replication.transport.sftp.files import SiteFiles

_log = structlog.get_logger(__name__)
_LOGIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SftpLimits:
    """How many connections at a time, and how long one may be idle, in seconds."""

    connections: int = 64
    idle: float = 120.0


class SftpServer:
    """Serves the letter box below `root` on an address. `start` raises ServingError."""

    def __init__(
        self, parent: Parent, root: Path, host_key: paramiko.PKey, address: tuple[str, int],
        limits: SftpLimits | None = None,
    ) -> None:  # fmt: skip
        self.host_key = host_key
        self._parent = parent
        self._root = root
        self._address = address
        self._limits = limits or SftpLimits()
        self._open: list[_Connection] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._listening: socket.socket | None = None
        self._thread = threading.Thread(target=self._accept, name="sftp-server", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on, which the system chose when 0 was asked for."""
        return self._address[1]

    def start(self) -> None:
        """Listen."""
        host, port = self._address
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            self._listening = socket.create_server((host, port), family=family)
        except OSError as error:
            message = f"cannot listen on {host}:{port} ({error.strerror}): set another [sftp] port"
            raise ServingError(message) from error
        self._listening.settimeout(0.2)
        self._address = (host, self._listening.getsockname()[1])
        keys.quieten()
        self._thread.start()

    def stop(self) -> None:
        """End, and close what is open."""
        self._stop.set()
        if self._listening is not None:
            self._thread.join(timeout=5)
            self._listening.close()
        for one in self._open:
            one.ssh.close()

    def _accept(self) -> None:
        while not self._stop.is_set() and self._listening is not None:
            self._close_idle()
            try:
                raw, address = self._listening.accept()
            except TimeoutError:
                continue
            except OSError as error:
                _log.warning("accepting over sftp failed", error=str(error))
                self._stop.wait(1.0)
                continue
            with self._lock:
                full = len(self._open) >= self._limits.connections
            if full:
                _log.warning("too many sftp connections", address=address[0])
                raw.close()
                continue
            self._begin(raw, str(address[0]))

    def _begin(self, raw: socket.socket, address: str) -> None:
        raw.settimeout(None)
        try:
            connection = _Connection(self._parent, self._root, raw, self.host_key)
        except (paramiko.SSHException, EOFError, OSError) as error:
            _log.info("sftp connection failed", address=address, error=str(error))
            raw.close()
            return
        with self._lock:
            self._open.append(connection)

    def _close_idle(self) -> None:
        with self._lock:
            held, self._open = self._open, []
            for one in held:
                if one.is_over(self._limits.idle):
                    one.ssh.close()
                else:
                    self._open.append(one)


class _Connection(paramiko.ServerInterface):
    """One connection; its login tells whose it is."""

    def __init__(
        self, parent: Parent, root: Path, raw: socket.socket, host_key: paramiko.PKey
    ) -> None:
        self._parent = parent
        self._root = root
        self._began = self._last = time.monotonic()
        self.ssh = paramiko.Transport(raw)
        self.ssh.add_server_key(host_key)
        # With an event it returns at once; without, one slow peer would hold up all others.
        self.ssh.start_server(event=threading.Event(), server=self)

    def is_over(self, idle: float) -> bool:
        """Whether it ended, never logged in, or has been idle for too long."""
        now = time.monotonic()
        if not self.ssh.is_alive():
            return True
        if not self.ssh.is_authenticated():
            return now - self._began > _LOGIN_SECONDS
        return now - self._last > idle

    def get_allowed_auths(self, username: str) -> str:
        """Keys only."""
        del username
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        """Whether the key is that of the site of this name, enrolled here and not revoked."""
        try:
            self._must_be(username, key)
        except RefusedError as error:
            _log.warning("sftp login refused", site=username, code=error.code)
            self._parent.refused(username, error.code, f"sftp: {error}")
            return AUTH_FAILED
        except OperationalError:
            _log.exception("the database did not answer an sftp login")
            return AUTH_FAILED
        return AUTH_SUCCESSFUL  # the signature with this key is checked by the library

    def _must_be(self, site: str, key: paramiko.PKey) -> None:
        held = keys.blob(self._parent.public_key(site))
        if not hmac.compare_digest(held, key.asbytes()):
            raise RefusedError(
                "bad_signature", f"{site} came with another key than it enrolled with"
            )

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """A session, in which nothing but sftp is answered."""
        del chanid
        if kind != "session":
            return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        return OPEN_SUCCEEDED

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        """Sftp for the site that logged in."""
        site = self.ssh.get_username()
        if name != "sftp" or site is None or not self.ssh.is_authenticated():
            return False
        for box in (up(self._root, site), down(self._root, site)):
            box.prepare()
        session = paramiko.SFTPServer(
            channel, name, self, SiteFiles, self._root / site, self._touch
        )
        session.daemon = True
        session.start()
        return True

    def _touch(self) -> None:
        self._last = time.monotonic()
