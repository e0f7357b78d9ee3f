"""What a site says of its own link beside its backlog, in the `detail` of its status.

    journal          epoch and head of its own journal, and how far headquarters is said to hold it
    unsecured_since  when the first entry was committed that headquarters is not known to hold
    loading          feeds that a generation is being loaded of: how far, to where, last progress
    trouble          why its link is refused, when there is another way to say so
    grace_days       for how long it keeps of its journal what headquarters holds; unsaid: for ever
    copies           of its own children those of which two copies are alive, with their names
    way              which way to the parent is in use, in what mode, and when it will speak next

`compose` writes it at the site, `read` reads it at a parent. It comes from elsewhere, so whatever
does not read counts as unsaid: an older site says none of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, select

from replication import position
from replication.outbox import Outbox
from schemas.tables.journal import journal_entry
from schemas.wire.canonical import parse_instant

_LONGEST_TROUBLE = 500


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class OwnJournal(_Said):
    """Where a site's own journal ends, and how far it knows it to be held at headquarters."""

    epoch: str
    head: int
    secured: int = 0


class Loading(_Said):
    """A feed whose generation is not complete; `since` is the last progress."""

    feed: str
    through: int
    target: int
    since: AwareDatetime


class Exchange(_Said):
    """The last exchange of a way that is not used all the time: entries sent and fetched back, batches
    of feeds received, and when it ended.
    """

    ended: AwareDatetime
    sent: int = 0
    received: int = 0
    regained: int = 0


class WayInUse(_Said):
    """The way that a site uses to its parent. `next_seconds` is how long it will be silent, None where
    that is not known beforehand: it speaks all the time, or when a person has it do so.
    """

    name: str = Field(max_length=80)
    mode: str = Field(default="real_time", max_length=20)
    since: AwareDatetime
    next_seconds: int | None = Field(default=None, ge=0)
    exchange: Exchange | None = None


class SelfReport(_Said):
    """Everything of it; empty where an older site says nothing."""

    journal: OwnJournal | None = None
    unsecured_since: AwareDatetime | None = None
    loading: tuple[Loading, ...] = ()
    trouble: str = Field(default="", max_length=_LONGEST_TROUBLE)
    quarantine_since: AwareDatetime | None = None
    grace_days: int | None = None
    copies: Mapping[str, tuple[str, ...]] = {}
    way: WayInUse | None = None


def compose(
    journals: Connection, feeds: Connection, box: Outbox, trouble: str | None
) -> dict[str, Any]:
    """The detail of this site, as JSON values; what there is nothing to say of is left out."""
    said = SelfReport(
        journal=OwnJournal(epoch=box.epoch, head=box.applied + box.pending, secured=box.secured),
        unsecured_since=_committed(journals, box),
        loading=tuple(
            Loading(feed=one.stream, through=one.through, target=one.target, since=one.applied_at)
            for one in position.all_feeds(feeds)
            if one.target is not None and one.applied_at is not None
        ),
        trouble=(trouble or "")[:_LONGEST_TROUBLE],
    )
    return said.model_dump(mode="json", exclude_defaults=True)


def read(detail: Mapping[str, Any]) -> SelfReport:
    """What a site said of itself; each part that does not read counts as unsaid."""
    read: dict[str, Any] = {}
    for name in SelfReport.model_fields:
        try:
            one = SelfReport.model_validate({name: detail[name]} if name in detail else {})
        except ValidationError:
            continue
        read[name] = getattr(one, name)
    return SelfReport(**read)


def _committed(journals: Connection, box: Outbox) -> datetime | None:
    """When the first entry was committed that is not known to be secured."""
    query = select(journal_entry.c.committed).where(
        journal_entry.c.stream == box.stream,
        journal_entry.c.epoch == box.epoch,
        journal_entry.c.sequence == box.secured + 1,
    )
    committed = journals.execute(query).scalar()
    return None if committed is None else parse_instant(committed)
