"""The replication page: who is behind, with what and since when, and what waits for a person.

It refreshes itself. What it shows is what sites last said and what headquarters holds; a refused
request is shown to those alone who look after the whole chain, because its sender is only claimed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.parked import parked_entries
from hq.replication_view import SKEW_SHOWN, refusals, standings
from hq.reports.branches import known_branches
from hq.reports.snapshot import snapshot
from hq.web.asked import OPERATIONS_ROLES
from replication.console import formats
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page

_SECONDS, _MINUTES = msgid("%(number)s s ago"), msgid("%(number)s min ago")
_HOURS, _DAYS = msgid("%(number)s h ago"), msgid("%(number)s d ago")
_AGES = (
    (timedelta(minutes=2), timedelta(seconds=1), _SECONDS),
    (timedelta(hours=2), timedelta(minutes=1), _MINUTES),
    (timedelta(days=2), timedelta(hours=1), _HOURS),
)


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The page; the part of it that changes is asked for again every few seconds."""

    @console.page("/replication", roles=OPERATIONS_ROLES)
    def replication(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            branches = known_branches(connection, page.user.branches)
            codes = [one.branch for one in branches]
            sites = standings(connection, codes, page.now)
            parked = parked_entries(connection, codes)
            refused = () if page.user.branches else refusals(connection)
        zones = {one.branch: one.zone for one in branches}
        return console.render(
            page,
            "replication_state.html" if page.is_fragment else "replication.html",
            sites=sites,
            parked=parked,
            refused=refused,
            zones=zones,
            zone=next(iter(zones.values()), "UTC") if len(set(zones.values())) == 1 else "UTC",
            counts={state: sum(one.state == state for one in sites) for state in _STATES},
            pending=sum(one.word.status.pending for one in sites if one.word and not one.is_lane),
            age=age,
            moment=moment,
            skew_seconds=skew_seconds,
        )


_STATES = ("connected", "behind", "offline", "silent", "revoked")


def age(page: Page, then: datetime) -> str:
    """How long ago that was; a clock that is ahead of ours says it was just now."""
    passed = max(page.now - then, timedelta())
    for below, unit, text in _AGES:
        if passed < below:
            return page.gettext(text, number=passed // unit)
    return page.gettext(_DAYS, number=passed // timedelta(days=1))


def moment(page: Page, then: datetime, zone: str) -> str:
    """An instant as short as it is clear: of today by its time of day."""
    clock = ZoneInfo(zone)
    if then.astimezone(clock).date() == page.now.astimezone(clock).date():
        return formats.clock_time(then, zone)
    return formats.instant(then, zone, page.language)


def skew_seconds(skew: timedelta | None) -> int | None:
    """Whole seconds by which a site's clock is ahead, when they are worth a person's attention."""
    if skew is None or abs(skew) < SKEW_SHOWN:
        return None
    return skew // timedelta(seconds=1)
