"""What a lane may not say, or says wrongly: parked, named before the close, and led out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from branch import parked
from branch.bootstrap import _detail
from branch.days import ChecksError
from branch.quarantine_desk import QuarantineDesk
from replication import quarantine_commands
from schemas.domain.till import TillCounted
from schemas.tables.days import shift as shift_table
from schemas.tables.staff import audit
from schemas.tables.tickets import ticket, ticket_line
from schemas.wire import entries
from tests.branch.shop import CODE, DAY, MANAGER, LaneTill, Shop, piece


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    return lane


def reasons(shop: Shop) -> list[str]:
    with shop.engine.connect() as connection:
        return [one.reason for one in parked.waiting(connection)]


def problems(shop: Shop) -> list[str]:
    with pytest.raises(ChecksError) as refused:
        shop.close_day()
    return [str(check.problem) for check in refused.value.checks]


def test_a_lane_speaks_of_itself_only(shop: Shop, lane: LaneTill) -> None:
    lane.state(replace(lane.ticket(), lane="N001.02"))
    lane.state(replace(lane.ticket(), branch="N002"))
    lane.state(TillCounted(lane.shift, CODE, "N001.02", DAY, {"cash": 0}, "C1", lane.clock()))
    lane.sell()
    lane.push()
    assert all("alone may write" in reason for reason in reasons(shop))
    assert len(reasons(shop)) == 3
    with shop.engine.connect() as connection:
        assert connection.execute(select(ticket.c.counter)).scalars().all() == [3]


@pytest.mark.fault("8", "a record whose parent has not arrived")
def test_a_parked_entry_blocks_its_day_until_it_is_retried(shop: Shop, lane: LaneTill) -> None:
    lane.sell()
    end = lane.end_shift()
    lane.push()
    # As if the opening had been held back: the shift's end names a shift that is not here.
    with shop.engine.begin() as connection:
        connection.execute(update(shift_table).values(ended=None, lane="elsewhere"))
    lane.state(end)
    lane.push()
    assert "its opening is not held here" in reasons(shop)[0]
    assert any("could not be applied" in one for one in problems(shop))
    with shop.engine.begin() as connection:
        found = parked.find(connection, lane.name, 4)
        refused = parked.retry(connection, CODE, found, MANAGER, shop.clock())
    assert (refused or "").startswith("FactError")
    assert reasons(shop) == [refused]
    with shop.engine.begin() as connection:
        connection.execute(update(shift_table).values(lane=lane.name))
        found = parked.find(connection, lane.name, 4)
        assert parked.retry(connection, CODE, found, MANAGER, shop.clock()) is None
    assert reasons(shop) == []
    shop.count(lane.shift, cash=10_350)
    assert shop.close_day().totals.tickets == 1


def test_an_entry_that_is_set_down_leaves_who_and_why_and_frees_its_day(
    shop: Shop, lane: LaneTill
) -> None:
    first = lane.sell()
    lane.state(replace(lane.ticket(), uuid=first.uuid))
    lane.sell()
    lane.end_shift()
    lane.push()
    shop.count(lane.shift, cash=10_700)
    assert [one.split(":")[0] for one in problems(shop)] == [
        "Receipts N001.01-000002 have not arrived",
        "Entry N001.01 #3 (ticket) could not be applied",
    ]
    with shop.engine.begin() as connection:
        found = parked.find(connection, lane.name, 3)
        with pytest.raises(parked.ParkedError, match="say why"):
            parked.release(connection, found, MANAGER, " ", shop.clock())
    with shop.engine.begin() as connection:
        found = parked.find(connection, lane.name, 3)
        parked.release(connection, found, MANAGER, "printed twice", shop.clock())
    with shop.engine.begin() as connection, pytest.raises(parked.ParkedError, match="no more"):
        parked.find(connection, lane.name, 3)
    left = problems(shop)
    assert left == [
        "N001.01 counted 3 receipts for 10.50; those held here are 2 for 7.00",
    ]
    shop.close_day(DAY, "lane_differs:N001.01")
    with shop.engine.connect() as connection:
        noted = connection.execute(select(audit).where(audit.c.act == "entry.release")).one()
    assert (noted.operator, noted.subject, noted.reason) == (MANAGER, "N001.01 #3", "printed twice")


def test_an_unreadable_entry_stands_in_the_way_of_every_day(shop: Shop, lane: LaneTill) -> None:
    assert parked.ParkedEntry("N001.01", "e", 1, "ticket", "", shop.clock(), None).concerns(DAY)


@pytest.mark.parametrize("change", [1, -1])
def test_a_receipt_changed_by_a_cent_at_the_branch_is_named(
    shop: Shop, lane: LaneTill, change: int
) -> None:
    lane.sell(piece("milk", 350))
    lane.sell(piece("wine", 900))
    lane.end_shift()
    lane.push()
    shop.count(lane.shift, cash=11_250)
    with shop.engine.begin() as connection:
        connection.execute(
            update(ticket_line)
            .where(ticket_line.c.ticket == lane.sold[1].uuid)
            .values(amount=ticket_line.c.amount + change)
        )
    assert problems(shop) == ["Receipt N001.01-000002 does not fit the count that its lane kept"]


def test_a_ticket_that_does_not_add_up_is_stored_and_shown(shop: Shop, lane: LaneTill) -> None:
    wrong = replace(lane.ticket(piece("milk", 350)), change=5)
    lane.state(wrong)
    lane.end_shift()
    lane.push()
    shop.count(lane.shift, cash=10_345)
    assert problems(shop) == [
        "Receipt N001.01-000001 does not add up: tenders less change are 345, due are 350",
    ]
    assert shop.close_day(DAY, "ticket_flagged:N001.01-000001").totals.tickets == 1


@pytest.mark.fault("8", "an unknown kind")
def test_what_waited_for_an_upgrade_is_replayed_as_the_branch_starts(
    shop: Shop, lane: LaneTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = lane.sell()
    with monkeypatch.context() as older:
        # This release without the kind: as an older one, which a newer lane speaks to.
        older.delitem(entries._TYPES, "ticket")
        older.delitem(entries._DECODERS, "ticket")
        lane.push()
    assert "upgrade this site" in reasons(shop)[0]
    replayed = parked.replay(shop.engine, CODE, shop.clock)
    assert (replayed.applied, replayed.failed) == (1, 0)
    assert reasons(shop) == []
    with shop.engine.connect() as connection:
        assert connection.execute(select(ticket.c.uuid)).scalars().all() == [sold.uuid]


def test_a_branch_tells_headquarters_since_when_its_oldest_entry_waits(
    shop: Shop, lane: LaneTill
) -> None:
    began = shop.clock()
    lane.state(replace(lane.ticket(), branch="N002"))
    lane.push()
    shop.clock.pass_minutes(5)
    lane.state(replace(lane.ticket(), branch="N002"))
    lane.push()
    detail = _detail(shop.engine)
    assert (detail["quarantine"], detail["quarantine_since"]) == (2, began.isoformat())


def test_the_command_line_lists_shows_retries_and_releases(shop: Shop, lane: LaneTill) -> None:
    lane.state(replace(lane.ticket(), branch="N002"))
    lane.push()

    @contextmanager
    def desk(_: Path) -> Iterator[QuarantineDesk]:
        with shop.engine.begin() as connection:
            yield QuarantineDesk(connection, CODE, shop.clock())

    def run(*words: str) -> tuple[int, str]:
        app = quarantine_commands.build(desk, Path("branch.toml"))
        done = CliRunner().invoke(app, [*words])
        return done.exit_code, done.output

    status, told = run("list")
    assert (status, "N001.01 #2" in told, "1 waiting" in told) == (0, True, True)
    status, told = run("show", lane.name, "2")
    assert (status, '"branch":"N002"' in told, "writer    N001.01" in told) == (0, True, True)
    status, told = run("retry", lane.name, "2", "--operator", "M")
    assert (status, "cannot be applied" in told) == (1, True)
    assert run("release", lane.name, "2", "--operator", "M", "--reason", "wrong lane")[0] == 0
    assert run("list") == (0, "nothing waits\n")
