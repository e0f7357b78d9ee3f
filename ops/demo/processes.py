"""The demo's sites as the real processes they are: started, watched, killed, and all stopped at last.

Each process runs in a session of its own, so that Ctrl-C reaches the demo alone, which then stops
them in turn. Its output goes to a log beside its data.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psutil


class DemoError(Exception):
    """The demo cannot go on; the message says what failed and which log tells more."""


def free_port(wanted: int) -> int:
    """The wanted port on loopback when it is free, else one that is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            # A server that stopped a moment ago leaves the port waiting: servers may reuse it.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    message = "no free port on loopback"
    raise DemoError(message)


def chainwright(arguments: Sequence[str], directory: Path) -> str:
    """Run a command of the product to its end and answer what it printed. Raises DemoError."""
    done = subprocess.run(
        [sys.executable, "-m", "ops", *arguments], cwd=directory, capture_output=True, text=True,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode != 0:
        message = f"chainwright {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}"
        raise DemoError(message)
    return done.stdout


@dataclass
class SiteProcess:
    """One serving site; `ready` tells whether it answers."""

    name: str
    arguments: Sequence[str]
    directory: Path
    ready: Callable[[], bool]
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.directory / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The process's number. Raises DemoError when it was never started."""
        if self._process is None:
            message = f"{self.name} was not started"
            raise DemoError(message)
        return self._process.pid

    def start(self) -> None:
        """Start it, without waiting for it to answer."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ops", *self.arguments],
                cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Return when it answers. Raises DemoError when it ends or takes too long."""
        limit = time.monotonic() + seconds
        while not self.ready():
            if self._process is not None and self._process.poll() is not None:
                raise self._failure("ended")
            if time.monotonic() > limit:
                raise self._failure(f"did not answer for {seconds:.0f} s")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, as when the power goes; return when it is gone."""
        psutil.Process(self.pid).send_signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def ask_to_stop(self) -> None:
        """SIGTERM, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait_stopped(self, seconds: float = 20.0) -> None:
        """Return when it is gone; one that does not go is killed and that is an error."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise self._failure(f"did not stop within {seconds:.0f} s") from None

    def _failure(self, what: str) -> DemoError:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        return DemoError("\n".join([f"{self.name} {what}; the end of {self.log}:", *lines]))


def answers(address: str) -> Callable[[], bool]:
    """Whether a site's web server answers at all."""

    def look() -> bool:
        try:
            httpx2.get(f"{address}/sign-in", timeout=2, trust_env=False)
        except httpx2.TransportError:
            return False
        return True

    return look


def processes_below(directory: Path) -> list[psutil.Process]:
    """The sites and database servers that work in `directory`: what must be gone at the end."""
    found = []
    for process in psutil.process_iter(["name", "cmdline", "cwd"]):
        ours = "-m ops" in " ".join(process.info["cmdline"] or [])
        ours = ours or process.info["name"] == "postgres"
        if ours and Path(process.info["cwd"] or "/").is_relative_to(directory):
            found.append(process)
    return found


def stop_left_over(directory: Path) -> list[str]:
    """Kill what works in `directory` still, and answer what that was; nothing, as it should be."""
    left = processes_below(directory)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=10)
    return [f"{process.pid} {process.info['name']}" for process in left]


def wait_until(what: str, look: Callable[[], bool], seconds: float = 60.0) -> None:
    """Return when `look` says so. Raises DemoError after `seconds`."""
    limit = time.monotonic() + seconds
    while not look():
        if time.monotonic() > limit:
            message = f"waited {seconds:.0f} s in vain: {what}"
            raise DemoError(message)
        time.sleep(0.1)
