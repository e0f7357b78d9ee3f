"""The state of the whole link at one moment: what the page, the command and the metrics all show.

sites ─ alarms ─ branches with their lanes below ─ totals ─ refusals in nobody's name
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hq import proposals
from hq.deadlines import ReplicationSettings
from hq.founding import SITE
from hq.link_alarms import Alarm, alarms_here, alarms_of
from hq.replication_view import Refusal, SiteStanding, refusals, standings
from replication.intake import Rate


@dataclass(frozen=True, slots=True)
class WatchedSite:
    """A site with what of it needs a person."""

    standing: SiteStanding
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class WatchedBranch:
    """A branch with its lanes; `parked` and `rate` are of all of them together."""

    own: WatchedSite
    lanes: tuple[WatchedSite, ...]

    @property
    def code(self) -> str:
        """The branch's code."""
        return self.own.standing.site

    @property
    def sites(self) -> tuple[WatchedSite, ...]:
        """The branch, then its lanes."""
        return (self.own, *self.lanes)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Of the branch and of its lanes."""
        return tuple(alarm for one in self.sites for alarm in one.alarms)

    @property
    def parked(self) -> int:
        """How many of their entries wait here."""
        return sum(one.standing.parked.count for one in self.sites)

    @property
    def rate(self) -> Rate:
        """What came of them per minute."""
        return _sum(self.sites)


@dataclass(frozen=True, slots=True)
class Watch:
    """Everything, as of one moment. `strangers` are refusals in the name of no site that is shown, `here`
    the alarms of headquarters itself.
    """

    as_of: datetime
    branches: tuple[WatchedBranch, ...]
    strangers: tuple[Refusal, ...]
    here: tuple[Alarm, ...] = ()

    @property
    def sites(self) -> tuple[WatchedSite, ...]:
        """Every site, a branch before its lanes."""
        return tuple(one for branch in self.branches for one in branch.sites)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Every alarm, headquarters' own first, then site by site."""
        return (*self.here, *(alarm for one in self.sites for alarm in one.alarms))

    @property
    def pending(self) -> int:
        """How many entries the branches have not sent, as they said last."""
        words = [branch.own.standing.word for branch in self.branches]
        return sum(word.status.pending for word in words if word is not None)

    @property
    def parked(self) -> int:
        """How many entries wait here for a person."""
        return sum(branch.parked for branch in self.branches)

    @property
    def rate(self) -> Rate:
        """What came per minute."""
        return _sum(self.sites)

    def find(self, site: str) -> WatchedSite | None:
        """One site by its name."""
        return next((one for one in self.sites if one.standing.site == site), None)


def watch(
    connection: Connection, branches: Sequence[str], now: datetime, settings: ReplicationSettings
) -> Watch:
    """The link of these branches. Read it in one snapshot, so that its figures agree."""
    watched: dict[str, list[WatchedSite]] = {}
    for one in standings(connection, branches, now):
        sites = watched.setdefault(one.branch, [])
        above = sites[0].standing if sites else None
        sites.append(WatchedSite(one, alarms_of(one, settings.of(one.branch), now, above)))
    groups = tuple(WatchedBranch(sites[0], tuple(sites[1:])) for sites in watched.values())
    names = {one.standing.site for group in groups for one in group.sites}
    strangers = tuple(one for one in refusals(connection) if one.site not in names)
    return Watch(now, groups, strangers, alarms_here(SITE, *proposals.waiting(connection)))


def _sum(sites: Sequence[WatchedSite]) -> Rate:
    return Rate(
        sum(one.standing.rate.entries for one in sites),
        sum(one.standing.rate.bytes for one in sites),
    )
