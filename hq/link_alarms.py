"""When a state of the link has lasted too long, or needs a person at once: the alarms of one site.

    alarm        raised when                                                     deadline
    forked       another entry of a number that is held came, or the journal     none
                 does not continue what is held and has not moved since
    copied       two incarnations of the site speak in turns                     none
    trouble      the site says why its own link is refused                       none
    silent       a key or token was issued, and the site never spoke             silent
    offline      a branch (a lane) was not heard                                 offline, lane_offline
    behind       its oldest unsent entry waits                                   behind
    lagging      the oldest record that it lacks of a feed waits                 behind
    loading      a feed that it loads, or never began, makes no progress         loading
    unsecured    an entry that the lane has is not known here                    unsecured
    quarantined  an entry set aside, here or there, waits for a person           quarantine
    skewed       its clock differs by more                                       skew
    outrun       it keeps its journal for no longer than the age of the oldest   none
                 backup that headquarters may be put back from
    refused      a request in its name was refused for a person to look at       recent: refused

A site that is used now and then is given the silence that was agreed with it besides
(`hq.agreed_silence`). A revoked site is expected to be refused and silent; only its quarantine and
forks ring. Of a closed branch nothing rings. What the
site said last goes on ageing while it is offline: unsent entries do not stop waiting. Feeds are not
missed by a site that is switched off, nor laid to a lane whose branch lacks the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from hq.agreed_silence import Allowed, allowed_of
from hq.deadlines import Deadlines
from hq.feed_standings import FeedStanding
from hq.replication_view import Refusal, SiteStanding
from replication.errors import RefusedError
from replication.self_report import Loading, SelfReport

AlarmCode = Literal[
    "forked", "copied", "trouble", "silent", "offline", "behind", "lagging", "loading", "unsecured",
    "quarantined", "skewed", "outrun", "refused",
]  # fmt: skip
ALARM_CODES: tuple[AlarmCode, ...] = get_args(AlarmCode)

_NOTHING_SAID = SelfReport()
_AWAY = frozenset({"silent", "offline", "scheduled", "revoked"})


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. `since` is when its state began; `deadline` how long it may last, None for no time.

    `count` is of entries or records, 1 for a state; `subject` is a feed, a code or a text as it came.
    """

    code: AlarmCode
    site: str
    since: datetime
    deadline: timedelta | None = None
    count: int = 1
    subject: str = ""

    @property
    def gravity(self) -> int:
        """The smaller, the graver."""
        return ALARM_CODES.index(self.code)


def alarms_of(
    one: SiteStanding, deadlines: Deadlines, now: datetime, above: SiteStanding | None = None
) -> tuple[Alarm, ...]:
    """What of this site needs a person, the gravest first. `above` is a lane's branch."""
    if one.state == "closed":
        return ()
    said = (above or one).word
    allowed = allowed_of(None if said is None else said.report, deadlines)
    found = [*_forked(one, now), *_parked(one, allowed, now)]
    if one.state != "revoked":
        found += [
            *_unheard(one, allowed, now, above),
            *_journal(one, allowed, now),
            *_feeds(one, allowed, now, above),
            *_said(one, allowed, now),
            *_refused(one, allowed, now),
        ]
    return tuple(sorted(found, key=lambda alarm: (alarm.gravity, alarm.since)))


def _forked(one: SiteStanding, now: datetime) -> Iterator[Alarm]:
    if one.parked.forks:
        since = one.parked.forked_since or now
        yield Alarm("forked", one.site, since, count=one.parked.forks, subject="quarantine")
    if one.copies:
        names = ", ".join(one.copies)
        yield Alarm("copied", one.site, one.heard or now, count=len(one.copies), subject=names)
    for refusal in _standing_chains(one):
        yield Alarm("forked", one.site, refusal.first, None, refusal.count, refusal.detail)


def _standing_chains(one: SiteStanding) -> Sequence[Refusal]:
    """Refusals for a broken chain after which the journal has not moved on."""
    return [
        refusal
        for refusal in one.refusals
        if refusal.code == "chain" and (one.held_at is None or refusal.last >= one.held_at)
    ]


def _parked(one: SiteStanding, allowed: Allowed, now: datetime) -> Iterator[Alarm]:
    limit = allowed.after("quarantine")
    here = one.parked.since
    if here is not None and now - here > limit:
        yield Alarm("quarantined", one.site, here, limit, one.parked.count, "hq")
    there = _report(one).quarantine_since
    if there is not None and one.word is not None and now - there > limit:
        yield Alarm("quarantined", one.site, there, limit, one.word.status.quarantine, one.site)


def _unheard(
    one: SiteStanding, allowed: Allowed, now: datetime, above: SiteStanding | None
) -> Iterator[Alarm]:
    if above is not None and above.state in _AWAY:
        # Its word comes through its branch.
        return
    if one.heard is None:
        limit = allowed.after("silent")
        if one.expected is not None and now - one.expected > limit:
            yield Alarm("silent", one.site, one.expected, limit)
        return
    limit = allowed.after("lane_offline" if one.is_lane else "offline")
    if now - one.heard > limit:
        yield Alarm("offline", one.site, one.heard, limit)


def _journal(one: SiteStanding, allowed: Allowed, now: datetime) -> Iterator[Alarm]:
    if one.word is None:
        return
    oldest, limit = one.word.status.oldest_unsent, allowed.after("behind")
    if oldest is not None and now - oldest > limit:
        yield Alarm("behind", one.site, oldest, limit, one.word.status.pending)
    own, since, limit = (
        _report(one).journal,
        _report(one).unsecured_since,
        allowed.after("unsecured"),
    )
    if not one.is_lane or own is None or since is None:
        return
    held = next((here for here in one.journals if here.epoch == own.epoch), None)
    missing = own.head - (0 if held is None else held.through)
    # The lane may not know yet what its branch has passed on since: we do.
    began = since if held is None else max(since, held.at)
    if missing > 0 and now - began > limit:
        yield Alarm("unsecured", one.site, began, limit, missing)


def _feeds(
    one: SiteStanding, allowed: Allowed, now: datetime, above: SiteStanding | None
) -> Iterator[Alarm]:
    if one.state in _AWAY:
        return
    loading = {said.feed: said for said in _report(one).loading}
    there = {} if above is None else {feed.feed: feed.through for feed in above.feeds}
    for feed in one.feeds:
        if not feed.behind or there.get(feed.feed, feed.head) <= feed.through:
            continue
        if feed.since is not None and feed.feed not in loading:
            limit = allowed.after("behind")
            if feed.lacking is not None and now - feed.lacking > limit:
                yield Alarm("lagging", one.site, feed.lacking, limit, feed.behind, feed.feed)
            continue
        progress, limit = _progress(one, feed, loading.get(feed.feed)), allowed.after("loading")
        if progress is not None and now - progress > limit:
            yield Alarm("loading", one.site, progress, limit, feed.behind, feed.feed)


def _progress(one: SiteStanding, feed: FeedStanding, said: Loading | None) -> datetime | None:
    """When the load of a feed moved last; before it began, since when it could have."""
    if said is not None:
        return said.since
    known = [at for at in (feed.lacking, one.expected) if at is not None]
    return max(known, default=None)


def _said(one: SiteStanding, allowed: Allowed, now: datetime) -> Iterator[Alarm]:
    if one.word is not None and (trouble := _report(one).trouble):
        yield Alarm("trouble", one.site, one.heard or now, subject=trouble)
    if one.word is not None and one.skew is not None and abs(one.skew) > allowed.skew:
        seconds = int(one.skew.total_seconds())
        yield Alarm("skewed", one.site, one.word.received, allowed.skew, seconds)
    grace = _report(one).grace_days
    if one.word is not None and grace is not None and grace <= allowed.deadlines.backup_days:
        oldest = str(allowed.deadlines.backup_days)
        yield Alarm("outrun", one.site, one.word.received, count=grace, subject=oldest)


def _refused(one: SiteStanding, allowed: Allowed, now: datetime) -> Iterator[Alarm]:
    standing, limit = _standing_chains(one), allowed.after("refused")
    for refusal in one.refusals:
        heals = RefusedError(refusal.code, refusal.detail).heals  # type: ignore[arg-type]
        if not heals and refusal not in standing and now - refusal.last <= limit:
            yield Alarm("refused", one.site, refusal.last, limit, refusal.count, refusal.code)


def _report(one: SiteStanding) -> SelfReport:
    return _NOTHING_SAID if one.word is None else one.word.report
