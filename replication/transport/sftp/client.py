"""The child's end of sftp: letters to a directory on an SSH server, and their answers from there.

    up/<number>.<verb>.part   grows while it is uploaded; a broken upload goes on where it stopped
    up/<number>.<verb>        renamed once the server has all of it; the parent takes it
    down/<number>.<verb>      looked for until the timeout; a broken download goes on where it stopped

The connection is made when it is needed, and again after it broke.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field

import paramiko

from replication.errors import LinkDownError, RefusedError
from replication.identity import Identity
from replication.transport.letters.box import PART
from replication.transport.letters.letter import MAX_LETTER_BYTES
from replication.transport.sftp import keys
from replication.transport.sftp.pinning import fingerprint, pinned

_CHUNK = 32 * 1024
_KEEPALIVE = 20
_LOOKS = (0.05, 2.0)


@dataclass(frozen=True, slots=True)
class SshPlace:
    """Where the box is. `directory` is this site's own, with `up` and `down` in it, as the server
    names it; `timeout` is how long an answer is waited for once its letter is there, in seconds.
    """

    host: str
    port: int
    user: str
    host_key: str
    directory: str = "."
    timeout: float = 60.0


@dataclass(slots=True)
class _Sending:
    """A letter on its way; `received` is what came of its answer."""

    name: str
    data: bytes
    tries: int = 0
    received: bytearray = field(default_factory=bytearray)


class SftpCarrier:
    """Carries letters over one SSH connection. One letter at a time; `close` from any thread."""

    def __init__(self, place: SshPlace, identity: Identity) -> None:
        self._place = place
        self._site = identity.site
        self._key = keys.private(identity.private_key)
        self._sending: _Sending | None = None
        self._ssh: paramiko.Transport | None = None
        self._sftp: paramiko.SFTPClient | None = None
        self._closed = threading.Event()
        keys.quieten()

    def carry(self, name: str, letter: bytes) -> bytes:
        """See `Carrier.carry`."""
        if self._sending is None or self._sending.name != name:
            self._sending = _Sending(name, letter)
        return self._deliver(self._sending)

    def close(self) -> None:
        """See `Carrier.close`."""
        self._closed.set()
        self._hang_up()

    def _deliver(self, sending: _Sending) -> bytes:
        sending.tries += 1
        try:
            sftp = self._connected()
            if sending.tries == 1 or not self._is_there(sftp, sending.name):
                self._upload(sftp, sending)
            answer = self._await(sftp, sending)
            sftp.remove(self._path("down", sending.name))
        except (paramiko.SSHException, EOFError, OSError) as error:
            self._hang_up()
            raise LinkDownError(
                f"no answer from {self._place.host}: {self._said(error)}"
            ) from error
        self._sending = None
        return answer

    def _is_there(self, sftp: paramiko.SFTPClient, name: str) -> bool:
        """Whether the letter was put, and is waiting or answered."""
        return any(self._size(sftp, self._path(way, name)) is not None for way in ("up", "down"))

    def _upload(self, sftp: paramiko.SFTPClient, sending: _Sending) -> None:
        path = self._path("up", sending.name)
        held = self._size(sftp, path + PART) if sending.tries > 1 else None
        with sftp.open(path + PART, "wb" if held is None else "r+b") as file:
            file.set_pipelined(pipelined=True)
            offset = min(held or 0, len(sending.data))
            file.seek(offset)
            while offset < len(sending.data):
                chunk = sending.data[offset : offset + _CHUNK]
                file.write(chunk)
                offset += len(chunk)
        if self._size(sftp, path + PART) != len(sending.data):
            sftp.remove(path + PART)
            raise OSError(f"{path}{PART} did not arrive whole: it is sent again")
        sftp.posix_rename(path + PART, path)

    def _await(self, sftp: paramiko.SFTPClient, sending: _Sending) -> bytes:
        path, (look, longest) = self._path("down", sending.name), _LOOKS
        limit = time.monotonic() + self._place.timeout
        while (size := self._size(sftp, path)) is None:
            if time.monotonic() > limit:
                raise OSError(f"{sending.name} lies there, and no answer came in time")
            if self._closed.wait(look):
                raise OSError("this transport was closed")
            look = min(look * 1.5, longest)
        if size > MAX_LETTER_BYTES:
            raise OSError(f"{path} has {size} bytes, a letter has {MAX_LETTER_BYTES} at most")
        with sftp.open(path, "rb") as file:
            file.seek(len(sending.received))
            while len(sending.received) < size:
                chunk = file.read(min(_CHUNK, size - len(sending.received)))
                if not chunk:
                    break
                sending.received += chunk
        return bytes(sending.received)

    def _connected(self) -> paramiko.SFTPClient:
        if self._closed.is_set():
            raise OSError("this transport was closed")
        if self._sftp is not None and self._ssh is not None and self._ssh.is_active():
            return self._sftp
        self._hang_up()
        place = self._place
        kind, wanted = pinned(place.host_key)
        raw = socket.create_connection((place.host, place.port), timeout=place.timeout)
        self._ssh = ssh = paramiko.Transport(raw)
        ssh.banner_timeout = ssh.auth_timeout = place.timeout
        _ask_for(ssh, kind)
        ssh.start_client(timeout=place.timeout)
        shown = fingerprint(ssh.get_remote_server_key().asbytes())
        if shown != wanted:
            self._hang_up()
            message = (
                f"{place.host} shows the host key {shown}, the settings say {wanted}: ask whoever "
                "runs it before you change link.ways.sftp.host_key"
            )
            raise RefusedError("bad_signature", message)
        self._log_in(ssh)
        ssh.set_keepalive(_KEEPALIVE)
        sftp = paramiko.SFTPClient.from_transport(ssh)
        if sftp is None:
            raise OSError("the server offers no sftp")
        channel = sftp.get_channel()
        if channel is not None:
            channel.settimeout(place.timeout)
        self._sftp = sftp
        return sftp

    def _log_in(self, ssh: paramiko.Transport) -> None:
        try:
            ssh.auth_publickey(self._place.user, self._key)
        except paramiko.AuthenticationException as error:
            self._hang_up()
            message = (
                f"{self._place.host} does not accept the key of {self._site} for "
                f"{self._place.user}: it is unknown there or was revoked"
            )
            raise RefusedError("unknown_site", message) from error

    def _hang_up(self) -> None:
        ssh, self._ssh, self._sftp = self._ssh, None, None
        if ssh is not None:
            ssh.close()

    def _path(self, way: str, name: str) -> str:
        return f"{self._place.directory}/{way}/{name}"

    @staticmethod
    def _size(sftp: paramiko.SFTPClient, path: str) -> int | None:
        try:
            return sftp.stat(path).st_size or 0
        except FileNotFoundError:
            return None

    def _said(self, error: BaseException) -> str:
        if isinstance(error, FileNotFoundError):
            return f"{self._place.directory}/up or down is missing there ({error})"
        return str(error) or type(error).__name__


def _ask_for(ssh: paramiko.Transport, kind: str | None) -> None:
    """Have the server show the key that is pinned, of the several that it may have."""
    options = ssh.get_security_options()
    wanted = [
        one
        for one in options.key_types
        if one == kind or (kind == "ssh-rsa" and one.startswith("rsa-"))
    ]
    if wanted:
        options.key_types = wanted
