"""Many seeds, each on a chain begun anew; several at a time in processes of their own.

The chain is founded once per process. Its PostgreSQL does not sync to disk: sites are killed here,
never the machine, and what survives that is another test's matter.
"""

from __future__ import annotations

import logging
import multiprocessing
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import structlog

from ops.embedded_postgres import EmbeddedPostgres
from ops.soak.chain import SoakChain, prepared
from ops.soak.memory import Run
from ops.soak.model import Difference
from ops.soak.names import drawn_from
from ops.soak.results import SeedResult
from replication.serving import collect_seldom

_UNSYNCED = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of our own is made below it
_ROOM = 2 * 1024**3


def live(
    seeds: Sequence[int], days: int, jobs: int = 1, directory: Path | None = None
) -> Iterator[SeedResult]:
    """Live by each seed; the results as they come."""
    jobs = min(jobs, len(seeds))
    if jobs <= 1:
        yield from _live_here(seeds, days, directory)
        return
    # Started afresh: a copy of this process would share the connections that it holds.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=fresh) as pool:
        parts = [
            pool.submit(_live_apart, list(seeds[number::jobs]), days, directory)
            for number in range(jobs)
        ]
        for part in parts:
            yield from part.result()


def live_once(chain: SoakChain, seed: int, days: int) -> SeedResult:
    """Live by one seed on a chain that was prepared."""
    began = time.monotonic()
    with drawn_from(str(seed)):
        run = Run(chain, seed)
        try:
            run.live(days)
        except Exception as error:  # noqa: BLE001 - whatever a site raises is told with its seed
            where = "".join(traceback.format_exception(error)[-3:])
            run.differences.append(Difference("chain", f"an act ended in an error:\n{where}"))
    return SeedResult(
        seed, days, dict(run.faults), tuple(map(str, run.differences)), tuple(run.history),
        len(run.model.facts), len(run.model.lost), time.monotonic() - began,
    )  # fmt: skip


def _live_apart(seeds: list[int], days: int, directory: Path | None) -> list[SeedResult]:
    return list(_live_here(seeds, days, directory))


def _live_here(seeds: Sequence[int], days: int, directory: Path | None) -> Iterator[SeedResult]:
    with chain_apart(directory) as chain:
        for seed in seeds:
            yield live_once(chain, seed, days)


@contextmanager
def chain_apart(directory: Path | None = None) -> Iterator[SoakChain]:
    """A chain on a server of its own, in this process, for the length of a `with` block."""
    # Every fault would be logged by the sites that it befalls; the history tells them instead.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    collect_seldom()
    # Told to end, it ends as by Ctrl-C: with its server stopped, and nothing left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        _home(directory) as home,
        EmbeddedPostgres(home / "postgres", _UNSYNCED) as server,
        prepared(server, home / "sites", "soak-") as chain,
    ):
        yield chain


@contextmanager
def _home(directory: Path | None) -> Iterator[Path]:
    """A directory that goes when it is done; in memory where there is room."""
    if directory is None and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
        directory = _MEMORY
    home = Path(tempfile.mkdtemp(prefix="cw-soak-", dir=directory))
    # A server that root starts runs as another user, who must get through.
    home.chmod(0o711)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
