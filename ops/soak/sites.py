"""The sites of a soak: the product's own parts over real databases, linked in memory, one thread.

    open     as the site's process starts: a restored database is noticed, then it serves and is linked
    fall     the process is gone: nothing of it stays but its disk
    turn     one round of the link's loops, with whatever the line, the parent or the disk does to it

What runs on threads of its own in a shop is called here step by step, in an order that a seed draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

import branch.inbound
from branch import lane_keys
from branch.board import Board
from hq import inbound as hq_inbound
from hq.day_answers import ANSWERS
from ops.soak.disks import Disk
from ops.soak.tripwire import Killed, Tripwire
from pos_frontend.recovery import recovery_of
from replication import identity as identities
from replication import quarantine, recovery
from replication.apply import Inbound
from replication.errors import LinkDownError, RefusedError
from replication.identity import Identity
from replication.messages import (
    Fetch,
    Hello,
    Mark,
    Recall,
    RestartOrder,
    Status,
    Welcome,
)
from replication.parent import Parent
from replication.produced import ProducedFeeds
from replication.recovery import Recovery
from replication.reports import Reports
from replication.runner import LinkRunner, Pace, Site
from replication.streams import journal_of
from replication.subscribe import Outlet
from replication.testing import MemoryTransport
from schemas.tables.base import reading, upsert
from schemas.tables.catalogue import OFFICE_KINDS
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.link import peer

T = TypeVar("T")

#: Nothing waits, every report is sent, and hellos are said when the soak says so.
PACE = Pace(
    look=0.0, wait=0.0, report=0.0, greet=1e9, alive=-1.0, first_pause=0.0, report_share=0.0
)
_TICK = timedelta(milliseconds=1)
_MOST_FETCHES = 6


@dataclass
class Time:
    """The chain's time, which passes a little with every look at a clock; `wrong` is by how much the
    clock of a site is.
    """

    now: datetime
    wrong: dict[str, timedelta] = field(default_factory=dict)

    def of(self, site: str) -> datetime:
        """What a site's clock shows."""
        self.now += _TICK
        return self.now + self.wrong.get(site, timedelta())

    def passes(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


class GuardedParent(Parent):
    """A parent that may be down, or die in the middle of a call: then the child's line is dead."""

    up = True

    def hello(self, site: str, hello: Hello) -> Welcome:
        """See `Parent.hello`."""
        return self._guarded(lambda: super(GuardedParent, self).hello(site, hello))

    def push(self, site: str, data: bytes) -> Mark:
        """See `Parent.push`."""
        return self._guarded(lambda: super(GuardedParent, self).push(site, data))

    def fetch(self, site: str, fetch: Fetch) -> bytes | RestartOrder | None:
        """See `Parent.fetch`."""
        return self._guarded(lambda: super(GuardedParent, self).fetch(site, fetch))

    def recall(self, site: str, recall: Recall) -> bytes | None:
        """See `Parent.recall`."""
        return self._guarded(lambda: super(GuardedParent, self).recall(site, recall))

    def status(self, site: str, status: Status) -> None:
        """See `Parent.status`."""
        self._guarded(lambda: super(GuardedParent, self).status(site, status))

    def _guarded(self, call: Callable[[], T]) -> T:
        if not self.up:
            raise LinkDownError(f"{self.identity.site} is down")
        try:
            return call()
        except Killed as killed:
            self.up = False
            raise LinkDownError(str(killed)) from killed
        except DBAPIError as error:
            # What a server's process answers when its database is away.
            raise LinkDownError(f"{self.identity.site}: {error.orig}") from error


class SoakLine(MemoryTransport):
    """A line that tells whether anything has come or gone on it since it was looked at."""

    def __init__(self, parent: Parent, site: str, seed: int) -> None:
        super().__init__(parent, site, seed=seed)
        self.carried = False
        self.brought = False

    def close(self) -> None:
        """Whoever called hangs up; the line stays for the next call."""

    def enrol(self, request: bytes) -> bytes:
        """See `MemoryTransport.enrol`."""
        self.carried = True
        return super().enrol(request)

    def push(self, data: bytes) -> Mark:
        """See `MemoryTransport.push`."""
        self.carried = True
        return super().push(data)

    def fetch(self, fetch: Fetch) -> bytes | RestartOrder | None:
        """See `MemoryTransport.fetch`."""
        answer = super().fetch(fetch)
        self.brought = answer is not None
        self.carried |= self.brought
        return answer

    def recall(self, recall: Recall) -> bytes | None:
        """See `MemoryTransport.recall`."""
        self.carried = True
        return super().recall(recall)


class SoakSite:
    """One site: its disk, and while it is open its serving end and its link."""

    def __init__(self, name: str, disk: Disk, time: Time) -> None:
        self.name = name
        self.disk = disk
        self.time = time
        self.line: SoakLine | None = None
        self.tripwire = Tripwire(name, *{disk.journals, disk.feeds})
        self.identity: Identity | None = None
        self.parent: GuardedParent | None = None
        self.runner: LinkRunner | None = None
        self.feeds: ProducedFeeds | None = None
        self._reports: Reports | None = None
        #: Whether a child was told, in the middle of a call, that this site is gone.
        self.opened = False

    @property
    def kind(self) -> str:
        """hq, branch or lane."""
        return "hq" if self.name == "hq" else "lane" if "." in self.name else "branch"

    @property
    def is_up(self) -> bool:
        """Whether its process lives."""
        return self.opened and (self.parent is None or self.parent.up)

    def clock(self) -> datetime:
        """What its clock shows."""
        return self.time.of(self.name)

    def open(self) -> str | None:
        """Start; why the site takes its database for a restored one, if it does."""
        with reading(self.disk.journals) as connection:
            self.identity = identities.load(connection)
        restored = self._open_as[self.kind](self, self.identity)
        self.opened = True
        return restored

    def fall(self) -> None:
        """End, as by SIGKILL."""
        self.tripwire.disarm()
        self.opened = False
        if self.parent is not None:
            self.parent.up = False
        self.parent = self.runner = self.feeds = self._reports = None
        self.disk.close()

    def turn(self, *, greet: bool = False) -> bool:
        """Each loop of the link once, feeds until nothing more comes; whether nothing came between.

        Raises Killed.
        """
        runner, line = self.runner, self.line
        if runner is None or line is None:
            return True
        if greet:
            runner.greet_again()
        well = self._attempt(runner.push_once) and self._attempt(runner.recall_once)
        for _ in range(_MOST_FETCHES):
            line.brought = False
            well = self._attempt(runner.fetch_once) and well
            if not line.brought:
                break
        return well

    def write_mark(self) -> None:
        """Note how far the journal has come, as the link does twice a second whatever the line does."""
        if self._reports is not None:
            self._reports.write_mark()

    def report(self) -> bool:
        """Say how it stands, and note that outside of the database."""
        return self.runner is None or self._attempt(self.runner.report_once)

    def _attempt(self, loop: Callable[[], object]) -> bool:
        try:
            loop()
        except (LinkDownError, RefusedError, DBAPIError):
            # As the runner's own thread does: the next push begins with a hello.
            if self.runner is not None:
                self.runner.greet_again()
            return False
        return True

    def _open_hq(self, who: Identity) -> str | None:
        engine = self.disk.journals
        self.feeds = ProducedFeeds(engine, who.site, self.disk.mark)
        restored = self.feeds.start()
        inbound = Inbound(hq_inbound.project, self.clock, answers=ANSWERS)
        self.parent = GuardedParent(engine, who, inbound)
        return restored

    def _open_branch(self, who: Identity) -> str | None:
        engine = self.disk.journals
        back = Recovery(
            engine, journal_of(who.site), self.clock, self.disk.mark,
            epoch_begun=lambda _connection, _reason: None,
            project=partial(branch.inbound.regain, who.site, self.clock),
        )  # fmt: skip
        restored = recovery.start(back)
        lane_keys.catch_up(engine, who.site, self.clock)
        self.parent = GuardedParent(
            engine, who, branch.inbound.inbound(who, self.clock, Board(self.clock))
        )
        outlet = Outlet(CatalogueStore(), self.clock, relays=True)
        self._link(Site(who, engine, engine, outlet, back, self._quarantined))
        return restored

    def _open_lane(self, who: Identity) -> str | None:
        back = recovery_of(self.disk.journals, who.site, self.clock, self.disk.mark.parent)
        restored = recovery.start(back)
        outlet = Outlet(CatalogueStore(OFFICE_KINDS), self.clock, relays=False)
        self._link(Site(who, self.disk.journals, self.disk.feeds, outlet, back, dict))
        return restored

    def _link(self, site: Site) -> None:
        line = self.line
        if line is None:
            message = f"{self.name} has no line"
            raise LookupError(message)
        self.runner = LinkRunner(site, line, PACE)
        self._reports = Reports(site, lambda: line, lambda: None)

    def _quarantined(self) -> dict[str, object]:
        with reading(self.disk.feeds) as connection:
            oldest = quarantine.oldest_waiting(connection)
            since = {} if oldest is None else {"quarantine_since": oldest.isoformat()}
            return {"quarantine": quarantine.count_waiting(connection), **since}

    _open_as = {"hq": _open_hq, "branch": _open_branch, "lane": _open_lane}  # noqa: RUF012 - never changed


def acquaint(holder: SoakSite, known: SoakSite) -> None:
    """Let one of two neighbours know the other's key, as an enrolment does."""
    with reading(known.disk.journals) as connection:
        who = identities.load(connection)
    with holder.disk.feeds.begin() as connection:
        if _key(connection, who.site) != who.public_key:
            row = {
                "site": who.site, "public_key": who.public_key, "enrolled": holder.clock(),
                "revoked": None,
            }  # fmt: skip
            upsert(connection, peer, [row])


def knows_another(holder: SoakSite, known: SoakSite) -> bool:
    """Whether a site takes what its child signs for somebody else's: it was enrolled otherwise since."""
    with reading(known.disk.journals) as connection:
        who = identities.load(connection)
    with reading(holder.disk.feeds) as connection:
        return _key(connection, who.site) not in {None, who.public_key}


def _key(connection: Connection, site: str) -> bytes | None:
    found = connection.execute(select(peer.c.public_key).where(peer.c.site == site)).scalar()
    return None if found is None else bytes(found)


def mark_of(directory: Path, site: str) -> Path:
    """Where the mark of a site's incarnation lies, beside its database."""
    place = directory / site
    place.mkdir(parents=True, exist_ok=True)
    return place / "incarnation.json"
