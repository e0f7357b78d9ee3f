"""A directory of letters: written whole or not at all, read without trust in what lies there.

    <box>/<site>/up/<number>.<verb>      requests of the child
    <box>/<site>/down/<number>.<verb>    answers of the parent
    <box>/<site>/aside/                  letters that could not be dealt with, each with its reason

    a file named     is
    *.part            being written: never read, swept when it is older than a day
    a letter's name  complete, because it was renamed after its bytes were on disk
    anything else    nobody's: left alone

The site's own account may write in `up` and `down`, so a name there may be a link or a device: files
are opened only when they are plain ones, and a new one replaces whatever bears its name.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from replication.transport.letters.letter import MAX_LETTER_BYTES, is_letter, numbered

PART = ".part"
_MODE = 0o640
_AWAY = os.O_NOFOLLOW | os.O_CLOEXEC


class BoxError(OSError):
    """What lies in a box is not what belongs there; the message names it."""


@dataclass(frozen=True, slots=True)
class Box:
    """One directory with letters in one direction."""

    path: Path

    def prepare(self) -> None:
        """Make the directory if it is missing. Raises BoxError when something else has its name."""
        self.path.mkdir(parents=True, exist_ok=True)
        if not stat.S_ISDIR(self.path.lstat().st_mode):
            raise BoxError(f"{self.path} is not a directory: remove it")

    def names(self) -> list[str]:
        """The names of complete letters, in the order of their numbers."""
        return sorted(filter(is_letter, (path.name for path in self.path.iterdir())), key=numbered)

    def put(self, name: str, data: bytes) -> None:
        """Write a letter: temporary name, flush, rename, flush the directory."""
        part = self.path / f"{name}{PART}"
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _AWAY, _MODE)
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.rename(self.path / name)
        self.flush()

    def get(self, name: str, limit: int = MAX_LETTER_BYTES) -> bytes:
        """A file's bytes, at most one more than `limit`. Raises BoxError when it is no plain file."""
        try:
            descriptor = os.open(self.path / name, os.O_RDONLY | os.O_NONBLOCK | _AWAY)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise BoxError(f"{self.path / name} cannot be opened: {error.strerror}") from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise BoxError(f"{self.path / name} is not a plain file")
        with os.fdopen(descriptor, "rb") as file:
            return file.read(limit + 1)

    def remove(self, name: str) -> None:
        """Remove a file; it is no error that it is gone. What is a directory loses its name."""
        try:
            (self.path / name).unlink(missing_ok=True)
        except IsADirectoryError:
            (self.path / name).rename(self.path / f"{name}.foreign")

    def sweep(self, older_than: float, *, answers: bool) -> int:
        """Remove what was left lying: `.part` files, and with `answers` letters too, that nothing
        has touched for `older_than` seconds. Answers how many.
        """
        limit, gone = time.time() - older_than, 0
        for entry in list(os.scandir(self.path)):
            ours = entry.name.endswith(PART) or (answers and is_letter(entry.name))
            if ours and entry.stat(follow_symlinks=False).st_mtime < limit:
                self.remove(entry.name)
                gone += 1
        return gone

    def flush(self) -> None:
        """Bring the directory's names to disk."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def up(root: Path, site: str) -> Box:
    """The requests of a site."""
    return Box(root / site / "up")


def down(root: Path, site: str) -> Box:
    """The answers for a site."""
    return Box(root / site / "down")
