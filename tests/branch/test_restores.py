"""A branch's database put back from a backup, in the middle of its day and with all that it knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from branch import bootstrap, day_state, enrolment, parked
from branch.bootstrap import Branch
from branch.days import ChecksError
from branch.lanes import issue_token
from branch.settings import BranchSettings
from hq.days import verify_day
from replication import enrolment as tokens
from replication import epochs, journal, position, quarantine
from replication.errors import RefusedError
from replication.runner import LinkRunner, Site
from replication.streams import branch_feed, journal_of
from replication.subscribe import Outlet
from replication.testing import MemoryTransport
from schemas.domain.day import DayOpened
from schemas.domain.ticket import Ticket
from schemas.domain.till import CountersMoved
from schemas.tables.base import open_postgres, reading
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.days import business_day
from schemas.tables.days import shift as shift_table
from schemas.tables.journal import journal_entry
from schemas.tables.stock import stock_on_hand
from schemas.tables.tickets import ticket
from schemas.wire.entries import encode, kind_of
from schemas.wire.record import Record
from schemas.wire.records import Tax
from schemas.wire.surplus import FeedSurplus, surplus_of
from tests.branch.shop import (
    CODE,
    DAY,
    MANAGER,
    QUICK,
    LaneTill,
    MakeDatabase,
    Shop,
    ShopClock,
    load,
    piece,
)
from tests.sites import put_back, rows_of


def settle(runner: LinkRunner, lanes: Sequence[LaneTill] = ()) -> None:
    """Everything that can move moves, up and back."""
    for _ in range(12):
        for lane in lanes:
            try:
                lane.push()
            except RefusedError as error:
                if not error.heals:
                    raise
                lane.runner.greet_again()
        runner.push_once()
        runner.recall_once()


def receipts(engine: Engine) -> list[tuple[str, int]]:
    with engine.connect() as connection:
        rows = connection.execute(select(ticket.c.uuid, ticket.c.total).order_by(ticket.c.uuid))
        return [(row.uuid, row.total) for row in rows]


def sold(tickets: Sequence[Ticket]) -> list[tuple[str, int]]:
    return sorted((one.uuid, one.total) for one in tickets)


def stock(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return dict(
            connection.execute(select(stock_on_hand.c.item, stock_on_hand.c.quantity)).all()
        )


@pytest.mark.fault("4", "a branch restored from an old backup, with the line up")
def test_a_branch_put_back_at_noon_closes_its_day_to_the_cent(shop: Shop) -> None:
    shop.open_day()
    lanes = [shop.lane(1), shop.lane(2)]
    shifts = [lane.open_shift() for lane in lanes]
    for lane in lanes:
        lane.sell(piece("milk", 350))
    settle(shop.runner, lanes)
    backup = rows_of(shop.engine)
    for lane in lanes:
        lane.sell(piece("bread", 420))
        lane.sell(piece("milk", 350))
    settle(shop.runner, lanes)
    stock_before = stock(shop.engine)
    lanes[0].sell(piece("wine", 900))

    put_back(shop.engine, backup)
    shop.runner.greet_again()
    lanes[0].runner.greet_again()
    settle(shop.runner, lanes)

    everything = sold([*lanes[0].sold, *lanes[1].sold])
    assert receipts(shop.engine) == receipts(shop.headquarters.engine) == everything
    assert stock(shop.engine) == {**stock_before, "wine": -1000}
    for lane in lanes:
        lane.end_shift()
    settle(shop.runner, lanes)
    shop.count(shifts[0], cash=10_000 + 350 + 420 + 350 + 900)
    shop.count(shifts[1], cash=10_000 + 350 + 420 + 350)
    shop.close_day()
    settle(shop.runner)
    with shop.headquarters.engine.connect() as connection:
        assert verify_day(connection, CODE, DAY) == ()
        assert quarantine.count_waiting(connection) == 0
    with reading(shop.engine) as connection:
        assert quarantine.count_waiting(connection) == 0


def test_a_day_that_was_closed_after_the_backup_is_closed_again_by_itself(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(1)
    shift = lane.open_shift()
    lane.sell(piece())
    settle(shop.runner, [lane])
    backup = rows_of(shop.engine)
    lane.end_shift()
    settle(shop.runner, [lane])
    shop.count(shift, cash=10_350)
    shop.close_day()
    shop.open_day(DAY + timedelta(days=1))
    settle(shop.runner)
    after = rows_of(shop.engine)

    put_back(shop.engine, backup)
    shop.runner.greet_again()
    settle(shop.runner, [lane])
    now = rows_of(shop.engine)
    projected = ("business_day", "day_revision", "shift", "till_count", "ticket", "stock_move")
    assert [now[one] for one in now if one.name in projected] == [
        after[one] for one in after if one.name in projected
    ]


def bare_machine(
    shop: Shop, new_database: MakeDatabase, directory: Path
) -> tuple[Branch, LinkRunner]:
    """The branch on a new machine, enrolled in the old one's place; nothing has come back yet."""
    dsn = new_database("branch")
    engine = open_postgres(dsn)
    with shop.headquarters.engine.begin() as connection:
        token = tokens.issue(connection, CODE, [branch_feed(CODE)], shop.clock(), timedelta(days=1))
    line = MemoryTransport(shop.headquarters, CODE)
    enrolment.enrol(engine, line, token, directory / "new", shop.clock())
    engine.dispose()
    settings = BranchSettings(data=directory / "new", dsn=dsn, parent="http://127.0.0.1:9")
    fresh = bootstrap.connect(settings, dsn, shop.clock)
    outlet = Outlet(CatalogueStore(), shop.clock, relays=True)
    site = Site(fresh.identity, fresh.engine, fresh.engine, outlet, fresh.site.recovery, dict)
    runner = LinkRunner(site, line, QUICK)
    return fresh, runner


@pytest.mark.fault("4", "a branch server replaced by a bare machine")
def test_a_bare_machine_becomes_the_branch_again_by_enrolling(
    shop: Shop, new_database: MakeDatabase, tmp_path: Path
) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece("milk", 350))
    lane.sell(piece("bread", 420))
    settle(shop.runner, [lane])

    fresh, runner = bare_machine(shop, new_database, tmp_path)
    assert runner.fetch_back() == 5
    load(runner)
    assert receipts(fresh.engine) == receipts(shop.headquarters.engine) == sold(lane.sold)
    assert stock(fresh.engine) == stock(shop.engine)
    with fresh.engine.connect() as connection:
        assert quarantine.count_waiting(connection) == 0
    fresh.close()


def admitted(branch: Branch, token: str) -> bytes:
    """The branch's answer to a lane on a new disk."""
    return branch.link.parent.enrol(tokens.ask(token, b"k" * 32))


def lane_token(branch: Branch, shop: Shop) -> str:
    with branch.engine.begin() as connection:
        return issue_token(connection, CODE, "N001.01", MANAGER, shop.clock())


@pytest.mark.fault("4", "a lane's new disk at a branch that has not got its journal back")
def test_a_bare_machine_admits_no_lane_before_its_journal_is_back(
    shop: Shop, new_database: MakeDatabase, tmp_path: Path
) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece())
    settle(shop.runner, [lane])

    fresh, runner = bare_machine(shop, new_database, tmp_path)
    token = lane_token(fresh, shop)
    with pytest.raises(RefusedError, match="N001 still has to get 4 entries of its journal back"):
        admitted(fresh, token)
    assert runner.fetch_back() == 4
    assert admitted(fresh, token)
    fresh.close()


def test_a_branch_put_back_admits_no_lane_before_headquarters_was_heard(shop: Shop) -> None:
    shop.open_day()
    settle(shop.runner)
    token = lane_token(shop.branch, shop)
    next_epoch(shop)
    with pytest.raises(RefusedError, match="was restored and has not heard"):
        admitted(shop.branch, token)
    shop.runner.greet_again()
    shop.runner.push_once()
    assert admitted(shop.branch, token)


def a_story_in_three_epochs(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> LaneTill:
    """A shift that began in one epoch of the branch's journal, ended in the next and was counted in
    the third. Their names say nothing of their order.
    """
    names = iter(["!2", "!1"])
    monkeypatch.setattr(epochs, "new_epoch", lambda: next(names))
    shop.open_day()
    lane = shop.lane(1)
    shift = lane.open_shift()
    lane.sell(piece())
    settle(shop.runner, [lane])
    next_epoch(shop)
    lane.sell(piece())
    lane.end_shift()
    settle(shop.runner, [lane])
    next_epoch(shop)
    shop.count(shift, cash=10_700)
    shop.close_day()
    shop.reopen_day("the safe was miscounted")
    settle(shop.runner)
    monkeypatch.undo()
    return lane


def next_epoch(shop: Shop) -> None:
    """As a restore begins one, with nothing lost."""
    shop.clock.pass_minutes(5)
    with shop.engine.begin() as connection:
        epochs.begin(connection, journal_of(CODE), "a backup was put back", shop.clock())
    shop.runner.greet_again()


_PROJECTED = ("business_day", "day_revision", "day_reopening", "shift", "till_count", "ticket")


@pytest.mark.fault("4", "a branch server replaced by a bare machine")
def test_a_bare_machine_gets_the_epochs_back_in_the_order_in_which_they_were_written(
    shop: Shop, new_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_story_in_three_epochs(shop, monkeypatch)
    before = rows_of(shop.engine)
    fresh, runner = bare_machine(shop, new_database, tmp_path)
    runner.fetch_back()
    now = rows_of(fresh.engine)
    assert [now[one] for one in now if one.name in _PROJECTED] == [
        before[one] for one in before if one.name in _PROJECTED
    ]
    with fresh.engine.connect() as connection:
        assert quarantine.count_waiting(connection) == 0
    fresh.close()


def test_what_came_back_before_what_it_stands_on_is_tried_again_at_the_end(
    shop: Shop, new_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = a_story_in_three_epochs(shop, monkeypatch)
    in_order = position.all_epochs
    monkeypatch.setattr(position, "all_epochs", lambda *of: in_order(*of)[::-1])
    fresh, runner = bare_machine(shop, new_database, tmp_path)
    runner.fetch_back()
    assert receipts(fresh.engine) == sold(lane.sold)
    with fresh.engine.connect() as connection:
        waiting = quarantine.search(connection, quarantine.WAITING, relayed=True)
        ended = connection.execute(select(shift_table.c.ended)).scalars().all()
    assert [one.parked.kind for one in waiting] == []
    assert None not in ended
    fresh.close()


def test_what_it_set_aside_of_its_own_journal_can_be_retried(shop: Shop) -> None:
    fact = DayOpened(CODE, DAY, MANAGER, shop.clock())
    draft = journal.Draft(*kind_of(fact), shop.clock(), encode(fact))
    with shop.engine.begin() as connection:
        (entry,) = journal.append(connection, journal_of(CODE), [draft])
        quarantine.park(connection, entry, "as after a restore", shop.clock())
    with shop.engine.begin() as connection:
        (held,) = parked.held(connection)
        assert parked.waiting(connection)[0].business_date == DAY
        assert parked.retry(connection, CODE, held, MANAGER, shop.clock()) is None
        assert parked.waiting(connection) == []
        assert day_state.find_day(connection, CODE, DAY) is not None


@pytest.mark.fault("4", "a branch restored from an old backup, with the line dead")
def test_a_date_that_was_opened_again_with_the_line_dead_is_one_date(shop: Shop) -> None:
    backup = rows_of(shop.engine)
    shop.open_day()
    settle(shop.runner)
    put_back(shop.engine, backup)
    shop.open_day()
    shop.runner.greet_again()
    settle(shop.runner)
    for engine in (shop.engine, shop.headquarters.engine):
        with engine.connect() as connection:
            assert quarantine.count_waiting(connection) == 0
            states = connection.execute(select(business_day.c.state)).scalars().all()
        assert states == ["open"]


def test_what_it_told_of_feeds_comes_back_and_changes_nothing_here(shop: Shop) -> None:
    backup = rows_of(shop.engine)
    lost = surplus_of("C1", Record(7, "tax", "full", 1, Tax(tax_code="full", rate=900).encode()))
    fact = FeedSurplus(CODE, "feed:chain", (lost,), shop.clock())
    with shop.engine.begin() as connection:
        draft = journal.Draft(*kind_of(fact), shop.clock(), encode(fact))
        journal.append(connection, journal_of(CODE), [draft])
    settle(shop.runner)
    put_back(shop.engine, backup)
    shop.runner.greet_again()
    settle(shop.runner)
    for engine in (shop.engine, shop.headquarters.engine):
        with engine.connect() as connection:
            assert quarantine.count_waiting(connection) == 0
            kinds = connection.execute(select(journal_entry.c.kind)).scalars().all()
        assert kinds == ["feed.surplus"]


@pytest.mark.parametrize("pieces", [1, 3])
def test_killed_while_it_fetches_back_it_goes_on_where_it_stood(shop: Shop, pieces: int) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    backup = rows_of(shop.engine)
    for _ in range(1100):
        lane.sell(piece())
    settle(shop.runner, [lane])
    put_back(shop.engine, backup)
    shop.runner.greet_again()
    shop.runner.push_once()
    for _ in range(pieces):
        shop.runner.recall_once()
    # What a killed process forgets: everything but its database.
    shop.runner.greet_again()
    settle(shop.runner, [lane])
    assert receipts(shop.engine) == receipts(shop.headquarters.engine) == sold(lane.sold)


def test_a_lane_that_set_its_counters_anew_behind_its_last_sale_does_not_hold_up_the_day(
    shop: Shop,
) -> None:
    """The lane was put back after its last sale: its receipts jumped, and it sold nothing since."""
    shop.open_day()
    lane = shop.lane(1)
    shift = lane.open_shift()
    lane.sell(piece("milk", 350))
    first, lane.counter = lane.counter + 1, lane.counter + 1_000
    lane.state(
        CountersMoved(CODE, lane.name, DAY, first, lane.counter, 1, 350, lane.grand_total,
                      shop.clock(), "it was put back")
    )  # fmt: skip
    lane.end_shift()
    settle(shop.runner, [lane])
    shop.count(shift, cash=10_350)
    shop.close_day()
    settle(shop.runner)
    with shop.headquarters.engine.connect() as connection:
        assert verify_day(connection, CODE, DAY) == ()


def test_the_last_word_of_a_lane_is_that_with_its_last_receipt_whatever_its_clock_said(
    shop: Shop,
) -> None:
    shop.open_day()
    lane = shop.lane(1)
    shifts = []
    lane.clock = ShopClock(shop.clock() + timedelta(days=3 * 365))
    for price in (350, 420):
        shifts.append(lane.open_shift())
        lane.sell(piece("milk", price))
        lane.end_shift()
        lane.clock = shop.clock
    settle(shop.runner, [lane])
    shop.count(shifts[0], cash=10_350)
    shop.count(shifts[1], cash=10_420)
    assert shop.close_day().lanes[0].tickets == 2


def test_the_last_word_of_a_lane_counts_its_receipts_although_its_numbers_jumped_without_a_sale(
    shop: Shop,
) -> None:
    """It was restored before its shift came back: one without a sale says the higher number."""
    shop.open_day()
    lane = shop.lane(1)
    mine = lane.open_shift()
    lane.sell(piece("milk", 350))
    kept = (lane.tickets, lane.gross, lane.grand_total)
    first, lane.counter = lane.counter + 1, lane.counter + 1_000
    lane.tickets = lane.gross = lane.grand_total = 0
    lane.state(
        CountersMoved(CODE, lane.name, DAY, first, lane.counter, 0, 0, 0, shop.clock(), "put back")
    )
    empty = lane.open_shift()
    lane.end_shift()
    (lane.tickets, lane.gross, lane.grand_total), lane.shift = kept, mine
    lane.end_shift()
    settle(shop.runner, [lane])
    shop.count(mine, cash=10_350)
    shop.count(empty, cash=10_000)
    assert shop.close_day().totals.tickets == 1


def test_a_lane_restored_within_the_day_may_say_less_than_is_held(shop: Shop) -> None:
    """It said its last word before it knew again what it had sold before: a person is told, and closes."""
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece("milk", 350))
    first, lane.counter = lane.counter + 1, lane.counter + 1_000
    lane.tickets = lane.gross = lane.grand_total = 0
    lane.state(
        CountersMoved(CODE, lane.name, DAY, first, lane.counter, 0, 0, 0, shop.clock(), "put back")
    )
    lane.sell(piece("milk", 350))
    lane.end_shift()
    settle(shop.runner, [lane])
    shop.count(lane.shift, cash=10_700)
    with pytest.raises(ChecksError, match="counted 1 receipts"):
        shop.close_day()
    closed = shop.close_day(DAY, "lane_differs:N001.01")
    assert closed.totals.tickets == 2
