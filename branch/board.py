"""The lanes of the branch as they stand this moment, in memory: what the monitor shows.

    comes from                                       changes
    a lane's moment, see `schemas.wire.moment`       operator, state, basket, printer, unsent, what was seen
    a lane's report                                  unsent and operator of a lane that tells no moments
    entries, after their transaction is committed    last ticket, tickets and sales of the date, exception
    a reading of the database (`board_reading`)      all of the branch's own: at the start, and when it was
                                                     told that the date, a message or a lane changed

Nothing here is a truth and nothing is kept: a branch that is started again reads its tables, and hears
from each lane within seconds. Every change of a lane raises one count, by which a reader asks for what
changed since it last looked. Safe among threads; no method waits for anything but the lock.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from branch.exceptional import Exceptional, last_of
from replication.clock import Clock
from replication.messages import Status
from schemas.domain.ticket import Ticket
from schemas.wire.entries import Fact
from schemas.wire.moment import Moment
from schemas.wire.records import LaneMessage

#: A lane gives a sign of life every three seconds; after five that are missing it is silent.
SILENT_AFTER = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class LastTicket:
    """The newest receipt of a lane. `tickets` and `gross` are what the lane counted of its date with it
    (rule 23): so a ticket that is heard of twice, or not at all, leaves no figure wrong. Minor units.
    """

    uuid: str
    receipt: str
    counter: int
    total: int
    at: datetime
    business_date: date
    tickets: int
    gross: int


@dataclass(frozen=True, slots=True)
class OnBoard:
    """One lane as the board shows it; `change` is the count of its last change.

    `since` is when its state began, by the branch's clock. `heard` is when it last spoke; it moves
    without being a change.
    """

    lane: str
    change: int = 0
    heard: datetime | None = None
    silent: bool = False
    moment: Moment | None = None
    since: datetime | None = None
    operator: str = ""
    unsent: int = 0
    last: LastTicket | None = None
    exceptional: Exceptional | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the database says: the date, the lanes that are at work, and what is said to them."""

    business_date: date | None
    lanes: Mapping[str, OnBoard]
    messages: tuple[LaneMessage, ...]


class Board:
    """See above. `stale` says that the database is to be read before the board is looked at."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._lanes: dict[str, OnBoard] = {}
        self._change = 0
        self._noted: WeakKeyDictionary[Connection, list[Fact]] = WeakKeyDictionary()
        #: The count at the last change of what is told of all lanes: date, messages, which lanes there are.
        self.general = 0
        self.business_date: date | None = None
        self.messages: tuple[LaneMessage, ...] = ()
        self.stale = True

    def moment(self, site: str, body: bytes) -> None:
        """Take what a lane tells. Raises ValidationError."""
        told = Moment.model_validate_json(body)
        now = self._clock()
        with self._lock:
            before = self._spoke(site, now)
            since = now - max(told.at - told.since, timedelta(0))
            if before.moment is not None and before.since and _same(before.moment, told):
                since = before.since
            self._put(
                before, replace(before, moment=told, since=since, operator=told.operator,
                                unsent=told.unsent),
            )  # fmt: skip

    def reported(self, status: Status) -> None:
        """Take a lane's report: a sign of life, and all that a lane of an older release says."""
        now = self._clock()
        with self._lock:
            for site in status.sites:
                before = self._spoke(site.site, now)
                if before.moment is None:
                    operator = str(site.detail.get("operator", ""))
                    after = replace(before, unsent=site.pending, operator=operator)
                    self._put(before, after)

    def note(self, connection: Connection, facts: Sequence[Fact]) -> None:
        """Remember what a transaction wrote, for when it is committed; one that fails is forgotten."""
        with self._lock:
            self._noted.setdefault(connection, []).extend(facts)

    def committed(self, connection: Connection) -> None:
        """Show what this connection's transaction wrote."""
        now = self._clock()
        with self._lock:
            for fact in self._noted.pop(connection, []):
                lane = getattr(fact, "lane", "")
                if lane in self._lanes:
                    before = self._lanes[lane]
                    self._put(before, self._after(before, fact), now)

    def went_stale(self) -> None:
        """Have the database read before the board is looked at again."""
        self.stale = True

    def take(self, read: Reading) -> None:
        """Show what was read from the database, and what the lanes told meanwhile."""
        with self._lock:
            moved = (self.business_date, self.messages) != (read.business_date, read.messages)
            same_date = self.business_date == read.business_date
            self.business_date, self.messages = read.business_date, read.messages
            gone = self._lanes.keys() - read.lanes.keys()
            if gone or moved:
                self._change += 1
                self.general = self._change
            for lane in gone:
                del self._lanes[lane]
            for lane, fresh in read.lanes.items():
                before = self._lanes.get(lane) or self._added(lane)
                after = _merged(before, fresh)
                if same_date and fresh.exceptional is None:
                    after = replace(after, exceptional=before.exceptional)
                self._put(before, after)

    def look(self, since: int = 0) -> tuple[int, list[OnBoard]]:
        """The count now, and the lanes that changed after `since`, by name; silent ones are noticed."""
        now = self._clock()
        with self._lock:
            for one in list(self._lanes.values()):
                silent = one.heard is None or now - one.heard > SILENT_AFTER
                self._put(one, replace(one, silent=silent))
            return self._change, [
                self._lanes[lane]
                for lane in sorted(self._lanes)
                if self._lanes[lane].change > since
            ]

    def lanes(self) -> list[str]:
        """Every lane that is shown, by name."""
        with self._lock:
            return sorted(self._lanes)

    def _spoke(self, site: str, now: datetime) -> OnBoard:
        """The lane that speaks; one that is not shown is new, and the lanes are to be read again."""
        if site not in self._lanes:
            self.stale = True
            self._added(site)
        self._lanes[site] = replace(self._lanes[site], heard=now)
        return self._lanes[site]

    def _added(self, lane: str) -> OnBoard:
        self._change += 1
        self.general = self._change
        self._lanes[lane] = OnBoard(lane, change=self._change)
        return self._lanes[lane]

    def _put(self, before: OnBoard, after: OnBoard, heard: datetime | None = None) -> None:
        if heard is not None and before.heard is not None:
            after = replace(after, heard=max(heard, before.heard))
        if replace(after, heard=None, change=0) != replace(before, heard=None, change=0):
            self._change += 1
            after = replace(after, change=self._change)
        self._lanes[after.lane] = after

    def _after(self, before: OnBoard, fact: Fact) -> OnBoard:
        after = before
        if isinstance(fact, Ticket):
            if self.business_date is None or fact.business_date > self.business_date:
                self.stale = True  # the lane opened a date by itself, and the branch adopted it
            after = replace(before, last=_newer(before.last, _last(fact)))
        found = last_of(fact)
        if found is not None and (before.exceptional is None or found.at >= before.exceptional.at):
            after = replace(after, exceptional=found)
        return after


def _last(ticket: Ticket) -> LastTicket:
    return LastTicket(
        ticket.uuid, ticket.receipt, ticket.counter, ticket.total, ticket.committed,
        ticket.business_date, ticket.control.tickets, ticket.control.gross,
    )  # fmt: skip


def _newer(one: LastTicket | None, other: LastTicket | None) -> LastTicket | None:
    if one is None or other is None:
        return one or other
    return one if one.counter > other.counter else other


def _same(one: Moment, other: Moment) -> bool:
    """Whether a lane is in the state that it was in before."""
    return (one.state, one.operator, one.since) == (other.state, other.operator, other.since)


def _merged(before: OnBoard, fresh: OnBoard) -> OnBoard:
    """What the database says of a lane, with what the lane told itself meanwhile."""
    after = replace(
        fresh, last=_newer(before.last, fresh.last), silent=before.silent, change=before.change,
        moment=before.moment, since=before.since, heard=before.heard or fresh.heard,
    )  # fmt: skip
    if before.moment is None:
        return after
    return replace(after, operator=before.operator, unsent=before.unsent)
