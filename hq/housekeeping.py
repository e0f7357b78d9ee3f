"""What headquarters does by itself at night: dead prices leave the feeds, feeds forget, and so do the
answers to inquiries that were decided, reservations, and pick-up orders that are long over; members get the tiers
that their spend reaches, and branches are proposed what they need.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from hq import dead_prices, tier_evaluation
from hq.redemption import reservations
from hq.replenishment import forgetting as old_demand
from hq.replenishment import run
from hq.shop import orders_buried
from hq.shop import reservations as shop_reservations
from replication import decision
from replication.clock import Clock
from replication.feed_floor import FeedRetention, forgetting
from replication.housekeeping import Housekeeping


def housekeeping(engine: Engine, clock: Clock, feeds: FeedRetention, currency: str) -> Housekeeping:
    """Headquarters' nightly tasks."""
    burying, giving = partial(_bury, engine), partial(_give_tiers, engine, currency)
    return Housekeeping(
        {
            "dead prices": burying,
            "feeds": forgetting(engine, feeds),
            "decided inquiries": decision.forgetting(engine),
            "tiers": giving,
            "shops": partial(_forget_shops, engine),
            "reservations": partial(reservations.forgetting, engine),
            "replenishment": partial(run.nightly, engine),
            "demand of old proposals": partial(old_demand.forget, engine),
        },
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


def _forget_shops(engine: Engine, now: datetime) -> int:
    with engine.begin() as connection:
        forgotten = shop_reservations.forget(connection, now)
    while True:
        with engine.begin() as connection:
            some = orders_buried.bury(connection, now)
        if not some:
            return forgotten
        forgotten += some


def _give_tiers(engine: Engine, currency: str, now: datetime) -> int:
    made = tier_evaluation.evaluate(engine, now, currency)
    return made.raised + made.lowered
