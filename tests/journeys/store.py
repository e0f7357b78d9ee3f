"""The branch behind a lane, and headquarters above it: goods come as ordered, tickets arrive, shelves are counted.

    morning    headquarters orders, the branch receives what came by scanning it, and opens the day
    day        the lane sells; what is lost is gone from the shelf, and no site is told
    evening    what the lane wrote arrives at the branch and at headquarters; the till is counted, the day closed
    at last    a stocktake counts what lies on the shelf

All of it is done by the product's own code, over lines that are memory. What it comes to is read afterwards
from both databases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from branch import day_checks, days
from branch.goods import counting as receiving
from branch.goods import drafts, posting
from branch.stocktake import approval, counting, session
from pos_frontend import databases
from pos_frontend.databases import Databases
from pos_frontend.link_site import link_site
from pos_frontend.recovery import recovery_of
from replication import identity, outbox
from replication.runner import LinkRunner
from replication.streams import CHAIN_FEED, branch_feed, journal_of
from replication.testing import MemoryTransport
from schemas.domain.stock.scanned import Counted
from schemas.tables.base import reading
from schemas.tables.till_figures import till_figures
from schemas.wire.delivery import Delivery, DeliveryLine, Supplier
from schemas.wire.records import Branch, Item
from tests.branch.shop import CODE, MANAGER, QUICK, Shop, introduce, load, publish
from tests.journeys.lane import JourneyLane
from tests.journeys.scans import ZONE, Scan
from tests.journeys.wholesale import Supply
from tests.pos_frontend.shop import LANE

_SUPPLIER = "S1"
_ONE = 1000
#: A single count is enough, whatever the difference.
_ANY = 10**12


@dataclass
class Store:
    """The branch, the line of its lane, and what really lies on its shelves."""

    shop: Shop
    shelf: Counter[str] = field(default_factory=Counter)
    units: Mapping[str, str] = field(default_factory=dict)
    day: date = date.min
    _lane: LinkRunner = field(init=False)
    _files: Databases = field(init=False)

    @contextmanager
    def behind(self, lane: JourneyLane, items: Sequence[Item]) -> Iterator[None]:
        """Make this the branch of a lane, and let it know what is sold."""
        self.units = {one.item: one.unit for one in items}
        told = Branch(branch=CODE, name="Journeys", zone=ZONE.key, currency="CNY")
        with self.shop.headquarters.engine.begin() as connection:
            publish(connection, branch_feed(CODE), told)
            publish(connection, CHAIN_FEED, *items, Supplier(supplier=_SUPPLIER, name="Market"))
        load(self.shop.runner)
        clock = self.shop.clock
        with (
            databases.for_sync(lane.data) as both,
            databases.journal_writer(lane.data) as writer,
        ):
            with reading(both.journal) as connection:
                who = identity.load(connection)
            introduce(self.shop.engine, who, clock())
            introduce(both.catalogue, self.shop.branch.identity, clock())
            back = recovery_of(writer, LANE, clock, lane.data)
            site = link_site(who, both.journal, both.catalogue, back)
            line = MemoryTransport(self.shop.branch.link.parent, LANE)
            self._lane = LinkRunner(site, line, QUICK)
            self._files = both
            yield

    def opens(self, on: date, at: datetime, supplies: Mapping[str, Supply]) -> None:
        """Receive the day's goods, and open it."""
        self.day, self.shop.clock.now = on, at.astimezone(UTC)
        with self.shop.engine.begin() as connection:
            days.open_day(connection, CODE, on, MANAGER, self.shop.clock())
        self._receives(f"PO-{on:%Y%m%d}", supplies)
        for item, one in supplies.items():
            self.shelf[item] += one.delivered - one.lost

    def hears_of(self, scans: Iterable[Scan]) -> None:
        """The shop is empty; what was sold has left the shelf, and all that was written arrives."""
        for one in scans:
            self.shelf[one.item] -= one.grams
        evening = datetime.combine(self.day, datetime.min.time(), ZONE) + timedelta(hours=23)
        self.shop.clock.now = evening.astimezone(UTC)
        journal, marks = self._files.journal, self._files.catalogue
        _send(self._lane, journal, marks, LANE)
        self._lane.report_once()
        self._tells_headquarters()

    def counts_goods(self) -> None:
        """Count every shelf; the only manager approves, and says why."""
        now = self.shop.clock()
        plan = session.Plan("The month", "everything", ("Shop floor",), tolerance=_ANY)
        with self.shop.engine.begin() as connection:
            name = session.open_stocktake(connection, plan, MANAGER, now)
            counter = counting.Counter(name, 1, "C2", now)
            for item, quantity in sorted(self.shelf.items()):
                written = counting.Written(item, quantity, "set")
                counting.enter(connection, counter, written, f"shelf-{item}")
        with self.shop.engine.begin() as connection:
            approval.approve(connection, CODE, name, MANAGER, "the only manager", now)

    def closes(self) -> None:
        """Count the till and close the day; every warning is accepted."""
        now = self.shop.clock()
        with self.shop.engine.connect() as connection:
            tills = till_figures(connection, CODE, self.day)
        for one in tills:
            self.shop.count(one.shift, "", **one.expected)
        with self.shop.engine.begin() as connection:
            found = day_checks.day_checks(connection, CODE, self.day, now)
            accepted = [one.key for one in found if not one.blocking]
            days.close_day(connection, CODE, self.day, MANAGER, now, accepted)
        self._tells_headquarters()

    def _receives(self, document: str, supplies: Mapping[str, Supply]) -> None:
        lines = [
            DeliveryLine(
                document=document, number=number, item=item, unit=self.units[item], factor=_ONE,
                quantity=one.delivered, value=one.cost,
            )
            for number, (item, one) in enumerate(supplies.items(), 1)
        ]  # fmt: skip
        header = Delivery(
            document=document, direction="order", partner=_SUPPLIER, expected=self.day,
            rows=len(lines),
        )  # fmt: skip
        with self.shop.headquarters.engine.begin() as connection:
            publish(connection, branch_feed(CODE), *lines, header)
        load(self.shop.runner)
        now = self.shop.clock()
        with self.shop.engine.begin() as connection:
            draft = drafts.answer(connection, CODE, document, MANAGER, now)
            for item, one in supplies.items():
                scan = receiving.Scan(Counted(item, one.delivered))
                receiving.add(connection, CODE, draft, scan, MANAGER, now)
        with self.shop.engine.begin() as connection:
            posting.post_draft(connection, CODE, draft, posting.Asked(MANAGER, now))

    def _tells_headquarters(self) -> None:
        engine = self.shop.engine
        _send(self.shop.runner, engine, engine, CODE)


def _send(runner: LinkRunner, journals: Engine, marks: Engine, site: str) -> None:
    """Push until the parent has all."""
    pending = -1
    while pending:
        runner.push_once()
        with reading(journals) as journal, reading(marks) as known:
            before, pending = pending, outbox.look(journal, known, journal_of(site)).pending
        if pending == before:
            message = f"{site} does not get its last {pending} entries sent: {runner.trouble}"
            raise RuntimeError(message)
