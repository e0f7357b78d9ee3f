"""A process that applies batches to a lane's catalogue, one for each line it is told.

    python -m benchmarks.catalogue_writer DATA BATCHES HEAD

It stands for the lane's sync process while the till's commits are measured, and reads as that one
would: `BATCHES` holds the feed as numbered files. It answers each line with one when it is done, and
ends with its standard input, so that it never outlives who started it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks import lane_files
from pos_frontend import databases
from replication.streams import CHAIN_FEED

_ROOT = Path(__file__).parents[1]


class WriterError(RuntimeError):
    """The process ended; what it said is on standard error."""


class CatalogueWriter:
    """The process, seen from outside: `start_next` tells it to, `is_busy` says whether it still is."""

    def __init__(self, data: Path, batches: Path, head: int) -> None:
        self._command = [
            sys.executable, "-m", "benchmarks.catalogue_writer", str(data), str(batches), str(head),
        ]  # fmt: skip
        self._idle = threading.Event()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._idle.wait(60)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
        if error is None and self._process.returncode != 0:
            raise WriterError(f"the catalogue's writer ended with {self._process.returncode}")

    def start_next(self) -> None:
        """Have the next batch applied. Raises WriterError when nobody is there to do it."""
        self._idle.clear()
        if not self._listener.is_alive() or self._process.stdin is None:
            raise WriterError(f"the catalogue's writer ended with {self._process.wait()}")
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def is_busy(self) -> bool:
        """Whether it is applying a batch."""
        return not self._idle.is_set() and self._listener.is_alive()

    def _listen(self) -> None:
        for _ in self._process.stdout or ():
            self._idle.set()
        self._idle.set()


def main(data: Path, batches: Path, head: int) -> None:
    """Apply the files of `batches` by name, one per line of standard input."""
    with databases.for_sync(data) as both:
        lane_files.begin(both.catalogue, CHAIN_FEED, head)
        files = iter(sorted(batches.iterdir()))
        print("ready", flush=True)
        for _ in sys.stdin:
            lane_files.take(both.catalogue, next(files).read_bytes())
            print("done", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
