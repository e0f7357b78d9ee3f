"""Days of made-up branches as their lanes and branches would have stated them, for HQ's tests.

`BranchDay` counts what a lane and a branch count, so that what it states agrees with itself; a test
breaks one thing and sees who notices.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert

from hq.consolidation.held import Spoken, keep
from replication import journal
from replication.identity import new_epoch
from replication.streams import journal_of
from schemas.domain.day import DayClosed, DayOpened, DayReopened, DayTotals, LaneTotals
from schemas.domain.quantity import extend
from schemas.domain.ticket import Control, Discount, SaleLine, TenderLine, Ticket
from schemas.domain.till import ShiftEnded, ShiftOpened, TillCounted
from schemas.tables import sales_store
from schemas.tables.catalogue import branch as branch_table
from schemas.tables.catalogue import category as category_table
from schemas.tables.journal import journal_entry, stream
from schemas.tables.link import site_status
from schemas.wire import entries
from schemas.wire.entries import Fact
from schemas.wire.entry import GENESIS

ZONE = "Asia/Shanghai"
MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)
FLOAT = 50_000

CATEGORIES = (
    ("01", "生鲜 Fresh", ""),
    ("01-001", "水果 Fruit", "01"),
    ("01-001-001", "苹果 Apples", "01-001"),
    ("01-002", "蔬菜 Vegetables", "01"),
    ("02", "饮料 Drinks", ""),
    ("02-001", "茶 Tea", "02"),
)
_numbers = itertools.count(1)


def number() -> str:
    """The next UUID of a series that a failing test shows again."""
    return str(uuid.UUID(int=next(_numbers), version=4))


def line(
    item: str,
    price: int,
    *,
    quantity: int = 1000,
    off: int = 0,
    category: str | None = "01-001-001",
    voided: bool = False,
    name: str = "",
) -> SaleLine:
    """A line with a member price that takes `off` from it."""
    discounts = (Discount("member_price", off, "member"),) if off else ()
    return SaleLine(
        number=0, item=item, name=name or f"Item {item}", unit="piece", quantity=quantity,
        list_price=price, amount=extend(price, quantity) - off, category=category,
        discounts=discounts, price_document="P-1", unknown_item=category is None, voided=voided,
    )  # fmt: skip


@dataclass
class Lane:
    """A lane's counters and its open shift, which last from day to day."""

    name: str
    operator: str
    counter: int = 0
    grand_total: int = 0


@dataclass
class BranchDay:
    """One business day of one branch; `facts` is everything that was stated, in order."""

    branch: str
    business_date: date
    lanes: tuple[Lane, ...]
    zone: str = ZONE
    facts: list[Fact] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    counted: dict[str, dict[str, int]] = field(default_factory=dict)
    revision: int = 0
    stated: int = 0

    def __post_init__(self) -> None:
        self._shifts = {lane.name: number() for lane in self.lanes}
        self.facts.append(
            DayOpened(self.branch, self.business_date, f"{self.branch}-M", self.at(7))
        )
        for lane in self.lanes:
            self.facts.append(
                ShiftOpened(self._shifts[lane.name], self.branch, lane.name, lane.operator,
                            self.business_date, self.at(8), FLOAT)
            )  # fmt: skip

    def at(self, hour: int, minute: int = 0, second: int = 0) -> datetime:
        """An instant by the branch's clock."""
        local = datetime.combine(self.business_date, time(hour, minute, second))
        return local.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def sell(
        self,
        lane: int,
        *lines: SaleLine,
        hour: int = 12,
        minute: int = 0,
        tenders: tuple[TenderLine, ...] | None = None,
        rounding: int = 0,
        member: str | None = None,
    ) -> Ticket:
        """One ticket at a lane by its place, paid exactly in cash unless tenders are given."""
        till = self.lanes[lane]
        numbered = tuple(replace(one, number=place) for place, one in enumerate(lines, 1))
        total = sum(one.amount for one in numbered if not one.voided)
        paid = (TenderLine("cash", total + rounding),) if tenders is None else tenders
        till.counter += 1
        till.grand_total += total
        mine = [one for one in self.tickets if one.lane == till.name]
        control = Control(len(mine) + 1, sum(one.total for one in mine) + total, till.grand_total)
        at = self.at(hour, minute, len(self.tickets) % 60)
        ticket = Ticket(
            uuid=number(), branch=self.branch, lane=till.name, counter=till.counter,
            shift=self._shifts[till.name], business_date=self.business_date, zone=self.zone,
            started=at, committed=at, operator=till.operator, lines=numbered, tenders=paid,
            total=total, rounding=rounding,
            change=sum(one.amount for one in paid) - total - rounding, control=control,
            member=member,
        )  # fmt: skip
        self.tickets.append(ticket)
        self.facts.append(ticket)
        return ticket

    def count(self, short: int = 0, *, correction: bool = False, reason: str = "") -> None:
        """End every shift and count its till, the first of them short by so much cash."""
        for place, lane in enumerate(self.lanes):
            mine = [one for one in self.tickets if one.lane == lane.name]
            shift = self._shifts[lane.name]
            if not correction:
                self.facts.append(
                    ShiftEnded(shift, self.branch, lane.name, lane.operator, self.business_date,
                               self.at(21), lane.counter, len(mine),
                               sum(one.total for one in mine), lane.grand_total)
                )  # fmt: skip
            counted = _taken(mine)
            counted["cash"] += FLOAT - (short if place == 0 else 0)
            self.counted[lane.name] = counted
            self.facts.append(
                TillCounted(shift, self.branch, lane.name, self.business_date, counted,
                            f"{self.branch}-M", self.at(21, 30), correction, reason)
            )  # fmt: skip

    def close(self) -> DayClosed:
        """Close the day as the branch computes it."""
        self.revision += 1
        over: dict[str, int] = {}
        for lane in self.lanes:
            taken = _taken([one for one in self.tickets if one.lane == lane.name])
            taken["cash"] += FLOAT
            for kind, amount in self.counted.get(lane.name, {}).items():
                over[kind] = over.get(kind, 0) + amount - taken.get(kind, 0)
        closed = DayClosed(
            self.branch, self.business_date, self.revision, f"{self.branch}-M",
            self.at(22, self.revision),
            DayTotals(len(self.tickets), sum(one.total for one in self.tickets),
                      _taken(self.tickets), over),
            tuple(self._lane_totals(lane) for lane in self.lanes),
        )  # fmt: skip
        self.facts.append(closed)
        return closed

    def reopen(self, reason: str) -> None:
        """Open the closed day again for corrections."""
        self.facts.append(
            DayReopened(self.branch, self.business_date, self.revision, f"{self.branch}-M",
                        reason, self.at(22, 30))
        )  # fmt: skip

    def _lane_totals(self, lane: Lane) -> LaneTotals:
        mine = [one for one in self.tickets if one.lane == lane.name]
        if not mine:
            return LaneTotals(lane.name, 0, 0, 0, 0)
        last = mine[-1]
        gross = sum(one.total for one in mine)
        return LaneTotals(lane.name, len(mine), gross, last.counter, last.control.grand_total)


def _taken(tickets: list[Ticket]) -> dict[str, int]:
    taken = {"cash": 0}
    for one in tickets:
        for tender in one.tenders:
            taken[tender.kind] = taken.get(tender.kind, 0) + tender.amount
        taken["cash"] -= one.change
    return taken


def lanes_of(branch: str, count: int = 2) -> tuple[Lane, ...]:
    """So many lanes that have sold nothing yet."""
    return tuple(Lane(f"{branch}.{n:02}", f"{branch}-C{n}") for n in range(1, count + 1))


def describe(connection: Connection, *branches: str, zone: str = ZONE) -> None:
    """Publish the branches' master data and the categories."""
    shared = {"stream": "feed:chain", "generation": 1}
    connection.execute(
        insert(branch_table),
        [
            shared | {"key": code, "branch": code, "name": f"门店 {code}", "zone": zone,
                      "currency": "CNY", "tax_policy": "line", "cash_rounding": 1}
            for code in branches
        ],
    )  # fmt: skip
    connection.execute(
        insert(category_table),
        [
            shared | {"key": code, "category": code, "name": name, "parent": parent}
            for code, name, parent in CATEGORIES
        ],
    )


def hear(connection: Connection, site: str, received: datetime, **words: object) -> None:
    """Have a site say something."""
    status = {
        "site": site, "parent": "HQ", "clock": received.isoformat(), "wire": 1, "pending": 0,
        "oldest_unsent": None, "quarantine": 0, "detail": {},
    }  # fmt: skip
    connection.execute(
        insert(site_status).values(site=site, parent="HQ", received=received, status=status | words)
    )


def state(engine: Engine, *days: BranchDay) -> None:
    """Project what was stated since the last call, as headquarters does."""
    with engine.begin() as connection:
        for day in days:
            project_facts(connection, day.branch, day.facts[day.stated :], after=day.stated)
            day.stated = len(day.facts)


def project_facts(
    connection: Connection, branch: str, facts: Sequence[Fact], *, after: int = 0
) -> None:
    """Write facts of a branch and what they add to the aggregates, as headquarters does."""
    numbered = enumerate(facts, after + 1)
    keep(connection, [Spoken(one, journal_of(branch), "", at) for at, one in numbered])
    sales_store.write(connection, facts)


def keep_journals(connection: Connection, *days: BranchDay) -> None:
    """Write the facts into the journals of lanes and branches, as they came to headquarters."""
    for day in days:
        held: dict[str, list[journal.Draft]] = {}
        for fact in day.facts:
            kind, version = entries.kind_of(fact)
            draft = journal.Draft(kind, version, instant_of(fact), entries.encode(fact))
            writer = (
                fact.lane if isinstance(fact, (Ticket, ShiftOpened, ShiftEnded)) else day.branch
            )
            if writer == day.branch:
                held.setdefault(day.branch, []).append(draft)
                continue
            _ensure(connection, writer)
            entry = journal.append(connection, journal_of(writer), [draft])[0]
            relayed = journal.Draft(
                entry.kind, entry.version, entry.committed, entry.body, entry.as_origin()
            )
            held.setdefault(day.branch, []).append(relayed)
        _ensure(connection, day.branch)
        journal.append(connection, journal_of(day.branch), held[day.branch])
        # The lanes' own journals rest at the lanes; headquarters holds what branches relayed.
        for lane in day.lanes:
            name = journal_of(lane.name)
            connection.execute(journal_entry.delete().where(journal_entry.c.stream == name))


def _ensure(connection: Connection, site: str) -> None:
    name = journal_of(site)
    known = connection.execute(stream.select().where(stream.c.name == name)).one_or_none()
    if known is None:
        row = {"name": name, "epoch": new_epoch(), "head": 0, "hash": GENESIS, "floor": 0}
        connection.execute(insert(stream).values(**row))


def instant_of(fact: Fact) -> datetime:
    """When a fact was stated, by the clock of who stated it."""
    for name in ("committed", "opened", "ended", "at"):
        if isinstance(found := getattr(fact, name, None), datetime):
            return found
    message = f"{fact} bears no instant"
    raise ValueError(message)


def dates(first: date, count: int) -> Iterator[date]:
    """So many dates in a row."""
    return (first + timedelta(days=n) for n in range(count))
