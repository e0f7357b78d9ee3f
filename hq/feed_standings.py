"""How far each site has applied the feeds that it follows, against the heads that are published.

A branch follows its own feed and those that its subscriptions name; its lanes follow the same. What
a branch tells its lanes itself is not published here, so its head is not known and it is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from replication.streams import branch_feed
from schemas.tables.catalogue import subscription
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream

# One probe of the primary key per site and feed: reports are kept as history and grow for ever.
_NEWEST = text(
    "SELECT wanted.site, wanted.stream, newest.through, newest.applied_at"
    " FROM unnest(CAST(:sites AS text[]), CAST(:streams AS text[]), CAST(:epochs AS text[]))"
    " AS wanted (site, stream, epoch)"
    " CROSS JOIN LATERAL (SELECT through, applied_at FROM position_report"
    "  WHERE position_report.site = wanted.site AND position_report.stream = wanted.stream"
    "  AND position_report.epoch = wanted.epoch ORDER BY through DESC LIMIT 1) AS newest"
)


@dataclass(frozen=True, slots=True)
class FeedStanding:
    """How far a site has applied a feed, and since when it stands there.

    `behind` counts records, because a feed's numbers are sparse. `since` is None before the first
    report of the feed's present epoch: the feed is then loading, or was never asked for.
    """

    feed: str
    through: int
    head: int
    behind: int
    since: datetime | None


def feed_standings(
    connection: Connection, sites: Mapping[str, str]
) -> dict[str, tuple[FeedStanding, ...]]:
    """Of each site, given with its branch, its standing in every feed that has a head."""
    heads = {
        row.name: (row.epoch, row.head)
        for row in connection.execute(
            select(stream.c.name, stream.c.epoch, stream.c.head).where(stream.c.name.like("feed:%"))
        )
    }
    follows = _follows(connection, sorted(set(sites.values())))
    wanted = [
        (site, feed, heads[feed][0])
        for site, branch in sites.items()
        for feed in follows[branch]
        if feed in heads
    ]
    reached = _reached(connection, wanted)
    behind: dict[tuple[str, int], int] = {}
    standings: dict[str, list[FeedStanding]] = {site: [] for site in sites}
    for site, feed, _ in wanted:
        through, since = reached.get((site, feed), (0, None))
        head = heads[feed][1]
        if (feed, through) not in behind:
            behind[feed, through] = _count(connection, feed, through, head)
        standings[site].append(FeedStanding(feed, through, head, behind[feed, through], since))
    return {site: tuple(of_site) for site, of_site in standings.items()}


def _follows(connection: Connection, branches: Sequence[str]) -> dict[str, list[str]]:
    own = {branch_feed(branch): branch for branch in branches}
    follows: dict[str, set[str]] = {branch: {feed} for feed, branch in own.items()}
    query = select(subscription.c.stream, subscription.c.followed).where(
        subscription.c.stream.in_(list(own))
    )
    for row in connection.execute(query):
        follows[own[row.stream]].add(row.followed)
    return {branch: sorted(feeds) for branch, feeds in follows.items()}


def _reached(
    connection: Connection, wanted: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, str], tuple[int, datetime]]:
    columns = {
        "sites": [site for site, _, _ in wanted],
        "streams": [feed for _, feed, _ in wanted],
        "epochs": [epoch for _, _, epoch in wanted],
    }
    return {
        (row.site, row.stream): (row.through, row.applied_at)
        for row in connection.execute(_NEWEST, columns)
    }


def _count(connection: Connection, feed: str, through: int, head: int) -> int:
    if through >= head:
        return 0
    query = (
        select(func.count())
        .select_from(feed_record)
        .where(feed_record.c.stream == feed, feed_record.c.number > through)
    )
    return connection.execute(query).scalar_one()
