"""The simulator on a draft's page: real past baskets, and what it says where it knows less."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, insert, select, update

from hq.promotions_in_force import published_for
from hq.reports.branches import known_branches
from hq.reports.past_baskets import category_parents, past_baskets
from hq.web import promotion_simulator
from schemas.domain.promotion.effect import CouponOff, PercentOff, SpendGift
from schemas.domain.promotion.promotion import Who
from schemas.tables.catalogue import promotion as promotion_table
from tests.hq.conftest import Chain
from tests.hq.day_builder import MONDAY, TUESDAY, BranchDay, lanes_of, line, state
from tests.hq.promotion_scene import drafted, offer, published
from tests.hq.test_web_price_changes import Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture

DAYS = "from=2026-03-02&to=2026-03-03"


@pytest.fixture
def draft(chain: Chain) -> str:
    """Give a draft of 10 % off apples, after two days of N001 and one of N003, outside the group."""
    lanes = lanes_of("N001", 1)
    days = [
        BranchDay("N001", MONDAY, lanes), BranchDay("N001", TUESDAY, lanes),
        BranchDay("N003", MONDAY, lanes_of("N003", 1)),
    ]  # fmt: skip
    apples = line("1001", 1000, category="01-1", quantity=2000, name="苹果")
    days[0].sell(0, apples, line("1003", 3000, category="01"))
    days[0].sell(0, line("1003", 3000, category="01"), member="m1")
    days[1].sell(0, replace(apples, amount=1500, discounts=()), hour=9)
    days[2].sell(0, apples)
    state(chain.hq.engine, *days)
    with chain.hq.engine.begin() as connection:
        return drafted(connection, offer(PercentOff(1000), "1001"))


def figures(text: str) -> dict[str, str]:
    found = re.findall(r"<dt>([^<]+)</dt><dd>([^<]*)<", text[text.index('class="figures"') :])
    return {name: html.unescape(value) for name, value in found}


def rows(text: str) -> list[list[str]]:
    """Every row of every table, cell by cell."""
    body = text[text.index("<main") :]
    return [
        [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>([^<]*)</t", row)]
        for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", body, re.DOTALL)
    ]


def test_a_draft_is_held_against_the_days_of_the_chosen_branches(open_as: Open, draft: str) -> None:
    buyer = open_as("BUY", "900001")
    page = buyer.get(f"/promotions/{draft}").text
    chosen = re.findall(r'name="branch" value="(\w+)" checked', page)
    assert chosen == ["N001", "N002"], "those that it addresses"
    assert 'value="2026-02-25"' in page
    assert 'value="2026-03-03"' in page
    text = buyer.get(f"/promotions/{draft}/simulation?{DAYS}&branch=N001&branch=N003").text
    assert figures(text) == {
        "Baskets touched": "3", "Discount given": "¥5.50", "Sales before": "¥115.00",
        "Sales after": "¥109.50", "Margin effect": "–",
    }  # fmt: skip
    assert "no purchase price of these goods is known" in text
    assert "Not complete" in text
    assert rows(text) == [
        ["N001", "店 N001", "3", "2", "3.50", "95.00", "91.50", "–", "–"],
        ["N003", "店 N003", "1", "1", "2.00", "20.00", "18.00", "–", "–"],
        ["1001", "苹果", "3", "6", "5.50", "55.00", "49.50"],
    ]


def test_the_margin_is_shown_of_what_has_a_purchase_price(
    chain: Chain, open_as: Open, draft: str
) -> None:
    """Four apples at N001 and two at N003 are bought for a box of ten at 60.00; tea has no price."""
    chain.load("units", "item,unit,factor\n1001,box,10\n")
    chain.load("costs", "item,unit,cost\n1001,box,60.00\n")
    buyer = open_as("BUY", "900001")
    text = buyer.get(f"/promotions/{draft}/simulation?{DAYS}&branch=N001&branch=N003").text
    assert figures(text)["Margin before"] == "¥19.00"
    assert figures(text)["Margin effect"] == "-¥5.50"
    assert "to ¥13.50" in text
    assert "of ¥60.00 (52.2%) no purchase price is known" in text
    assert rows(text)[:2] == [
        ["N001", "店 N001", "3", "2", "3.50", "95.00", "91.50", "11.00", "7.50"],
        ["N003", "店 N003", "1", "1", "2.00", "20.00", "18.00", "8.00", "6.00"],
    ]


def test_what_is_published_for_the_branch_now_stands_beside_it(
    chain: Chain, open_as: Open, draft: str
) -> None:
    with chain.hq.engine.begin() as connection:
        published(connection, offer(PercentOff(2000), "1001"), "feed:branch:N003")
        unread = published(connection, offer(PercentOff(1000), "1003"), "feed:chain")
        connection.execute(
            update(promotion_table)
            .where(promotion_table.c.promotion == unread)
            .values(rule='{"of a later release":1}')
        )
    buyer = open_as("BUY", "900001")
    text = buyer.get(f"/promotions/{draft}/simulation?{DAYS}&branch=N003").text
    assert figures(text)["Sales before"] == "¥16.00"
    assert figures(text)["Discount given"] == "¥0.00"
    assert f"does not read them:</strong> <span>{unread}" in text


def test_a_long_range_is_cut_to_the_newest_and_says_so(
    open_as: Open, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promotion_simulator, "MOST_BASKETS", 1)
    text = open_as("BUY", "900001").get(f"/promotions/{draft}/simulation?{DAYS}").text
    assert "there are 4 baskets; the newest 1 were looked at" in text
    assert figures(text)["Sales before"] == "¥15.00"


def test_one_simulation_runs_at_a_time(
    open_as: Open, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = open_as("BUY", "900001"), open_as("APP", "900002")
    here = f"/promotions/{draft}/simulation?{DAYS}"
    refused: list[int] = []

    def meanwhile(connection: Connection) -> Mapping[str, str]:
        refused.append(second.client.get(here).status_code)
        return category_parents(connection)

    monkeypatch.setattr(promotion_simulator, "category_parents", meanwhile)
    assert first.get(here).status_code == 200
    assert refused == [503]
    assert second.get(here).status_code == 200


def test_who_may_simulate_and_what(chain: Chain, open_as: Open, draft: str) -> None:
    region, buyer = open_as("REG", "900003"), open_as("BUY", "900001", "zh-CN")
    here = f"/promotions/{draft}/simulation?{DAYS}"
    assert region.get(f"{here}&branch=N003").status_code == 403
    assert figures(region.get(here).text)["Sales before"] == "¥95.00"
    assert "没有这些商品的进价" in buyer.get(here).text
    empty = buyer.get(f"/promotions/{draft}/simulation?from=2026-01-01&to=2026-01-02").text
    assert "所选门店和日期没有销售" in empty
    with chain.hq.engine.begin() as connection:
        number = published(connection, offer())
    answer = buyer.get(f"/promotions/{number}/simulation?{DAYS}")
    assert (answer.status_code, "已不是草稿" in answer.text) == (422, True)


def test_baskets_come_with_their_branch_instant_and_tier(chain: Chain, draft: str) -> None:
    del draft
    chain.load(
        "members", "member,name,tier,phone,email,birthday\nm1,Ann,gold,13800138000,,1990-03-02\n"
    )
    with chain.hq.engine.begin() as connection:
        branches = known_branches(connection, ["N001"])
        found = list(
            past_baskets(connection, branches, MONDAY, MONDAY, 10, chain.hq.member_key, costed=True)
        )
    assert [
        (one.branch, one.member, one.tier, one.birthday, len(one.lines)) for one in found
    ] == [
        ("N001", "m1", "gold", date(1990, 3, 2), 1), ("N001", None, "", None, 2),
    ]  # fmt: skip
    assert found[0].at.isoformat() == "2026-03-02T04:00:01+00:00"
    assert {(one.item, one.category) for one in found[1].lines} == {
        ("1001", "01-1"),
        ("1003", "01"),
    }


def test_the_more_specific_audience_speaks_then_the_later_word(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        everywhere = published(connection, offer(PercentOff(1000)), "feed:chain")
        north = published(connection, offer(PercentOff(2000)))
        row = connection.execute(
            select(promotion_table).where(promotion_table.c.promotion == everywhere)
        ).one()
        own = dict(row._mapping) | {"stream": "feed:branch:N001", "withdrawn": True}
        connection.execute(insert(promotion_table).values(own))
        found = published_for(connection, ["N001", "N002", "N003"])
    numbers = {code: [one.id for one in held.promotions] for code, held in found.items()}
    assert numbers == {"N001": [north], "N002": [everywhere, north], "N003": [everywhere]}


def test_it_says_that_nobody_presented_a_coupon_and_what_gifts_are_worth(
    chain: Chain, open_as: Open, draft: str
) -> None:
    asked = f"{DAYS}&branch=N001"
    with chain.hq.engine.begin() as connection:
        coupon = drafted(connection, replace(offer(CouponOff(0, 100)), who=Who(coupon="SPRING")))
        gift = drafted(connection, offer(SpendGift(3000, "1003", "box")))
    buyer = open_as("BUY", "900001")
    assert f"/promotions/{draft}" in buyer.get("/promotions").text
    text = buyer.get(f"/promotions/{coupon}/simulation?{asked}").text
    assert "nobody presented one of the kind SPRING then" in text
    assert figures(text)["Baskets touched"] == "0"
    text = buyer.get(f"/promotions/{coupon}/simulation?{asked}&presented=yes").text
    assert "as if everybody presented one of the kind SPRING" in text
    assert (figures(text)["Baskets touched"], figures(text)["Discount given"]) == ("3", "¥3.00")
    text = buyer.get(f"/promotions/{gift}/simulation?{asked}").text
    assert (figures(text)["Gifts due"], figures(text)["Baskets touched"]) == ("2", "2")
    assert "box of 1003, which has no price" in text
