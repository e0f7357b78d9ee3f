"""Purging a site's own journal: its beginning, once headquarters has it and the grace is over.

    an entry is purged when                                              because
    the parent said that headquarters holds it (secured)                 nothing else may be the last copy
    it was committed before the grace                                    headquarters' backup may be as old
    the site itself needs it no longer (`Needed`)                        it reads some of its own journal
    all before it are purged, in its epoch and in older ones             what is left has no holes

What is left of an epoch begins at its *anchor*: the sequence and the hash of the last entry that is
gone, by which the chain of the rest is still verified. Where an epoch ended stays known, so nothing of
it is taken for lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, func, select

from replication import epochs
from replication.journal import Head
from schemas.tables.base import upsert
from schemas.tables.journal import journal_anchor, journal_entry
from schemas.wire.canonical import instant

#: Rows of one transaction, and the pause after it: a sale may wait for its commit, not for all of them.
_AT_ONCE = 500
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Needed:
    """What a site still reads: nothing committed from `since` on goes, and of an epoch nothing from the
    sequence that `first` names.
    """

    since: datetime
    first: Mapping[str, int]


def purge(
    engine: Engine, stream: str, secured: Mapping[str, int],
    needed: Callable[[Connection], Needed], *, pause: float = _PAUSE,
) -> int:  # fmt: skip
    """Purge what may go from the journal that `engine` writes; how many entries went.

    `secured` is how far headquarters holds each epoch.
    """
    gone = 0
    while True:
        with engine.begin() as connection:
            went = _purge_some(connection, stream, secured, needed(connection))
        if not went:
            return gone
        gone += went
        time.sleep(pause)


def _purge_some(
    connection: Connection, stream: str, secured: Mapping[str, int], needed: Needed
) -> int:
    for head in epochs.heads(connection, stream):
        floor = epochs.floor_of(connection, stream, head.epoch)
        last = _last_to_go(connection, head, floor, secured.get(head.epoch, 0), needed)
        if last > floor:
            _drop(connection, head, floor, min(last, floor + _AT_ONCE))
            return min(last, floor + _AT_ONCE) - floor
        if floor < head.sequence:
            return 0  # What follows in younger epochs stays until this is gone.
    return 0


def _last_to_go(
    connection: Connection, head: Head, floor: int, secured: int, needed: Needed
) -> int:
    entry = journal_entry.c
    young = connection.execute(
        select(func.min(entry.sequence)).where(
            entry.stream == head.stream, entry.epoch == head.epoch, entry.sequence > floor,
            entry.committed >= instant(needed.since),
        )
    ).scalar()  # fmt: skip
    bounds = [head.sequence, secured]
    bounds += [one - 1 for one in (young, needed.first.get(head.epoch)) if one is not None]
    return min(bounds)


def _drop(connection: Connection, head: Head, floor: int, through: int) -> None:
    digest = epochs.hash_at(connection, head, through)
    row = {"stream": head.stream, "epoch": head.epoch, "sequence": through, "hash": digest}
    upsert(connection, journal_anchor, [row])
    connection.execute(
        delete(journal_entry).where(
            journal_entry.c.stream == head.stream, journal_entry.c.epoch == head.epoch,
            journal_entry.c.sequence > floor, journal_entry.c.sequence <= through,
        )
    )  # fmt: skip
