"""Verifying a whole site: every feed that it reads against its parent, and its own journals.

    feeds      compared, repaired if asked to, and compared again: repaired is what is gone then
    journals   recomputed; a break is never repaired here, it is for a person

A comparison that found the parent elsewhere is tried again a few times before it is given up.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from replication import chain_check
from replication.digest import snapshot
from replication.errors import RefusedError
from replication.findings import Found, Report
from replication.repair import drop_unfollowed, repair_feed
from replication.site import Site
from replication.transport.base import Online
from replication.verify import Difference, FeedFinding, compare_feed, followed, unfollowed

#: Seconds before each further try.
_PAUSES = (0.2, 0.5, 1.0, 2.0)


def verify_feeds(
    site: Site, parent: Online, streams: Sequence[str] | None, *, repair: bool,
    pauses: Sequence[float] = _PAUSES,
) -> Report:  # fmt: skip
    """Compare the named feeds, or all. Raises LinkDownError, or RefusedError of the link itself."""
    report = Report()
    for stream in followed(site) if streams is None else streams:
        report = report.joined(_verify_feed(site, parent, stream, pauses, repair=repair))
    if streams is None:
        for stream in unfollowed(site):
            if repair:
                drop_unfollowed(site, stream)
            found = Found(stream, "rows are in use of a feed that is not read here", repair)
            report = report.joined(Report((found,)))
    return report


def verify_journals(site: Site, watcher: chain_check.Watcher) -> Report:
    """Recompute the journals that the site holds."""
    with snapshot(site.journals) as journals, snapshot(site.feeds) as feeds:
        checked = chain_check.check(journals, feeds, watcher)
    found = [Found(one.stream, str(one)) for one in checked.breaks]
    found += [Found("receipts", one) for one in watcher.problems()]
    return Report(tuple(found), compared={"journal entries": checked.entries})


def _verify_feed(
    site: Site, parent: Online, stream: str, pauses: Sequence[float], *, repair: bool
) -> Report:
    before = _settled(site, parent, stream, pauses)
    after, trouble = before, ""
    if repair and before.differences:
        try:
            repair_feed(site, parent, before)
        except RefusedError as error:
            trouble = f"{stream} could not be repaired: {error}"
        after = _settled(site, parent, stream, pauses)
    left = {_name(one) for one in after.differences}
    unknown = after.obstacle is not None
    # What a comparison meanwhile found first is reported too: nothing is left out.
    every = {_name(one): one for one in (*after.differences, *before.differences)}
    found = tuple(
        Found(f"{stream} {one.kind}", _words(one), repair and not unknown and name not in left)
        for name, one in sorted(every.items())
    )
    skipped = [f"{stream} was not compared: {after.obstacle}"] if unknown else []
    return Report(
        found,
        (*skipped, *([trouble] if trouble else [])),
        {stream: after.records},
    )


def _settled(site: Site, parent: Online, stream: str, pauses: Sequence[float]) -> FeedFinding:
    """The comparison, tried again while the parent stands elsewhere."""
    for pause in pauses:
        finding = compare_feed(site, parent, stream)
        if finding.obstacle is None:
            return finding
        time.sleep(pause)
    return compare_feed(site, parent, stream)


def _name(one: Difference) -> tuple[str, str, str]:
    return one.view, one.kind, one.key


def _words(one: Difference) -> str:
    where = "in the table in use" if one.view == "applied" else "among the records for the lanes"
    end = "the end" if one.high is None else repr(one.high)
    return f"{one.key}: {one.problem} {where} (range {one.low!r} to {end})"
