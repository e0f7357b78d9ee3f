"""The board of lanes: what each tells, what arrives of it, and how it is made anew after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from branch import board_reading, lanes
from branch.board import Board, OnBoard
from schemas.domain.exceptions import TillException
from schemas.domain.ticket import Discount
from schemas.tables.tickets import ticket as ticket_table
from schemas.wire.moment import Moment
from tests.branch.shop import CODE, DAY, MANAGER, LaneTill, Shop, piece


def told(lane: LaneTill, **fields: object) -> bytes:
    """A moment of a lane, by its own clock."""
    now = lane.clock()
    values = {"at": now, "since": now, "state": "idle", "operator": "C1"} | fields
    return Moment.model_validate(values).model_dump_json().encode()


def read(shop: Shop, board: Board) -> None:
    with shop.engine.connect() as connection:
        board.take(board_reading.read(connection, CODE, shop.clock(), board.business_date))
    board.stale = False


def of(board: Board, lane: str) -> OnBoard:
    return next(one for one in board.look()[1] if one.lane == lane)


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """A lane at work on an open day."""
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.push()
    return lane


def test_what_is_committed_is_shown_and_a_branch_started_anew_reads_the_same(
    shop: Shop, lane: LaneTill
) -> None:
    board = shop.branch.board
    read(shop, board)
    lane.sell(piece("milk", 350))
    lane.sell(piece("wine", 1_290))
    lane.cancel()
    lane.push()
    shown = of(board, lane.name)
    assert shown.last is not None
    assert (shown.last.receipt, shown.last.total) == ("N001.01-000002", 1_290)
    assert (shown.last.tickets, shown.last.gross, shown.last.business_date) == (2, 1_640, DAY)
    assert shown.exceptional is not None
    assert (shown.exceptional.kind, shown.unsent) == ("cancelled", 0)
    anew = Board(shop.clock)
    read(shop, anew)
    again = of(anew, lane.name)
    assert (again.last, again.exceptional) == (shown.last, shown.exceptional)


def test_what_is_not_committed_is_not_shown(shop: Shop, lane: LaneTill) -> None:
    board = shop.branch.board
    read(shop, board)
    with shop.engine.connect() as failed, shop.engine.connect() as other:
        board.note(failed, [lane.ticket()])
        board.committed(other)
    assert of(board, lane.name).last is None


def test_a_lane_tells_the_moment_and_its_age_survives_a_wrong_clock(
    shop: Shop, lane: LaneTill
) -> None:
    board = shop.branch.board
    read(shop, board)
    ahead = shop.clock() + timedelta(hours=3)
    basket = {"state": "selling", "total": 1_990, "lines": 3, "unsent": 7}
    board.moment(lane.name, told(lane, at=ahead, since=ahead - timedelta(seconds=40), **basket))
    shown = of(board, lane.name)
    assert shown.moment is not None
    assert (shown.moment.total, shown.operator, shown.unsent) == (1_990, "C1", 7)
    assert shown.since == shop.clock() - timedelta(seconds=40)
    # The same state, told again a little later, began when it began.
    shop.clock.now += timedelta(seconds=10)
    later = ahead + timedelta(seconds=11)
    before = shown.since
    board.moment(lane.name, told(lane, at=later, since=ahead - timedelta(seconds=40), **basket))
    assert of(board, lane.name).since == before


def test_only_what_changed_is_told_again(shop: Shop, lane: LaneTill) -> None:
    second = shop.lane(2)
    board = shop.branch.board
    read(shop, board)
    for one in (lane, second):
        board.moment(one.name, told(one))
    count, _ = board.look()
    assert board.look(count) == (count, [])
    board.moment(lane.name, told(lane, state="selling", lines=1, total=350))
    assert [one.lane for one in board.look(count)[1]] == [lane.name]


def test_a_lane_that_says_nothing_is_silent_until_it_speaks(shop: Shop, lane: LaneTill) -> None:
    board = shop.branch.board
    read(shop, board)
    board.moment(lane.name, told(lane))
    assert not of(board, lane.name).silent
    count, _ = board.look()
    shop.clock.pass_minutes(1)
    assert [one.silent for one in board.look(count)[1]] == [True]
    lane.runner.report_once()  # any word of it is a sign of life
    assert not of(board, lane.name).silent


def test_a_lane_of_an_older_release_is_shown_by_its_reports(shop: Shop, lane: LaneTill) -> None:
    board = shop.branch.board
    lane.sell()
    lane.runner.report_once()
    read(shop, board)
    shown = of(board, lane.name)
    assert (shown.moment, shown.unsent, shown.silent) == (None, 1, False)


def test_a_lane_that_was_shut_out_leaves_and_a_new_one_comes(shop: Shop, lane: LaneTill) -> None:
    board = shop.branch.board
    read(shop, board)
    with shop.engine.begin() as connection:
        lanes.revoke(
            connection, lane.name, MANAGER, "sold", shop.clock(), ledger=shop.branch.ledger
        )
    general = board.general
    read(shop, board)
    assert (board.lanes(), board.general > general) == ([], True)
    second = shop.lane(2)
    board.moment(second.name, told(second))
    assert board.stale
    read(shop, board)
    assert board.lanes() == [second.name]


def test_exceptions_are_looked_for_once_for_a_date(shop: Shop, lane: LaneTill) -> None:
    board = shop.branch.board
    lane.state(
        TillException(
            "x", CODE, lane.name, DAY, "C1", shop.clock(), "sign_in", "sign_in", "pin", "refused",
            since=shop.clock(),
        )
    )  # fmt: skip
    lane.push()
    read(shop, board)
    before = of(board, lane.name).exceptional
    assert before is not None
    read(shop, board)
    assert of(board, lane.name).exceptional == before


def test_every_exception_of_a_ticket_reads_alike_from_its_entry_and_from_the_tables(
    shop: Shop, lane: LaneTill
) -> None:
    board = shop.branch.board
    read(shop, board)
    off = Discount("override", 290, "bottle scratched", authority="C1")
    lane.sell(replace(piece("wine", 1_290), amount=1_000, discounts=(off,)))
    lane.push()
    heard = of(board, lane.name).exceptional
    anew = Board(shop.clock)
    read(shop, anew)
    assert heard is not None
    assert of(anew, lane.name).exceptional == heard


def test_the_figures_of_another_date_are_none_of_this_one(shop: Shop, lane: LaneTill) -> None:
    lane.sell()
    lane.push()
    with shop.engine.begin() as connection:
        connection.execute(update(ticket_table).values(business_date=DAY - timedelta(days=1)))
    board = Board(shop.clock)
    read(shop, board)
    shown = of(board, lane.name)
    assert shown.last is not None
    assert (board.business_date, shown.last.business_date) == (DAY, DAY - timedelta(days=1))
