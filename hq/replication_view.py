"""Who is behind, with what and since when: every site below, its feeds and what was refused.

    a branch's last contact   when its last word arrived here
    a lane's last contact     its own clock in its last word, which its branch passes on
    clock skew                of a branch alone: its clock against ours as its word arrived;
                              a lane's word is as old as its branch's line was slow

    state        what it means
    revoked      its key was revoked: it is refused
    silent       enrolled, or expected, and never heard
    offline      the last contact is older than `OFFLINE_AFTER`
    behind       entries are unsent, or records of a feed are not applied yet
    connected    none of these

Nothing here is the truth about delivery: that is the receiver's position, and this reports it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, select

from hq.feed_standings import FeedStanding, feed_standings
from replication.messages import SiteStatus
from replication.streams import journal_of
from schemas.tables.link import peer, position, refusal, site_status

#: A site says something every few seconds; after this long its line is taken for dead.
OFFLINE_AFTER = timedelta(seconds=30)
#: Beyond this a clock is worth a person's attention: receipts are dated by it.
SKEW_SHOWN = timedelta(seconds=5)

State = Literal["revoked", "silent", "offline", "behind", "connected"]


@dataclass(frozen=True, slots=True)
class Word:
    """The last word of a site, and when it was received here."""

    status: SiteStatus
    received: datetime


@dataclass(frozen=True, slots=True)
class SiteStanding:
    """One site. `heard` is its last contact; `word` is None before the first.

    `held_through` is headquarters' position in the site's journal, moved last at `held_at`.
    """

    site: str
    branch: str
    state: State
    heard: datetime | None
    word: Word | None
    held_through: int
    held_at: datetime | None
    feeds: tuple[FeedStanding, ...]

    @property
    def is_lane(self) -> bool:
        """A lane's name begins with its branch's."""
        return self.site != self.branch

    @property
    def skew(self) -> timedelta | None:
        """How far the site's clock is ahead of ours; None where that cannot be known."""
        if self.word is None or self.is_lane:
            return None
        return self.word.status.clock - self.word.received


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused, how often; `site` is only who the request claimed to be."""

    site: str
    code: str
    detail: str
    count: int
    first: datetime
    last: datetime


def standings(
    connection: Connection, branches: Sequence[str], now: datetime
) -> tuple[SiteStanding, ...]:
    """Every site of these branches, a branch before its lanes."""
    revoked = {
        row.site: row.revoked for row in connection.execute(select(peer.c.site, peer.c.revoked))
    }
    words = {
        row.site: Word(SiteStatus.model_validate(row.status), row.received)
        for row in connection.execute(select(site_status))
    }
    sites = {
        site: site.partition(".")[0]
        for site in sorted({*revoked, *words, *branches})
        if site.partition(".")[0] in branches
    }
    feeds = feed_standings(connection, sites)
    journals = _journals(connection)
    made: list[SiteStanding] = []
    for site, branch in sites.items():
        word = words.get(site)
        heard = _heard(word, is_lane=site != branch)
        state = _state(revoked.get(site), heard, word, feeds[site], now)
        through, at = journals.get(journal_of(site), (0, None))
        made.append(SiteStanding(site, branch, state, heard, word, through, at, feeds[site]))
    return tuple(made)


def refusals(connection: Connection, limit: int = 100) -> tuple[Refusal, ...]:
    """What was refused, the latest first."""
    columns = [refusal.c[name] for name in ("site", "code", "detail", "count", "first", "last")]
    query = select(*columns).order_by(refusal.c.last.desc()).limit(limit)
    return tuple(Refusal(*row) for row in connection.execute(query))


def _heard(word: Word | None, *, is_lane: bool) -> datetime | None:
    if word is None:
        return None
    return word.status.clock if is_lane else word.received


def _state(
    revoked: datetime | None,
    heard: datetime | None,
    word: Word | None,
    feeds: Sequence[FeedStanding],
    now: datetime,
) -> State:
    if revoked is not None:
        return "revoked"
    if heard is None or word is None:
        return "silent"
    if now - heard > OFFLINE_AFTER:
        return "offline"
    return "behind" if word.status.pending or any(one.behind for one in feeds) else "connected"


def _journals(connection: Connection) -> dict[str, tuple[int, datetime | None]]:
    """How far headquarters has come in each journal, a lane's through its branch.

    Of several epochs the one that moved last is shown: it is the one that is written.
    """
    query = (
        select(position.c.stream, position.c.through, position.c.applied_at)
        .where(position.c.stream.like("journal:%"))
        .order_by(position.c.applied_at)
    )
    return {row.stream: (row.through, row.applied_at) for row in connection.execute(query)}
