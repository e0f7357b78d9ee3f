"""Entries of lanes that could not be applied, as a manager meets them, and the two ways out.

    waiting ──retry──▶ projected now, as it came: its cause was mended (an upgrade, a missing opening)
       └─────release──▶ set down for good, by whom and why; the entry itself stays in the journal

Until then the entry's day cannot be closed. An entry whose business date cannot be read stands in
the way of every day, because it may belong to any.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update
from sqlalchemy.exc import OperationalError

from branch import audit
from branch.wording import RefusalError
from replication.apply import Arrival, Project
from replication.console.languages import msgid
from replication.journal import entry_of
from replication.streams import site_of
from schemas.tables.journal import journal_entry, quarantine
from schemas.wire.entry import Entry

_RELEASED = "released"


class ParkedError(RefusalError):
    """What a person asked for does not fit the entry; the message says why."""


@dataclass(frozen=True, slots=True)
class ParkedEntry:
    """One waiting entry of a lane."""

    lane: str
    epoch: str
    sequence: int
    kind: str
    reason: str
    since: datetime
    business_date: date | None

    @property
    def brief(self) -> str:
        """The first line of the reason: what a database says below it is for whoever runs it."""
        return self.reason.partition("\n")[0][:300]

    @property
    def name(self) -> str:
        """How a person calls it."""
        return f"{self.lane} #{self.sequence}"

    def concerns(self, business_date: date) -> bool:
        """Whether it stands in the way of this day."""
        return self.business_date is None or self.business_date == business_date


def waiting(connection: Connection) -> list[ParkedEntry]:
    """The entries that wait for a person, oldest first."""
    query = _waiting().order_by(quarantine.c.since, quarantine.c.stream, quarantine.c.sequence)
    return [_parked(row) for row in connection.execute(query)]


def released_receipts(
    connection: Connection, branch: str, business_date: date
) -> dict[str, set[int]]:
    """Receipt numbers by lane whose tickets of this date were set down by a person."""
    query = _originals().where(
        quarantine.c.resolution.startswith(_RELEASED), quarantine.c.kind == "ticket"
    )
    found: dict[str, set[int]] = {}
    for row in connection.execute(query):
        fields = _fields(bytes(row.body))
        counter = fields.get("counter")
        of_the_day = _date_in(bytes(row.body)) == business_date and fields.get("branch") == branch
        if of_the_day and isinstance(counter, int):
            found.setdefault(site_of(row.lane_stream), set()).add(counter)
    return found


def release(
    connection: Connection, lane: str, sequence: int, operator: str, reason: str, now: datetime
) -> None:
    """Set an entry down for good. Raises ParkedError without a reason, or when it waits no more."""
    if not reason.strip():
        raise ParkedError(
            msgid("%(lane)s #%(sequence)s is set down only with a reason: say why"),
            lane=lane,
            sequence=sequence,
        )
    row = _held(connection, lane, sequence)
    _resolve(connection, row, now, f"{_RELEASED} by {operator}: {reason.strip()}")
    audit.note(connection, now, operator, "entry.release", f"{lane} #{sequence}", reason.strip())


def retry(
    connection: Connection, lane: str, sequence: int, project: Project, operator: str, now: datetime
) -> None:
    """Project an entry as it came. Raises ParkedError, and leaves it waiting, if that fails again."""
    row = _held(connection, lane, sequence)
    try:
        with connection.begin_nested():
            project(connection, [Arrival(_original(row), lane, lane)])
    except OperationalError:
        raise
    except Exception as error:
        raise ParkedError(
            msgid("%(lane)s #%(sequence)s cannot be applied: %(reason)s"),
            lane=lane,
            sequence=sequence,
            reason=f"{type(error).__name__}: {error}".partition("\n")[0],
        ) from error
    _resolve(connection, row, now, f"retried by {operator}")
    audit.note(connection, now, operator, "entry.retry", f"{lane} #{sequence}")


def _waiting() -> Any:  # noqa: ANN401 - a SELECT with its join
    """Those of the originals that still wait."""
    return _originals().where(quarantine.c.resolved.is_(None))


def _originals() -> Any:  # noqa: ANN401 - a SELECT with its join
    """Entries set aside, with what they say: the branch holds a lane's entry as its own journal
    relays it, with the lane's stream, epoch and sequence as its origin.
    """
    return (
        select(quarantine.c.reason, quarantine.c.since, quarantine.c.sequence.label("number"),
               quarantine.c.stream.label("lane_stream"), quarantine.c.epoch.label("lane_epoch"),
               journal_entry)
        .join(
            journal_entry,
            and_(
                journal_entry.c.origin_stream == quarantine.c.stream,
                journal_entry.c.origin_epoch == quarantine.c.epoch,
                journal_entry.c.origin_sequence == quarantine.c.sequence,
                journal_entry.c.standing == "first",
            ),
        )
    )  # fmt: skip


def _held(connection: Connection, lane: str, sequence: int) -> Row[Any]:
    query = _waiting().where(
        quarantine.c.stream == f"journal:{lane}", quarantine.c.sequence == sequence
    )
    row: Row[Any] | None = connection.execute(query.with_for_update(of=quarantine)).first()
    if row is None:
        raise ParkedError(
            msgid("%(lane)s #%(sequence)s waits no more: load the page again"),
            lane=lane,
            sequence=sequence,
        )
    return row


def _resolve(connection: Connection, row: Row[Any], now: datetime, resolution: str) -> None:
    connection.execute(
        update(quarantine)
        .where(
            quarantine.c.stream == row.lane_stream,
            quarantine.c.epoch == row.lane_epoch,
            quarantine.c.sequence == row.number,
        )
        .values(resolved=now, resolution=resolution)
    )


def _original(row: Row[Any]) -> Entry:
    """The lane's own entry, out of the one that relays it."""
    relayed = entry_of(row)
    origin = relayed.origin
    if origin is None:
        raise ParkedError(
            msgid("Entry %(sequence)s of the branch names no origin: tell headquarters"),
            sequence=relayed.sequence,
        )
    return Entry(
        origin.stream, origin.epoch, origin.sequence, relayed.kind, relayed.version,
        origin.committed, origin.previous, relayed.body, origin.hash,
    )  # fmt: skip


def _parked(row: Row[Any]) -> ParkedEntry:
    return ParkedEntry(
        site_of(row.lane_stream), row.lane_epoch, row.number, row.kind, row.reason, row.since,
        _date_in(bytes(row.body)),
    )  # fmt: skip


def _date_in(body: bytes) -> date | None:
    """The business date that a body names."""
    try:
        return date.fromisoformat(_fields(body)["business_date"])
    except (ValueError, KeyError, TypeError):
        return None


def _fields(body: bytes) -> dict[str, Any]:
    """What a body says; it may be anything, and then it says nothing."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
