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
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine

from branch import audit
from branch.inbound import project
from branch.wording import RefusalError
from replication import quarantine
from replication.clock import Clock
from replication.console.languages import msgid
from replication.quarantine import Held, Replayed
from replication.streams import journal_of
from schemas.tables.journal import quarantine as quarantine_table
from schemas.wire.entries import business_date_of, waits_for_upgrade


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


def held(connection: Connection) -> list[Held]:
    """The entries that wait for a person with what they say, oldest first."""
    return quarantine.search(connection, quarantine.WAITING, relayed=True)


def waiting(connection: Connection) -> list[ParkedEntry]:
    """The same as a manager meets them."""
    return [_met(one) for one in held(connection)]


def find(connection: Connection, lane: str, sequence: int, epoch: str = "") -> Held:
    """A waiting entry, held until the transaction ends. Raises ParkedError when it waits no more.

    Of several epochs the oldest entry is meant, unless one is named.
    """
    place = quarantine_table.c
    where = [place.stream == journal_of(lane), place.sequence == sequence]
    if epoch:
        where.append(place.epoch == epoch)
    found = quarantine.search(connection, quarantine.WAITING, *where, relayed=True, lock=True)
    if not found:
        raise ParkedError(
            msgid("%(lane)s #%(sequence)s waits no more: load the page again"),
            lane=lane,
            sequence=sequence,
        )
    return found[0]


def released_receipts(
    connection: Connection, branch: str, business_date: date
) -> dict[str, set[int]]:
    """Receipt numbers by lane whose tickets of this date were set down by a person."""
    found: dict[str, set[int]] = {}
    for one in quarantine.search(
        connection, quarantine.RELEASED, quarantine_table.c.kind == "ticket", relayed=True
    ):
        body = b"" if one.entry is None else one.entry.body
        fields = _fields(body)
        counter = fields.get("counter")
        of_the_day = business_date_of(body) == business_date and fields.get("branch") == branch
        if of_the_day and isinstance(counter, int):
            found.setdefault(one.parked.sender, set()).add(counter)
    return found


def release(connection: Connection, one: Held, operator: str, reason: str, now: datetime) -> None:
    """Set an entry down for good. Raises ParkedError without a reason."""
    if not reason.strip():
        raise ParkedError(
            msgid("%(lane)s #%(sequence)s is set down only with a reason: say why"),
            lane=one.parked.sender,
            sequence=one.parked.sequence,
        )
    quarantine.release(connection, one, operator, reason.strip(), now)
    audit.note(connection, now, operator, "entry.release", one.parked.name, reason.strip())


def retry(
    connection: Connection, branch: str, one: Held, operator: str, now: datetime
) -> str | None:
    """Project an entry as it came. None when it is applied; else why not, and it waits on with that
    as its reason.
    """
    reason = quarantine.retry(connection, one, partial(project, branch, lambda: now), operator, now)
    audit.note(connection, now, operator, "entry.retry", one.parked.name, reason or "")
    return reason


def replay(engine: Engine, branch: str, clock: Clock) -> Replayed:
    """Retry what waited for an upgrade and can be read now; once, as the software starts."""
    how = partial(project, branch, clock)
    return quarantine.replay(engine, waits_for_upgrade, how, clock, relayed=True)


def _met(one: Held) -> ParkedEntry:
    body = b"" if one.entry is None else one.entry.body
    return ParkedEntry(
        one.parked.sender, one.parked.epoch, one.parked.sequence, one.parked.kind,
        one.parked.reason, one.parked.since, business_date_of(body),
    )  # fmt: skip


def _fields(body: bytes) -> dict[str, Any]:
    """What a body says; it may be anything, and then it says nothing."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
