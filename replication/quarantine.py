"""Entries set aside for a person. The entry rests in the journal as it came; here stands why.

waiting ──retry──▶ applied ("retried")          nothing behind it is held up,
   └─────release──▶ set down with a reason       nothing is dropped, nothing is retried for ever
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from schemas.tables.base import upsert
from schemas.tables.journal import quarantine
from schemas.wire.entry import Entry


@dataclass(frozen=True, slots=True)
class Parked:
    """One waiting entry."""

    stream: str
    epoch: str
    sequence: int
    kind: str
    reason: str
    since: datetime


def park(connection: Connection, entry: Entry, reason: str, at: datetime) -> None:
    """Set an entry aside. Parking it twice keeps the newer reason."""
    row = {
        "stream": entry.stream, "epoch": entry.epoch, "sequence": entry.sequence,
        "kind": entry.kind, "reason": reason, "since": at, "resolved": None, "resolution": None,
    }  # fmt: skip
    upsert(connection, quarantine, [row])


def waiting(connection: Connection, limit: int = 200) -> list[Parked]:
    """The entries that wait for a person, oldest first."""
    query = (
        select(quarantine)
        .where(quarantine.c.resolved.is_(None))
        .order_by(quarantine.c.since, quarantine.c.stream, quarantine.c.sequence)
        .limit(limit)
    )
    return [
        Parked(row.stream, row.epoch, row.sequence, row.kind, row.reason, row.since)
        for row in connection.execute(query)
    ]


def count_waiting(connection: Connection) -> int:
    """How many entries wait."""
    query = select(func.count()).select_from(quarantine).where(quarantine.c.resolved.is_(None))
    return connection.execute(query).scalar_one()
