"""Promotions ahead: what is published for a branch raises what is ordered for its days, and says by how much."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hq import promotions
from replication.console.users import User
from replication.streams import CHAIN_FEED
from schemas.domain.promotion.effect import PercentOff
from schemas.domain.promotion.promotion import Period, Promotion, Scope, Who
from tests.hq.conftest import NOON, Chain
from tests.hq.replenishment.scene import TODAY, held, lines_of, run, set_up

BUYER, APPROVER = User("900001", "Buyer", "buyer"), User("900002", "Approver", "approver")


def _publish(chain: Chain, scope: Scope, starts: datetime, days: int, who: Who = Who()) -> None:  # noqa: B008 - a frozen value
    period = Period(starts, starts + timedelta(days=days))
    offer = Promotion("", "梨节", period, PercentOff(2000), scope, who)
    with chain.hq.engine.begin() as connection:
        number = promotions.draft(connection, CHAIN_FEED, offer, BUYER, NOON)
        seen = promotions.find(connection, number).seen
        promotions.approve(connection, number, APPROVER, NOON, seen=seen)
        promotions.publish(connection, number, APPROVER, NOON)


@pytest.mark.parametrize("scope", [Scope(items=("1002",)), Scope(categories=("01",)), Scope()])
def test_a_promotion_ahead_raises_the_order(chain: Chain, scope: Scope) -> None:
    set_up(chain)
    run(chain)
    before = lines_of(chain, held(chain, "N002", "S1"))["1002"]
    assert "promotion" not in before.terms
    _publish(chain, scope, NOON + timedelta(days=1), 2)
    run(chain, NOON + timedelta(minutes=5))
    after = lines_of(chain, held(chain, "N002", "S1"))["1002"]
    # three a day, half as much again where nobody has seen a promotion; two days and the morning of a third
    assert after.terms["uplift"] == 1500
    assert after.terms["promoted"][1] == 3
    assert after.terms["promotion"][1] == pytest.approx(4500, abs=1)
    assert after.terms["target"] > before.terms["target"]


def test_what_few_customers_get_or_comes_later_raises_nothing(chain: Chain) -> None:
    set_up(chain)
    for who in (Who(coupon="C1"), Who(birthday="month", members_only=True)):
        _publish(chain, Scope(items=("1002",)), NOON, 3, who)
    _publish(chain, Scope(items=("1001",)), NOON, 3)
    _publish(chain, Scope(items=("1002",)), NOON + timedelta(days=60), 3)
    run(chain)
    assert "promotion" not in lines_of(chain, held(chain, "N002", "S1"))["1002"].terms
    assert held(chain, "N002", "S1").for_day == TODAY
