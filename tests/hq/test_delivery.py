"""The delivery grid: what each report of a site makes of its cell, and what was sold past a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, select

from hq import price_changes, publication, sites
from hq.delivery import Cell, Grid, delivery_grid
from hq.old_prices import Sold
from hq.price_changes import NewPriceChange
from hq.price_rows import PriceCell
from schemas.tables.base import upsert
from schemas.tables.journal import stream
from schemas.tables.link import feed_sent, position_report, site_status
from schemas.wire.records import Branch
from tests.hq.conftest import APPROVER, BUYER, NOON, Chain
from tests.hq.day_builder import MONDAY, BranchDay, lanes_of, line, state

NORTH = "feed:group:north"
CELLS = [PriceCell("1001", "piece", "", 400), PriceCell("1001", "piece", "gold", 380)]
NEW = NewPriceChange("Midday", NORTH, NOON, None, CELLS)


def published(connection: Connection, new: NewPriceChange = NEW, at: datetime = NOON) -> str:
    document = price_changes.draft(connection, new, BUYER, at)
    price_changes.approve(connection, document, APPROVER, at)
    price_changes.publish(connection, document, BUYER, at)
    return document


class Link:
    """What the sites below say of a number in a feed."""

    def __init__(self, connection: Connection, feed: str, number: int) -> None:
        self._connection = connection
        self._feed, self._number = feed, number
        epoch = select(stream.c.epoch).where(stream.c.name == self._feed)
        self._epoch = connection.execute(epoch).scalar_one()

    def sent(self, site: str, at: datetime, short: int = 0) -> None:
        row = {
            "site": site, "stream": self._feed, "epoch": self._epoch,
            "through": self._number - short, "sent_at": at,
        }  # fmt: skip
        upsert(self._connection, feed_sent, [row])

    def applied(self, site: str, at: datetime, beyond: int = 0, epoch: str = "") -> None:
        row = {
            "site": site, "stream": self._feed, "epoch": epoch or self._epoch,
            "through": self._number + beyond, "applied_at": at, "received": at,
        }  # fmt: skip
        upsert(self._connection, position_report, [row])

    def seen(self, site: str, parent: str, at: datetime, skew: timedelta = timedelta()) -> None:
        row = {
            "site": site, "parent": parent, "received": at,
            "status": {"clock": (at + skew).isoformat()},
        }  # fmt: skip
        upsert(self._connection, site_status, [row])


def link_of(connection: Connection, document: str) -> Link:
    held = price_changes.find(connection, document)
    return Link(connection, held.audience, held.number or 0)


def grid_of(connection: Connection, document: str, now: datetime) -> Grid:
    return delivery_grid(connection, price_changes.find(connection, document), now)


def cell(grid: Grid, site: str) -> Cell:
    return next(one for one in grid.cells if one.site == site)


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def test_a_change_on_its_way_to_every_lane(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        document = published(connection)
        link = link_of(connection, document)
        assert [row.branch.branch for row in grid_of(connection, document, NOON).rows] == [
            "N001",
            "N002",
        ]
        assert cell(grid_of(connection, document, NOON), "N001").reason == "never_seen"

        link.seen("N001", "hq", minute(1))
        for lane in ("N001.01", "N001.02"):
            link.seen(lane, "N001", minute(1))
        link.applied("N001", minute(1), beyond=-1)
        grid = grid_of(connection, document, minute(2))
        assert (cell(grid, "N001").state, cell(grid, "N001").reason) == ("pending", "behind")
        assert cell(grid, "N001.01").reason == "behind"

        link.sent("N001", minute(2))
        grid = grid_of(connection, document, minute(2))
        assert (cell(grid, "N001").state, cell(grid, "N001").since) == ("sent", minute(2))

        link.applied("N001", minute(3))
        link.applied("N001", minute(9), beyond=5)
        grid = grid_of(connection, document, minute(10))
        assert (cell(grid, "N001").state, cell(grid, "N001").since) == ("active", minute(3))
        assert (cell(grid, "N001.02").state, cell(grid, "N001.02").since) == ("sent", minute(3))
        assert (grid.settled, len(grid.cells), grid.is_complete) == (1, 4, False)
        assert grid.lane_names == ["01", "02"]
        assert grid.rows[0].lane("02") == cell(grid, "N001.02")
        assert grid.rows[1].lane("02") is None

        for site in ("N001.01", "N001.02", "N002"):
            link.applied(site, minute(4))
        assert grid_of(connection, document, minute(10)).is_complete


def test_what_an_earlier_incarnation_of_the_feed_reported_proves_nothing(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        document = published(connection)
        link_of(connection, document).applied("N001", minute(1), beyond=9, epoch="before")
        assert cell(grid_of(connection, document, minute(2)), "N001").state == "pending"


def test_a_branch_that_does_not_follow_is_named_as_such(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        document = published(connection)
        gone = publication.tombstone("subscription", NORTH)
        publication.publish(connection, {"feed:branch:N002": [gone]})
        assert cell(grid_of(connection, document, NOON), "N002").reason == "not_subscribed"


@pytest.mark.parametrize(
    ("skew", "state"),
    [(0, "applied"), (29, "applied"), (30, "active"), (60, "ended"), (90, "ended")],
)
def test_in_force_is_a_matter_of_the_sites_own_clock(chain: Chain, skew: int, state: str) -> None:
    new = replace(NEW, starts=minute(30), ends=minute(60))
    with chain.hq.engine.begin() as connection:
        document = published(connection, new)
        link = link_of(connection, document)
        link.seen("N001", "hq", NOON, timedelta(minutes=skew))
        link.applied("N001", NOON)
        found = cell(grid_of(connection, document, NOON), "N001")
    since = {"applied": NOON, "active": minute(30), "ended": minute(60)}[state]
    assert (found.state, found.since) == (state, since)


def test_a_withdrawal_is_followed_like_the_change_itself(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        document = published(connection)
        link_of(connection, document).applied("N001", minute(1))
        price_changes.withdraw(connection, document, BUYER, "wrong", minute(5))
        assert cell(grid_of(connection, document, minute(6)), "N001").state == "pending"
        link_of(connection, document).applied("N001", minute(7))
        found = cell(grid_of(connection, document, minute(8)), "N001")
    assert (found.state, found.since) == ("withdrawn", minute(7))


def test_a_draft_has_no_grid(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        document = price_changes.draft(connection, NEW, BUYER, NOON)
        assert grid_of(connection, document, NOON).rows == ()


def test_what_was_still_sold_at_the_old_price(chain: Chain) -> None:
    """At noon apples go from 3.50 to 4.00 in the north.

    11:59 N001.01  2 at 3.50   before it came into force
    12:01 N001.01  2 at 3.50   past it: 1.00 short
    12:02 N001.01  1 at 4.00   at the new price, by another document
    12:03 N001.02  1.5 at 3.50, and 1 voided
    12:04 N002.01  1 at 5.00   above the new price: 1.00 over
    12:05 N003.01  1 at 3.50   not addressed
    12:06 N002.01  1 pear at 3.50
    """
    days = {code: BranchDay(code, MONDAY, lanes_of(code)) for code in ("N001", "N002", "N003")}
    days["N001"].sell(0, line("1001", 350, quantity=2000), hour=11, minute=59)
    days["N001"].sell(0, line("1001", 350, quantity=2000), minute=1)
    days["N001"].sell(0, line("1001", 400), minute=2)
    days["N001"].sell(1, line("1001", 350, quantity=1500), line("1001", 350, voided=True), minute=3)
    days["N002"].sell(0, line("1001", 500), minute=4)
    days["N003"].sell(0, line("1001", 350), minute=5)
    days["N002"].sell(0, line("1002", 350), minute=6)
    state(chain.hq.engine, *days.values())
    with chain.hq.engine.begin() as connection:
        document = published(connection)
        grid = grid_of(connection, document, minute(60))
    assert {one.site: one.sold for one in grid.cells if one.sold.lines} == {
        "N001.01": Sold(1, 2000, 100),
        "N001.02": Sold(1, 1500, 75),
        "N002.01": Sold(1, 1000, -100),
    }
    assert grid.sold == Sold(3, 4500, 75)
    assert grid.rows[0].sold == Sold(2, 3500, 175)


@pytest.mark.parametrize(
    ("audience", "lines"), [("feed:branch:N001", 0), (NORTH, 0), ("feed:chain", 1)]
)
def test_a_price_that_ranks_above_the_change_is_no_mistake(
    chain: Chain, audience: str, lines: int
) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    with chain.hq.engine.begin() as connection:
        document = published(connection)
        other = published(connection, replace(NEW, audience=audience, cells=[CELLS[0]]), minute(1))
    sold = replace(line("1001", 300), price_document=other)
    day.sell(0, sold, minute=5)
    state(chain.hq.engine, day)
    with chain.hq.engine.connect() as connection:
        assert grid_of(connection, document, minute(60)).sold.lines == lines


def test_nothing_counts_before_publication_or_after_the_end(chain: Chain) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    for at in (5, 15, 25):
        day.sell(0, line("1001", 350), minute=at)
    state(chain.hq.engine, day)
    with chain.hq.engine.begin() as connection:
        document = published(connection, replace(NEW, ends=minute(20)), minute(10))
        assert grid_of(connection, document, minute(60)).sold == Sold(1, 1000, 50)


def test_a_branch_that_joined_later_is_in_the_grid(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        document = published(connection)
        branch = Branch(branch="N003", name="店 N003", zone="Asia/Shanghai", currency="CNY")
        sites.save_branch(connection, branch, ["north"])
        connection.execute(insert(site_status).values(
            site="N003", parent="hq", received=NOON, status={"clock": NOON.isoformat()}
        ))  # fmt: skip
        assert cell(grid_of(connection, document, NOON), "N003").reason == "behind"
