"""A promotion from its draft to its withdrawal, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import insert, select

from hq import promotions
from hq.audit import notes_on
from hq.price_changes import PriceChangeError
from hq.promotion_refusal import ContradictionError, PromotionError
from replication.console.users import User
from schemas.domain.promotion.effect import Bundle, BundlePart, MixAndMatch, MixGroup, PercentOff
from schemas.domain.promotion.promotion import Period, Promotion, Scope
from schemas.tables.catalogue import promotion as promotion_table
from schemas.tables.feed import feed_record
from schemas.tables.headquarters import proposal
from schemas.wire import records
from schemas.wire.promotion_rule import decode_rule
from tests.hq.conftest import ADMIN, APPROVER, BUYER, NOON, Chain
from tests.hq.promotion_scene import NORTH, SINCE, approved, drafted, offer, published

APPLES = offer(PercentOff(1000), "1001")


def test_a_life_from_draft_to_withdrawal(chain: Chain, later: Callable[[int], datetime]) -> None:
    with chain.hq.engine.begin() as connection:
        number = promotions.draft(connection, NORTH, APPLES, BUYER, NOON)
        held = promotions.find(connection, number)
        assert (number, held.state, held.offer) == ("S000001", "draft", replace(APPLES, id=number))
        promotions.approve(connection, number, APPROVER, later(1), seen=held.seen)
        assert connection.execute(select(promotion_table)).all() == []
        place = promotions.publish(connection, number, BUYER, later(2))
        told = connection.execute(select(feed_record).where(feed_record.c.stream == NORTH)).one()
        record = records.Promotion.model_validate_json(told.body)
        assert (told.number, told.key, record.promotion) == (place, number, number)
        assert (record.published, record.ends, record.withdrawn) == (1, None, False)
        assert decode_rule(number, record.rule) == replace(APPLES, id=number)
        promotions.withdraw(connection, number, APPROVER, "wrong item", later(3))
        held = promotions.find(connection, number)
        assert (held.state, held.reason, held.withdrawn_by) == ("withdrawn", "wrong item", "APP")
        assert connection.execute(select(promotion_table.c.withdrawn)).scalar_one()
        kept = notes_on(connection, "promotion.", number)
    assert [(one.operator, one.act, one.reason) for one in kept] == [
        ("BUY", "promotion.draft", ""),
        ("APP", "promotion.approve", ""),
        ("BUY", "promotion.publish", ""),
        ("APP", "promotion.withdraw", "wrong item"),
    ]


def test_numbers_go_on_behind_those_that_were_lost(chain: Chain) -> None:
    lost = {
        "feed": NORTH, "epoch": "e", "number": 1, "content": b"c", "bundle": "b",
        "kind": "promotion", "key": "S000041", "version": 1, "body": b"{}", "deleted": False,
        "reporter": "N001", "reported": NOON,
    }  # fmt: skip
    with chain.hq.engine.begin() as connection:
        assert drafted(connection, APPLES) == "S000001"
        connection.execute(insert(proposal).values(lost))
        assert drafted(connection, APPLES) == "S000042"


def test_whoever_wrote_it_last_cannot_approve_it(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        number = drafted(connection, APPLES)
        seen = promotions.find(connection, number).seen
        twenty = offer(PercentOff(2000), "1001")
        promotions.change(connection, number, NORTH, twenty, ADMIN, NOON, seen=seen)
        held = promotions.find(connection, number)
        assert (held.drafted_by, held.offer.effect) == ("ADMIN", PercentOff(2000))
        with pytest.raises(PromotionError, match="ADMIN, who cannot approve it as well"):
            promotions.approve(connection, number, ADMIN, NOON, seen=held.seen)


def test_nobody_decides_about_what_they_have_not_seen(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        number = drafted(connection, APPLES)
        before = promotions.find(connection, number).seen
        promotions.change(connection, number, "feed:chain", APPLES, BUYER, NOON, seen=before)
        with pytest.raises(PromotionError, match="was changed since you loaded the page"):
            promotions.approve(connection, number, APPROVER, NOON, seen=before)
        with pytest.raises(PromotionError, match="was changed since you loaded the page"):
            promotions.change(connection, number, NORTH, APPLES, ADMIN, NOON, seen=before)


def test_only_a_draft_is_changed_and_only_what_is_approved_is_published(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        number = approved(connection, APPLES)
        seen = promotions.find(connection, number).seen
        with pytest.raises(PromotionError, match="S000001 is approved"):
            promotions.change(connection, number, NORTH, APPLES, BUYER, NOON, seen=seen)
        promotions.publish(connection, number, BUYER, NOON)
        with pytest.raises(PromotionError, match="S000001 is published"):
            promotions.publish(connection, number, BUYER, NOON)
        other = drafted(connection, APPLES)
        with pytest.raises(PromotionError, match="S000002 is draft"):
            promotions.publish(connection, other, BUYER, NOON)


def test_a_draft_that_is_withdrawn_was_never_told(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        number = drafted(connection, APPLES)
        with pytest.raises(PromotionError, match="Say why"):
            promotions.withdraw(connection, number, BUYER, " ", NOON)
        promotions.withdraw(connection, number, BUYER, "not now", NOON)
        told = select(feed_record).where(feed_record.c.kind == "promotion")
        assert connection.execute(told).all() == []


def test_publications_rise_and_a_withdrawal_keeps_its_own(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        first = published(connection, APPLES)
        second = published(connection, APPLES, "feed:chain")
        promotions.withdraw(connection, first, BUYER, "over", NOON)
        rows = connection.execute(
            select(promotion_table.c.promotion, promotion_table.c.published,
                   promotion_table.c.withdrawn).order_by(promotion_table.c.published)
        ).all()  # fmt: skip
    assert rows == [(first, 1, True), (second, 2, False)]


WRONG: list[tuple[Promotion, str]] = [
    (offer(PercentOff(0), "1001"), "A percentage is not above 0"),
    (replace(APPLES, title=" "), "no number or no title"),
    (replace(APPLES, title="x" * 61), "at most 60 characters"),
    (offer(PercentOff(1000), "1001", "9", "8"), "no item 8, 9:"),
    (offer(scope=Scope(excluded_items=("9",))), "no item 9:"),
    (offer(scope=Scope(categories=("77",))), "no category 77:"),
    (offer(scope=Scope(excluded_categories=("78",))), "no category 78:"),
    (offer(scope=Scope(units=("box", "crate"))), "Nothing is sold by crate:"),
    (offer(Bundle((BundlePart("1001"), BundlePart("9")), 500)), "no item 9:"),
    (offer(Bundle((BundlePart("1001", 2, "box"),), 500)), "no item 1001 sold by box"),
    (offer(MixAndMatch((MixGroup(2, ("9",)),), 500)), "no item 9:"),
    (offer(MixAndMatch((MixGroup(2, (), ("77",)),), 500)), "no category 77:"),
]


def test_what_cannot_be_drafted(chain: Chain) -> None:
    with chain.hq.engine.connect() as connection:
        for given, said in WRONG:
            with pytest.raises(PromotionError, match=said):
                drafted(connection, given)


def test_every_contradiction_is_named_at_once(chain: Chain) -> None:
    wrong = replace(offer(PercentOff(0), "1001"), mode="best_price")
    with chain.hq.engine.connect() as connection, pytest.raises(ContradictionError) as caught:
        drafted(connection, wrong)
    assert [one.fault for one in caught.value.faults] == ["group_missing", "percent"]


def test_one_that_would_have_ended_is_not_published(
    chain: Chain, later: Callable[[int], datetime]
) -> None:
    with chain.hq.engine.begin() as connection:
        number = approved(connection, replace(APPLES, period=Period(SINCE, later(5))))
        with pytest.raises(PromotionError, match="would have ended already"):
            promotions.publish(connection, number, BUYER, later(5))


def test_a_scope_ends_where_its_branches_end(chain: Chain) -> None:
    local = User("BUY", "Buyer", "buyer", ("N001", "N003"))
    with chain.hq.engine.begin() as connection:
        number = promotions.draft(connection, "feed:branch:N001", APPLES, local, NOON)
        seen = promotions.find(connection, number).seen
        with pytest.raises(PriceChangeError, match="not in the care of BUY"):
            promotions.change(connection, number, NORTH, APPLES, local, NOON, seen=seen)
        with pytest.raises(PriceChangeError, match="no branch or group"):
            promotions.draft(connection, "feed:group:none", APPLES, BUYER, NOON)


def test_the_list_goes_on_behind_the_last_one_shown_and_by_state(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        made = [drafted(connection, APPLES), published(connection, APPLES)]
        assert [one.promotion for one in promotions.newest(connection, 1)] == [made[1]]
        rest = promotions.newest(connection, 2, before=made[1])
        assert [one.promotion for one in rest] == [made[0]]
        of_state = promotions.newest(connection, 2, state="draft")
        assert [one.promotion for one in of_state] == [made[0]]
        with pytest.raises(PromotionError, match="no promotion S9"):
            promotions.find(connection, "S9")
