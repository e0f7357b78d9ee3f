"""The processes of one cluster: which live, which a killed server left behind, and how they end.

The cluster's name stands in the title of each of its processes: they are recognised by it, and not
by a process number, which another process may have by now.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

import psutil


def is_of(process: psutil.Process, cluster_name: str) -> bool:
    """Whether `process` lives and carries the cluster's name in its title."""
    return (
        process.status() != psutil.STATUS_ZOMBIE
        and process.name().startswith("postgres")
        and any(cluster_name in word for word in process.cmdline())
    )


def end_orphans(cluster_name: str) -> bool:
    """End the processes of a server whose postmaster is dead; whether all of them ended.

    PostgreSQL does not start while a process of the dead server is attached to its memory, and such
    a process may sit in a long query without noticing. Killing it loses nothing: the restart
    replays the log anyway.
    """
    orphans = _all_of(cluster_name)
    if wait_gone(orphans, 0.3):
        return True
    for process in orphans:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return wait_gone(orphans, 5.0)


def wait_gone(processes: Sequence[psutil.Process], patience: float) -> bool:
    """Wait up to `patience` seconds; whether all of `processes` ended.

    Own polling, since `Process.wait` may wait for the parent of a process that is not our child.
    """
    limit = time.monotonic() + patience
    while not all(map(_gone, processes)):
        if time.monotonic() > limit:
            return False
        time.sleep(0.01)
    return True


def _gone(process: psutil.Process) -> bool:
    """Whether `process` ended; one that only waits for its parent to notice counts as ended."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _all_of(cluster_name: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if is_of(process, cluster_name):
                found.append(process)
        except psutil.Error:
            continue  # it ended, or is not ours to look at
    return found
