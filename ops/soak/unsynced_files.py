"""A power cut for files: what was not synced is gone, torn, or has another name.

While `watching`, every `os.fsync` of a file below the directory keeps its bytes, and that of a
directory its names. `power_cut` then puts the directory back to what a disk may hold:

    a file            what was synced of it; else, by chance, none or the beginning of it
    a name            as of the directory's last sync; each change since then by chance, or none at all
    a directory       those that exist are taken for synced: sites make them once

Nothing is faked while the site works: it reads and writes the real files.
"""

from __future__ import annotations

import os
import random
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from unittest import mock


@dataclass
class UnsyncedFiles:
    """What of a directory is on its disk for certain."""

    root: Path
    _bytes: dict[int, bytes] = field(default_factory=dict)
    _names: dict[Path, dict[str, int]] = field(default_factory=dict)
    _held_open: list[int] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._take_as_synced()
        return self

    def __exit__(self, *_: object) -> None:
        self._let_go()

    @contextmanager
    def watching(self, before: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Take note of every sync of this process; `before` is called ahead of each, and may raise."""
        real = os.fsync

        def noted(descriptor: int) -> None:
            before()
            real(descriptor)
            self._synced(descriptor)

        with mock.patch("os.fsync", noted):
            yield

    def power_cut(self, rng: random.Random | None = None) -> None:
        """Leave what a disk may hold after the power went; without chance, what it holds at least."""
        for directory in self._directories():
            self._cut(directory, self._names.get(directory, {}), rng)
        self._take_as_synced()

    def _take_as_synced(self) -> None:
        """What is there now, is on disk."""
        self._let_go()
        for directory in self._directories():
            names = self._names.setdefault(directory, {})
            for file in _files(directory):
                with file.open("rb") as opened:
                    inode = self._keep(opened.fileno(), opened.read())
                names[file.name] = inode

    def _let_go(self) -> None:
        for descriptor in self._held_open:
            os.close(descriptor)
        self._held_open.clear()
        self._bytes.clear()
        self._names.clear()

    def _keep(self, descriptor: int, data: bytes) -> int:
        """Note a file's bytes; it is held open, so that its inode's number is given to no other."""
        self._held_open.append(os.dup(descriptor))
        inode = os.fstat(descriptor).st_ino
        self._bytes[inode] = data
        return inode

    def _synced(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if not path.is_relative_to(self.root):
            return
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            self._names[path] = {one.name: one.stat().st_ino for one in _files(path)}
        else:
            self._keep(descriptor, path.read_bytes())

    def _cut(self, directory: Path, synced: dict[str, int], rng: random.Random | None) -> None:
        present = {one.name: one.stat().st_ino for one in _files(directory)}
        held = {one.stat().st_ino: one.read_bytes() for one in _files(directory)}
        names = dict(synced)
        for name in sorted(present.keys() | synced.keys()):
            if present.get(name) != synced.get(name) and rng is not None and rng.random() < 1 / 2:
                names.pop(name, None)
                if name in present:
                    names[name] = present[name]
        for name in present:
            (directory / name).unlink()
        for name, inode in names.items():
            data = self._bytes.get(inode)
            if data is None:
                data = held.get(inode, b"")
                data = b"" if rng is None else data[: rng.randrange(len(data) + 1)]
            (directory / name).write_bytes(data)

    def _directories(self) -> list[Path]:
        return [self.root, *sorted(one for one in self.root.rglob("*") if one.is_dir())]


def _files(directory: Path) -> list[Path]:
    return sorted(one for one in directory.iterdir() if one.is_file() and not one.is_symlink())
