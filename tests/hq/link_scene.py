"""A chain in trouble: one branch is well, one forked, one lags, one has entries in quarantine.

Everything comes about as it would in a shop, through the real link between real databases; only the
line is in memory and the clock is set. Exceptions are told where they stand.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from hq import sites
from ops.embedded_postgres import EmbeddedPostgres
from replication import journal
from replication.clock import SimulatedTime
from replication.runner import LinkRunner
from replication.streams import branch_feed
from replication.testing import MemoryTransport
from schemas.domain.ticket import Ticket
from schemas.domain.till import ShiftEnded, ShiftOpened
from schemas.tables.kinds import DatabaseKind
from schemas.wire import canonical, entries
from schemas.wire.entries import Fact
from schemas.wire.records import Branch
from tests.hq.conftest import CATEGORIES, NOON, Chain, founded
from tests.hq.day_builder import MONDAY, TUESDAY, BranchDay, Lane, instant_of, lanes_of, line
from tests.postgres import fresh_database
from tests.sites import Books, SmallSite, Town, introduce

WELL, FORKED, LAGGING, QUARANTINED = "N001", "N002", "N003", "N004"
NOW = NOON + timedelta(hours=26)


@dataclass
class Shop:
    """A branch and its lanes, with the links that a scene moves step by step."""

    site: SmallSite
    lanes: list[SmallSite]
    up: LinkRunner
    lane_links: list[LinkRunner]
    tills: tuple[Lane, ...]

    def deliver(self) -> None:
        """Lanes to branch, branch to headquarters."""
        for link in self.lane_links:
            link.push_once()
        self.up.push_once()

    def load(self) -> None:
        """Fetch every feed, at the branch and then at its lanes."""
        for link in (self.up, *self.lane_links):
            link.push_once()
            for _ in range(8):
                link.fetch_once()

    def report(self) -> None:
        """Everybody says how they are."""
        for link in (*self.lane_links, self.up):
            link.greet_again()
            link.push_once()
            link.report_once()


@dataclass
class Scene:
    """Headquarters with its clock, and the shops below it."""

    chain: Chain
    town: Town
    directory: Path
    shops: dict[str, Shop] = field(default_factory=dict)

    @property
    def above(self) -> SmallSite:
        """Headquarters as the sites below know it."""
        hq = self.chain.hq
        return SmallSite(hq.identity, hq.engine, hq.engine, Books(), self.directory, hq.link.parent)

    def set_clock(self, now: datetime) -> None:
        clock = self.chain.hq.settings.clock
        assert clock is not None
        SimulatedTime(start=now, anchor=NOON, rate=0).write(clock.file)

    def shop(self, code: str, lanes: int = 2) -> Shop:
        """Enrol a branch and its lanes, on machines of their own."""
        site = self.town.branch(code, self.above, (branch_feed(code),))
        tills = [
            self.town.lane(f"{code}.{number:02}", site, (branch_feed(code),))
            for number in range(1, lanes + 1)
        ]
        links = [till.link(MemoryTransport(site.serving(), till.name)) for till in tills]
        up = site.link(MemoryTransport(self.chain.hq.link.parent, code))
        self.shops[code] = Shop(site, tills, up, links, lanes_of(code, lanes))
        return self.shops[code]


def state(shop: Shop, *facts: Fact) -> None:
    """Write facts into the journals of those who state them, as of their own instants."""
    for fact in facts:
        kind, version = entries.kind_of(fact)
        writer = shop.site
        if isinstance(fact, (Ticket, ShiftOpened, ShiftEnded)):
            writer = next(lane for lane in shop.lanes if lane.name == fact.lane)
        write(writer, kind, version, entries.encode(fact), instant_of(fact))


def write(
    site: SmallSite, kind: str, version: int, body: bytes, at: datetime | None = None
) -> None:
    """Append one entry to a site's own journal, as of now unless an instant is given."""
    with site.journals.begin() as connection:
        draft = journal.Draft(kind, version, at or site.clock(), body)
        journal.append(connection, site.stream, [draft])


def trade(shop: Shop, day: BranchDay, tickets: int, hour: int, minute: int = 0) -> None:
    """Sell so much from then on, each lane in its turn, and have it all arrive."""
    for number in range(tickets):
        lane = number % len(day.lanes)
        day.sell(lane, line("1001", 350), hour=hour, minute=minute)
    state(shop, *day.facts[day.stated :])
    day.stated = len(day.facts)
    shop.deliver()


@contextmanager
def troubled(
    server: EmbeddedPostgres, template: Callable[[DatabaseKind], str], directory: Path
) -> Iterator[Scene]:
    """The chain at the end of its bad morning, for as long as several tests want to look at it."""
    with ExitStack() as stack:

        def make(kind: DatabaseKind) -> str:
            return stack.enter_context(fresh_database(server, template(kind)))

        chain = stack.enter_context(founded(make("hq"), directory))
        town = Town(make, directory, chain.hq.clock)
        stack.callback(town.close)
        yield play(Scene(chain, town, directory))


def play(scene: Scene) -> Scene:
    """Live the day before and today's morning; it ends at `NOW`."""
    chain = scene.chain
    with chain.hq.engine.begin() as connection:
        fourth = Branch(branch=QUARANTINED, name="店 N004", zone="Asia/Shanghai", currency="CNY")
        sites.save_branch(connection, fourth, ["north"])
    for code in (WELL, FORKED, LAGGING, QUARANTINED):
        shop = scene.shop(code)
        shop.load()
        trade(shop, BranchDay(code, MONDAY, shop.tills), 3, hour=9)
        shop.report()
    _speak_of_the_unknown(scene.shops[QUARANTINED])
    scene.set_clock(NOW - timedelta(minutes=45))
    _lose_the_machine(scene)
    well = scene.shops[WELL]
    today = BranchDay(WELL, TUESDAY, well.tills)
    trade(well, today, 6, hour=9)
    _be_slow(scene)
    scene.set_clock(NOW - timedelta(minutes=2))
    trade(well, today, 40, hour=13, minute=57)
    scene.set_clock(NOW)
    for code, shop in scene.shops.items():
        if code == LAGGING:
            # Its line is so slow that only its word gets through, and no batch.
            for link in (*shop.lane_links, shop.up):
                link.report_once()
            continue
        shop.load()
        shop.report()
    return scene


def _speak_of_the_unknown(shop: Shop) -> None:
    """A lane of a newer release states what nobody here knows yet; another states a wrong ticket."""
    write(shop.lanes[0], "loyalty.earned", 1, canonical.encode({"business_date": "2026-03-02",
                                                                "member": "M1", "points": 12}))  # fmt: skip
    strange = BranchDay(WELL, MONDAY, lanes_of(WELL)).sell(0, line("1001", 350))
    write(shop.lanes[1], "ticket", 1, entries.encode(strange))
    shop.deliver()


def _lose_the_machine(scene: Scene) -> None:
    """The branch's server is replaced by a bare one; a lane's disk by its copy of the day before,
    which sells on under numbers that headquarters knows already.
    """
    lost = scene.shops[FORKED]
    copy = scene.directory / "copy"
    copy.mkdir()
    kept = scene.directory / f"{FORKED}.01-journal.db"
    lost.lanes[0].journals.dispose()
    shutil.copy(kept, copy / kept.name)
    write(lost.lanes[0], *_sale(8))
    lost.deliver()
    lost.lanes[0].journals.dispose()
    for file in scene.directory.glob(f"{FORKED}.01-journal.db*"):
        file.unlink()
    shutil.copy(copy / kept.name, kept)
    site = scene.town.branch(FORKED, scene.above, (branch_feed(FORKED),))
    lane = lost.lanes[0]
    write(lane, *_sale(5))
    link = lane.link(MemoryTransport(site.serving(), lane.name))
    up = site.link(MemoryTransport(scene.chain.hq.link.parent, FORKED))
    introduce(lane, site)
    scene.shops[FORKED] = Shop(site, [lane], up, [link], lost.tills)
    scene.shops[FORKED].load()
    scene.shops[FORKED].deliver()


def _sale(minute: int) -> tuple[str, int, bytes]:
    day = BranchDay(FORKED, MONDAY, lanes_of(FORKED))
    sold = day.sell(0, line("1002", 420), hour=20, minute=minute)
    return "ticket", 1, entries.encode(sold)


def _be_slow(scene: Scene) -> None:
    """A branch sells on, and what it writes waits; so does what headquarters publishes."""
    shop = scene.shops[LAGGING]
    day = BranchDay(LAGGING, TUESDAY, shop.tills)
    trade(shop, day, 2, hour=9)
    opened = len(day.facts)
    for number in range(5):
        day.sell(number % 2, line("1003", 990), hour=13, minute=15 + number)
    state(shop, *day.facts[opened:])
    for link in shop.lane_links:
        link.push_once()
    scene.chain.load("categories", CATEGORIES.replace("水果", "时令水果"))
    # The database's own clock dates a publication, and cannot be set: it is dated back.
    with scene.chain.hq.engine.begin() as connection:
        connection.execute(
            text("UPDATE feed_publication SET published = published - interval '45 minutes'")
        )
