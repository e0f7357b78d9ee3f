"""The replication page: what needs a person first, then a row per branch with its lanes folded below.

    /replication                 alarms, branches; `state` and `branch` narrow it, `open` unfolds
    /replication/sites/{site}    one site: streams, quarantine, refusals (`site_page`)
    /replication/entry           one entry's way through the chain (`entry_page`)
    /replication/quarantine      what waits for a person (`quarantine_page`)

It refreshes itself; what is unfolded and narrowed stands in its address, so a refresh keeps it. What
it shows is what sites last said and what headquarters holds. A refused request of a stranger is shown
to those alone who look after the whole chain, because its sender is only claimed.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.link_alarms import Alarm
from hq.link_watch import Watch, WatchedBranch, WatchedSite, watch
from hq.reports.branches import known_branches
from hq.reports.snapshot import snapshot
from hq.web import entry_page, quarantine_page, site_page
from hq.web.asked import OPERATIONS_ROLES
from hq.web.link_words import Words
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page

_STATES = ("connected", "scheduled", "behind", "offline", "silent", "revoked", "closed")
_FILTERS = {
    "": msgid("All branches"),
    "alarm": msgid("With an alarm"),
    "behind": msgid("Behind"),
    "offline": msgid("Offline or never heard"),
    "parked": msgid("With entries in quarantine"),
}
_SHOWN_ALARMS = 60


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The page; the part of it that changes is asked for again every few seconds."""

    @console.page("/replication", roles=OPERATIONS_ROLES)
    def replication(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            branches = known_branches(connection, page.user.branches)
            codes = [one.branch for one in branches]
            found = watch(connection, codes, page.now, headquarters.settings.replication)
        zones = {one.branch: one.zone for one in branches}
        shown = _narrowed(page, found)
        alarms = _alarms(shown)
        return console.render(
            page,
            "replication_state.html" if page.is_fragment else "replication.html",
            found=found,
            shown=shown,
            alarms=alarms[:_SHOWN_ALARMS],
            unshown=max(len(alarms) - _SHOWN_ALARMS, 0),
            strangers=() if page.user.branches else found.strangers,
            zones=zones,
            zone=next(iter(zones.values()), "UTC") if len(set(zones.values())) == 1 else "UTC",
            counts={state: _count(found, state) for state in _STATES},
            filters=[(value, page.gettext(text)) for value, text in _FILTERS.items()],
            opened=page.query_list("open"),
            fold=_fold(page),
            words=Words(page),
        )

    site_page.add_pages(console, headquarters)
    entry_page.add_pages(console, headquarters)
    quarantine_page.add_pages(console, headquarters)


def _count(found: Watch, state: str) -> int:
    return sum(one.standing.state == state for one in found.sites)


def _alarms(branches: list[WatchedBranch]) -> list[tuple[WatchedSite, Alarm]]:
    """Each alarm of these branches with its site, the gravest kind first."""
    found = [(one, alarm) for branch in branches for one in branch.sites for alarm in one.alarms]
    return sorted(found, key=lambda pair: pair[1].gravity)


def _narrowed(page: Page, found: Watch) -> list[WatchedBranch]:
    """The branches asked for, those with an alarm first."""
    wanted, code = page.query.get("state", ""), page.query.get("branch", "").strip().upper()
    shown = [one for one in found.branches if code in one.code.upper() and _is(one, wanted)]
    return sorted(shown, key=lambda one: not one.alarms)


def _is(branch: WatchedBranch, wanted: str) -> bool:
    match wanted:
        case "alarm":
            return bool(branch.alarms)
        case "behind":
            return _any_in(branch, "behind")
        case "offline":
            return _any_in(branch, "offline", "silent")
        case "parked":
            return branch.parked > 0
    return True


def _any_in(branch: WatchedBranch, *states: str) -> bool:
    return any(one.standing.state in states for one in branch.sites)


def _fold(page: Page) -> Callable[[str], str]:
    """The address that unfolds a branch's lanes, or folds them again."""
    kept = [(name, page.query[name]) for name in ("state", "branch") if page.query.get(name)]
    opened = page.query_list("open")

    def address(code: str) -> str:
        others = [one for one in opened if one != code] if code in opened else [*opened, code]
        query = urlencode([*kept, *(("open", one) for one in others)])
        return f"/replication?{query}#site-{code}" if query else f"/replication#site-{code}"

    return address
