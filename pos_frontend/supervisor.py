"""Keeps the sync process running beside the till, and knows what it says of the line.

    started ── ends by itself, or is killed ──▶ started again after a pause that grows to 5 s
       └─ stop(): its standard input is closed, it ends; after 10 s it is killed

It dies with the till, even when that is killed: the pipe to its standard input closes then. What the till
tells of the moment goes down the same pipe, where there is room: whoever tells never waits.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import structlog

from pos_frontend.status import LinkState

_log = structlog.get_logger(__name__)
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_PATIENCE = 10.0
#: What a pipe takes in one piece.
_WHOLE = select.PIPE_BUF


def sync_command(settings: Path) -> list[str]:
    """Return the command of a lane's sync process."""
    return [
        sys.executable, "-m", "pos_frontend.cli", "sync", "--settings", str(settings),
        "--supervised",
    ]  # fmt: skip


class Supervisor:
    """Runs one command as a child for as long as it is not stopped."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._state = LinkState()
        self._newest = b""
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the child and wait for it."""
        self._stop.set()
        with self._lock:
            child = self._child
        if child is not None:
            self._end(child)
        self._thread.join(timeout=_PATIENCE)

    def state(self) -> LinkState:
        """Return what the child last said; without a child the line is down."""
        return self._state

    def tell(self, line: bytes) -> bool:
        """Give the child a line, and each of its successors; whether it was taken. Never waits."""
        self._newest = line
        with self._lock:
            return self._child is not None and self._pass(self._child, line)

    @staticmethod
    def _pass(child: subprocess.Popen[bytes], line: bytes) -> bool:
        if child.stdin is None or child.stdin.closed or len(line) >= _WHOLE:
            return False
        try:
            # So short a line is taken whole or not at all.
            os.write(child.stdin.fileno(), line + b"\n")
        except OSError:
            return False  # it is busy, or gone: the next one gets what is newest
        return True

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            child = self._begin()
            if child is None:
                return
            said = self._listen(child)
            code = child.wait()
            self._state = LinkState()
            if self._stop.is_set():
                return
            pause = _FIRST_PAUSE if said else min(pause * 2, _LONGEST_PAUSE)
            _log.warning("sync ended, it is started again", status=code, pause=pause)
            self._stop.wait(pause)

    def _begin(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stop.is_set():
                return None
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            if self._child.stdin is not None:
                os.set_blocking(self._child.stdin.fileno(), False)
            if self._newest:
                self._pass(self._child, self._newest)
            return self._child

    def _listen(self, child: subprocess.Popen[bytes]) -> bool:
        """Take in what the child says until it ends; whether it said anything."""
        said = False
        with child:
            for line in child.stdout or ():
                try:
                    told = json.loads(line)
                    self._state = LinkState(bool(told["online"]), str(told["trouble"]))
                except (ValueError, KeyError, TypeError):
                    _log.warning("sync said what cannot be read", line=line[:200])
                    continue
                said = True
        return said

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            _log.warning("sync did not end, it is killed", pid=child.pid)
            child.kill()
