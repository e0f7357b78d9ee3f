"""What the figures were taken on, without the machine's name; and a directory on a real disk."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_IN_MEMORY = frozenset({"tmpfs", "ramfs"})


def describe(place: Path) -> dict[str, str]:
    """Cores, memory, system, versions, the file system of `place`, and how busy it was before."""
    return {
        "cores": str(_cores()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "file system": file_system(place),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def file_system(place: Path) -> str:
    """The type of the file system that holds `place`, such as ext4."""
    mounts = [
        (mount.mountpoint, mount.fstype)
        for mount in psutil.disk_partitions(all=True)
        if place.resolve().is_relative_to(mount.mountpoint)
    ]
    return max(mounts, key=lambda mount: len(mount[0]), default=("", "unknown"))[1]


@contextmanager
def directory() -> Iterator[Path]:
    """An empty directory that is gone afterwards: where temporary files are, or here when those are
    kept in memory, because syncing memory costs nothing.
    """
    usual = Path(tempfile.gettempdir())
    parent = Path.cwd() if file_system(usual) in _IN_MEMORY else usual
    # A short name: a database's socket lies below it.
    with tempfile.TemporaryDirectory(
        prefix="cw-bench-", dir=parent, ignore_cleanup_errors=True
    ) as made:
        yield Path(made)


def _cores() -> int:
    """How many this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
