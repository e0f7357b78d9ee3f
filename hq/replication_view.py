"""Who is behind, with what and since when: every site below, its streams and what was refused.

    a branch's last contact   when its last word arrived here
    a lane's last contact     its own clock in its last word, which its branch passes on
    clock skew                of a branch alone: its clock against ours as its word arrived;
                              a lane's word is as old as its branch's line was slow

    state        what it means
    closed       its branch was closed for good: nothing is expected of it
    revoked      its key was revoked: it is refused
    silent       enrolled, or expected, and never heard
    scheduled    its way, or its branch's, is used now and then, and its next exchange is not overdue
    offline      the last contact is older than `OFFLINE_AFTER`
    behind       entries are unsent, or records of a feed are not applied yet
    connected    none of these

Nothing here is the truth about delivery: that is the receiver's position, and this reports it.
When a state has lasted too long is judged in `hq.link_alarms`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, func, select

from hq.agreed_silence import agreed_silence
from hq.closing import closed
from hq.feed_standings import FeedStanding, feed_standings
from hq.parked import ParkedCount, parked_counts
from replication import incarnation, intake, self_report
from replication.intake import Rate
from replication.messages import SiteStatus
from replication.self_report import SelfReport
from replication.streams import journal_of
from schemas.tables.lane_keys import lane_key
from schemas.tables.link import enrolment_token, peer, position, refusal, site_status

#: A site says something every few seconds; after this long its line is taken for dead.
OFFLINE_AFTER = timedelta(seconds=30)
#: Beyond this a clock is worth a person's attention: receipts are dated by it.
SKEW_SHOWN = timedelta(seconds=5)

State = Literal["closed", "revoked", "silent", "scheduled", "offline", "behind", "connected"]


@dataclass(frozen=True, slots=True)
class Word:
    """The last word of a site, what it says of its own link, and when it was received here."""

    status: SiteStatus
    report: SelfReport
    received: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """Headquarters' position in one epoch of a site's journal, moved last at `at`."""

    epoch: str
    through: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused, how often; `site` is only who the request claimed to be."""

    site: str
    code: str
    detail: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class SiteStanding:
    """One site. `heard` is its last contact; `word` is None before the first.

    `journals` are headquarters' positions in the epochs of its journal, the youngest first.
    `expected` is since when it may speak: its key, else its token; None when it has neither.
    `rate` counts what it wrote itself; `parked` too. `copies` names its incarnations when more than one
    is alive.
    """

    site: str
    branch: str
    state: State
    heard: datetime | None
    word: Word | None
    journals: tuple[Held, ...]
    feeds: tuple[FeedStanding, ...]
    expected: datetime | None
    rate: Rate
    parked: ParkedCount
    refusals: tuple[Refusal, ...]
    copies: tuple[str, ...] = ()

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

    @property
    def held_through(self) -> int:
        """Of several epochs the one that moved last counts: it is the one that is written."""
        return self.journals[0].through if self.journals else 0

    @property
    def held_at(self) -> datetime | None:
        """When that position moved last."""
        return self.journals[0].at if self.journals else None


def standings(
    connection: Connection, branches: Sequence[str], now: datetime
) -> tuple[SiteStanding, ...]:
    """Every site of these branches, a branch before its lanes."""
    keys = {row.lane: row for row in connection.execute(select(lane_key))}
    keys |= {row.site: row for row in connection.execute(select(peer))}
    tokens = _tokens(connection)
    words = {
        row.site: _word(SiteStatus.model_validate(row.status), row.received)
        for row in connection.execute(select(site_status))
    }
    sites = {
        site: site.partition(".")[0]
        for site in sorted({*keys, *words, *branches})
        if site.partition(".")[0] in branches
    }
    feeds = feed_standings(connection, sites, now)
    journals, rates = _journals(connection), intake.rates(connection, now)
    parked = parked_counts(connection, branches, sites)
    copies, over = _copies(connection, words), closed(connection)
    refused: dict[str, list[Refusal]] = {}
    for one in refusals(connection, sites=list(sites)):
        refused.setdefault(one.site, []).append(one)
    made: list[SiteStanding] = []
    for site, branch in sites.items():
        word, key = words.get(site), keys.get(site)
        heard = _heard(word, is_lane=site != branch)
        speaks = words.get(branch)
        made.append(
            SiteStanding(
                site=site,
                branch=branch,
                state="closed" if branch in over else _state(
                    key is not None and key.revoked is not None, heard, word, feeds[site], now,
                    speaks,
                ),
                heard=heard,
                word=word,
                journals=tuple(journals.get(journal_of(site), ())),
                feeds=feeds[site],
                expected=key.enrolled if key is not None else tokens.get(site),
                rate=rates.get(site, Rate()),
                parked=parked.get(site, ParkedCount()),
                refusals=tuple(refused.get(site, ())),
                copies=tuple(copies.get(site, ())),
            )
        )  # fmt: skip
    return tuple(made)


def refusals(
    connection: Connection, limit: int = 100, *, sites: Sequence[str] | None = None
) -> tuple[Refusal, ...]:
    """What was refused, the latest first; of these sites all of it."""
    columns = [refusal.c[name] for name in ("site", "code", "detail", "count", "first", "last")]
    query = select(*columns).order_by(refusal.c.last.desc(), refusal.c.site)
    query = query.limit(limit) if sites is None else query.where(refusal.c.site.in_(sites))
    return tuple(Refusal(*row) for row in connection.execute(query))


def _copies(connection: Connection, words: Mapping[str, Word]) -> Mapping[str, Sequence[str]]:
    """Which sites are copied: branches as they were heard here, lanes as their branch heard them."""
    copies: dict[str, Sequence[str]] = {}
    for branch, word in words.items():
        below = word.report.copies.items()
        copies |= {lane: names for lane, names in below if lane.startswith(f"{branch}.")}
    return copies | incarnation.alive(connection)


def _word(status: SiteStatus, received: datetime) -> Word:
    return Word(status, self_report.read(status.detail), received)


def _tokens(connection: Connection) -> Mapping[str, datetime]:
    """When a token was issued that nobody has used yet, by site."""
    token = enrolment_token.c
    query = select(token.site, func.min(token.issued)).where(token.used.is_(None))
    return {row[0]: row[1] for row in connection.execute(query.group_by(token.site))}


def _heard(word: Word | None, *, is_lane: bool) -> datetime | None:
    if word is None:
        return None
    return word.status.clock if is_lane else word.received


def _state(
    revoked: bool,  # noqa: FBT001 - the first of the conditions, in their order
    heard: datetime | None,
    word: Word | None,
    feeds: Sequence[FeedStanding],
    now: datetime,
    speaks: Word | None,
) -> State:
    if revoked:
        return "revoked"
    if heard is None or word is None:
        return "silent"
    if now - heard > OFFLINE_AFTER:
        return "scheduled" if _is_agreed(speaks, now) else "offline"
    return "behind" if word.status.pending or any(one.behind for one in feeds) else "connected"


def _is_agreed(speaks: Word | None, now: datetime) -> bool:
    """Whether a branch said in its last word that it would be silent until now."""
    if speaks is None:
        return False
    silence = agreed_silence(speaks.report)
    return silence is None or (
        silence > timedelta() and now - speaks.received <= silence + OFFLINE_AFTER
    )


def _journals(connection: Connection) -> dict[str, list[Held]]:
    """How far headquarters has come in each journal, a lane's through its branch; youngest first."""
    query = (
        select(position.c.stream, position.c.epoch, position.c.through, position.c.applied_at)
        .where(position.c.stream.like("journal:%"))
        .order_by(position.c.applied_at.desc())
    )
    held: dict[str, list[Held]] = {}
    for row in connection.execute(query):
        held.setdefault(row.stream, []).append(Held(row.epoch, row.through, row.applied_at))
    return held
