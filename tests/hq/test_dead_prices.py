"""Prices that can be in force no more leave the feeds; all others stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, select, text

from hq import dead_prices, price_changes, price_rows
from hq.dead_prices import MARGIN
from hq.housekeeping import housekeeping
from replication.feed_floor import FeedRetention
from schemas.tables.catalogue import price, price_change
from schemas.tables.feed import feed_record
from tests.hq.conftest import APPROVER, NOON, Chain
from tests.hq.test_price_changes import APPLES, NEW, PEARS, published

DAY = timedelta(days=1)


def rows(connection: Connection) -> set[str]:
    return set(connection.execute(select(price.c.document)).scalars())


def test_a_withdrawn_change_is_buried_after_the_margin(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        document = published(connection)
        price_changes.withdraw(connection, document, APPROVER, "wrong", NOON + DAY)
        assert dead_prices.bury(connection, NOON + MARGIN) == 0
        assert dead_prices.bury(connection, NOON + 2 * DAY + MARGIN) == 2
        assert rows(connection) == set()
        told = connection.execute(select(feed_record.c.kind, feed_record.c.deleted)).all()
        assert sorted(one.kind for one in told if one.deleted) == ["price", "price"]
        # Its header stays, and so do the rows that reports compare with.
        assert connection.execute(select(price_change.c.withdrawn)).scalars().all() == [True]
        assert price_rows.read(connection, document) == [APPLES, PEARS]
        assert dead_prices.bury(connection, NOON + 2 * DAY + MARGIN) == 0


def test_it_is_done_by_night_with_what_the_feeds_forget(chain: Chain) -> None:
    now = [NOON]
    keeping = housekeeping(chain.hq.engine, lambda: now[0], FeedRetention(keep_days=1), "CNY")
    with chain.hq.engine.begin() as connection:
        published(connection, replace(NEW, ends=NOON + DAY))
    now[0] = NOON + 10 * DAY
    keeping.tick()
    with chain.hq.engine.begin() as connection:
        assert rows(connection) == set()
        aged = "UPDATE feed_publication SET published = published - interval '2 days'"
        connection.execute(text(aged))
    now[0] = keeping.due
    keeping.tick()
    with chain.hq.engine.connect() as connection:
        assert not any(connection.execute(select(feed_record.c.deleted)).scalars())


def test_a_change_that_ended_is_buried_and_an_open_one_never(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        ended = published(connection, replace(NEW, ends=NOON + DAY))
        outranked, in_force = published(connection), published(connection)
        assert rows(connection) == {ended, outranked, in_force}
        assert dead_prices.bury(connection, NOON + DAY + MARGIN) == 0
        assert dead_prices.bury(connection, NOON + 9 * DAY + MARGIN) == 2
        assert rows(connection) == {outranked, in_force}
