"""How far each site has applied the feeds that it follows, against the heads that are published.

A branch follows its own feed and those that its subscriptions name; its lanes follow the same. What
a branch tells its lanes itself is not published here, so its head is not known and it is left out.

Since when a site lacks something is the age of the oldest publication beyond its position, by the
database's own clock; of a feed that it was only just told to follow, the age of that order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
# The first publication beyond a position: since then a reader that stands there lacks something.
_LACKING = text(
    "SELECT wanted.stream, wanted.through, EXTRACT(EPOCH FROM now() - first.published) AS age"
    " FROM unnest(CAST(:streams AS text[]), CAST(:throughs AS bigint[]))"
    " AS wanted (stream, through)"
    " CROSS JOIN LATERAL (SELECT published FROM feed_publication"
    "  WHERE feed_publication.stream = wanted.stream"
    "  AND feed_publication.number > wanted.through ORDER BY number LIMIT 1) AS first"
)
# When a branch was told to follow a feed: the publication that its subscription came with.
_TOLD = text(
    "SELECT wanted.own, wanted.followed, EXTRACT(EPOCH FROM now() - first.published) AS age"
    " FROM unnest(CAST(:owns AS text[]), CAST(:followed AS text[])) AS wanted (own, followed)"
    " JOIN feed_record ON feed_record.stream = wanted.own AND feed_record.kind = 'subscription'"
    "  AND feed_record.key = wanted.followed"
    " CROSS JOIN LATERAL (SELECT published FROM feed_publication"
    "  WHERE feed_publication.stream = wanted.own"
    "  AND feed_publication.number >= feed_record.number ORDER BY number LIMIT 1) AS first"
)


@dataclass(frozen=True, slots=True)
class FeedStanding:
    """How far a site has applied a feed, since when it stands there, and since when it lacks what.

    `behind` counts records, because a feed's numbers are sparse. `since` is None before the first
    report of the feed's present epoch: the feed is then loading, or was never asked for. `lacking`
    is None when nothing is lacking, or when that is older than any publication on record.
    """

    feed: str
    through: int
    head: int
    behind: int
    since: datetime | None
    lacking: datetime | None = None


def feed_standings(
    connection: Connection, sites: Mapping[str, str], now: datetime
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
    for site, feed, _ in wanted:
        place = (feed, reached.get((site, feed), (0, None))[0])
        if place not in behind:
            behind[place] = _count(connection, *place, heads[feed][1])
    lacking = _lacking(connection, [place for place, count in behind.items() if count])
    told = _told(connection, [(sites[site], feed) for site, feed, _ in wanted
                              if (site, feed) not in reached])  # fmt: skip
    standings: dict[str, list[FeedStanding]] = {site: [] for site in sites}
    for site, feed, _ in wanted:
        through, since = reached.get((site, feed), (0, None))
        ages = [lacking.get((feed, through))]
        if since is None:
            ages.append(told.get((sites[site], feed)))
        known = [age for age in ages if age is not None and behind[feed, through]]
        standings[site].append(
            FeedStanding(
                feed,
                through,
                heads[feed][1],
                behind[feed, through],
                since,
                now - min(known) if known else None,
            )
        )
    return {site: tuple(of_site) for site, of_site in standings.items()}


def _lacking(
    connection: Connection, places: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], timedelta]:
    if not places:
        return {}
    columns = {"streams": [feed for feed, _ in places], "throughs": [at for _, at in places]}
    return {
        (row.stream, row.through): timedelta(seconds=float(row.age))
        for row in connection.execute(_LACKING, columns)
    }


def _told(
    connection: Connection, orders: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], timedelta]:
    """Of each branch and feed, how long ago the branch was told to follow it."""
    if not orders:
        return {}
    distinct = sorted(set(orders))
    columns = {
        "owns": [branch_feed(branch) for branch, _ in distinct],
        "followed": [feed for _, feed in distinct],
    }
    branches = {branch_feed(branch): branch for branch, _ in distinct}
    return {
        (branches[row.own], row.followed): timedelta(seconds=float(row.age))
        for row in connection.execute(_TOLD, columns)
    }


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
