"""A promotion that headquarters lost and its branches tell it of: what accepting it writes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from hq import promotions
from hq.promotion_refusal import PromotionError
from hq.promotions import Document
from hq.refusal import RefusalError
from replication.streams import CHAIN_FEED, group_feed
from schemas.domain.promotion.effect import PercentOff
from schemas.domain.promotion.promotion import Promotion
from schemas.tables.catalogue import promotion as promotion_table
from schemas.wire import records
from schemas.wire.promotion_rule import encode_rule
from tests.hq.conftest import APPROVER, BUYER, NOON
from tests.hq.promotion_scene import drafted, offer, published
from tests.hq.test_proposals import Desk, accept, publish, settled, tell, waiting
from tests.hq.test_proposals import chain as chain  # noqa: PLC0414 - the fixture is used here too
from tests.hq.test_proposals import headquarters as headquarters  # noqa: PLC0414 - the same

GIVEN = offer(PercentOff(1500), "1001")


def told(
    number: str = "S000009", given: Promotion = GIVEN, *, withdrawn: bool = False, turn: int = 7
) -> records.Promotion:
    rule = encode_rule(replace(given, id=number))
    return records.Promotion(
        promotion=number, ends=None, published=turn, rule=rule, withdrawn=withdrawn
    )


def held(chain: Desk, number: str = "S000009") -> Document:
    with chain.within() as connection:
        return promotions.find(connection, number)


def in_force(chain: Desk) -> list[tuple[str, bool]]:
    """What headquarters' own catalogue has, and whether it is withdrawn there."""
    row = promotion_table.c
    with chain.within() as connection:
        query = select(row.promotion, row.withdrawn).order_by(row.promotion)
        return [tuple(one) for one in connection.execute(query)]


def test_one_that_is_not_known_is_in_force_again_and_can_be_withdrawn(chain: Desk) -> None:
    tell(chain, CHAIN_FEED, told(), told("S000010"))
    assert [one.bundle for one in waiting(chain)] == ["promotion:S000009", "promotion:S000010"]
    assert accept(chain, APPROVER) == 1
    one = held(chain)
    assert (one.state, one.audience, one.approved_by) == ("published", CHAIN_FEED, "APP")
    assert one.offer == replace(GIVEN, id="S000009")
    assert in_force(chain) == [("S000009", False)]
    with chain.within() as connection:
        promotions.withdraw(connection, "S000009", BUYER, "over", NOON)
        assert drafted(connection, GIVEN) == "S000011"
    assert in_force(chain) == [("S000009", True)]


def test_one_that_came_and_went_stays_withdrawn_though_its_goods_are_gone(chain: Desk) -> None:
    tell(chain, CHAIN_FEED, told(given=offer(PercentOff(1500), "4711"), withdrawn=True))
    assert accept(chain, APPROVER) == 1
    assert (held(chain).state, held(chain).withdrawn_by) == ("withdrawn", "APP")
    assert in_force(chain) == [("S000009", True)]


def test_a_draft_that_was_published_and_what_was_published_and_withdrawn(chain: Desk) -> None:
    with chain.within() as connection:
        first = drafted(connection, GIVEN, CHAIN_FEED)
        second = published(connection, GIVEN, CHAIN_FEED)
    tell(chain, CHAIN_FEED, told(first), told(second, withdrawn=True))
    assert accept(chain, APPROVER) + accept(chain, APPROVER) == 2
    assert (held(chain, first).state, held(chain, first).drafted_by) == ("published", "BUY")
    assert held(chain, second).state == "withdrawn"
    assert (held(chain, second).approved_by, held(chain, second).publication) == ("APP", 1)
    assert in_force(chain) == [(first, False), (second, True)]


@pytest.mark.parametrize(
    ("feed", "lost", "said"),
    [
        (CHAIN_FEED, told("S000001"), "is another promotion here by now"),
        (group_feed("west"), told(), "accept the subscriptions"),
        (CHAIN_FEED, told(given=offer(PercentOff(1500), "4711")), "no item 4711"),
        (CHAIN_FEED, told().model_copy(update={"rule": "{}"}), "upgrade headquarters"),
    ],
)
def test_what_cannot_be_taken_back_waits(
    chain: Desk, feed: str, lost: records.Promotion, said: str
) -> None:
    with chain.within() as connection:
        drafted(connection, offer(PercentOff(500), "1001"), CHAIN_FEED)
    tell(chain, feed, lost)
    (one,) = waiting(chain)
    with pytest.raises(RefusalError, match=said):
        accept(chain, one=one)
    assert waiting(chain) == [one]
    assert in_force(chain) == []
    with chain.within() as connection, pytest.raises(PromotionError, match="no promotion S000009"):
        promotions.find(connection, "S000009")


def test_the_same_that_is_published_again_settles_it_whatever_its_turn(chain: Desk) -> None:
    tell(chain, CHAIN_FEED, told())
    publish(chain, CHAIN_FEED, told(turn=1))
    assert waiting(chain) == []
    assert settled(chain) == [("settled", "The same is in force at headquarters.")]
