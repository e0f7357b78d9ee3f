"""The first release's own code, as processes beside this one: below it, above it, upgraded in place
and rolled back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from psycopg import sql
from sqlalchemy import Engine, func, make_url, select

from hq import price_changes, sites
from hq.days import verify_day
from hq.price_rows import PriceCell
from ops.demo.manager import Manager
from ops.demo.processes import free_port
from ops.embedded_postgres import EmbeddedPostgres
from pos_frontend.screen.client import TillClient
from replication.clock import system_clock
from replication.streams import CHAIN_FEED
from schemas.tables.base import open_postgres
from schemas.tables.catalogue import operator
from schemas.tables.days import business_day
from schemas.tables.journal import journal_entry, quarantine
from schemas.tables.link import site_status
from schemas.tables.tickets import ticket
from schemas.wire.entry import GENESIS
from schemas.wire.versions import WIRE_VERSION
from tests.hq.conftest import APPROVER, BUYER, NOON, OPERATORS, Chain, founded
from tests.postgres import fresh_database
from tests.releases import (
    FIRST_RELEASE,
    PRESENT,
    Release,
    ServedSite,
    served,
    unpacked,
    until,
)

CODE, LANE = "N001", "N001.01"
MANAGER = ("N001-M", "100001")
CASHIER = ("N001-C1", "1001")
#: Once for all: a test may run past midnight.
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


@pytest.fixture(scope="module")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Give the code of the first release."""
    return unpacked(FIRST_RELEASE, tmp_path_factory.mktemp("first-release"))


@pytest.fixture
def empty_database(hq_database_server: EmbeddedPostgres) -> Iterator[Callable[[], str]]:
    """Give the URL of one more database without a table per call."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(fresh_database(hq_database_server, "template1"))


@dataclass
class Below:
    """A branch and a lane as processes, and how their people reach them."""

    directory: Path
    address: str
    branch: ServedSite
    lane: ServedSite

    def manager(self) -> Manager:
        return Manager(self.address, *MANAGER)

    @contextmanager
    def till(self) -> Iterator[TillClient]:
        """The till, signed in at an open shift, on the day that the manager opened."""
        with TillClient(*self._reached()) as till:

            def knows_the_day() -> bool:
                day = till.look()["day"]
                return day is not None and not day["provisional"]

            until(knows_the_day, self.lane.log)
            if till.state["operator"] is None:
                till.sign_in(*CASHIER)
            if till.state["state"] == "opening":
                till.open_shift(0)
            yield till

    def sell(self, *items: str) -> int:
        """One ticket with these items, paid to the cent; its total."""
        with self.till() as till:
            for item in items:
                till.scan(item)
            total = sum(line["amount"] for line in till.state["basket"]["lines"])
            till.tender("cash", total)
            until(lambda: bool(till.look()["status"]["unsent"] == 0), self.lane.log)
        return int(total)

    def answers(self) -> bool:
        """Whether the till of this very process answers."""
        try:
            known = json.loads((self.directory / LANE / "till.json").read_text("utf-8"))
        except (OSError, ValueError):
            return False
        return bool(known["pid"] == self.lane.pid)

    def _reached(self) -> tuple[str, str]:
        known = json.loads((self.directory / LANE / "till.json").read_text("utf-8"))
        return known["url"], known["token"]


@contextmanager
def stopped_at_the_end(*every: ServedSite) -> Iterator[None]:
    try:
        yield
    finally:
        for one in every:
            one.stop()


def held(engine: Engine) -> list[tuple[int, int]]:
    """Receipt and total of every ticket at headquarters."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(ticket.c.counter, ticket.c.total).order_by(ticket.c.counter)
        )
        return [(row.counter, row.total) for row in rows]


def spoken(engine: Engine) -> dict[str, int]:
    """The wire version of every site, as headquarters knows it."""
    with engine.connect() as connection:
        rows = connection.execute(select(site_status.c.site, site_status.c.status))
        return {row.site: row.status["wire"] for row in rows}


def entries_held(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(journal_entry)).scalar_one()


def assert_one_chain(engine: Engine) -> None:
    """Every journal at headquarters is one chain from its first entry on, in one epoch."""
    with engine.connect() as connection:
        rows = connection.execute(select(journal_entry).order_by(journal_entry.c.sequence)).all()
        assert connection.execute(select(quarantine)).all() == []
    own = [(row.epoch, row.sequence, row.previous, row.hash) for row in rows]
    relayed = [
        (row.origin_epoch, row.origin_sequence, row.origin_previous, row.origin_hash)
        for row in rows
        if row.origin_stream is not None
    ]
    for chain in (own, relayed):
        assert len({epoch for epoch, *_ in chain}) == 1
        assert [number for _, number, *_ in chain] == list(range(1, len(chain) + 1))
        previous = GENESIS
        for _, _, follows, digest in chain:
            assert bytes(follows) == previous
            previous = bytes(digest)


def put_price(chain: Chain, item: str, price: int) -> None:
    """A price for everybody, drafted, approved and published."""
    with chain.hq.engine.begin() as connection:
        cells = [PriceCell(item, "piece", "", price)]
        new = price_changes.NewPriceChange(f"{item} at {price}", CHAIN_FEED, NOON, None, cells)
        document = price_changes.draft(connection, new, BUYER, NOON)
        price_changes.approve(connection, document, APPROVER, NOON)
        price_changes.publish(connection, document, APPROVER, NOON)


def enrolled(
    release: Release, directory: Path, dsn: str, parent: str, token: str
) -> tuple[ServedSite, str]:
    """A branch of a release, enrolled and not serving yet, and its address."""
    port = free_port(0)
    more = f'dsn = "{dsn}"\nparent = "{parent}"\n'
    branch = served("branch", CODE, directory, port, more)
    release.done(directory, "branch", "enrol", "--token", token, "--settings", f"{CODE}.toml")
    return branch, f"http://127.0.0.1:{port}"


@pytest.mark.fault("8", "a newer wire version")
@pytest.mark.fault("8", "rollback after an upgrade")
def test_a_branch_and_its_lane_of_the_first_release_are_served_and_upgraded_in_place(
    first_release: Release,
    hq_database: str,
    empty_database: Callable[[], str],
    tmp_path: Path,
) -> None:
    with founded(hq_database, tmp_path) as chain, ExitStack() as stack:
        put_price(chain, "1001", 350)
        port = free_port(0)
        hq = served("hq", "hq", tmp_path, port, f'dsn = "{hq_database}"\n')
        stack.enter_context(stopped_at_the_end(hq))
        hq.start(PRESENT)
        with chain.hq.engine.begin() as connection:
            token = sites.issue_token(connection, CODE, "ADMIN", system_clock())
        branch_dsn = empty_database()
        below = first_release_below(
            first_release, tmp_path, branch_dsn, f"http://127.0.0.1:{port}", token
        )
        stack.enter_context(stopped_at_the_end(below.lane, below.branch))
        above, shop = chain.hq.engine, open_postgres(branch_dsn)
        stack.callback(shop.dispose)
        until(lambda: knows_its_manager(shop), below.branch.log)
        with below.manager() as manager:
            manager.open_day(TODAY)
        totals = [below.sell("1001", "1001")]
        until(lambda: held(above) == [(1, totals[0])], hq.log)
        until(lambda: spoken(above) == {CODE: 1, LANE: 1}, hq.log)
        put_price(chain, "1001", 390)
        until(lambda: price_at(below, "1001") == 390, below.lane.log)
        totals.append(below.sell("1001"))
        until(lambda: len(held(above)) == 2, hq.log)

        upgrade(below.branch, tmp_path)
        totals.append(below.sell("1001"))
        until(lambda: len(held(above)) == 3, hq.log)
        until(lambda: spoken(above) == {CODE: WIRE_VERSION, LANE: 1}, hq.log)
        upgrade(below.lane, tmp_path)
        put_price(chain, "1001", 410)
        until(lambda: price_at(below, "1001") == 410, below.lane.log)
        totals.append(below.sell("1001"))
        until(lambda: spoken(above) == {CODE: WIRE_VERSION, LANE: WIRE_VERSION}, hq.log)
        assert totals == [700, 390, 390, 410]
        close_the_day(below, sum(totals))
        until(lambda: is_closed(above), hq.log)
        assert held(above) == list(enumerate(totals, 1))
        assert_one_chain(above)

        roll_back_in_vain(first_release, below.branch, tmp_path)
        with below.manager() as manager:
            manager.reopen(TODAY, "the older software was tried")
            manager.close_day(TODAY)
        until(lambda: is_closed(above, revision=2), hq.log)
        assert_one_chain(above)
        with above.connect() as connection:
            assert verify_day(connection, CODE, TODAY) == ()


def first_release_below(
    release: Release, directory: Path, dsn: str, parent: str, token: str
) -> Below:
    """The branch and the lane, enrolled and serving by the first release's code."""
    branch, address = enrolled(release, directory, dsn, parent, token)
    branch.start(release)
    settings = ("--settings", f"{CODE}.toml")
    of_lane = release.done(directory, "branch", "token", LANE, *settings).split()[-1]
    lane = served("lane", LANE, directory, free_port(0), f'parent = "{address}"\nlanguage = "en"\n')
    below = Below(directory, address, branch, lane)
    lane.ready = below.answers
    release.done(directory, "lane", "enrol", "--token", of_lane, "--settings", f"{LANE}.toml")
    lane.start(release)
    return below


def upgrade(site: ServedSite, directory: Path) -> None:
    """In place: stopped, migrated, and started."""
    site.stop()
    settings = ("--settings", f"{site.name}.toml")
    PRESENT.done(directory, site.kind, "migrate", *settings)
    site.start(PRESENT)


def roll_back_in_vain(release: Release, site: ServedSite, directory: Path) -> None:
    """The older software touches no database that it does not know, and says so."""
    site.stop()
    settings = ("--settings", f"{site.name}.toml")
    refused = release.run(directory, site.kind, "serve", *settings)
    assert (refused.returncode, "is at revision" in refused.stderr) == (1, True), refused
    assert release.run(directory, site.kind, "migrate", *settings).returncode != 0
    site.start(PRESENT)


def price_at(below: Below, item: str) -> int:
    """What the till would take for an item just now."""
    with below.till() as till:
        till.scan(item)
        amount = int(till.state["basket"]["lines"][-1]["amount"])
        till.cancel()
    return amount


def close_the_day(below: Below, cash: int) -> None:
    with below.till() as till:
        shift = till.state["shift"]["shift"]
        till.end_shift()
        until(lambda: bool(till.look()["status"]["unsent"] == 0), below.lane.log)
    with below.manager() as manager:
        manager.count(shift, {"cash": cash, "card": 0, "coupon": 0, "qr": 0, "voucher": 0})
        manager.close_day(TODAY)


def is_closed(engine: Engine, revision: int = 1) -> bool:
    """Whether headquarters holds this revision of the day."""
    with engine.connect() as connection:
        row = connection.execute(select(business_day)).one_or_none()
    return row is not None and (row.state, row.revision) == ("closed", revision)


@pytest.mark.fault("8", "rollback after an upgrade")
def test_headquarters_of_the_first_release_above_a_newer_branch_and_rolled_back(
    first_release: Release,
    hq_database_server: EmbeddedPostgres,
    empty_database: Callable[[], str],
    tmp_path: Path,
) -> None:
    """The branch writes what its headquarters reads, and sends again what a rollback lost."""
    old_dsn, port = empty_database(), free_port(0)
    hq = served("hq", "hq", tmp_path, port, f'dsn = "{old_dsn}"\n')
    token = found_by(first_release, tmp_path)
    above = open_postgres(old_dsn)
    with ExitStack() as stack:
        stack.callback(above.dispose)
        stack.enter_context(stopped_at_the_end(hq))
        hq.start(first_release)
        parent = f"http://127.0.0.1:{port}"
        branch_dsn = empty_database()
        branch, address = enrolled(PRESENT, tmp_path, branch_dsn, parent, token)
        stack.enter_context(stopped_at_the_end(branch))
        branch.start(PRESENT)
        below = open_postgres(branch_dsn)
        stack.callback(below.dispose)
        until(lambda: knows_its_manager(below), branch.log)
        with Manager(address, *MANAGER) as manager:
            manager.open_day(TODAY)
        until(lambda: entries_held(above) == 1, hq.log)
        hq.stop()
        above.dispose()
        backup = copied(hq_database_server, old_dsn, stack)

        upgrade(hq, tmp_path)
        with Manager(address, *MANAGER) as manager:
            manager.close_day(TODAY)
        until(lambda: is_closed(above), hq.log)
        hq.stop()
        refused = first_release.run(tmp_path, "hq", "serve", "--settings", "hq.toml")
        assert (refused.returncode, "is at revision" in refused.stderr) == (1, True), refused

        served("hq", "hq", tmp_path, port, f'dsn = "{backup}"\n')
        hq.start(first_release)
        restored = open_postgres(backup)
        stack.callback(restored.dispose)
        with Manager(address, *MANAGER) as manager:
            manager.reopen(TODAY, "headquarters was rolled back")
        until(lambda: entries_held(restored) == 3, hq.log)
        upgrade(hq, tmp_path)
        with Manager(address, *MANAGER) as manager:
            manager.close_day(TODAY)
        until(lambda: is_closed(restored, revision=2), hq.log)
        with restored.connect() as connection:
            assert verify_day(connection, CODE, TODAY) == ()
            rows = connection.execute(select(journal_entry).order_by(journal_entry.c.sequence))
            assert [row.kind for row in rows] == [
                "day.opened", "day.closed", "day.reopened", "day.closed",
            ]  # fmt: skip
        assert_one_chain_of_the_branch(restored)


def assert_one_chain_of_the_branch(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.execute(select(journal_entry).order_by(journal_entry.c.sequence)).all()
    previous = GENESIS
    for number, row in enumerate(rows, 1):
        assert (row.epoch, row.sequence, bytes(row.previous)) == (rows[0].epoch, number, previous)
        previous = bytes(row.hash)


def knows_its_manager(engine: Engine) -> bool:
    """Whether the feed has brought a branch the people who may sign in there."""
    with engine.connect() as connection:
        known = connection.execute(select(operator.c.operator)).scalars().all()
    return MANAGER[0] in known


def found_by(release: Release, directory: Path) -> str:
    """A chain with one branch and its people, founded by the command line; the branch's token."""
    settings = ("--settings", "hq.toml")
    who = ("--operator", "ADMIN")
    release.done(directory, "hq", "init", *who, "--password", "secret1", *settings)
    release.done(
        directory, "hq", "branch", CODE, "--name", "店", "--zone", "Asia/Shanghai", *who, *settings
    )
    people = directory / "operators.csv"
    people.write_text(OPERATORS, "utf-8")
    release.done(directory, "hq", "import", "operators", str(people), "--yes", *who, *settings)
    return release.done(directory, "hq", "token", CODE, *who, *settings).split()[-1]


def copied(server: EmbeddedPostgres, dsn: str, stack: ExitStack) -> str:
    """A backup of a database that nobody uses just now, ready to be served."""
    name = str(make_url(dsn).database)
    with server.administration() as connection:
        connection.execute(
            sql.SQL(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"
            ).format(sql.Literal(name))
        )
    return stack.enter_context(fresh_database(server, name))
