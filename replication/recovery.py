"""Getting back what this site's own journal lost, from the parent that holds it.

The parent's welcome names every epoch of the child's journal that it holds, how far and with which
hash there. Compared with what is here:

    here, of an epoch                what it means                     what is done
    ends at or beyond the mark,      nothing is lost                   what is beyond it is pushed
      same hash at the mark
    ends before the mark, or is      restored from a backup, or a      the present epoch is closed if it
      not known at all               new disk                          is this one; (here, mark] is
                                                                       fetched back
    another hash at the mark         restored and written on before    as above from the last entry that
                                     anybody noticed, or copied        both have; what this site wrote
                                                                       after it moves to a new epoch
    same, the epoch is over          the same, some time ago           the same

Nothing here is remembered: after a crash the next hello finds what is still lost. What comes back is
stored where it stood, and projected unless its origin is here already: a lane may have sent it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from replication import apply, epochs, incarnation, journal, outbox, position, quarantine
from replication.apply import Arrival, Project
from replication.clock import Clock
from replication.errors import RefusedError
from replication.journal import Head
from replication.messages import Mark
from replication.position import Position
from replication.streams import site_of
from schemas.tables.base import reading
from schemas.wire.entry import GENESIS, Entry, Origin

#: The hash that the parent holds after an entry of an epoch of our journal.
ParentHash = Callable[[str, int], bytes]


@dataclass(frozen=True, slots=True)
class Recovery:
    """How a site gets its journal back.

    `engine` writes the journal, `mark` is the file that notes the incarnation; `epoch_begun` is the site's part of beginning an epoch, such as a
    jump of receipt numbers, `project` its part of taking entries back, both in the same transaction.
    """

    engine: Engine
    stream: str
    clock: Clock
    mark: Path
    epoch_begun: Callable[[Connection, str], None]
    project: Project


@dataclass(frozen=True, slots=True)
class Lost:
    """Entries (after, through] of an epoch that the parent holds and this site does not."""

    epoch: str
    after: int
    through: int


def start(recovery: Recovery) -> str | None:
    """Begin a start of the site, before its first write; why its database is taken for a restored one.

    A restored one begins a new epoch.
    """
    site = site_of(recovery.stream)
    mark = incarnation.read_mark(recovery.mark)
    with recovery.engine.begin() as connection:
        head = journal.head_of(connection, recovery.stream)
        restored = incarnation.what_was_restored(connection, site, mark, head)
        if restored is not None:
            begin_epoch(recovery, connection, restored)
        drawn = incarnation.begin(connection, site)
        head = journal.head_of(connection, recovery.stream)
    incarnation.write_mark(recovery.mark, incarnation.Mark(drawn.name, head.epoch, head.sequence))
    return restored


def begin_epoch(recovery: Recovery, connection: Connection, reason: str) -> None:
    """Begin a new epoch with the site's part of it, in the caller's transaction."""
    epochs.begin(connection, recovery.stream, reason, recovery.clock())
    recovery.epoch_begun(connection, reason)


def reconcile(recovery: Recovery, marks: Sequence[Mark], parent_hash: ParentHash) -> list[Lost]:
    """Compare with what the parent holds, begin a new epoch where that is due, answer what is lost."""
    with reading(recovery.engine) as connection:
        known = {one.epoch: one for one in epochs.heads(connection, recovery.stream)}
    lost: list[Lost] = []
    for mark in marks:
        here = known.get(mark.epoch, Head(recovery.stream, mark.epoch, 0, GENESIS))
        common = _common(recovery, here, mark, parent_hash)
        if common == min(here.sequence, mark.applied) == mark.applied:
            continue
        with recovery.engine.begin() as connection:
            _close(recovery, connection, here, common, mark)
        lost.append(Lost(mark.epoch, common, mark.applied))
    return lost


def lost_below(connection: Connection, stream: str, applied: Mapping[str, int]) -> list[Lost]:
    """What the parent said it has of each epoch and this site has not. Whether what both have is the
    same shows when it comes back: it must follow.
    """
    known = {one.epoch: one.sequence for one in epochs.heads(connection, stream)}
    return [
        Lost(epoch, known.get(epoch, 0), through)
        for epoch, through in applied.items()
        if through > known.get(epoch, 0)
    ]


def require_whole(connection: Connection, stream: str) -> None:
    """Raises RefusedError `busy` while the parent alone may hold some of this site's own journal: since
    a restore until the parent is heard, and then until all of it came back.

    Whoever would be given back what this site relayed must wait for that: a lane on a new disk would
    give its receipt numbers twice. `connection` is to the database of journal and marks.
    """
    site = site_of(stream)
    heard = outbox.heard(connection, stream)
    if lost := lost_below(connection, stream, heard):
        entries = sum(one.through - one.after for one in lost)
        message = (
            f"{site} still has to get {entries} entries of its journal back: try again in a minute"
        )
        raise RefusedError("busy", message)
    *over, present = epochs.heads(connection, stream)
    if over and present.epoch not in heard:
        message = (
            f"{site} was restored and has not heard since then what its parent holds of its journal: "
            "try again when its line is up"
        )
        raise RefusedError("busy", message)


def close(recovery: Recovery, mark: Mark) -> None:
    """See that nothing more is written to an epoch of which the parent holds more than is here."""
    with recovery.engine.begin() as connection:
        known = {one.epoch: one for one in epochs.heads(connection, recovery.stream)}
        here = known.get(mark.epoch, Head(recovery.stream, mark.epoch, 0, GENESIS))
        if here.sequence < mark.applied:
            _close(recovery, connection, here, here.sequence, mark)


def regain(recovery: Recovery, connection: Connection, entries: list[Entry]) -> None:
    """Take entries back that the parent sent and signed. Raises RefusedError unless they follow."""
    now = recovery.clock()
    first = entries[0]
    known = {one.epoch: one for one in epochs.heads(connection, recovery.stream)}
    here = known.get(first.epoch, Head(recovery.stream, first.epoch, 0, GENESIS))
    if (first.sequence, first.previous) != (here.sequence + 1, here.hash):
        message = (
            f"{first.stream} entry {first.sequence} does not follow entry {here.sequence} here"
        )
        raise RefusedError("gap", message)
    held = apply.held_origins(connection, [one.origin for one in entries if one.origin])
    standings = [apply.standing_of(one.origin, held) for one in entries]
    epochs.append_regained(connection, entries, standings, now)
    own = site_of(recovery.stream)
    # As their writers wrote them: what cannot be applied is set aside under the writer's name.
    originals = [
        one.original()
        for one, standing in zip(entries, standings, strict=True)
        if standing == "first"
    ]
    arrivals = [Arrival(one, site_of(one.stream), own) for one in originals]
    apply.project_or_park(connection, arrivals, recovery.project, now)
    for origin in (one.origin for one in entries if one.origin is not None):
        _move_child(connection, origin, now)


def complete(recovery: Recovery) -> None:
    """All that was lost has come back: what was set aside for want of it is tried once more."""
    quarantine.replay(
        recovery.engine, lambda *_: True, recovery.project, recovery.clock,
        relayed=True, by="what came back",
    )  # fmt: skip


def _common(recovery: Recovery, here: Head, mark: Mark, parent_hash: ParentHash) -> int:
    """The last entry of an epoch that this site and its parent hold alike."""
    shorter = min(here.sequence, mark.applied)
    with recovery.engine.connect() as connection:
        floor = epochs.floor_of(connection, recovery.stream, mark.epoch)
    if shorter <= floor:
        return shorter  # Purged here, because headquarters has it.

    def alike(sequence: int) -> bool:
        theirs = (
            bytes.fromhex(mark.hash)
            if sequence == mark.applied
            else parent_hash(mark.epoch, sequence)
        )
        with recovery.engine.connect() as connection:
            return epochs.hash_at(connection, here, sequence) == theirs

    if alike(shorter):
        return shorter
    # A chain of hashes that differs at an entry differs at all that follow it.
    same, other = floor, shorter
    while other - same > 1:
        middle = (same + other) // 2
        same, other = (middle, other) if alike(middle) else (same, middle)
    return same


def _close(recovery: Recovery, connection: Connection, here: Head, common: int, mark: Mark) -> None:
    """See that nothing more is written to an epoch of which something is lost."""
    present = journal.head_of(connection, recovery.stream, lock=True)
    if here.sequence > common:
        reason = f"the parent holds other entries after {common} of epoch {mark.epoch}"
        epochs.part(connection, recovery.stream, mark.epoch, common, reason, recovery.clock())
        if present.epoch == mark.epoch:
            recovery.epoch_begun(connection, reason)
    elif present.epoch == mark.epoch:
        reason = f"the parent holds {mark.applied} entries, this database {here.sequence}"
        begin_epoch(recovery, connection, reason)


def _move_child(connection: Connection, origin: Origin, now: datetime) -> None:
    """A child's entries that came back this way need not come from the child again."""
    at = position.find(connection, origin.stream, origin.epoch, lock=True)
    if origin.sequence == at.through + 1 and origin.previous == at.hash:
        position.move(
            connection, Position(origin.stream, origin.epoch, origin.sequence, origin.hash, now)
        )
