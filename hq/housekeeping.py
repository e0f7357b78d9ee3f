"""What headquarters does by itself at night: dead prices leave the feeds, and feeds forget."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Engine

from hq import dead_prices
from replication import feed_floor
from replication.clock import Clock
from replication.housekeeping import FeedRetention, Housekeeping


def housekeeping(engine: Engine, clock: Clock, feeds: FeedRetention) -> Housekeeping:
    """Headquarters' nightly tasks."""
    return Housekeeping(
        {"dead prices": partial(_bury, engine), "feeds": partial(_forget, engine, feeds.keep_days)},
        clock,
    )


def _bury(engine: Engine, now: datetime) -> int:
    """A transaction for some documents at a time, so that no publication waits for all of them."""
    buried = 0
    while True:
        with engine.begin() as connection:
            some = dead_prices.bury(connection, now)
        if not some:
            return buried
        buried += some


def _forget(engine: Engine, days: int, now: datetime) -> int:
    del now  # When something was published is noted by the database's own clock.
    with engine.begin() as connection:
        return feed_floor.forget(connection, timedelta(days=days))
