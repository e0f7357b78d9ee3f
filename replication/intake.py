"""How fast journals are taken in: entries and bytes per writer and minute, the last few minutes kept.

    receive ── note ──▶ a ring of `SLOTS` minutes per writer ── rates ──▶ per minute, over `WINDOW`

A slot that holds an older minute is overwritten, so nothing has to be swept. These figures are for
people; nothing is decided by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, select
from sqlalchemy.dialects.postgresql import insert

from replication.streams import site_of
from schemas.tables.link import intake
from schemas.wire.entry import Entry

_MINUTE = timedelta(minutes=1)
_SLOTS = 16
#: A rate is the mean over this long; the minute under way counts as far as it has come.
WINDOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Rate:
    """Entries and bytes of bodies per minute."""

    entries: float = 0.0
    bytes: float = 0.0


def note(connection: Connection, entries: Sequence[Entry], now: datetime) -> None:
    """Count what was taken in, in the transaction that takes it in."""
    minute = now.replace(second=0, microsecond=0)
    counts: dict[str, list[int]] = {}
    for entry in entries:
        count = counts.setdefault(_writer(entry), [0, 0])
        count[0] += 1
        count[1] += len(entry.body)
    rows = [
        {"site": site, "slot": _slot(minute), "minute": minute, "entries": number, "bytes": size}
        for site, (number, size) in sorted(counts.items())
    ]
    fresh = insert(intake)
    same = intake.c.minute == fresh.excluded.minute
    changes = {
        name: case((same, intake.c[name] + fresh.excluded[name]), else_=fresh.excluded[name])
        for name in ("entries", "bytes")
    }
    connection.execute(
        fresh.on_conflict_do_update(
            index_elements=["site", "slot"], set_=changes | {"minute": fresh.excluded.minute}
        ),
        rows,
    )


def rates(connection: Connection, now: datetime) -> dict[str, Rate]:
    """The rate of each writer of whom something came within the window; of a branch its own entries."""
    begin = now - WINDOW
    query = (
        select(intake.c.site, func.sum(intake.c.entries), func.sum(intake.c.bytes))
        .where(intake.c.minute > begin, intake.c.minute <= now)
        .group_by(intake.c.site)
    )
    minutes = WINDOW / _MINUTE
    return {
        site: Rate(int(entries) / minutes, int(size) / minutes)
        for site, entries, size in connection.execute(query)
    }


def _slot(minute: datetime) -> int:
    return int(minute.timestamp()) // 60 % _SLOTS


def _writer(entry: Entry) -> str:
    """A relayed entry counts for the lane that wrote it, if it is one of the sender's own."""
    sender = site_of(entry.stream)
    origin = "" if entry.origin is None else entry.origin.stream.removeprefix("journal:")
    return origin if origin.startswith(f"{sender}.") else sender
