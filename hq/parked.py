"""Entries in quarantine as a person meets them: whose they are, of which date, what they say, and
the two ways out.

    waiting ──retry──▶ projected now, as it came; if that fails it waits on with the new reason
       └─────release──▶ set down for good, by whom and why; the entry itself stays in the journal

The entry rests in the journal as it came. Its body is shown and searched for a business date; it
may be anything, so whatever cannot be read is shown as text and belongs to no date. A fork is never
projected: another entry of its number is. It is compared, and released.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select

from hq import audit
from hq.inbound import project_later
from hq.refusal import RefusalError
from replication import quarantine
from replication.clock import Clock
from replication.console.languages import msgid
from replication.console.users import User
from replication.quarantine import Held, Replayed
from replication.streams import journal_of, site_of
from schemas.tables.journal import journal_entry
from schemas.tables.journal import quarantine as quarantine_table
from schemas.wire.entries import business_date_of, legible, waits_for_upgrade

#: Who may have an entry tried again, and who may set one down for good.
RETRIERS = frozenset({"regional_ops", "administrator", "approver"})
RELEASERS = frozenset({"regional_ops", "administrator"})

_LONGEST_BODY = 20_000
_NOT_WAITING = msgid("%(site)s #%(sequence)s does not wait here: load the list again")
_SEVERAL = msgid("%(site)s #%(sequence)s waits in several epochs: name one of %(epochs)s")
_FORK = msgid(
    "%(entry)s is a fork: another entry of its number is applied; compare, then set it down"
)
_ABSENT = msgid("The journal no longer holds %(entry)s, so it cannot be applied; set it down")
_NO_REASON = msgid("%(entry)s is set down only with a reason: say why")
_NOT_YOURS = msgid("%(operator)s may not do this with entries of %(site)s: ask an administrator")


class ParkedError(RefusalError):
    """What a person asked for does not fit the entry; the message says why."""


@dataclass(frozen=True, slots=True)
class ParkedEntry:
    """One entry set aside. `writer` is the site that first wrote it, `branch` the one that sent it."""

    held: Held
    stream: str
    epoch: str
    sequence: int
    branch: str
    writer: str
    kind: str
    reason: str
    since: datetime
    business_date: date | None
    body: str

    @property
    def is_fork(self) -> bool:
        """Whether another entry of its number is applied."""
        return self.held.standing == "fork"


@dataclass(frozen=True, slots=True)
class ParkedCount:
    """How many entries of one writer wait, since when the oldest does, and how many are forks."""

    count: int = 0
    since: datetime | None = None
    forks: int = 0
    forked_since: datetime | None = None


def parked_entries(connection: Connection, branches: Sequence[str]) -> list[ParkedEntry]:
    """The entries of these branches that wait for a person, oldest first."""
    streams = [journal_of(branch) for branch in branches]
    return _search(connection, quarantine.WAITING, quarantine_table.c.stream.in_(streams))


def entries_at(connection: Connection, stream: str, epoch: str, sequence: int) -> list[ParkedEntry]:
    """What was ever set aside at one place of a journal, waiting or not."""
    place = quarantine_table.c
    return _search(
        connection, place.stream == stream, place.epoch == epoch, place.sequence == sequence
    )


def parked_counts(
    connection: Connection, branches: Sequence[str], sites: Collection[str]
) -> dict[str, ParkedCount]:
    """By writer, if it is one of the sites, else by the branch that sent it."""
    parked, entry = quarantine_table.c, journal_entry.c
    query = (
        select(parked.stream, entry.origin_stream, entry.standing, func.count(), func.min(parked.since))
        .outerjoin(
            journal_entry,
            and_(entry.stream == parked.stream, entry.epoch == parked.epoch,
                 entry.sequence == parked.sequence),
        )
        .where(quarantine.WAITING, parked.stream.in_([journal_of(one) for one in branches]))
        .group_by(parked.stream, entry.origin_stream, entry.standing)
    )  # fmt: skip
    counts: dict[str, ParkedCount] = {}
    for stream, origin, standing, count, since in connection.execute(
        query.select_from(quarantine_table)
    ):
        writer = (origin or stream).removeprefix("journal:")
        site = writer if writer in sites else site_of(stream)
        counts[site] = _added(counts.get(site, ParkedCount()), standing == "fork", count, since)
    return counts


def find(connection: Connection, site: str, sequence: int, epoch: str = "") -> Held:
    """A waiting entry of a branch's journal, held until the transaction ends. Raises ParkedError."""
    place = quarantine_table.c
    where = [place.stream == journal_of(site), place.sequence == sequence]
    if epoch:
        where.append(place.epoch == epoch)
    found = quarantine.search(connection, quarantine.WAITING, *where, relayed=False, lock=True)
    if not found:
        raise ParkedError(_NOT_WAITING, site=site, sequence=sequence)
    if len(found) > 1:
        epochs = ", ".join(one.parked.epoch for one in found)
        raise ParkedError(_SEVERAL, site=site, sequence=sequence, epochs=epochs)
    return found[0]


def retry(connection: Connection, held: Held, actor: User, now: datetime) -> str | None:
    """Project an entry as it came. None when it is applied; else why not, kept as its new reason.

    Raises ParkedError when this person may not, or the entry cannot ever be applied.
    """
    _must_may(actor, RETRIERS, held)
    if not held.may_be_applied:
        raise ParkedError(_ABSENT if held.entry is None else _FORK, entry=held.parked.name)
    reason = quarantine.retry(connection, held, project_later, actor.operator, now)
    audit.note(connection, now, actor.operator, "entry.retry", held.parked.name, reason or "")
    return reason


def release(connection: Connection, held: Held, actor: User, reason: str, now: datetime) -> None:
    """Set an entry down for good. Raises ParkedError without a reason, or when this person may not."""
    _must_may(actor, RELEASERS, held)
    if not reason.strip():
        raise ParkedError(_NO_REASON, entry=held.parked.name)
    quarantine.release(connection, held, actor.operator, reason.strip(), now)
    audit.note(connection, now, actor.operator, "entry.release", held.parked.name, reason.strip())


def replay(engine: Engine, clock: Clock) -> Replayed:
    """Retry what waited for an upgrade and can be read now; once, as the software starts."""
    return quarantine.replay(engine, waits_for_upgrade, project_later, clock, relayed=False)


def _must_may(actor: User, roles: Collection[str], held: Held) -> None:
    site = held.parked.sender
    if actor.role not in roles or (actor.branches and site not in actor.branches):
        raise ParkedError(_NOT_YOURS, operator=actor.operator, site=site)


def _added(before: ParkedCount, fork: bool, count: int, since: datetime) -> ParkedCount:  # noqa: FBT001 - what is added
    forked = (before.forks + count, _older(before.forked_since, since))
    return ParkedCount(
        before.count + count,
        _older(before.since, since),
        *(forked if fork else (before.forks, before.forked_since)),
    )


def _older(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def _search(connection: Connection, *where: ColumnElement[bool]) -> list[ParkedEntry]:
    return [_met(one) for one in quarantine.search(connection, *where, relayed=False)]


def _met(one: Held) -> ParkedEntry:
    body = b"" if one.entry is None else one.entry.body
    parked = one.parked
    return ParkedEntry(
        held=one,
        stream=parked.stream,
        epoch=parked.epoch,
        sequence=parked.sequence,
        branch=parked.sender,
        writer=one.writer,
        kind=parked.kind,
        reason=parked.reason,
        since=parked.since,
        business_date=business_date_of(body),
        body=body_text(legible(parked.kind, body)),
    )


def body_text(body: bytes) -> str:
    """A body as a person can read it, whatever it is."""
    try:
        value: object = json.loads(body)
        text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "backslashreplace")
    return text if len(text) <= _LONGEST_BODY else f"{text[:_LONGEST_BODY]}…"
