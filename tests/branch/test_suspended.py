"""Suspended baskets at the branch: one lane gets each, and the day says what became of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from branch.day_checks import day_checks
from branch.inquiries import ANSWERERS, DECIDERS
from replication.decision import Decisions
from replication.inquiry import Finding
from replication.messages import Inquiry
from schemas.domain.suspension import BasketResumed, BasketSuspended
from schemas.tables.suspended import resumed_basket, suspended_basket
from schemas.wire.suspended import (
    CLAIM,
    SUSPENDED,
    Asked,
    Given,
    Listing,
    Own,
    asked_body,
    own_body,
    read_given,
    read_listing,
    read_suspended,
)
from tests.branch.shop import CODE, DAY, LaneTill, Shop
from tests.golden.make import SUSPENDED_FACTS

FIRST, SECOND = f"{CODE}.01", f"{CODE}.02"
_NEXT = count(1)


def a_basket(lane: LaneTill, name: str = "红衣女士") -> BasketSuspended:
    fact = SUSPENDED_FACTS[0]
    assert isinstance(fact, BasketSuspended)
    number = next(_NEXT)
    return replace(
        fact, uuid=f"s{number}", basket=f"b{number}", branch=CODE, lane=lane.name, name=name,
        business_date=DAY, at=lane.clock(),
    )  # fmt: skip


def resumption(of: BasketSuspended, lane: LaneTill, *, claimed: bool = True) -> BasketResumed:
    return BasketResumed(
        of.uuid, f"{of.basket}-{lane.name}", CODE, lane.name, of.lane, DAY, "C2", lane.clock(),
        claimed, False,
    )  # fmt: skip


class Claims:
    """Lanes that ask the branch."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._decisions = Decisions(shop.clock, DECIDERS)

    def decide(self, lane: str, body: dict[str, Any], uuid: str = "") -> Finding:
        asked = Inquiry(
            uuid=uuid or f"claim-{next(_NEXT)}", kind=CLAIM, body=body, asked_by=lane, budget_ms=1,
        )  # fmt: skip
        with self._shop.engine.begin() as connection:
            return self._decisions.decide(connection, asked)

    def claim(self, lane: str, fact: BasketSuspended, uuid: str = "") -> Given:
        found = self.decide(lane, asked_body(Asked(fact.uuid, fact.lane)), uuid)
        assert (found.outcome, found.certain) == ("found", True)
        return read_given(found.body)

    def listing(self, lane: str, *own: BasketSuspended) -> Listing:
        body = own_body(Own(lane, tuple(one.uuid for one in own)))
        with self._shop.engine.connect() as connection:
            found = ANSWERERS[SUSPENDED](connection, body)
        assert found.certain
        return read_listing(found.body)


@pytest.fixture
def claims(shop: Shop) -> Claims:
    shop.open_day()
    return Claims(shop)


@pytest.fixture
def lanes(shop: Shop) -> tuple[LaneTill, LaneTill]:
    return shop.lane(1), shop.lane(2)


def test_the_first_lane_gets_a_basket_whole_and_the_second_is_told_who_has_it(
    shop: Shop, claims: Claims, lanes: tuple[LaneTill, LaneTill]
) -> None:
    fact = a_basket(lanes[0])
    lanes[0].state(fact)
    lanes[0].push()
    (seen,) = claims.listing(SECOND).baskets
    assert (seen.uuid, seen.lane, seen.amount, seen.given) == (fact.uuid, FIRST, 1149, "")
    given = claims.claim(SECOND, fact, "c1")
    assert claims.claim(SECOND, fact, "c1") == given
    assert given.basket is not None
    assert read_suspended(given.basket) == fact
    since = given.at
    shop.clock.pass_minutes(5)
    assert claims.claim(FIRST, fact) == Given(SECOND, since)
    assert claims.listing(FIRST, fact).gone == {fact.uuid: SECOND}
    assert claims.listing(FIRST).baskets[0].given == SECOND
    # It broke down before it told its own disk: it gets the basket again, and its content.
    assert claims.claim(SECOND, fact) == given


def test_a_resumed_basket_is_given_to_nobody_and_its_content_is_let_go(
    shop: Shop, claims: Claims, lanes: tuple[LaneTill, LaneTill]
) -> None:
    fact = a_basket(lanes[0])
    done = resumption(fact, lanes[1])
    lanes[0].state(fact)
    lanes[0].push()
    claims.claim(SECOND, fact)
    lanes[1].state(done)
    lanes[1].push()
    for lane in (FIRST, SECOND):
        assert claims.claim(lane, fact) == Given(SECOND, done.at, resumed=True)
        assert claims.listing(lane, fact) == Listing((), {fact.uuid: SECOND})
    with shop.engine.connect() as connection:
        assert connection.execute(select(suspended_basket.c.entry)).scalar() is None
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        held = connection.execute(
            select(suspended_basket.c.uuid, resumed_basket.c.lane).join_from(
                suspended_basket, resumed_basket, suspended_basket.c.uuid == resumed_basket.c.uuid
            )
        ).all()
    assert [tuple(row) for row in held] == [(fact.uuid, SECOND)]


def test_a_lanes_own_basket_is_its_own_before_its_entry_has_arrived(
    claims: Claims, lanes: tuple[LaneTill, LaneTill]
) -> None:
    fact = a_basket(lanes[0])
    assert claims.decide(SECOND, asked_body(Asked(fact.uuid, FIRST))).outcome == "unknown"
    assert claims.claim(FIRST, fact).lane == FIRST
    lanes[0].state(fact)
    lanes[0].push()
    assert claims.claim(SECOND, fact).lane == FIRST


def test_who_is_no_lane_and_what_does_not_read_gets_nothing(claims: Claims) -> None:
    for lane, body in (
        (CODE, asked_body(Asked("s1", FIRST))),
        (FIRST, {}),
        (FIRST, {"suspended": 1, "lane": FIRST}),
    ):
        with pytest.raises(ValueError, match=r"lane|suspended"):
            claims.decide(lane, body)


def test_the_resumption_may_arrive_before_the_suspension(
    shop: Shop, claims: Claims, lanes: tuple[LaneTill, LaneTill]
) -> None:
    """After a restore of the branch its lanes send again, in any order."""
    fact = a_basket(lanes[0])
    lanes[1].state(resumption(fact, lanes[1]))
    lanes[1].push()
    lanes[0].state(fact)
    lanes[0].push()
    assert claims.listing(FIRST, fact) == Listing((), {fact.uuid: SECOND})
    with shop.engine.connect() as connection:
        assert connection.execute(select(suspended_basket.c.entry)).scalar() is None


def test_the_days_close_names_what_was_forgotten_and_what_was_resumed_twice(
    shop: Shop,
    claims: Claims,
    lanes: tuple[LaneTill, LaneTill],
    checks: Callable[[], list[tuple[str, str]]],
) -> None:
    first, second = lanes
    left, unnamed, twice = a_basket(first), a_basket(first, name=""), a_basket(first)
    first.state(left, unnamed, twice, resumption(twice, first, claimed=False))
    second.state(resumption(twice, second))
    for lane in lanes:
        lane.push()
    claims.claim(SECOND, left)
    both = f"{FIRST}, {SECOND}"
    assert sorted(checks()) == sorted(
        [
            (
                f"basket_suspended:{left.uuid}",
                f"A basket of C1 at {FIRST} (11.49, 红衣女士) is suspended since {left.at}",
            ),
            (
                f"basket_suspended:{unnamed.uuid}",
                f"A basket of C1 at {FIRST} (11.49) is suspended since {unnamed.at}",
            ),
            (
                f"basket_twice:{twice.uuid}",
                f"A basket of {FIRST} (11.49), suspended at {twice.at}, was resumed at each of {both}",
            ),
        ]
    )


@pytest.fixture
def checks(shop: Shop) -> Callable[[], list[tuple[str, str]]]:
    """What the day's close says of baskets; none of it stands in the way."""

    def found() -> list[tuple[str, str]]:
        with shop.engine.connect() as connection:
            every = day_checks(connection, CODE, DAY, shop.clock())
        mine = [one for one in every if one.code.startswith("basket_")]
        assert not any(one.blocking for one in mine)
        return [(one.key, str(one.problem)) for one in mine]

    return found
