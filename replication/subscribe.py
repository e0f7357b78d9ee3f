"""Taking a parent's feeds in: applied, kept for the sites below, and the position moved, in one
transaction.

    state of a feed here    parent answers   what happens
    never read              restart          a generation begins: position 0, target = head
    following               batch            accepted iff after ≤ position < through
    following               restart          a new generation begins beside the rows of the old one
    loading                 batch            as above; on reaching the target the rows of the older
                                             generation are swept in the same transaction
    no longer named     batch of any     swept and forgotten, once every feed that is named is loaded

A site whose software has learnt kinds or fields of records asks as if it had never read the feed, so
that it is ordered to load anew: what it could not keep before comes back (`reads`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import Connection

from replication import feed, position
from replication.clock import Clock
from replication.errors import RefusedError
from replication.feed_office import Restart
from replication.position import Position
from schemas.wire import canonical
from schemas.wire.batch import Header
from schemas.wire.record import Record
from schemas.wire.versions import SPOKEN, Versions


class FeedApplier(Protocol):
    """What a site does with records: it keeps them by key, and drops what a new generation lacks."""

    def apply(
        self, connection: Connection, stream: str, generation: int, records: Sequence[Record]
    ) -> None:
        """Upsert the records, delete the tombstones' keys."""

    def sweep(self, connection: Connection, stream: str, generation: int) -> None:
        """Delete what came with an older generation of this feed."""

    def known(self) -> Mapping[str, Sequence[str]]:
        """The kinds of record that it keeps, with the fields of each."""

    def held(
        self, connection: Connection, stream: str, kind: str, names: Sequence[str]
    ) -> list[tuple[str, bytes]]:
        """Key and content of every record of a kind, as `schemas.wire.comparable` writes them."""

    def streams(self, connection: Connection) -> set[str]:
        """The feeds of which it holds anything."""

    def followed(self, connection: Connection) -> list[str]:
        """The feeds that the applied subscription records name."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """How a site takes feeds in; `relays` when sites below are served from here."""

    applier: FeedApplier
    clock: Clock
    relays: bool
    spoken: Versions = SPOKEN

    def reads(self) -> str:
        """A name for all the kinds and fields that the site keeps: another one after it learnt some."""
        known = {kind: sorted(names) for kind, names in self.applier.known().items()}
        return hashlib.sha256(canonical.encode(known)).hexdigest()[:16]


def begin_generation(connection: Connection, restart: Restart, outlet: Outlet) -> None:
    """Start to load a feed anew; its present rows stay until the new ones are complete."""
    older = [one for one in position.all_feeds(connection) if one.stream == restart.stream]
    generation = 1 + max((one.generation for one in older), default=0)
    position.forget_other_epochs(connection, restart.stream, restart.epoch)
    fresh = Position(
        restart.stream, restart.epoch, applied_at=outlet.clock(), generation=generation,
        target=restart.head, reads=outlet.reads(),
    )  # fmt: skip
    if restart.head == 0:
        fresh = _finish(connection, fresh, outlet)
    position.move(connection, fresh)


def receive(
    connection: Connection, header: Header, records: Sequence[Record], outlet: Outlet
) -> Position:
    """Apply a batch whose signature held and answer the position afterwards. Raises RefusedError."""
    if header.type != "feed":
        # A repair batch is signed by the same key and names a range, but does not hold all of it.
        raise RefusedError("foreign_stream", f"a {header.type} batch is no part of {header.stream}")
    before = position.find(connection, header.stream, header.epoch, lock=True)
    if before.applied_at is None:
        message = f"{header.stream} is not read in epoch {header.epoch}: begin a generation first"
        raise RefusedError("gap", message)
    if header.through <= before.through:
        return before
    if header.after > before.through:
        message = (
            f"{header.stream} stands at {before.through}, the batch begins after {header.after}"
        )
        raise RefusedError("gap", message)
    outlet.applier.apply(connection, header.stream, before.generation, records)
    if outlet.relays:
        feed.keep_relayed(connection, header.stream, before.generation, records)
    after = replace(before, through=header.through, applied_at=outlet.clock())
    if after.target is not None and after.through >= after.target:
        after = _finish(connection, after, outlet)
    position.move(connection, after)
    if outlet.relays and not after.loading:
        feed.follow_head(connection, after.stream, after.epoch, after.through)
    return after


def _finish(connection: Connection, reached: Position, outlet: Outlet) -> Position:
    outlet.applier.sweep(connection, reached.stream, reached.generation)
    if outlet.relays:
        feed.sweep_relayed(connection, reached.stream, reached.generation, reached.through)
        feed.follow_head(connection, reached.stream, reached.epoch, reached.through)
    return replace(reached, target=None)


def unfollowed(connection: Connection, roots: Sequence[str], outlet: Outlet) -> list[Position]:
    """The feeds that are read here and that no subscription names any more.

    None before all that was joined is loaded: the shop is never without either.
    """
    followed = outlet.applier.followed(connection)
    feeds = position.all_feeds(connection)
    if not {one.stream for one in feeds if not one.loading}.issuperset(followed):
        return []
    wanted = {*roots, *followed}
    return [one for one in feeds if one.stream not in wanted]


def leave(connection: Connection, held: Position, outlet: Outlet) -> None:
    """Sweep a feed that is followed no more, and forget the position in it."""
    outlet.applier.sweep(connection, held.stream, held.generation + 1)
    if outlet.relays:
        feed.sweep_relayed(connection, held.stream, held.generation + 1, held.through)
    position.forget_other_epochs(connection, held.stream, epoch="")
