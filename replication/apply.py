"""Taking a child's journal in: verified, stored, projected and the position moved, in one transaction.

batch ── accepted iff it begins at position + 1 ── chain recomputed from the position's hash
  ├─ headquarters checks each relayed entry against its origin and stores all as they are
  ├─ the site's projectors run; an entry that fails is parked, those behind it flow on
  ├─ a parent that has a parent relays: what it states itself of the entries, and they with their
  │  origin, join its own journal together, last, because that takes the journal's lock
  └─ position = the batch's end

what arrives                          what happens
begins beyond position + 1            RefusedError gap: the sender asks where we stand
ends at or below the position         a repeat: answered with the position, changes nothing
first hash differs from ours          RefusedError chain: a fork or a broken sender, a person decides
a relayed origin we hold, same hash   stored as a repeat, not projected again
a relayed origin we hold, other hash  stored as a fork, parked
an entry that a projector refuses     stored, parked with the reason
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ARRAY, BigInteger, Connection, Engine, any_, literal, select
from sqlalchemy.exc import OperationalError

from replication import intake, journal, position, quarantine
from replication.clock import Clock
from replication.errors import RefusedError
from replication.messages import Status
from replication.position import Position
from replication.streams import site_of
from schemas.tables.journal import journal_entry
from schemas.wire.batch import Header
from schemas.wire.entry import Entry, Origin, origin_holds
from schemas.wire.versions import SPOKEN, Versions

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An entry as a projector sees it: `writer` is the site that first wrote it, `sender` the
    one that brought it.
    """

    entry: Entry
    writer: str
    sender: str


#: Hashes of the origins that are held here, by stream, epoch and sequence.
Held = dict[tuple[str, str, int], bytes]

#: Projects arrivals into the site's own tables, in order. It raises to have an entry parked.
Project = Callable[[Connection, Sequence[Arrival]], None]

#: The same at a site that states something of what arrives: its tables say it already, and what is answered
#: goes into the site's journal with the entries that it relays.
Take = Callable[[Connection, Sequence[Arrival]], Sequence[journal.Draft] | None]


#: Answers a question of a child: the site that asks, and what. Raises RefusedError.
Answer = Callable[[Engine, str, Mapping[str, Any]], bytes]


#: Is told in the transaction that admits a site by its token: which one, and its public key.
Admitted = Callable[[Connection, str, bytes], None]


def _untold(connection: Connection, site: str, public_key: bytes) -> None:
    """For a site that tells nobody whom it admits."""


#: Is told, by the connection that it was done on, that what a projector wrote there is committed.
Committed = Callable[[Connection], None]


def _unseen(connection: Connection) -> None:
    """For a site where nobody looks on."""


#: Is told of each report of a child, after it is kept.
Reported = Callable[[Status], None]


def _unread(status: Status) -> None:
    """For a site where nobody looks on."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """How a site takes journals in. `relay_into` names its own journal when it has a parent.

    `answers` are the topics on which its children may compare more than feeds with it; `admitted` is
    told of each child that enrols, `committed` of each batch, and `reported`
    of each report, after its transaction.
    """

    project: Take
    clock: Clock
    relay_into: str | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    admitted: Admitted = _untold
    committed: Committed = _unseen
    reported: Reported = _unread
    spoken: Versions = SPOKEN


def receive(
    connection: Connection, header: Header, entries: list[Entry], inbound: Inbound
) -> Position:
    """Apply a batch whose signature held and answer the position afterwards. Raises RefusedError."""
    now = inbound.clock()
    before = position.claim(connection, header.stream, header.epoch, now)
    if header.through <= before.through:
        return before
    if header.after > before.through:
        message = (
            f"{header.stream} stands at {before.through}, the batch begins after {header.after}"
        )
        raise RefusedError("gap", message)
    entries = entries[before.through - header.after :]
    if entries[0].previous != before.hash:
        message = (
            f"{header.stream} entry {entries[0].sequence} does not follow the one that is held here: "
            "its journal was rewritten or copied; keep both databases and compare them"
        )
        raise RefusedError("chain", message)
    if inbound.relay_into is None:
        standings, parked = _check_origins(connection, entries, now)
        journal.store(connection, entries, standings)
    else:
        standings, parked = _check_known(connection, entries)
    for entry, reason in parked.values():
        quarantine.park(connection, entry, reason, now)
    sender = site_of(header.stream)
    arrivals = [
        Arrival(entry, sender if entry.origin is None else site_of(entry.origin.stream), sender)
        for entry, standing in zip(entries, standings, strict=True)
        if standing == "first" and entry.sequence not in parked
    ]
    drafts = project_or_park(connection, arrivals, inbound.project, now)
    if inbound.relay_into is not None:
        # What is here already was fetched back from headquarters, which therefore has it.
        drafts += [
            _relayed(entry, standing)
            for entry, standing in zip(entries, standings, strict=True)
            if standing != "repeat"
        ]
        journal.append(connection, inbound.relay_into, drafts)
    after = Position(header.stream, header.epoch, header.through, entries[-1].hash, now)
    position.move(connection, after)
    intake.note(connection, entries, now)
    return after


def _relayed(entry: Entry, standing: str) -> journal.Draft:
    origin = entry.as_origin()
    return journal.Draft(entry.kind, entry.version, entry.committed, entry.body, origin, standing)


def _check_known(
    connection: Connection, entries: list[Entry]
) -> tuple[list[str], dict[int, tuple[Entry, str]]]:
    """Which of a child's own entries came another way already: the standing of each, and by
    sequence those to be parked with the reason.
    """
    held = held_origins(connection, [entry.as_origin() for entry in entries])
    standings = [standing_of(entry.as_origin(), held) for entry in entries]
    parked = {
        entry.sequence: (entry, f"{entry.stream} entry {entry.sequence} is held with another hash")
        for entry, standing in zip(entries, standings, strict=True)
        if standing == "fork"
    }
    return standings, parked


def _check_origins(
    connection: Connection, entries: list[Entry], now: datetime
) -> tuple[list[str], dict[int, tuple[Entry, str]]]:
    """Recompute each relayed entry's own hash and chain: the standing of each, and by sequence
    those to be parked with the reason.
    """
    held = held_origins(connection, [entry.origin for entry in entries if entry.origin])
    ends: dict[tuple[str, str], Position] = {}
    standings: list[str] = []
    parked: dict[int, tuple[Entry, str]] = {}
    for entry in entries:
        standing, reason = _standing(connection, entry, held, ends)
        standings.append(standing)
        if reason:
            parked[entry.sequence] = (entry, reason)
    for end in ends.values():
        position.move(connection, Position(end.stream, end.epoch, end.through, end.hash, now))
    return standings, parked


def _standing(
    connection: Connection,
    entry: Entry,
    held: Held,
    ends: dict[tuple[str, str], Position],
) -> tuple[str, str | None]:
    origin = entry.origin
    if origin is None:
        return "first", None
    where = f"{origin.stream} entry {origin.sequence}"
    if not _may_relay(entry.stream, origin.stream):
        return "fork", f"{where} was relayed by {site_of(entry.stream)}, which is not its parent"
    if not origin_holds(entry.kind, entry.version, entry.body, origin):
        return (
            "fork",
            f"{where} does not have the hash that its origin claims: it was changed on its way",
        )
    standing = standing_of(origin, held)
    if standing != "first":
        return standing, None if standing == "repeat" else f"{where} is held with another hash"
    held[origin.stream, origin.epoch, origin.sequence] = origin.hash
    end = ends.get((origin.stream, origin.epoch)) or position.find(
        connection, origin.stream, origin.epoch, lock=True
    )
    follows = origin.sequence == end.through + 1 and origin.previous == end.hash
    if origin.sequence > end.through:
        ends[origin.stream, origin.epoch] = Position(
            origin.stream, origin.epoch, origin.sequence, origin.hash
        )
    if not follows:
        return (
            "first",
            f"{where} does not follow entry {end.through} of its lane: one is missing or was changed",
        )
    return "first", None


def _may_relay(relaying: str, original: str) -> bool:
    """A branch relays its own lanes, whose names begin with its own."""
    return site_of(original).startswith(f"{site_of(relaying)}.")


def standing_of(origin: Origin | None, held: Held) -> str:
    """Whether an entry is the first of its origin here, a repeat of it, or another under its name.

    What a site wrote itself has no origin, and is the first.
    """
    known = None if origin is None else held.get((origin.stream, origin.epoch, origin.sequence))
    if origin is None or known is None:
        return "first"
    return "repeat" if known == origin.hash else "fork"


def held_origins(connection: Connection, origins: list[Origin]) -> Held:
    """The hashes under which these origins are held here, by stream, epoch and sequence."""
    sequences: dict[tuple[str, str], list[int]] = {}
    for one in origins:
        sequences.setdefault((one.stream, one.epoch), []).append(one.sequence)
    held: Held = {}
    # One array per lane: the same small statement whatever the size of the batch.
    for (stream, epoch), of_lane in sequences.items():
        query = select(journal_entry.c.origin_sequence, journal_entry.c.origin_hash).where(
            journal_entry.c.origin_stream == stream,
            journal_entry.c.origin_epoch == epoch,
            journal_entry.c.origin_sequence == any_(literal(of_lane, ARRAY(BigInteger))),
            journal_entry.c.standing == "first",
        )
        held |= {(stream, epoch, row[0]): bytes(row[1]) for row in connection.execute(query)}
    return held


def project_or_park(
    connection: Connection, arrivals: list[Arrival], project: Take, now: datetime
) -> list[journal.Draft]:
    """All at once when all are well; one by one when one is not, so that only that one is parked. Answers
    what the projector stated.
    """
    if not arrivals:
        return []
    try:
        with connection.begin_nested():
            return list(project(connection, arrivals) or ())
    except OperationalError:
        raise
    except Exception:  # noqa: BLE001 - whatever is wrong with one entry must not hold up the rest
        stated: list[journal.Draft] = []
        for arrival in arrivals:
            try:
                with connection.begin_nested():
                    one = project(connection, [arrival]) or ()
                stated += one
            except OperationalError:
                raise
            except Exception as error:  # noqa: BLE001 - parked with its reason, for a person
                reason = f"{type(error).__name__}: {error}"
                _log.warning("entry parked", stream=arrival.entry.stream,
                             sequence=arrival.entry.sequence, kind=arrival.entry.kind, reason=reason)  # fmt: skip
                quarantine.park(connection, arrival.entry, reason, now)
        return stated
