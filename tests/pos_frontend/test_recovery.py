"""A lane whose disk was put back or replaced: no receipt number twice, every ticket once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pos_frontend import databases
from pos_frontend.journal import LaneJournal
from pos_frontend.recovery import BLOCK, recovery_of
from replication import identity, incarnation, recovery
from replication.runner import LinkRunner, Pace, Site
from replication.subscribe import Outlet
from replication.testing import MemoryTransport
from schemas.domain.ticket import Ticket
from schemas.domain.till import ShiftEnded, ShiftOpened
from schemas.tables.base import reading
from schemas.tables.catalogue import OFFICE_KINDS
from schemas.tables.catalogue_store import CatalogueStore
from schemas.wire import entries
from tests.pos_frontend.shop import BRANCH, LANE, MILK, NOON, Scene, make_lane
from tests.sites import SmallSite, Town, introduce


@pytest.fixture
def branch(town: Town) -> SmallSite:
    return town.branch(BRANCH, town.headquarters())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    make_lane(tmp_path / "data")
    return tmp_path / "data"


@contextmanager
def scene(data: Path) -> Iterator[Scene]:
    """A till as `serve` begins it."""
    with databases.for_till(data) as both:
        recovery.start(recovery_of(both.journal, LANE, lambda: NOON, data))
        yield Scene(data, both)


def synchronise(data: Path, branch: SmallSite) -> None:
    """What the sync process does until nothing is left to do."""
    with databases.for_sync(data) as both, databases.journal_writer(data) as writer:
        with reading(both.journal) as connection:
            lane = identity.load(connection)
        link = MemoryTransport(branch.serving(), LANE)
        outlet = Outlet(CatalogueStore(OFFICE_KINDS), lambda: NOON, relays=False)
        back = recovery_of(writer, LANE, lambda: NOON, data)
        site = Site(lane, both.journal, both.catalogue, outlet, back, dict)
        known = SmallSite(lane, both.journal, both.catalogue, branch.books, data)
        introduce(known, branch)
        runner = LinkRunner(site, link, Pace(look=0.0, report=0.0))
        for _ in range(6):
            runner.push_once()
            runner.recall_once()
        runner.report_once()


def sell(scene: Scene, times: int) -> list[str]:
    if scene.till.shift is None:
        scene.ready()
    receipts = []
    for _ in range(times):
        scene.till.scan(MILK)
        scene.till.tender("cash", "50")
        receipts.append(scene.prints.printed[-1][0])
    return receipts


def tickets(branch: SmallSite) -> list[Ticket]:
    """What the branch holds of the lane's sales, each with its origin."""
    facts = [
        entries.decode(one.kind, one.version, one.body)
        for one in branch.entries()
        if one.origin is not None
    ]
    return [fact for fact in facts if isinstance(fact, Ticket)]


def put_back(data: Path, backup: Path) -> None:
    for name in databases.KINDS:
        for path in data.glob(f"{name}*"):
            path.unlink()
        shutil.copy(backup / name, data / name)


def back_up(data: Path, into: Path) -> Path:
    into.mkdir()
    for name in databases.KINDS:
        shutil.copy(data / name, into / name)
    return into


def test_a_lane_put_back_sells_at_once_under_numbers_that_nobody_has(
    data: Path, branch: SmallSite, tmp_path: Path
) -> None:
    with scene(data) as till:
        first = sell(till, 2)
    synchronise(data, branch)
    backup = back_up(data, tmp_path / "backup")
    with scene(data) as till:
        till.till.sign_in("C1", "1111")
        lost = sell(till, 3)
    synchronise(data, branch)

    put_back(data, backup)
    with scene(data) as till:
        till.till.sign_in("C1", "1111")
        # The line is dead still.
        since = sell(till, 2)
    assert since == [f"{LANE}-{BLOCK + number:06d}" for number in (3, 4)]
    synchronise(data, branch)

    held = tickets(branch)
    assert sorted(one.receipt for one in held) == [*first, *lost, *since]
    with databases.for_till(data) as both:
        now = LaneJournal(both.journal, LANE).counters()
        newest = LaneJournal(both.journal, LANE).last_ticket()
    assert (now.receipt, now.tickets) == (BLOCK + 4, 7)
    assert now.gross == now.grand_total == sum(one.total for one in held)
    assert newest is not None
    assert newest.receipt == since[-1]


def test_a_lane_put_back_with_its_line_up_takes_its_tickets_back(
    data: Path, branch: SmallSite, tmp_path: Path
) -> None:
    with scene(data) as till:
        sell(till, 1)
    backup = back_up(data, tmp_path / "backup")
    with scene(data) as till:
        till.till.sign_in("C1", "1111")
        sell(till, 2)
    synchronise(data, branch)
    put_back(data, backup)
    # Not even its mark remembers: only the branch does.
    (data / "incarnation.json").unlink()
    synchronise(data, branch)
    with scene(data) as till:
        till.till.sign_in("C1", "1111")
        sell(till, 1)
    synchronise(data, branch)
    held = tickets(branch)
    assert len({one.counter for one in held}) == len(held) == 4
    last = max(held, key=lambda one: one.counter)
    assert (last.control.tickets, last.control.gross) == (4, sum(one.total for one in held))


def test_a_lane_put_back_twice_to_the_same_backup_gives_no_number_again(
    data: Path, tmp_path: Path
) -> None:
    with scene(data) as till:
        given = sell(till, 1)
    backup = back_up(data, tmp_path / "backup")
    for _ in range(2):
        for _ in range(2):
            with scene(data):
                pass  # It was started since: its mark names what the backup does not.
        put_back(data, backup)
        with scene(data) as till:
            till.till.sign_in("C1", "1111")
            given += sell(till, 2)
    assert given == [f"{LANE}-{number:06d}" for number in (1, 1002, 1003, 2002, 2003)]


def test_a_shift_that_a_restore_interrupted_ends_with_the_next(
    data: Path, branch: SmallSite, tmp_path: Path
) -> None:
    """It comes back while a newer one is open already: no cashier could end it any more."""
    backup = back_up(data, tmp_path / "backup")
    with scene(data) as till:
        sell(till, 2)
    synchronise(data, branch)
    put_back(data, backup)
    with scene(data) as till:
        sell(till, 1)
    synchronise(data, branch)
    with scene(data) as till:
        till.till.sign_in("C1", "1111")
        till.till.end_shift()
    synchronise(data, branch)
    facts = [
        entries.decode(one.kind, one.version, one.body) for one in branch.entries() if one.origin
    ]
    opened = [one.shift for one in facts if isinstance(one, ShiftOpened)]
    ended = [one.shift for one in facts if isinstance(one, ShiftEnded)]
    assert len(opened) == 2
    assert ended == opened
    with databases.for_till(data) as both:
        assert LaneJournal(both.journal, LANE).open_shift() is None


def test_a_till_finds_its_last_ticket_where_a_restore_has_moved_it_to(
    data: Path, branch: SmallSite, tmp_path: Path
) -> None:
    """A whole machine was put back, its mark too: only the branch can tell, after the next sale."""
    with scene(data) as till:
        sell(till, 1)
    synchronise(data, branch)
    mark = data / incarnation.FILE
    backup, marked = back_up(data, tmp_path / "backup"), mark.read_bytes()
    with scene(data) as till:
        till.till.sign_in("C1", "1111")
        sell(till, 2)
    synchronise(data, branch)
    put_back(data, backup)
    mark.write_bytes(marked)
    with scene(data) as till:
        till.till.sign_in("C1", "1111")
        sell(till, 1)
        last = till.till.last
    synchronise(data, branch)
    with scene(data) as till:
        assert till.till.last == last
