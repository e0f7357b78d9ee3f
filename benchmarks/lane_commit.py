"""The till's durable commit of a ten-line ticket, against an append + sync of the same bytes.

Ours is what happens between the last tender and the receipt: counters, ticket, entry, chain and
head in one SQLite transaction (WAL, FULL), through `LaneJournal.commit`, on a basket that was
totalled for the screen before. The peer writes the entry's body to the end of a file beside the
lane's own and syncs it: the least that any program must do to have these bytes after a power cut.
It syncs data only, as SQLite does where the system can, which is the cheaper of the two syncs and
so the harder peer. Both files are on one disk and grow as they do in a shop, SQLite's until it is
written from its beginning again. Of each pair ours comes first and second in turn, because the second
finds a disk that has just been synced. The ratio is taken within each score of pairs, because the
disk of a busy machine takes twice as long from one second to the next.

The second half does the same while another process applies the whole catalogue to the lane's other
file, batch by batch; between batches commits are measured at rest, and one is held against the
other. The bare append is slowed by the same disk, so its own slowdown stands beside ours.
"""

from __future__ import annotations

import gc
import itertools
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import catalogue, lane_files
from benchmarks.catalogue_writer import CatalogueWriter
from benchmarks.measures import Limit, Measure, Outcome, Round, Wording, compare, p50, p99
from benchmarks.sales import committing
from benchmarks.scale import Scale
from pos_frontend import databases, garbage
from pos_frontend.journal import LaneJournal
from replication.streams import CHAIN_FEED
from schemas.wire import entries

_SCORE = 20
LIMIT = Limit(2.0, of_ratio=True)
# A system without it (macOS) has SQLite call the other one as well.
_sync = getattr(os, "fdatasync", os.fsync)
_APPEND = f"append + {_sync.__name__}, same bytes"


@dataclass(slots=True)
class Samples:
    """Seconds of commits and of appends, in turns."""

    commits: list[float] = field(default_factory=list)
    appends: list[float] = field(default_factory=list)


class Lane:
    """Commits ticket after ticket; before or after each, in turns, the bare append of as many bytes."""

    def __init__(self, journal: LaneJournal, descriptor: int) -> None:
        self._journal = journal
        self._descriptor = descriptor
        self._numbers = itertools.count(1)
        self._body = b""

    def sell(self, goes_on: Callable[[int], bool]) -> Samples:
        """Take pairs of samples for as long as `goes_on(taken so far)`; at least one."""
        samples = Samples()
        while not samples.commits or goes_on(len(samples.commits)):
            number = next(self._numbers)
            ready = committing(number, lane_files.LANE)
            append_first = bool(number % 2 and self._body)
            if append_first:
                samples.appends.append(self._append())
            begun = time.perf_counter()
            ticket = self._journal.commit(ready)
            samples.commits.append(time.perf_counter() - begun)
            self._body = entries.encode(ticket)
            if not append_first:
                samples.appends.append(self._append())
        return samples

    def _append(self) -> float:
        """Write the last ticket's bytes once more, and sync them."""
        begun = time.perf_counter()
        os.write(self._descriptor, self._body)
        _sync(self._descriptor)
        return time.perf_counter() - begun


def run(scale: Scale, place: Path) -> Outcome:
    """Measure both halves in `place`."""
    data = place / "lane"
    branch = lane_files.make(data)
    whole = catalogue.whole(scale.items)
    batches = place / "batches"
    batches.mkdir()
    for number, packed in enumerate(lane_files.pack(branch, CHAIN_FEED, whole.records)):
        (batches / f"{number:04}").write_bytes(packed)
    before = gc.get_threshold()
    garbage.leave_what_stays()
    with databases.for_till(data) as both, _appended(place / "bare") as descriptor:
        lane = Lane(LaneJournal(both.journal, lane_files.LANE), descriptor)
        lane.sell(lambda taken: taken < 10)  # what is imported, compiled and opened once
        rest = [lane.sell(lambda taken: taken < _SCORE) for _ in range(_scores(scale))]
        with CatalogueWriter(data, batches, len(whole.records)) as writer:
            pairs = [_rest_and_load(lane, writer, scale) for _ in batches.iterdir()]
    gc.set_threshold(*before)
    gc.unfreeze()
    return Outcome([*_at_rest(rest), *_under_load(pairs)], [whole.source])


def _scores(scale: Scale) -> int:
    """How many scores of pairs are measured at rest: twice as many pairs as others take."""
    return max(1, 2 * scale.rounds * scale.commits // _SCORE)


def _rest_and_load(lane: Lane, writer: CatalogueWriter, scale: Scale) -> tuple[Samples, Samples]:
    """Sell at rest, then while one batch is applied."""
    rest = lane.sell(lambda taken: taken < scale.commits)
    writer.start_next()
    return rest, lane.sell(lambda _: writer.is_busy())


def _at_rest(rounds: list[Samples]) -> list[Measure]:
    turns = [Round(one.commits, one.appends) for one in rounds]
    return [
        compare(turns, p50, Wording("lane commit, p50", _APPEND, limit=LIMIT)),
        compare(turns, p99, Wording("lane commit, p99", _APPEND)),
    ]


def _under_load(pairs: list[tuple[Samples, Samples]]) -> list[Measure]:
    commits = [Round(load.commits, rest.commits) for rest, load in pairs]
    appends = [Round(load.appends, rest.appends) for rest, load in pairs]
    measures: list[Measure] = []
    for name, statistic in (("p50", p50), ("p99", p99)):
        under = f"while the catalogue is applied, {name}"
        measures += [
            compare(commits, statistic, Wording(f"lane commit {under}", "lane commit at rest")),
            compare(appends, statistic, Wording(f"bare append {under}", "bare append at rest")),
        ]
    return measures


@contextmanager
def _appended(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
