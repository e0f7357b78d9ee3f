"""Who works on a server that another process of the same site runs.

a guest       holds a shared lock on the directory's `guests` for as long as it works
the owner     stops its server when no guest is left, or after some seconds all the same: what is
              under way then ends with an error; whoever would come meanwhile waits until it is stopped
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

_PATIENCE: Final = 10.0
_LOOK: Final = 0.05

_log = structlog.get_logger(__name__)


class Guests:
    """The guests of the server in a directory."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "guests"

    @contextmanager
    def staying(self) -> Iterator[None]:
        """Be one: the server is not stopped meanwhile."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield

    @contextmanager
    def gone(self, patience: float = _PATIENCE) -> Iterator[None]:
        """Stop the server within this: there are none, or those there are were waited for."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        limit = time.monotonic() + patience
        with self._path.open("ab") as file:
            while not _taken(file.fileno()):
                if time.monotonic() > limit:
                    _log.warning("postgres.stopped_under_guests", directory=str(self._path.parent))
                    break
                time.sleep(_LOOK)
            yield


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
