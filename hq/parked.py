"""Entries in quarantine as a person meets them: whose they are, of which date, and what they say.

The entry rests in the journal as it came. Its body is shown and searched for a business date; it
may be anything, so whatever cannot be read is shown as text and belongs to no date.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from replication.streams import journal_of, site_of
from schemas.tables.journal import journal_entry, quarantine

_LONGEST_BODY = 20_000


@dataclass(frozen=True, slots=True)
class ParkedEntry:
    """One waiting entry. `writer` is the site that first wrote it, `branch` the one that sent it."""

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


def parked_entries(connection: Connection, branches: Sequence[str]) -> list[ParkedEntry]:
    """The entries of these branches that wait for a person, oldest first."""
    query = (
        select(quarantine, journal_entry.c.body, journal_entry.c.origin_stream)
        .outerjoin(
            journal_entry,
            and_(
                journal_entry.c.stream == quarantine.c.stream,
                journal_entry.c.epoch == quarantine.c.epoch,
                journal_entry.c.sequence == quarantine.c.sequence,
            ),
        )
        .where(
            quarantine.c.resolved.is_(None),
            quarantine.c.stream.in_([journal_of(branch) for branch in branches]),
        )
        .order_by(quarantine.c.since, quarantine.c.stream, quarantine.c.sequence)
    )
    return [_parked(row) for row in connection.execute(query)]


def _parked(row: Any) -> ParkedEntry:  # noqa: ANN401 - a row of a join
    body = bytes(row.body or b"")
    value = _read(body)
    sender = site_of(row.stream)
    return ParkedEntry(
        stream=row.stream,
        epoch=row.epoch,
        sequence=row.sequence,
        branch=sender,
        # What was parked may name anything as its origin, so its name is not taken for a journal's.
        writer=sender if row.origin_stream is None else row.origin_stream.removeprefix("journal:"),
        kind=row.kind,
        reason=row.reason,
        since=row.since,
        business_date=_date_in(value),
        body=_shown(body, value),
    )


def _read(body: bytes) -> Any:  # noqa: ANN401 - whatever the entry says
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _date_in(value: Any) -> date | None:  # noqa: ANN401 - whatever the entry says
    try:
        return date.fromisoformat(value["business_date"])
    except (KeyError, TypeError, ValueError):
        return None


def _shown(body: bytes, value: Any) -> str:  # noqa: ANN401 - whatever the entry says
    text = (
        body.decode("utf-8", "backslashreplace")
        if value is None
        else json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    )
    return text if len(text) <= _LONGEST_BODY else f"{text[:_LONGEST_BODY]}…"
