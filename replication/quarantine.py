"""Entries set aside for a person. The entry rests in the journal as it came; here stands why.

waiting ──retry──▶ applied ("retried")          nothing behind it is held up,
   │  ▲──────────── fails: waits on with the new reason
   ├─replay─▶ retried once per start of the software, if it waited for an upgrade that is here now,
   │          and once when all that this site lost has come back, for what it waited for may be in it
   └─release─▶ set down with a reason            nothing is dropped, nothing is retried for ever

A parent that relays holds its child's entry inside its own journal, under its origin; one that does
not holds it as it came. `relayed` tells which. What a site fetched back of its own journal stands
there as it came, at both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, or_, select, update
from sqlalchemy.exc import OperationalError

from replication.clock import Clock
from replication.journal import entry_of
from replication.streams import site_of
from schemas.tables.base import upsert
from schemas.tables.journal import journal_entry, quarantine
from schemas.wire.entry import Entry

if TYPE_CHECKING:
    from replication.apply import Project

_log = structlog.get_logger(__name__)
_RELEASED = "released"

WAITING: ColumnElement[bool] = quarantine.c.resolved.is_(None)
#: Set down by a person, rather than applied after all.
RELEASED: ColumnElement[bool] = quarantine.c.resolution.startswith(_RELEASED)


@dataclass(frozen=True, slots=True)
class Parked:
    """One entry set aside, by its child's stream; `resolved` is None while it waits."""

    stream: str
    epoch: str
    sequence: int
    kind: str
    reason: str
    since: datetime
    resolved: datetime | None = None
    resolution: str | None = None

    @property
    def brief(self) -> str:
        """The first line of the reason: what a database says below it is for whoever runs it."""
        return self.reason.partition("\n")[0][:300]

    @property
    def sender(self) -> str:
        """The site that sent it."""
        return site_of(self.stream)

    @property
    def name(self) -> str:
        """How a person calls it."""
        return f"{self.sender} #{self.sequence}"


@dataclass(frozen=True, slots=True)
class Held:
    """A parked entry with what it says; `entry` is None when the journal does not hold it."""

    parked: Parked
    entry: Entry | None
    standing: str

    @property
    def writer(self) -> str:
        """The site that first wrote it. What was parked may name anything as its origin, so that
        name is not taken for a journal's.
        """
        if self.entry is None or self.entry.origin is None:
            return self.parked.sender
        return self.entry.origin.stream.removeprefix("journal:")

    @property
    def may_be_applied(self) -> bool:
        """A fork may not: another entry of its number is applied already."""
        return self.entry is not None and self.standing == "first"


def park(connection: Connection, entry: Entry, reason: str, at: datetime) -> None:
    """Set an entry aside. Parking it twice keeps the newer reason."""
    row = {
        "stream": entry.stream, "epoch": entry.epoch, "sequence": entry.sequence,
        "kind": entry.kind, "reason": reason, "since": at, "resolved": None, "resolution": None,
    }  # fmt: skip
    upsert(connection, quarantine, [row])


def waiting(connection: Connection, limit: int = 200) -> list[Parked]:
    """The entries that wait for a person, oldest first."""
    query = select(quarantine).where(WAITING).order_by(*_OLDEST_FIRST).limit(limit)
    return [_parked(row) for row in connection.execute(query)]


def count_waiting(connection: Connection) -> int:
    """How many entries wait."""
    query = select(func.count()).select_from(quarantine).where(WAITING)
    return connection.execute(query).scalar_one()


def oldest_waiting(connection: Connection) -> datetime | None:
    """Since when the oldest of them waits."""
    return connection.execute(select(func.min(quarantine.c.since)).where(WAITING)).scalar()


def search(
    connection: Connection, *where: ColumnElement[bool], relayed: bool, lock: bool = False
) -> list[Held]:
    """The entries set aside for which all of `where` holds, oldest first; `lock` keeps them still."""
    query = _query(relayed=relayed).where(*where).order_by(*_OLDEST_FIRST)
    if lock:
        query = query.with_for_update(of=quarantine)
    return [_held(row, relayed=relayed) for row in connection.execute(query)]


def retry(
    connection: Connection, held: Held, project: Project, by: str, now: datetime
) -> str | None:
    """Project an entry as it came. None when it is applied; else why not, kept as its new reason."""
    from replication.apply import Arrival  # noqa: PLC0415 - `apply` parks, so it imports this module

    if held.entry is None:
        return held.parked.reason
    try:
        with connection.begin_nested():
            project(connection, [Arrival(held.entry, held.writer, held.parked.sender)])
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the entry's new reason
        reason = f"{type(error).__name__}: {error}"
        _change(connection, held.parked, {"reason": reason})
        return reason
    _change(connection, held.parked, {"resolved": now, "resolution": f"retried by {by}"})
    return None


def release(connection: Connection, held: Held, by: str, reason: str, now: datetime) -> None:
    """Set an entry down for good; it stays in the journal as it came."""
    _change(
        connection, held.parked, {"resolved": now, "resolution": f"{_RELEASED} by {by}: {reason}"}
    )


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of the entries that were retried by themselves."""

    applied: int
    failed: int


def replay(
    engine: Engine,
    due: Callable[[str, int, str], bool],
    project: Project,
    clock: Clock,
    *,
    relayed: bool,
    by: str = "the upgrade",
) -> Replayed:
    """Retry, each in a transaction of its own, the waiting entries that are `due` by their kind,
    version and reason. Whatever fails waits on with its new reason, for a person.
    """
    applied = failed = 0
    with engine.connect() as connection:
        candidates = search(connection, WAITING, relayed=relayed)
    for one in candidates:
        if not one.may_be_applied or one.entry is None:
            continue
        if not due(one.entry.kind, one.entry.version, one.parked.reason):
            continue
        with engine.begin() as connection:
            still = search(connection, WAITING, *named(one.parked), relayed=relayed, lock=True)
            if not still:
                continue
            reason = retry(connection, still[0], project, by, clock())
        applied, failed = applied + (reason is None), failed + (reason is not None)
        _log.info("entry replayed", entry=one.parked.name, kind=one.parked.kind, failed=reason)
    return Replayed(applied, failed)


def named(one: Parked) -> tuple[ColumnElement[bool], ...]:
    """What tells this entry from all others."""
    return (
        quarantine.c.stream == one.stream,
        quarantine.c.epoch == one.epoch,
        quarantine.c.sequence == one.sequence,
    )


_OLDEST_FIRST = (quarantine.c.since, quarantine.c.stream, quarantine.c.sequence)
_OWN = tuple(quarantine.c[name].label(f"parked_{name}") for name in quarantine.c.keys())  # noqa: SIM118 - a collection of columns, not a dictionary


def _query(*, relayed: bool) -> Any:  # noqa: ANN401 - a SELECT with its join
    entry = journal_entry.c
    same = and_(
        entry.stream == quarantine.c.stream, entry.epoch == quarantine.c.epoch,
        entry.sequence == quarantine.c.sequence,
    )  # fmt: skip
    if relayed:
        origin = and_(
            entry.origin_stream == quarantine.c.stream, entry.origin_epoch == quarantine.c.epoch,
            entry.origin_sequence == quarantine.c.sequence, entry.standing == "first",
        )  # fmt: skip
        same = or_(origin, same)
    return select(*_OWN, journal_entry).select_from(quarantine).outerjoin(journal_entry, same)


def _parked(row: Row[Any], prefix: str = "") -> Parked:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Parked(**{name: fields[f"{prefix}{name}"] for name in Parked.__dataclass_fields__})


def _held(row: Row[Any], *, relayed: bool) -> Held:
    parked = _parked(row, "parked_")
    if row.stream is None:
        return Held(parked, None, "first")
    entry = entry_of(row)
    return Held(parked, entry.original() if relayed else entry, row.standing)


def _change(connection: Connection, one: Parked, values: dict[str, Any]) -> None:
    connection.execute(update(quarantine).where(*named(one)).values(**values))
