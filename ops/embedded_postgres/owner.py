"""One living process per directory: the owner's lock, which the kernel releases however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from ops.embedded_postgres.error import EmbeddedPostgresError

_WAIT = 5.0


class Owner:
    """The lock of a directory; one instance takes it at most once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / "owner"
        self._file: IO[str] | None = None

    @property
    def is_here(self) -> bool:
        """Whether this instance holds the lock."""
        return self._file is not None

    def is_anywhere(self) -> bool:
        """Whether a living process holds the lock, this one included."""
        if self._file is not None:
            return True
        if not self._path.exists():
            return False
        with self._path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def take(self) -> None:
        """Take the lock. Raises EmbeddedPostgresError, which names the owner, after a few seconds."""
        file = self._path.open("a+", encoding="ascii")
        limit = time.monotonic() + _WAIT
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
                        f"the database in {self._directory} belongs to process {owner}, which is "
                        "still alive; stop that site first, or give this one another directory"
                    )
                    raise EmbeddedPostgresError(msg) from None
                time.sleep(0.05)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let another process have it; does nothing when it is not held here."""
        if self._file is not None:
            self._file.close()
            self._file = None
