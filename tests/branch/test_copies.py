"""A lane whose disk was copied: both go on, both are kept, everybody up to headquarters sees it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from branch import lanes
from branch.lanes import LaneError
from hq.deadlines import ReplicationSettings
from hq.link_watch import watch
from replication import incarnation, quarantine, recovery
from replication.errors import RefusedError
from replication.runner import LinkRunner
from replication.testing import MemoryTransport
from schemas.domain.till import BasketCancelled
from schemas.tables.base import open_sqlite, reading
from schemas.tables.days import cancelled_basket
from tests.branch.shop import CODE, MANAGER, QUICK, LaneTill, Shop


def started(lane: LaneTill) -> LaneTill:
    recovery.start(lane.runner.site.recovery)
    return lane


def backed_up(engine: Engine, home: Path) -> Path:
    """One file, as SQLite's own backup copies it."""
    source = Path(str(engine.url.database))
    with (
        closing(sqlite3.connect(source)) as held,
        closing(sqlite3.connect(home / source.name)) as to,
    ):
        held.backup(to)
    return home / source.name


def copied(lane: LaneTill, shop: Shop) -> LaneTill:
    """The lane's two files and its mark on a second machine, where it is started."""
    home = shop.directory / "copy"
    home.mkdir()
    site = lane.runner.site
    files = [backed_up(engine, home) for engine in (lane.journal, lane.catalogue)]
    mark = home / incarnation.FILE
    shutil.copy(site.recovery.mark, mark)
    journals, catalogue = (open_sqlite(str(file)) for file in files)
    back = replace(site.recovery, engine=journals, mark=mark)
    line = MemoryTransport(shop.branch.link.parent, lane.name)
    runner = LinkRunner(
        replace(site, journals=journals, feeds=catalogue, recovery=back), line, QUICK
    )
    return started(
        replace(lane, journal=journals, catalogue=catalogue, runner=runner, line=line, sold=[])
    )


def cancel(lane: LaneTill, basket: str, amount: int) -> None:
    lane.state(
        BasketCancelled(
            basket, CODE, lane.name, lane.business_date, "C1", lane.clock(), amount, 1
        )
    )  # fmt: skip


def in_turns(shop: Shop, *tills: LaneTill) -> None:
    for _ in range(3):
        for lane in tills:
            lane.runner.greet_again()
            lane.push()
        shop.runner.push_once()
    told = replace(shop.runner.site, detail=shop.branch.site.detail)
    link = LinkRunner(told, shop.line, QUICK)
    link.push_once()
    link.report_once()


def test_two_copies_of_a_lane_are_kept_and_shown_up_to_headquarters(shop: Shop) -> None:
    shop.open_day()
    lane = started(shop.lane(1))
    lane.open_shift()
    lane.push()
    copy = copied(lane, shop)
    cancel(lane, "here", 100)
    cancel(copy, "there", 200)
    in_turns(shop, lane, copy)

    with shop.engine.connect() as connection:
        (shown,) = lanes.lanes(connection, CODE)
    assert len(shown.copies) == 2
    with shop.headquarters.engine.connect() as connection:
        found = watch(connection, [CODE], shop.clock(), ReplicationSettings())
        held = connection.execute(
            select(cancelled_basket.c.uuid).order_by(cancelled_basket.c.uuid)
        ).scalars()
        assert list(held) == ["here", "there"]
        assert quarantine.count_waiting(connection) == 0
    at_hq = found.find(lane.name)
    assert at_hq is not None
    assert at_hq.standing.copies == shown.copies
    (alarm,) = [one for one in at_hq.alarms if one.code == "copied"]
    assert (alarm.site, alarm.count) == (lane.name, 2)
    assert len(at_hq.standing.journals) == 2


def test_one_of_two_copies_is_shut_out_and_the_other_goes_on(shop: Shop) -> None:
    shop.open_day()
    lane = started(shop.lane(1))
    lane.open_shift()
    lane.push()
    copy = copied(lane, shop)
    in_turns(shop, lane, copy)
    with reading(copy.journal) as connection:
        name = incarnation.present(connection, lane.name)
    assert name is not None
    with shop.engine.begin() as connection:
        with pytest.raises(LaneError, match="never said hello as “nobody”"):
            lanes.shut_out(connection, lane.name, "nobody", MANAGER, "a copy", shop.clock())
        with pytest.raises(LaneError, match="only with a reason"):
            lanes.shut_out(connection, lane.name, name.name, MANAGER, " ", shop.clock())
        lanes.shut_out(connection, lane.name, name.name, MANAGER, "a copy", shop.clock())
    copy.runner.greet_again()
    with pytest.raises(RefusedError, match="was shut out"):
        copy.push()
    in_turns(shop, lane)
    with shop.engine.connect() as connection:
        assert lanes.lanes(connection, CODE)[0].copies == ()
    with shop.headquarters.engine.connect() as connection:
        found = watch(connection, [CODE], shop.clock(), ReplicationSettings())
    assert "copied" not in [alarm.code for alarm in found.alarms]
