"""Positions: how far this site has applied each stream, and how far the sites below it have.

A position moves in the transaction that applies what it covers, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from schemas.tables.base import upsert
from schemas.tables.journal import journal_entry
from schemas.tables.link import position, position_report
from schemas.wire.entry import GENESIS


@dataclass(frozen=True, slots=True)
class Position:
    """Applied through `through`; `target` is set while a generation loads. `reads` names what of its
    records the site could keep when that began.
    """

    stream: str
    epoch: str
    through: int = 0
    hash: bytes = GENESIS
    applied_at: datetime | None = None
    generation: int = 1
    target: int | None = None
    reads: str = ""

    @property
    def loading(self) -> bool:
        """Whether rows of an older generation may still stand beside newer ones."""
        return self.target is not None


@dataclass(frozen=True, slots=True)
class Report:
    """A position as a site below reports it."""

    site: str
    stream: str
    epoch: str
    through: int
    applied_at: datetime


def find(connection: Connection, stream: str, epoch: str, *, lock: bool = False) -> Position:
    """The position in one incarnation of a stream; at nought when there is none yet."""
    query = select(position).where(position.c.stream == stream, position.c.epoch == epoch)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return Position(stream, epoch) if row is None else _position(row)


def claim(connection: Connection, stream: str, epoch: str, now: datetime) -> Position:
    """The position, locked until the transaction ends. Where there is none its place is locked: of two
    first batches at once, the second waits for the first.
    """
    found = find(connection, stream, epoch, lock=True)
    if found.applied_at is not None:
        return found
    row = {"stream": stream, "epoch": epoch, "through": 0, "hash": GENESIS, "applied_at": now}
    connection.execute(insert(position).values(row).on_conflict_do_nothing())
    return find(connection, stream, epoch, lock=True)


def all_epochs(connection: Connection, stream: str) -> list[Position]:
    """This site's position in every epoch of a stream that it holds, in the order in which they came:
    what was written in one may stand on what was written in those before it.
    """
    query = select(position).where(position.c.stream == stream)
    query = query.order_by(position.c.applied_at, position.c.epoch)
    return [_position(row) for row in connection.execute(query)]


def all_feeds(connection: Connection) -> list[Position]:
    """This site's position in every feed that it follows."""
    query = select(position).where(position.c.stream.like("feed:%")).order_by(position.c.stream)
    return [_position(row) for row in connection.execute(query)]


def _position(row: Row[Any]) -> Position:
    return Position(
        row.stream, row.epoch, row.through, bytes(row.hash), row.applied_at, row.generation,
        row.target, row.reads,
    )  # fmt: skip


def move(connection: Connection, to: Position) -> None:
    """Write a position. The caller has applied what it covers in this transaction."""
    row = {
        "stream": to.stream, "epoch": to.epoch, "through": to.through, "hash": to.hash,
        "applied_at": to.applied_at, "generation": to.generation, "target": to.target,
        "reads": to.reads,
    }  # fmt: skip
    upsert(connection, position, [row])


def forget_other_epochs(connection: Connection, stream: str, epoch: str) -> None:
    """Of a feed, one incarnation counts: the one that is being loaded."""
    connection.execute(
        delete(position).where(position.c.stream == stream, position.c.epoch != epoch)
    )


def report(connection: Connection, reports: list[Report], received: datetime) -> None:
    """Keep what the sites below say of themselves; a repeat changes nothing but its arrival."""
    rows = [
        {
            "site": one.site, "stream": one.stream, "epoch": one.epoch, "through": one.through,
            "applied_at": one.applied_at, "received": received,
        }
        for one in reports
    ]  # fmt: skip
    upsert(connection, position_report, rows)


def secured_through(
    connection: Connection, child: Position, relaying: str, secured: Mapping[str, int]
) -> int:
    """How far a child's journal is held by headquarters, given how far headquarters holds each epoch
    of the journal that relays it. All that lies below the first entry it may lack is held there.
    """
    entry = journal_entry.c
    lacking = [(entry.epoch == epoch) & (entry.sequence > held) for epoch, held in secured.items()]
    query = select(func.min(entry.origin_sequence)).where(
        entry.origin_stream == child.stream,
        entry.origin_epoch == child.epoch,
        entry.stream == relaying,
        or_(*lacking),
    )
    first: int | None = connection.execute(query).scalar()
    return child.through if first is None else min(child.through, first - 1)
