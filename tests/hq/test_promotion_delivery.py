"""The delivery grid of a promotion: its record's place in the feed, and whether its time has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from hq import promotions
from hq.delivery import Grid
from hq.promotion_delivery import promotion_grid
from schemas.tables.feed import feed_record
from tests.hq.conftest import BUYER, NOON, Chain
from tests.hq.promotion_scene import NORTH, drafted, offer, published
from tests.hq.test_delivery import Link, minute


def link_of(connection: Connection, number: str) -> Link:
    row = feed_record.c
    query = select(row.number).where(row.stream == NORTH, row.key == number)
    return Link(connection, NORTH, connection.execute(query).scalar_one())


def states(connection: Connection, number: str, now: datetime) -> dict[str, str]:
    return {one.site: one.state for one in grid(connection, number, now).cells}


def grid(connection: Connection, number: str, now: datetime) -> Grid:
    return promotion_grid(connection, promotions.find(connection, number), now)


def test_a_promotion_on_its_way_in_its_time_and_taken_back(chain: Chain) -> None:
    given = offer()
    given = replace(given, period=replace(given.period, starts=minute(30), ends=minute(60)))
    with chain.hq.engine.begin() as connection:
        draft = drafted(connection, given)
        assert grid(connection, draft, NOON).cells == []
        number = published(connection, given)
        link = link_of(connection, number)
        assert states(connection, number, NOON) == {"N001": "pending", "N002": "pending"}
        link.seen("N001", "hq", NOON)
        link.seen("N001.01", "N001", NOON)
        link.sent("N001", minute(1))
        link.sent("N002", minute(1), short=1)
        assert states(connection, number, minute(1)) == {
            "N001": "sent", "N001.01": "pending", "N002": "pending",
        }  # fmt: skip
        for site in ("N001", "N001.01"):
            link.applied(site, minute(2))
        assert states(connection, number, minute(2))["N001.01"] == "applied"
        assert states(connection, number, minute(31))["N001"] == "active"
        assert states(connection, number, minute(61))["N001"] == "ended"
        assert grid(connection, number, minute(31)).settled == 2

        promotions.withdraw(connection, number, BUYER, "over", minute(40))
        assert states(connection, number, minute(41))["N001"] == "pending"
        link_of(connection, number).applied("N001", minute(42))
        (first, *_) = grid(connection, number, minute(42)).cells
        assert (first.state, first.since) == ("withdrawn", NOON + timedelta(minutes=42))
