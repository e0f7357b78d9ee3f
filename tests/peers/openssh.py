"""OpenSSH as the other end: its server, unprivileged and on loopback, and its client `sftp`."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replication.identity import Identity
from replication.transport.sftp import keys

_UNPACKED = Path(__file__).parents[2] / "build" / "sshd" / "sshd"
#: sshd runs as an account that every system has when root tests: it then needs neither an account nor
#: a directory of its own. Not nobody: systemd calls that one locked.
_ACCOUNT = "daemon" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def find_sshd() -> str | None:
    """Where tests/install_sshd.sh found or put one."""
    places = (os.environ.get("CHAINWRIGHT_SSHD"), "sshd", "/usr/sbin/sshd", "/usr/local/sbin/sshd")
    for place in (*places, str(_UNPACKED)):
        if place and (found := shutil.which(place)):
            return found
    return None


@dataclass(frozen=True)
class Sshd:
    """A running server."""

    port: int
    user: str
    host_key: str


def own(path: Path) -> None:
    """Give a directory to the account that the server runs as, and what is made in it to its group."""
    account = pwd.getpwnam(_ACCOUNT)
    for one in (path, *path.rglob("*")):
        os.chown(one, account.pw_uid, account.pw_gid)
        if one.is_dir():
            one.chmod(0o2770)


@contextmanager
def serving(program: str, place: Path, sites: list[Identity]) -> Iterator[Sshd]:
    """OpenSSH's server, which lets these sites in; its files lie in `place`."""
    place.mkdir()
    key = place / "host_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    lines = [keys.line(site.public_key, site.site) for site in sites]
    (place / "authorized_keys").write_text("\n".join(lines) + "\n")
    port = _free_port()
    (place / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {key}\nPidFile none\n"
        f"AuthorizedKeysFile {place}/authorized_keys\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "Subsystem sftp internal-sftp\n"
    )
    own(place)
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-D", "-e", "-f", place / "sshd_config"], stdout=log, stderr=log,
            **_as_account(),
        )  # fmt: skip
    try:
        _wait_for(port, process, place / "log")
        yield Sshd(port, _ACCOUNT, (place / "host_key.pub").read_text())
    finally:
        process.terminate()
        process.wait(timeout=10)


def sftp(
    port: int, who: Identity, place: Path, commands: list[str], user: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run OpenSSH's client with a batch of commands; `place` holds its key and files."""
    key = place / f"{who.site}.key"
    key.touch(mode=0o600)
    key.write_bytes(keys.pem(who.private_key))
    return subprocess.run(
        [
            "sftp", "-q", "-b", "-", "-P", str(port), "-i", key, "-F", "none",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "IdentitiesOnly=yes", f"{user or who.site}@127.0.0.1",
        ],
        input="\n".join(commands) + "\n", capture_output=True, text=True, check=False, cwd=place,
        timeout=60,
    )  # fmt: skip


def _as_account() -> dict[str, Any]:
    """How root becomes the account; with its own groups alone."""
    if os.geteuid() != 0:
        return {}
    return {"user": _ACCOUNT, "group": pwd.getpwnam(_ACCOUNT).pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
    raise AssertionError(log.read_text())
