"""A branch, wired: a parent to its lanes and a child of headquarters, over one database.

    lanes ──push──▶ Parent ──project, relay──▶ own journal ──LinkRunner──▶ headquarters
    lanes ◀─fetch── Parent ◀──feeds, kept as they came──── LinkRunner ◀── headquarters

Nothing is wired at import. `connect` refuses a database that is not migrated or not enrolled.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from anyio import to_thread
from sqlalchemy import Engine, select
from starlette.applications import Starlette

from branch import lane_keys, stock
from branch.board import Board
from branch.directives import looking as looking_for_directives
from branch.goods import numbers
from branch.inbound import inbound, regain
from branch.inquiries import ANSWERERS, DECIDERS
from branch.line import Line
from branch.link import way
from branch.link.zone import zone_of
from branch.settings import BranchSettings
from branch.verify import verify_by_night
from replication import decision, incarnation, quarantine, recovery
from replication import identity as identities
from replication.clock import Clock, clock_of
from replication.decision import Decisions
from replication.feed_floor import forgetting
from replication.housekeeping import Housekeeping
from replication.identity import Identity
from replication.inquiry_desk import InquiryDesk
from replication.ledger import FILE as LEDGER_FILE
from replication.ledger import Ledger
from replication.link_schedule import LinkSchedule
from replication.nightly import NightlyCheck
from replication.parent import Parent
from replication.recovery import Recovery
from replication.runner import LinkRunner
from replication.site import Site
from replication.streams import journal_of
from replication.subscribe import Outlet
from replication.transport.http_inquiry import HttpInquirer
from replication.transport.http_server import LinkServer
from replication.transport.watched import WatchedTransport
from schemas.tables.base import open_postgres, reading
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.days import business_day
from schemas.tables.migrate import require


@dataclass(frozen=True, slots=True)
class Branch:
    """The parts of one running branch."""

    engine: Engine
    identity: Identity
    clock: Clock
    settings: BranchSettings
    link: LinkServer
    site: Site
    runner: LinkRunner
    line: Line
    schedule: LinkSchedule
    check: NightlyCheck
    ledger: Ledger
    board: Board

    def close(self) -> None:
        """Let go of the database and of the line to headquarters, of a branch that does not serve."""
        self.runner.stop()
        self.engine.dispose()

    @property
    def code(self) -> str:
        """The branch's code, which is its name as a site."""
        return self.identity.site


def connect(settings: BranchSettings, dsn: str, clock: Clock | None = None) -> Branch:
    """Wire the branch whose database is at `dsn`, on its own clock unless one is given.

    Raises MigrationNeededError or NotEnrolledError; the message says which command mends it.
    """
    engine = open_postgres(dsn)
    ledger = Ledger(settings.data / LEDGER_FILE)
    try:
        require(engine, "branch")
        with engine.begin() as connection:
            identity = identities.load(connection)
            ledger.reconcile(connection)
    except BaseException:
        engine.dispose()
        raise
    clock = clock or clock_of(settings.clock)
    board = Board(clock)
    parent = Parent(engine, identity, inbound(identity, clock, board), ledger)
    desk = InquiryDesk(
        identity.site,
        open_postgres(dsn, pool_size=4),
        ANSWERERS,
        HttpInquirer(settings.parent, identity),
        decisions=Decisions(clock, DECIDERS),
    )
    site = Site(
        identity,
        journals=engine,
        feeds=engine,
        outlet=Outlet(CatalogueStore(), clock, relays=True),
        recovery=Recovery(
            engine,
            journal_of(identity.site),
            clock,
            settings.data / incarnation.FILE,
            epoch_begun=partial(
                numbers.skip, identity.site, clock, settings.data / numbers.SKIP_FILE
            ),
            project=partial(regain, identity.site, clock),
        ),
        detail=lambda: {
            **_detail(engine), **check.detail(), **schedule.detail(), "inquiries": desk.counts.read(),
        },
    )  # fmt: skip
    line = Line(clock)
    zone = zone_of(engine, identity.site)
    ways = way.ways(settings, identity, engine, clock, zone)
    runner = LinkRunner(site, WatchedTransport(ways, line.heard))
    return_after = timedelta(minutes=settings.link.return_minutes)
    schedule = LinkSchedule(runner, ways, zone, return_after)
    check = NightlyCheck(
        lambda: verify_by_night(runner, repair=settings.verify.repair), settings.verify,
        identity.site, clock, zone,
    )  # fmt: skip
    link = LinkServer(parent, desk, moments=board.moment)
    link.listener.published = board.went_stale
    return Branch(
        engine, identity, clock, settings, link, site, runner, line, schedule, check, ledger, board
    )


def application(branch: Branch) -> Starlette:
    """The back office for the browser and the link for the lanes, on one port."""
    from branch.web.console import back_office  # noqa: PLC0415

    feeds = forgetting(branch.engine, branch.settings.feeds)
    decided = decision.forgetting(branch.engine)
    directives = looking_for_directives(branch.engine, branch.code, branch.clock)
    keeping = Housekeeping({"feeds": feeds, "decided inquiries": decided}, branch.clock)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        branch.link.listener.start()
        await to_thread.run_sync(recovery.start, branch.site.recovery)
        await to_thread.run_sync(lane_keys.catch_up, branch.engine, branch.code, branch.clock)
        await to_thread.run_sync(stock.tell_headquarters, branch.engine, branch.code, branch.clock)
        branch.runner.start()
        branch.schedule.start()
        branch.check.start()
        keeping.start()
        directives.start()
        try:
            yield
        finally:
            keeping.stop()
            branch.check.stop()
            branch.schedule.stop()
            await to_thread.run_sync(directives.stop)
            await to_thread.run_sync(branch.runner.stop)
            await to_thread.run_sync(branch.link.listener.stop)
            branch.link.close_inquiries()

    return back_office(branch).application(branch.link.routes(), lifespan)


def _detail(engine: Engine) -> Mapping[str, Any]:
    """What headquarters is told of this branch beside its outbox."""
    with reading(engine) as connection:
        days = connection.execute(
            select(business_day.c.business_date, business_day.c.state)
            .where(business_day.c.state != "closed")
            .order_by(business_day.c.business_date)
        )
        oldest = quarantine.oldest_waiting(connection)
        waits = {} if oldest is None else {"quarantine_since": oldest.isoformat()}
        copies = incarnation.alive(connection)
        return waits | {
            **({"copies": copies} if copies else {}),
            "quarantine": quarantine.count_waiting(connection),
            "days": {day.isoformat(): state for day, state in days},
        }
